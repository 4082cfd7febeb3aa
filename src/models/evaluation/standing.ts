import { setImmediate as breathe } from 'node:timers/promises'
import { iso, SKEW_MS } from '../../base/clock.ts'
import type { Checkpoint, CurveFamily, ModelLine } from '../registry/index.ts'
import { type ComputeGrowth, type Curve, computeGrowth, fitCurve } from './compute/index.ts'
import type { EvaluationContext } from './context.ts'
import { admitSegment, type Due, dueOf, type Reference, type SegmentAnswer } from './due/index.ts'
import { Facts, type LineFacts } from './facts.ts'
import { type ForecastCurve, forecastCurve } from './forecast/index.ts'
import { factsOf } from './frontier.ts'
import type { Assessment, DueView } from './schema.ts'

/** A segment that somebody wants to train: what it will have come to at its end. */
export interface Segment {
  readonly model: string
  readonly flops: number
  readonly loss: number | null
  readonly lossSet?: string | null
  /** When it is planned to end; null = nobody knows. */
  readonly endMs: number | null
}

export interface SegmentStanding {
  readonly answer: SegmentAnswer
  readonly standing: Standing
  /** Growth at its end, upper bound. */
  readonly endKHi: number
}

export interface Standing {
  readonly line: ModelLine
  readonly due: Due
  readonly growth: ComputeGrowth | null
  readonly reference: (Reference & { readonly taken: Checkpoint }) | null
  /** The checkpoint that has grown most since. */
  readonly most: Checkpoint | null
  readonly open: Assessment | null
  /** Growth of what the open assessment looks at. */
  readonly evaluatingKHi: number | null
}

/** How a model stands: whether an evaluation is due, and how far it may be trained. Everything by what is on record. */
export class Standings {
  readonly #context: EvaluationContext
  readonly #facts: Facts
  readonly #curves = new Map<string, { readonly of: string; readonly curve: Curve | null }>()

  constructor(context: EvaluationContext) {
    this.#context = context
    this.#facts = new Facts(context)
  }

  /** @throws {AppError} NOT_FOUND for a model that is not registered */
  async of(model: string): Promise<Standing> {
    return this.#standing(await this.#facts.of(model))
  }

  /** Of every model line. */
  async all(): Promise<Standing[]> {
    const standings: Standing[] = []
    for (const facts of await this.#facts.all()) {
      standings.push(this.#standing(facts))
      // A curve takes some time to fit, and others wait.
      await breathe()
    }
    return standings
  }

  #standing({ line, frontier, open, cleared, orders, elicitations }: LineFacts): Standing {
    const { cadence, clock } = this.#context
    const reference = frontier === null ? null : referenceOf(cleared, frontier.first)
    const grown = (checkpoint: Checkpoint) =>
      reference === null ? null : this.#growth(line, reference.taken, checkpoint)
    let [most, growth]: [Checkpoint | null, ComputeGrowth | null] = [null, null]
    for (const checkpoint of frontier?.best ?? []) {
      const its = grown(checkpoint)
      // Not `<`: what is no number counts as the most.
      if (its !== null && (growth === null || !(its.kHi <= growth.kHi))) [most, growth] = [checkpoint, its]
    }
    // A clock that has run backwards makes nothing less due: it is at least as late as what is on record.
    const openedMs = open === null ? 0 : Date.parse(open.assessment.openedAt)
    const recordedMs = Math.max(frontier?.newestMs ?? 0, reference?.atMs ?? 0, openedMs)
    const nowMs = Math.max(clock.now(), recordedMs)
    const due = dueOf({
      cadence,
      reference,
      growth,
      orders: orders.map(({ id, orderedAt }) => ({ id, atMs: Date.parse(orderedAt) })),
      elicitations: elicitations.map(({ id, learnedAt, recordedAt }) => ({
        id,
        // Known, or told of: whichever is later is when an assessment could first have heard of it.
        atMs: Math.max(Date.parse(learnedAt), Date.parse(recordedAt)),
      })),
      nowMs,
    })
    // An assessment that should be over shelters nobody any more (RSP 2.2, 3.2: about a month).
    const isCurrent = open !== null && nowMs <= Date.parse(open.assessment.targetAt)
    const evaluatingKHi = isCurrent ? (grown(open.checkpoint)?.kHi ?? null) : null
    const told = nowMs - clock.now() > SKEW_MS ? withWrongClock(due, clock.now(), nowMs) : due
    return { line, due: told, growth, reference, most, open: open?.assessment ?? null, evaluatingKHi }
  }

  /** Whether a segment may be trained, checked at its end. @throws {AppError} NOT_FOUND for a model that is not registered */
  async segment(segment: Segment): Promise<SegmentStanding> {
    return this.#segmentIn(await this.of(segment.model), segment)
  }

