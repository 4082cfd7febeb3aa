import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { TriageWorld } from '../../../test/support/triage-world.ts'
import { AppError } from '../../base/errors.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Report } from '../schema.ts'

/** What people can do with four reports, in any order, by two of them: whatever comes, the life of each stays what it may be. */
const [embedded] = storeKinds('the life of reports')
const RUNS = 12
const PEOPLE: readonly Actor[] = [
  { type: 'staff', id: 'per_1' },
  { type: 'staff', id: 'per_2' },
]
/** Where a report can be after each state; itself always. */
const FOLLOWS: Readonly<Record<Report['state'], readonly Report['state'][]>> = {
  received: ['triaging', 'closed'],
  triaging: ['received', 'confirmed', 'closed'],
  confirmed: ['mitigated', 'closed'],
  mitigated: ['closed'],
  closed: ['received', 'triaging'],
}

let store: TestStore
let handle: DbHandle
beforeAll(async () => {
  if (embedded === undefined) throw new Error('there is always an embedded store')
  store = await embedded.create()
  handle = await store.open()
})
afterAll(async () => {
  await handle.close()
  await store[Symbol.asyncDispose]()
})

const severity = fc.record({
  factors: fc.record({
    uplift: fc.constantFrom('none', 'some', 'serious', 'catastrophic', null),
    reach: fc.constantFrom('one_user', 'anybody', null),
  }),
})
const at = fc.constantFrom('2025-12-24T00:00:00Z', '2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z')
const duty = fc.constantFrom('eu_death', 'sb53_incident')
const act = fc.oneof(
  fc.constant({ act: 'take' }),
  fc.constant({ act: 'give_back' }),
  severity.map((one) => ({ act: 'assess', severity: one })),
  severity.map((one) => ({ act: 'confirm', severity: one })),
  fc.constantFrom('fixed', 'spam', 'intended', 'not_reproduced').map((as) => ({ act: 'close', as })),
  fc.constant({ act: 'reopen', words: 'again' }),
  fc.constant({ act: 'mitigate', remedy: { kind: 'configuration', reference: 'x', words: 'y' } }),
  at.map((when) => ({ act: 'aware', at: when, words: 'a mail' })),
  fc.tuple(duty, fc.boolean()).map(([id, on]) => ({ act: 'duty', id, on })),
  fc.tuple(duty, at).map(([id, when]) => ({ act: 'duty_done', id, at: when })),
  fc.nat(3).map((of) => ({ act: 'duplicate', of })),
)
const step = fc.record({
  report: fc.nat(3),
  person: fc.nat(1),
  waitMs: fc.nat(30 * 86_400_000),
  jumpMs: fc.integer({ min: -60_000, max: 60_000 }),
  act,
})

it('the life of reports stays what it may be, whatever people do', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await using world = await TriageWorld.open(handle)
      const ids: string[] = []
      for (const story of ['First of all.', 'Second to none.', 'Third in the row.', 'Fourth and last.'])
        ids.push((await world.report(story)).id)
      let acted = 0
      for (const { report, person, waitMs, jumpMs, act: asked } of steps) {
        world.clock.advance(waitMs)
        world.clock.jump(jumpMs)
        const id = ids[report] ?? ''
        const given = asked.act === 'duplicate' && 'of' in asked ? { ...asked, of: ids[Number(asked.of)] } : asked
        const before = await world.triage.desk.find(id)
        const events = world.people.log.events.length
        try {
          await world.triage.act(id, given as never, PEOPLE[person] ?? world.by)
          acted++
        } catch (error) {
          // A refusal is a clear answer, and nothing has happened.
          expect(error).toBeInstanceOf(AppError)
          expect(error instanceof AppError ? error.status : 500).toBeLessThan(500)
          expect(await world.triage.desk.find(id)).toEqual(before)
          expect(world.people.log.events.length).toBe(events)
          continue
        }
        const after = await world.triage.desk.find(id)
        const { state, closedAs, assignee, confirmedAt, closedAt } = after.report
        if (state !== before.report.state) expect(FOLLOWS[before.report.state]).toContain(state)
        // Nothing changes that the ledger doesn't tell of.
        if (JSON.stringify(after) !== JSON.stringify(before))
          expect(world.people.log.events.length).toBeGreaterThan(events)
        expect(closedAs !== null).toBe(state === 'closed')
        expect(closedAt !== null).toBe(state === 'closed')
        if (state === 'triaging') expect(assignee).not.toBeNull()
        if (state === 'confirmed' || state === 'mitigated') {
          expect(confirmedAt).not.toBeNull()
          expect(after.triage.assessed).not.toBeNull()
        }
        if (closedAs === 'fixed') expect(after.triage.remedy).not.toBeNull()
        expect(closedAs === 'duplicate').toBe(after.triage.duplicateOf !== null)
        await holds(world, ids)
      }
      expect(acted).toBeLessThanOrEqual(steps.length)
    }),
    { numRuns: RUNS },
  )
})

/** Duplicates point to earlier reports that are none themselves; each page can be shown; clocks are all of the known kinds. */
async function holds(world: TriageWorld, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { duplicateOf, clocks, severity: found } = await world.triage.detail(id)
    for (const { from, dueAt } of clocks) expect(Date.parse(dueAt)).toBeGreaterThan(Date.parse(from))
    expect(found.score).toBeGreaterThanOrEqual(0)
    if (duplicateOf === null) continue
    expect(duplicateOf < id).toBe(true)
    expect((await world.triage.desk.find(duplicateOf)).triage.duplicateOf).toBeNull()
  }
}
