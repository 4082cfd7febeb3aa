import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { played, readExamples } from '../../../../test/support/rule-examples.ts'
import { type Activity, Fault, type Fold, readActivityLine, Timeline, writeActivityLine } from '../activity/index.ts'
import type { Json, Signal } from '../signals/signal.ts'
import { RuleEngine, RuleSet } from './index.ts'

const folder = fileURLToPath(new URL('../../../../rules/insider', import.meta.url))
const rules = RuleSet.load(folder)
const DAY_MS = 86_400_000

type Told = Signal & { readonly id: string }

class Rules implements Fold<Told> {
  readonly #engine = new RuleEngine(rules)
  observe(activity: Activity): Told[] {
    return this.#engine.observe(activity).map((signal) => ({ ...signal, id: `${signal.cause} ${signal.activity}` }))
  }

  snapshot(): Json {
    return this.#engine.snapshot()
  }

  restore(snapshot: Json): void {
    this.#engine.restore(snapshot)
  }
}

/** Examples that are over within the window, however they are mixed. */
const histories = [...readExamples(folder).values()]
  .flatMap(({ fires }) => fires.map((steps) => [...played(steps)]))
  .filter((some) => some.length < 40 && (some.at(-1)?.timeMs ?? 0) - (some[0]?.timeMs ?? 0) < DAY_MS)
const JUNK = ['', '{', '[]', '{"id":"evt_1"}', '\u0000', 'null', '{"id":1e999}']

it('rules tell the same of lines that come late, doubled, mixed up and with junk between them', () => {
  fc.assert(
    fc.property(
      fc.subarray(histories, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { minLength: 5, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (some, numbers, size) => {
        const all = some.flatMap((history, i) => history.map((one) => ({ ...one, id: `evt_${i}_${one.id}` })))
        const number = (i: number) => numbers[i % numbers.length] ?? 0
        const lines = all
          .map((one, i) => ({ line: writeActivityLine(one), at: number(i) }))
          .flatMap((one, i) => (i % 3 === 0 ? [one, { ...one, at: number(i + 1) }] : [one]))
          .concat(JUNK.map((line, i) => ({ line, at: number(i) })))
          .sort((a, b) => a.at - b.at)
          .map(({ line }) => readActivityLine(line))
          .filter((read): read is Activity => !(read instanceof Fault))
        const timeline = new Timeline(new Rules(), { windowMs: 2 * DAY_MS, stepMs: 60_000, stepActivities: 3 })
        const stands = new Map<string, Told>()
        for (let i = 0; i < lines.length; i += size) {
          const { stood, fell } = timeline.add(lines.slice(i, i + size), null)
          for (const { id } of fell) stands.delete(id)
          for (const told of stood) stands.set(told.id, told)
        }
        const inOrder = new Rules()
        const expected = all
          .toSorted((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1))
          .flatMap((one) => inOrder.observe(one))
        expect(expected.length).toBeGreaterThan(0)
        expect([...stands.values()].sort(byId)).toEqual(expected.sort(byId))
      },
    ),
    { numRuns: 40 },
  )
})

function byId(a: Told, b: Told): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