  /** Several of one model, by one look at what is on record. @throws {AppError} NOT_FOUND for a model that is not registered */
  async segments(model: string, segments: readonly Segment[]): Promise<SegmentStanding[]> {
    const standing = await this.of(model)
    return segments.map((segment) => this.#segmentIn(standing, segment))
  }

  #segmentIn(standing: Standing, { flops, loss, lossSet, endMs }: Segment): SegmentStanding {
    const { line, reference, most, growth } = standing
    const end = this.#atEnd(standing, flops, loss, lossSet ?? line.family?.lossSet ?? null)
    const endKHi = reference === null || most === null ? Number.NaN : Math.max(growth?.kHi ?? 0, end)
    const { cadence } = this.#context
    const { due, evaluatingKHi } = standing
    return { answer: admitSegment({ cadence, due, endKHi, endMs, evaluatingKHi }), standing, endKHi }
  }

  /** What a checkpoint has grown to since what is counted from; null where nothing is. */
  growthOf({ line, reference }: Pick<Standing, 'line' | 'reference'>, checkpoint: Checkpoint): ComputeGrowth | null {
    return reference === null ? null : this.#growth(line, reference.taken, checkpoint)
  }

  /** What is expected of compute that was not spent yet. @param target FLOP, cumulative; null = nothing is planned */
  forecast({ line, reference, most }: Standing, target: number | null): ForecastCurve {
    const { cadence, clock } = this.#context
    const familySet = line.family?.lossSet ?? null
    const named = (checkpoint: Checkpoint | null | undefined) =>
      checkpoint == null ? null : { checkpoint: checkpoint.id, facts: factsOf(checkpoint, familySet) }
    return forecastCurve({
      ...{ model: line.model, madeAt: iso(clock.now()), lossSet: familySet, points: line.family?.points ?? [] },
      curve: line.family === null ? null : this.#curve(line.model, line.family),
      ...{ multiplier: line.multiplier, allowedTo: line.extrapolation?.toFlops ?? null },
      ...{ reference: named(reference?.taken), now: named(most), target },
      ...{ interval: cadence.interval, buffer: cadence.buffer },
    })
  }

  #atEnd({ line, reference, most }: Standing, flops: number, loss: number | null, lossSet: string | null): number {
    if (reference === null || most === null) return Number.NaN
    const familySet = line.family?.lossSet ?? null
    const gains = factsOf(most, familySet).gains
    const now = { flops, gains, loss: lossSet === familySet ? loss : null }
    return this.#ask(line, reference.taken, now).kHi
  }

  #growth(line: ModelLine, reference: Checkpoint, checkpoint: Checkpoint): ComputeGrowth {
    return this.#ask(line, reference, factsOf(checkpoint, line.family?.lossSet ?? null))
  }

  #ask(
    line: ModelLine,
    reference: Checkpoint,
    now: { flops: number; loss: number | null; gains: number },
  ): ComputeGrowth {
    return computeGrowth({
      now,
      reference: factsOf(reference, line.family?.lossSet ?? null),
      multiplier: line.multiplier,
      curve: line.family === null ? null : this.#curve(line.model, line.family),
      allowedTo: line.extrapolation?.toFlops ?? null,
    })
  }

  /** Fitted once for a family: 400 fits take a good part of a second. */
  #curve(model: string, family: CurveFamily): Curve | null {
    const of = JSON.stringify(family)
    const known = this.#curves.get(model)
    if (known?.of === of) return known.curve
    const curve = fitCurve(family.points)
    this.#curves.set(model, { of, curve })
    return curve
  }
}

function withWrongClock(due: Due, clockMs: number, recordedMs: number): Due {
  const words = `the clock says ${iso(clockMs)}, before ${iso(recordedMs)}, which is on record: set it right`
  return { ...due, due: true, reasons: [...due.reasons, { rule: 'clock', sinceMs: null, words }] }
}

/** The last assessment that cleared as BELOW, by when it was opened; before any, the first checkpoint. */
function referenceOf(cleared: LineFacts['cleared'], first: Checkpoint): NonNullable<Standing['reference']> {
  if (cleared === null)
    return { basis: 'baseline', checkpoint: first.id, atMs: Date.parse(first.takenAt), taken: first }
  const { assessment, checkpoint: taken } = cleared
  return { basis: 'cleared', checkpoint: taken.id, atMs: Date.parse(assessment.openedAt), taken }
}

/** JSON has no infinity: null stands for what has no bound. */
export function bounded(value: number | null | undefined): number | null {
  return value != null && Number.isFinite(value) ? value : null
}

export function dueView({ cadence }: Pick<EvaluationContext, 'cadence'>, standing: Standing): DueView {
  const { line, due, growth, reference, most, open } = standing
  return {
    model: line.model,
    due: due.due,
    pause: due.pause,
    reasons: due.reasons.map(({ rule, sinceMs, words }) => ({
      rule,
      since: sinceMs === null ? null : iso(sinceMs),
      words,
    })),
    reference:
      reference === null ? null : { basis: reference.basis, checkpoint: reference.checkpoint, at: iso(reference.atMs) },
    at: most?.id ?? null,
    k: bounded(growth?.k),
    kHi: bounded(growth?.kHi),
    confidence: growth?.confidence ?? null,
    extrapolated: growth?.estimates.some(({ extrapolated }) => extrapolated) ?? false,
    headroom: bounded(due.headroom),
    interval: cadence.interval,
    buffer: cadence.buffer,
    months: cadence.months,
    calendarAt: due.calendarMs === null ? null : iso(due.calendarMs),
    assessment: open?.id ?? null,
  }
}
