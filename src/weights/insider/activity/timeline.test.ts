import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../signals/signal.ts'
import { type Activity, compareMoments, type Fold, Reorder, Timeline } from './index.ts'

interface Told {
  readonly id: string
  readonly says: string
}

/** Answers by all that came before in its order: nothing that is put at a wrong place goes unseen. */
class Chain implements Fold<Told> {
  #last = new Map<string, string>()
  #sum = 0

  observe({ id, person, timeMs }: Activity): Told[] {
    const before = this.#last.get(person ?? '') ?? 'none'
    this.#last.set(person ?? '', id)
    this.#sum = (this.#sum * 31 + timeMs) % 1_000_003
    return this.#sum % 3 === 0 ? [{ id: `after ${before}: ${id}`, says: String(this.#sum) }] : []
  }

  snapshot(): Json {
    return { last: [...this.#last], sum: this.#sum }
  }

  restore(snapshot: Json): void {
    const { last, sum } = snapshot as { last: [string, string][]; sum: number }
    this.#last = new Map(last)
    this.#sum = sum
  }
}

const HOUR = 3_600_000
const activity = (timeMs: number, id: string, person: string | null = 'per_1'): Activity => ({
  ...{ id, timeMs, source: 'ledger', kind: 'weights.read', person, host: null, grant: null, version: null },
  ...{ file: null, start: null, bytes: 0, outcome: 'success', place: null, subject: null, data: {} },
})

/** Activities over three days, many at the same time. */
const histories = fc
  .array(fc.record({ slot: fc.nat({ max: 143 }), person: fc.constantFrom('per_1', 'per_2', null) }), { maxLength: 120 })
  .map((some) => some.map(({ slot, person }, i) => activity(slot * (HOUR / 2), `evt_${(i * 7919) % 1009}`, person)))
const inOrder = (some: readonly Activity[]) => {
  const fold = new Chain()
  return some.toSorted(compareMoments).flatMap((one) => fold.observe(one))
}
/** Orders in which nothing comes later than the window: each is delayed by less than that. */
const delayed = (some: readonly Activity[], delays: readonly number[], windowMs: number) =>
  some
    .map((one, i) => ({ one, at: one.timeMs + ((delays[i % Math.max(1, delays.length)] ?? 0) % 1) * windowMs }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
const delays = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 40 })

function standing(timeline: Timeline<Told>, batches: readonly Activity[][]): Map<string, Told> {
  const stands = new Map<string, Told>()
  for (const batch of batches) {
    const { stood, fell } = timeline.add(batch, null)
    for (const { id } of fell) stands.delete(id)
    for (const told of stood) stands.set(told.id, told)
  }
  return stands
}

describe('a timeline', () => {
  it('answers late, doubled and shuffled activities as it answers them in order', () => {
    fc.assert(
      fc.property(histories, delays, fc.integer({ min: 1, max: 9 }), fc.nat(), (history, late, size, again) => {
        const came = delayed(history, late, 24 * HOUR).flatMap((one, i) => (i % 5 === again % 5 ? [one, one] : [one]))
        const batches = Array.from({ length: Math.ceil(came.length / size) }, (_, i) =>
          came.slice(i * size, (i + 1) * size),
        )
        const stands = standing(
          new Timeline(new Chain(), { windowMs: 25 * HOUR, stepMs: HOUR, stepActivities: (again % 7) + 1 }),
          batches,
        )
        expect([...stands.values()].sort(byId)).toEqual(inOrder(history).sort(byId))
      }),
    )
  })

  it('goes on from a checkpoint as if it had never stopped', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 120 }), (history, cut) => {
        const sorted = history.toSorted(compareMoments)
        const first = new Timeline(new Chain(), { windowMs: 6 * HOUR, stepMs: HOUR, stepActivities: 1 })
        const stands = standing(
          first,
          sorted.slice(0, cut).map((one) => [one]),
        )
        const checkpoint = JSON.parse(JSON.stringify(first.checkpoint()))
        const second = Timeline.from(new Chain(), checkpoint, { windowMs: 6 * HOUR, stepMs: HOUR, stepActivities: 1 })
        const since = sorted.filter((one) => checkpoint.after === null || compareMoments(one, checkpoint.after) > 0)
        for (const [id, told] of standing(second, [since])) stands.set(id, told)
        expect([...stands.values()].sort(byId)).toEqual(inOrder(history).sort(byId))
      }),
    )
  })

  it('counts what comes after the window, and is not changed by it', () => {
    const timeline = new Timeline(new Chain(), { windowMs: 24 * HOUR })
    timeline.add([activity(0, 'a'), activity(100 * HOUR, 'b')], null)
    const before = JSON.stringify(timeline.checkpoint())
    expect(timeline.add([activity(75 * HOUR, 'c')], null)).toMatchObject({ stood: [], fell: [], late: [{ id: 'c' }] })
    expect(JSON.stringify(timeline.checkpoint())).toBe(before)
    expect(timeline.add([activity(76 * HOUR, 'd'), activity(76 * HOUR, 'd')], null)).toMatchObject({
      late: [],
      duplicates: 1,
    })
  })

  it('refuses what is ahead of the clock: it would make all that follows late', () => {
    const timeline = new Timeline(new Chain())
    expect(timeline.add([activity(10 * HOUR, 'a')], HOUR)).toMatchObject({ ahead: [{ id: 'a' }] })
    expect(timeline.add([activity(HOUR + 60_000, 'b')], HOUR)).toMatchObject({ ahead: [], late: [] })
  })

  it('keeps no more than the window and a step', () => {
    const timeline = new Timeline(new Chain(), { windowMs: 24 * HOUR, stepMs: HOUR, stepActivities: 1 })
    for (let i = 0; i < 2_000; i++) timeline.add([activity(i * HOUR, `evt_${i}`)], null)
    expect(timeline.kept).toBeLessThanOrEqual(27)
  })
})

describe('a replay put in order', () => {
  it('gives each once, in order, whatever the order of the file within the window', () => {
    fc.assert(
      fc.property(histories, delays, (history, late) => {
        const reorder = new Reorder({ windowMs: 25 * HOUR })
        const came = delayed(history, late, 24 * HOUR).flatMap((one) => [one, one])
        const out = came.flatMap((one) => [...reorder.add(one)])
        expect([...out, ...reorder.end()]).toEqual(history.toSorted(compareMoments))
        expect(reorder.refused).toEqual({ duplicates: history.length, late: 0, ahead: 0 })
      }),
    )
  })

  it('counts what is too late or after the end', () => {
    const reorder = new Reorder({ windowMs: HOUR, notAfterMs: 100 * HOUR })
    reorder.add(activity(50 * HOUR, 'a'))
    reorder.add(activity(101 * HOUR, 'b'))
    reorder.add(activity(48 * HOUR, 'c'))
    expect(reorder.refused).toEqual({ duplicates: 0, late: 1, ahead: 1 })
    expect(reorder.end().map(({ id }) => id)).toEqual(['a'])
  })
})

function byId(a: Told, b: Told): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
