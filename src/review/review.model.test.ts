import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld } from '../../test/support/review-world.ts'
import { runs } from '../../test/support/runs.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { AppError } from '../base/errors.ts'
import type { DbHandle } from '../db/index.ts'
import type { Reviewer } from './context.ts'
import type { Verdict } from './schema.ts'

const MINUTE_MS = 60_000
const CLAIM_MS = 5 * MINUTE_MS

interface Given {
  readonly reader: string
  readonly verdict: Verdict
}

interface TrackedCase {
  readonly id: string
  readonly readings: Given[]
  /** The claim that counts, and until when. */
  claim: { id: string; by: string; untilMs: number } | null
  decided: boolean
}

/** What must be true, kept beside the real thing. */
interface Model {
  readonly cases: Map<string, TrackedCase>
  /** Every claim that was ever given. */
  readonly claims: { caseId: string; id: string; by: string }[]
  told: number
}
interface Real {
  readonly world: ReviewWorld
  readonly people: readonly Reviewer[]
}
type Command = fc.AsyncCommand<Model, Real>

const pick = <T>(items: readonly T[], n: number): T | undefined => items.at(-1 - (n % Math.max(1, items.length)))

async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    // A refusal is a clear answer; anything else is a defect.
    expect(error).toBeInstanceOf(AppError)
    expect(error instanceof AppError ? error.status : 500).toBeLessThan(500)
    return null
  }
}

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real)
    await checkAll(model, real)
  },
  toString: () => name,
})

/** After every step: nothing is lost, nothing counted wrong, and what was decided was decided by those who may. */
async function checkAll(model: Model, { world }: Real): Promise<void> {
  const { db } = world.handle
  const rows = await db.selectFrom('reviewCase').selectAll().execute()
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(model.cases.keys()))
  const { rows: drift } = await sql`
    select c.queue, c.state from (select queue, state, count(*) as open, count(overdue_at) as overdue
      from review_case where state <> 'decided' group by queue, state) c
    full join (select * from review_tally where open <> 0 or overdue <> 0) t using (queue, state)
    where c.open is distinct from t.open or c.overdue is distinct from t.overdue`.execute(db)
  expect(drift).toEqual([])
  for (const row of rows) {
    const tracked = model.cases.get(row.id)
    expect(row.state === 'decided').toBe(tracked?.decided)
    if (row.state === 'decided') checkDecided(tracked?.readings ?? [], row)
    const claim = tracked?.claim ?? null
    if (claim !== null && claim.untilMs > world.clock.now()) expect(row.claimId).toBe(claim.id)
  }
}

function checkDecided(
  readings: readonly Given[],
  row: { outcome: string | null; severity: string; basis: string; desk: string },
): void {
  expect(new Set(readings.map(({ reader }) => reader)).size).toBe(readings.length)
  expect(readings.at(-1)?.verdict).toBe(row.outcome)
  const agreeing = readings.filter(({ verdict }) => verdict === row.outcome)
  // A lead decides alone what was passed up; otherwise what is grave, and what is overturned, takes two of one mind.
  if (row.desk !== 'lead' && (row.severity === 'extreme' || row.outcome === 'overturn')) {
    expect(agreeing.length).toBeGreaterThanOrEqual(2)
  }
  const differing = readings.filter(({ verdict }) => verdict === 'uphold' || verdict === 'overturn')
  expect(differing.length).toBeLessThanOrEqual(4)
}

const tell = (severity: string): Command =>
  command(`a ${severity} decision comes in`, async (model, { world }) => {
    const decision = world.decision({ severity, clause: severity === 'extreme' ? '1.1' : '4.1' })
    await world.tell(decision)
    await world.tell(decision)
    model.told++
    const rows = await world.handle.db.selectFrom('reviewCase').select('id').execute()
    for (const { id } of rows) {
      if (!model.cases.has(id)) model.cases.set(id, { id, readings: [], claim: null, decided: false })
    }
    expect(model.cases.size).toBe(model.told)
  })

const claim = (person: number, queue: string | null): Command =>
  command(`${person} claims from ${queue ?? 'any queue'}`, async (model, { world, people }) => {
    const who = people[person]
    if (who === undefined) return
    const given = await attempt(() => world.review.claims.next(who, queue))
    if (given?.claim == null) return
    const tracked = model.cases.get(given.id)
    if (tracked === undefined) throw new Error('a case out of nowhere')
    // Nobody else holds it, and this person has not read it.
    expect(tracked.decided).toBe(false)
    if (tracked.claim !== null) expect(tracked.claim.untilMs).toBeLessThanOrEqual(world.clock.now())
    expect(tracked.readings.map(({ reader }) => reader)).not.toContain(who.id)
    tracked.claim = { id: given.claim.id, by: who.id, untilMs: world.clock.now() + CLAIM_MS }
    model.claims.push({ caseId: given.id, id: given.claim.id, by: who.id })
  })

/** Whether this claim still counts. */
function counts({ cases }: Model, world: ReviewWorld, claim: Model['claims'][number], by: string): boolean {
  const held = cases.get(claim.caseId)?.claim
  return held?.id === claim.id && held.by === by && held.untilMs > world.clock.now()
}

const beat = (n: number): Command =>
  command(`claim ${n} is kept alive`, async (model, { world, people }) => {
    const chosen = pick(model.claims, n)
    const who = people.find(({ id }) => id === chosen?.by)
    if (chosen === undefined || who === undefined) return
    const alive = counts(model, world, chosen, chosen.by)
    const kept = await attempt(() => world.review.claims.heartbeat(who, chosen.caseId, chosen.id))
    expect(kept !== null).toBe(alive)
    const held = model.cases.get(chosen.caseId)?.claim
    if (kept !== null && held != null) held.untilMs = Date.parse(kept.expiresAt)
  })

