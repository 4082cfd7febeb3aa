/** What the gate decides on: everything by what is on record. */
export interface GateFacts {
  /** What the machine of training says: `run`, `wait`, `stop` or `lock`. */
  readonly effect: string
  readonly state: string
  /** Of the segment as far as it is planned, at its end. */
  readonly segment: SegmentFacts
  readonly flops: number
  /** Cumulative, at the planned end; null = nobody said. */
  readonly untilFlops: number | null
  readonly nowMs: number
  readonly leaseMs: number
  readonly interval: number
  readonly buffer: number
}

export interface SegmentFacts {
  readonly answer:
    | { readonly answer: 'continue' }
    | { readonly answer: 'evaluate-now' | 'pause'; readonly words: string }
  /** Growth at the end of the segment, upper bound. */
  readonly endKHi: number
  /** Growth of what an open assessment looks at; null = none is open. */
  readonly evaluatingKHi: number | null
  /** When the calendar makes an evaluation due; null without anything to count from. */
  readonly calendarMs: number | null
}

export interface GateDecision {
  readonly answer: 'continue' | 'evaluate-now' | 'pause'
  readonly reasons: readonly string[]
  readonly maxFlops: number | null
  readonly expiresMs: number | null
}

/** Rounding never lets a run reach the limit itself. */
const SHORT_OF = 0.999

/**
 * Whether a segment may be trained, how far and for how long. Never a more favourable answer than any of what it is made of: what training
 * as a whole is allowed, and what effective compute and the calendar say.
 */
export function decideGate(facts: GateFacts): GateDecision {
  const { effect, state, segment, flops, untilFlops, nowMs, leaseMs, interval, buffer } = facts
  const { answer, endKHi, evaluatingKHi, calendarMs } = segment
  const no = (kind: 'evaluate-now' | 'pause', ...reasons: string[]): GateDecision => ({
    answer: kind,
    reasons,
    maxFlops: null,
    expiresMs: null,
  })
  if (effect !== 'run' && effect !== 'wait') {
    return no('pause', `training of this line is ${state}: see safelevel response show`)
  }
  if (answer.answer !== 'continue') return no(answer.answer, answer.words)
  if (effect === 'wait' && evaluatingKHi === null) {
    return no('evaluate-now', 'an evaluation is due, and no assessment is open: safelevel eval open')
  }
  const isAssessed = evaluatingKHi !== null
  const limit = isAssessed ? Math.max(interval, Math.min(buffer, evaluatingKHi * (buffer / interval))) : interval
  // Compute that a model is worth grows no faster than what it was given, however good the algorithm.
  const furthest = untilFlops ?? flops * Math.max(1, (limit / endKHi) * SHORT_OF)
  const expiresMs = Math.min(nowMs + leaseMs, isAssessed || calendarMs === null ? Number.POSITIVE_INFINITY : calendarMs)
  if (!(expiresMs > nowMs) || !Number.isFinite(furthest))
    return no('evaluate-now', 'an evaluation is due by the calendar')
  return { answer: 'continue', reasons: [], maxFlops: furthest, expiresMs }
}
