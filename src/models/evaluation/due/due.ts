import type { ComputeGrowth } from '../compute/index.ts'
import { addMonths } from './months.ts'

/** When an evaluation is owed, and how far training may ever go without one. */
export interface Cadence {
  /** Calendar months between evaluations: 3 in rsp-1.0, 6 in rsp-2.2. */
  readonly months: number
  /** Rise of effective compute at which one is due: 4. */
  readonly interval: number
  /** How far below real danger the evaluations are set to trip: 6. Always above `interval`. */
  readonly buffer: number
  /** When the calendar makes one due that is counted from this instant, where the months have not always been these. */
  readonly dueMs?: (fromMs: number) => number
}

export const CADENCES = {
  'rsp-1.0': { months: 3, interval: 4, buffer: 6 },
  'rsp-2.2': { months: 6, interval: 4, buffer: 6 },
} as const satisfies Record<string, Cadence>

/** What is counted from. */
export interface Reference {
  /** `cleared`: the last assessment that cleared as BELOW; `baseline`: the first checkpoint, which nobody has evaluated. */
  readonly basis: 'cleared' | 'baseline'
  readonly checkpoint: string
  /** When the assessment was opened, or the checkpoint taken; milliseconds since the epoch. */
  readonly atMs: number
}

export interface DueQuestion {
  readonly cadence: Cadence
  /** null = there is nothing to count from. */
  readonly reference: Reference | null
  readonly growth: ComputeGrowth | null
  /** Orders of the RSO, and methods that became known: when, milliseconds since the epoch. */
  readonly orders: readonly { readonly id: string; readonly atMs: number }[]
  readonly elicitations: readonly { readonly id: string; readonly atMs: number }[]
  readonly nowMs: number
}

export type DueRule = 'no_reference' | 'clock' | 'compute' | 'calendar' | 'order' | 'elicitation'

export interface DueReason {
  readonly rule: DueRule
  /** Since when it has been due; null where nobody measured the moment. */
  readonly sinceMs: number | null
  readonly words: string
}

export interface Due {
  readonly due: boolean
  readonly reasons: readonly DueReason[]
  /** When the calendar makes it due, whatever the compute; null without a reference. */
  readonly calendarMs: number | null
  readonly kHi: number | null
  /** `buffer / kHi`: what is left before danger that evaluations are set to warn of; at 1 there is none. */
  readonly headroom: number | null
  /** At or past the buffer: training stops, whatever is in progress. */
  readonly pause: boolean
}

/** Whether an evaluation is due, by every rule that says so. */
export function dueOf(question: DueQuestion): Due {
  const { cadence, reference, growth, nowMs } = question
  if (reference === null || growth === null) {
    const words = 'no checkpoint is recorded that could be counted from'
    const none: DueReason = { rule: 'no_reference', sinceMs: null, words }
    return { due: true, reasons: [none], calendarMs: null, kHi: null, headroom: null, pause: true }
  }
  const { kHi } = growth
  const calendarMs = cadence.dueMs?.(reference.atMs) ?? addMonths(reference.atMs, cadence.months)
  const reasons: DueReason[] = []
  // NaN is no number to go on with: every comparison is written so that it counts as due.
  if (!(kHi < cadence.interval)) {
    const words = `effective compute has risen ${times(kHi)} (upper bound) since ${reference.checkpoint}: the limit is ${cadence.interval} times`
    reasons.push({ rule: 'compute', sinceMs: null, words })
  }
  if (nowMs >= calendarMs) {
    const words = `an evaluation fell due on ${day(calendarMs)}, counted from ${day(reference.atMs)} (every ${cadence.months} months)`
    reasons.push({ rule: 'calendar', sinceMs: calendarMs, words })
  }
  for (const { id, atMs } of question.orders.filter(({ atMs }) => atMs >= reference.atMs)) {
    reasons.push({ rule: 'order', sinceMs: atMs, words: `the Responsible Scaling Officer ordered it (${id})` })
  }
  for (const { id, atMs } of question.elicitations.filter(({ atMs }) => atMs >= reference.atMs)) {
    reasons.push({ rule: 'elicitation', sinceMs: atMs, words: `a new method of elicitation has become known (${id})` })
  }
  const headroom = cadence.buffer / kHi
  return { due: reasons.length > 0, reasons, calendarMs, kHi, headroom, pause: !(kHi < cadence.buffer) }
}

export interface SegmentQuestion {
  readonly cadence: Cadence
  /** Now, as `dueOf` has it. */
  readonly due: Due
  /** Growth at the planned end of the segment. */
  readonly endKHi: number
  /** When the segment is planned to end; null = nobody knows. */
  readonly endMs: number | null
  /** Growth of the checkpoint that an open assessment looks at, since the reference; null = none is open. */
  readonly evaluatingKHi: number | null
}

export type SegmentAnswer =
  | { readonly answer: 'continue' }
  | { readonly answer: 'evaluate-now' | 'pause'; readonly rule: 'due' | 'ahead' | 'buffer'; readonly words: string }

/**
 * Whether a segment may be trained. Checked ahead: one that would end past the interval or the calendar needs an assessment in progress,
 * and none ever ends at or past the buffer. While an assessment runs, compute may grow by `buffer / interval` beyond what it looks at.
 */
export function admitSegment({ cadence, due, endKHi, endMs, evaluatingKHi }: SegmentQuestion): SegmentAnswer {
  const { interval, buffer } = cadence
  if (due.pause || !(endKHi < buffer)) {
    const words = `it would end at ${times(endKHi)} (upper bound), and nothing is trained to ${buffer} times without an evaluation that cleared it`
    return { answer: 'pause', rule: 'buffer', words }
  }
  if (evaluatingKHi !== null) {
    // Never less than without an assessment: opening one early costs nothing.
    const limit = Math.max(interval, Math.min(buffer, evaluatingKHi * (buffer / interval)))
    if (endKHi <= limit) return { answer: 'continue' }
    const words = `while the assessment runs, training may go to ${times(limit)} (${buffer}/${interval} times what it looks at); this would end at ${times(endKHi)}`
    return { answer: 'pause', rule: 'buffer', words }
  }
  if (due.due) {
    return { answer: 'evaluate-now', rule: 'due', words: due.reasons.map(({ words }) => words).join('; ') }
  }
  if (!(endKHi < interval)) {
    const words = `it would end at ${times(endKHi)} (upper bound): an evaluation has to begin before ${interval} times`
    return { answer: 'evaluate-now', rule: 'ahead', words }
  }
  if (endMs !== null && due.calendarMs !== null && endMs > due.calendarMs) {
    const words = `it would end after ${day(due.calendarMs)}, when an evaluation is due by the calendar`
    return { answer: 'evaluate-now', rule: 'ahead', words }
  }
  return { answer: 'continue' }
}

function times(k: number): string {
  return Number.isFinite(k) ? `${Math.round(k * 100) / 100} times` : 'beyond what the curve can bound'
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