const release = (n: number): Command =>
  command(`claim ${n} is released`, async (model, { world, people }) => {
    const chosen = pick(model.claims, n)
    const who = people.find(({ id }) => id === chosen?.by)
    if (chosen === undefined || who === undefined) return
    const alive = counts(model, world, chosen, chosen.by)
    const done = await attempt(async () => {
      await world.review.claims.release(who, chosen.caseId, chosen.id)
      return true
    })
    expect(done === true).toBe(alive)
    const tracked = model.cases.get(chosen.caseId)
    if (done === true && tracked !== undefined) tracked.claim = null
  })

const decide = (person: number | null, n: number, verdict: Verdict): Command =>
  command(`${person ?? 'the holder'} says ${verdict} under claim ${n}`, async (model, { world, people }) => {
    const chosen = pick(model.claims, n)
    if (chosen === undefined) return
    const who = person === null ? people.find(({ id }) => id === chosen.by) : people[person]
    if (who === undefined) return
    const alive = counts(model, world, chosen, who.id)
    const input = { claim: chosen.id, verdict, labels: {}, note: '' }
    const after = await attempt(() => world.review.decide(who, chosen.caseId, input))
    if (after === null) return
    expect(alive).toBe(true)
    const tracked = model.cases.get(chosen.caseId)
    if (tracked === undefined) return
    tracked.readings.push({ reader: who.id, verdict })
    tracked.claim = null
    tracked.decided = after.state === 'decided'
    expect(after.claim).toBeNull()
    if (verdict === 'escalate' || verdict === 'not_sure') expect(tracked.decided).toBe(false)
  })

/** The usual way, so that cases get far. */
const read = (person: number, queue: string | null, verdict: Verdict): Command =>
  command(`${person} reads from ${queue ?? 'any queue'} and says ${verdict}`, async (model, real) => {
    await claim(person, queue).run(model, real)
    await decide(person, 0, verdict).run(model, real)
  })

const time = (how: 'advance' | 'jump', minutes: number): Command =>
  command(`the clock goes ${how} ${minutes} min`, async (model, { world }) => {
    world.clock[how](minutes * MINUTE_MS)
    await world.review.catchUp()
    // The sweep takes back what has run out, and nothing else.
    for (const tracked of model.cases.values()) {
      if (tracked.claim !== null && tracked.claim.untilMs <= world.clock.now()) tracked.claim = null
    }
    const late = await world.handle.db
      .selectFrom('reviewCase')
      .select('id')
      .where('state', '<>', 'decided')
      .where('overdueAt', 'is', null)
      .where('dueAt', '<=', new Date(world.clock.now()))
      .execute()
    expect(late).toEqual([])
  })

const restart = command('another process takes over', async (_, { world }) => {
  world.review = world.another()
  await world.review.catchUp()
})

describe.each(storeKinds('review model'))('cases read by many people in any order on $kind', ({ create, kind }) => {
  let testStore: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })

  it('have one holder at a time, are decided by who may, and are never lost', async () => {
    const person = fc.nat(5)
    const verdict = fc.constantFrom<Verdict>('uphold', 'uphold', 'overturn', 'overturn', 'escalate', 'not_sure')
    const lead = fc.tuple(fc.constantFrom(4, 5), fc.constant('escalated'), verdict).map((a) => read(...a))
    const usual = fc.tuple(person, fc.constant(null), verdict).map((a) => read(...a))
    const claims = fc.nat(3)
    const take = fc.tuple(person, fc.constantFrom(null, null, 'escalated')).map((a) => claim(...a))
    const say = fc.tuple(fc.constant(null), claims, verdict).map((a) => decide(...a))
    const rarely = fc.oneof(
      fc.tuple(person, claims, verdict).map((a) => decide(...a)),
      claims.map(release),
      claims.map(beat),
      fc.integer({ min: -90, max: 90 }).map((by) => time('jump', by)),
      fc.integer({ min: 1, max: 20 }).map((by) => time('advance', by)),
      fc.constant(restart),
    )
    const come = fc.constantFrom('low', 'extreme').map(tell)
    const commands = fc.commands([come, usual, usual, usual, lead, take, say, rarely], {
      maxCommands: 60,
      size: 'max',
    })
    const reached = { decided: 0, adjudicated: 0, escalated: 0 }
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const world = await ReviewWorld.open(handle, testStore.dataDir, { claimMs: CLAIM_MS, claimsPerReader: 2 })
        const people = [0, 1, 2, 3].map((n) => world.person(`reader ${n}`))
        people.push(world.person('rso', 'rso'), world.person('both', 'analyst', 'ciso'))
        const model: Model = { cases: new Map(), claims: [], told: 0 }
        await fc.asyncModelRun(() => ({ model, real: { world, people } }), sequence)
        const rows = await handle.db.selectFrom('reviewReading').select('stage').execute()
        reached.decided += [...model.cases.values()].filter(({ decided }) => decided).length
        reached.adjudicated += rows.filter(({ stage }) => stage === 'adjudication').length
        reached.escalated += rows.filter(({ stage }) => stage === 'escalation').length
      }),
      // Fewer don't always get to a reader who is asked to decide between others.
      { numRuns: kind === 'embedded' ? 15 : runs(45) },
    )
    // The property says nothing if nothing ever gets there.
    expect(reached.decided).toBeGreaterThan(0)
    expect(reached.adjudicated + reached.escalated).toBeGreaterThan(0)
  }, 240_000)
})
