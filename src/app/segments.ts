import type { Clock } from '../base/clock.ts'
import { admitSegment, type Cadence, computeGrowth, dueOf, fitCurve } from '../models/evaluation/index.ts'
import type { Checkpoint, Registry } from '../models/registry/index.ts'
import type { SegmentPort } from '../models/training/index.ts'

const PAGE = 200

/**
 * How a segment stands, counted from the first checkpoint of its line: a baseline that nobody has evaluated, until an assessment that
 * cleared stands in its place.
 */
export function segmentsFromBaseline({
  registry,
  cadence,
  clock,
}: {
  readonly registry: Registry
  readonly cadence: Cadence
  readonly clock: Clock
}): SegmentPort {
  return {
    async segment({ model, flops, loss, lossSet, endMs }) {
      const line = await registry.lines.get(model)
      const baseline = await firstOf(registry, model)
      const elicitations = await registry.lines.elicitations(model)
      const curve = line.family === null ? null : fitCurve(line.family.points)
      const familySet = line.family?.lossSet ?? null
      const latest = await registry.checkpoints.latest(model)
      const growthOf = (now: { flops: number; loss: number | null; gains: number }) =>
        baseline === null
          ? null
          : computeGrowth({
              now,
              reference: factsOf(baseline, familySet),
              multiplier: line.multiplier,
              curve,
              allowedTo: line.extrapolation?.toFlops ?? null,
            })
      const gains = latest === null ? 1 : factsOf(latest, familySet).gains
      const growth = growthOf({ flops, gains, loss: (lossSet ?? familySet) === familySet ? loss : null })
      const reference =
        baseline === null
          ? null
          : { basis: 'baseline' as const, checkpoint: baseline.id, atMs: Date.parse(baseline.takenAt) }
      const due = dueOf({
        cadence,
        reference,
        growth,
        orders: [],
        elicitations: elicitations.map(({ id, recordedAt }) => ({ id, atMs: Date.parse(recordedAt) })),
        nowMs: clock.now(),
      })
      const endKHi = growth?.kHi ?? Number.NaN
      const answer = admitSegment({ cadence, due, endKHi, endMs, evaluatingKHi: null })
      return { answer, endKHi, standing: { due, reference, evaluatingKHi: null } }
    },
  }
}

async function firstOf(registry: Registry, model: string): Promise<Checkpoint | null> {
  let first: Checkpoint | null = null
  let after: string | undefined
  do {
    const page = await registry.checkpoints.list({ model, after, limit: PAGE })
    for (const one of page.items) if (first === null || one.takenAt < first.takenAt) first = one
    after = page.next ?? undefined
  } while (after !== undefined)
  return first
}

function factsOf({ flops, loss, lossSet, gains }: Checkpoint, familySet: string | null) {
  const comparable = loss !== null && familySet !== null && lossSet === familySet
  return { flops, loss: comparable ? loss : null, gains: gains.reduce((product, { factor }) => product * factor, 1) }
}
