import { list } from '../records/index.ts'
import type { Checkpoint, CurveFamily, ModelLine } from '../registry/index.ts'
import { type ComputeGrowth, type Curve, computeGrowth, fitCurve } from './compute/index.ts'
import { type EvaluationContext, iso } from './context.ts'
import { admitSegment, type Due, dueOf, type Reference, type SegmentAnswer } from './due/index.ts'
import { Frontier, factsOf } from './frontier.ts'
import { ASSESSMENT, ORDER } from './kinds.ts'
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
  readonly #frontier = new Frontier()
  readonly #curves = new Map<string, { readonly of: string; readonly curve: Curve | null }>()

  constructor(context: EvaluationContext) {
    this.#context = context
  }

  /** @throws {AppError} NOT_FOUND for a model that is not registered */
  async of(model: string): Promise<Standing> {
    const { registry, cadence, clock, db } = this.#context
    const line = await registry.lines.get(model)
    const found = await this.#frontier.of(db.db, model)
    const [open] = await list(db.db, ASSESSMENT, { model, state: 'open', order: 'latest', limit: 1 })
    const reference = found === null ? null : await this.#reference(model, found.first)
    const orders = await list(db.db, ORDER, { model, order: 'latest', limit: 100 })
    const elicitations = await registry.lines.elicitations(model)
    const grown = (checkpoint: Checkpoint) =>
      reference === null ? null : this.#growth(line, reference.taken, checkpoint)
    let [most, growth]: [Checkpoint | null, ComputeGrowth | null] = [null, null]
    for (const checkpoint of found?.best ?? []) {
      const its = grown(checkpoint)
      // Not `<`: what is no number counts as the most.
      if (its !== null && (growth === null || !(its.kHi <= growth.kHi))) [most, growth] = [checkpoint, its]
    }
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
      nowMs: clock.now(),
    })
    // An assessment that should be over shelters nobody any more (RSP 2.2, 3.2: about a month).
    const isCurrent = open !== undefined && clock.now() <= Date.parse(open.targetAt)
    const looking = !isCurrent ? null : await registry.checkpoints.get(open.checkpoint)
    const evaluatingKHi = looking === null ? null : (grown(looking)?.kHi ?? null)
    return { line, due, growth, reference, most, open: open ?? null, evaluatingKHi }
  }

  /** Whether a segment may be trained, checked at its end. @throws {AppError} NOT_FOUND for a model that is not registered */
  async segment({
    model,
    flops,
    loss,
    lossSet,
    endMs,
  }: Segment): Promise<{ answer: SegmentAnswer; standing: Standing; endKHi: number }> {
    const standing = await this.of(model)
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

  /** The last assessment that cleared as BELOW, by when it was opened; before any, the first checkpoint. */
  async #reference(model: string, first: Checkpoint): Promise<Standing['reference']> {
    const { db, registry } = this.#context
    const [cleared] = await list(db.db, ASSESSMENT, { model, state: 'cleared', order: 'latest', limit: 1 })
    if (cleared === undefined) {
      return { basis: 'baseline', checkpoint: first.id, atMs: Date.parse(first.takenAt), taken: first }
    }
    const taken = await registry.checkpoints.get(cleared.checkpoint)
    return { basis: 'cleared', checkpoint: taken.id, atMs: Date.parse(cleared.openedAt), taken }
  }
}

export function dueView({ cadence }: Pick<EvaluationContext, 'cadence'>, standing: Standing): DueView {
  const { line, due, growth, reference, most, open } = standing
  const bounded = (value: number | null | undefined) => (value !== undefined && Number.isFinite(value) ? value : null)
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
