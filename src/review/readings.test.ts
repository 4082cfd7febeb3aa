import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld, uphold } from '../../test/support/review-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const refused = (code: string, words: string) => ({ code, message: expect.stringContaining(words) })

describe.each(storeKinds('review readings'))('readings on $kind', ({ create }) => {
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
  const open = (config: Record<string, unknown> = {}) => ReviewWorld.open(handle, testStore.dataDir, config)

  it('are final for what is upheld; what was withheld is overturned by two, and undone for every decision of the case', async () => {
    const world = await open()
    const like = { endUser: 'eu_busy' }
    const told = [world.decision(like), world.decision(like)]
    await world.tell(...told, world.decision({ endUser: 'eu_calm', at: new Date(world.clock.now() + 1).toISOString() }))
    const [ann, bob] = [world.person('ann'), world.person('bob')]
    const held = await world.claim(ann)
    const first = await world.review.decide(ann, held.id, { ...uphold(held.claimId), verdict: 'overturn' })
    expect(first).toMatchObject({ state: 'second_reading', outcome: null, claim: null, items: 2 })
    expect(world.enforcement.undone).toEqual([])
    const other = await world.claim(ann)
    expect(await world.review.decide(ann, other.id, uphold(other.claimId))).toMatchObject({ outcome: 'uphold' })
    const again = await world.claim(bob)
    const decided = await world.review.decide(bob, held.id, { ...uphold(again.claimId), verdict: 'overturn' })
    expect(decided).toMatchObject({ state: 'decided', outcome: 'overturn' })
    const by = { authority: 'approval', id: held.id, people: ['ann', 'bob'] }
    expect(world.enforcement.undone).toEqual(told.map(({ id }) => ({ decision: id, by })).sort(byDecision))
    expect(await world.review.queues(ann)).toEqual([])
    expect((await world.list(ann, { state: 'decided' })).items.map(({ id }) => id).sort()).toEqual(
      [held.id, other.id].sort(),
    )
    const [reading] = (await world.review.readings.get(ann, held.id)).readings
    expect(reading).toMatchObject({ reader: 'ann', claimedAt: decided.openedAt, stage: 'first' })
  })

  it('strike and restrict in the name of who closed the case', async () => {
    const world = await open()
    const later = new Date(world.clock.now() + 1).toISOString()
    await world.tell(world.decision(), world.decision(), world.decision({ endUser: null, key: null, at: later }))
    const ann = world.person('ann')
    for (const effect of ['strike', 'restrict', 'strike'] as const) {
      const held = await world.claim(ann)
      await world.review.decide(ann, held.id, { ...uphold(held.claimId), proposal: { effect, severity: 'high' } })
    }
    const about = { severity: 'high', label: 'self_harm', clause: '4.1', keyId: 'key_1', organisationId: 'org_1' }
    expect(world.enforcement.struck).toMatchObject([{ strike: about, by: 'ann' }])
    expect(world.enforcement.restricted).toMatchObject([{ action: { subject: { type: 'end_user' } }, by: 'ann' }])
    // Nobody to strike: said, not swallowed.
    expect(world.notices).toMatchObject([{ kind: 'review.effect_refused' }])
    await world.review.catchUp()
    expect(world.log.events.filter(({ kind }) => kind === 'review.effect_refused')).toMatchObject([
      { data: { effect: 'propose', code: 'REQUEST_INVALID' } },
    ])
  })

  it('have their effects even when the other room or the ledger fails at first', async () => {
    const world = await open()
    await world.tell(world.decision(), world.decision())
    const ann = world.person('ann')
    const rso = world.person('rso', 'rso')
    const [one, two] = [await world.claim(ann), await world.claim(ann)]
    await world.review.decide(ann, one.id, { ...uphold(one.claimId), verdict: 'escalate' })
    const events = world.log.events.length
    world.enforcement.failing = new Error('not now')
    world.log.failing = 'before'
    const up = await world.claim(rso, 'escalated')
    await world.review.decide(rso, one.id, { ...uphold(up.claimId), verdict: 'overturn' })
    await world.review.decide(ann, two.id, {
      ...uphold(two.claimId),
      proposal: { effect: 'strike', severity: 'low' },
    })
    expect(world.log.events).toHaveLength(events)
    world.enforcement.failing = null
    world.log.failing = null
    world.clock.advance(10_000)
    await world.another().catchUp()
    expect(world.enforcement.undone).toMatchObject([{ by: { authority: 'redress', id: one.id, heardBy: 'rso' } }])
    expect(world.enforcement.struck).toHaveLength(1)
    expect(world.log.kinds().filter((kind) => kind === 'review.case_decided')).toHaveLength(2)
    const before = world.log.events.length
    world.clock.advance(HOUR_MS)
    await world.review.catchUp()
    expect(world.enforcement.undone).toHaveLength(1)
    expect(world.log.events).toHaveLength(before)
  })

  it('go blind to a second reader, and to a third where two differ', async () => {
    const world = await open()
    await world.tell(world.decision({ severity: 'extreme', clause: '1.1', label: 'chemical' }))
    const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
    const first = await world.claim(ann)
    const labels = { chemical: 'present' } as const
    const after = await world.review.decide(ann, first.id, { ...uphold(first.claimId), labels, note: 'clear to me' })
    expect(after).toMatchObject({ state: 'second_reading', outcome: null })
    expect(await world.review.claims.next(ann, null)).toBeNull()
    const second = await world.claim(bob)
    expect((await world.review.readings.get(bob, first.id)).readings).toEqual([])
    expect((await world.review.readings.get(ann, first.id)).readings).toHaveLength(1)
    await world.review.decide(bob, first.id, {
      ...uphold(second.claimId),
      verdict: 'overturn',
      labels: { chemical: 'absent' },
    })
    expect((await world.review.readings.get(cat, first.id)).readings).toEqual([])
    expect(await world.review.claims.next(bob, null)).toBeNull()
    const third = await world.claim(cat)
    expect(third.state).toBe('adjudication')
    expect((await world.review.readings.get(cat, first.id)).readings.map(({ verdict }) => verdict)).toEqual([
      'uphold',
      'overturn',
    ])
    const decided = await world.review.decide(cat, first.id, uphold(third.claimId))
    expect(decided).toMatchObject({ state: 'decided', outcome: 'uphold' })
    const report = await world.review.agreement(ann, new Date(0).toISOString())
    expect(report.queues).toMatchObject([
      {
        name: '1.1:chemical:extreme',
        n: 1,
        table: [
          [0, 1],
          [0, 0],
        ],
        observed: 0,
      },
    ])
    expect(report.labels).toMatchObject([
      {
        name: 'chemical',
        table: [
          [0, 1],
          [0, 0],
        ],
      },
    ])
  })

  it('go up to a lead when a reader says so, or when two could not tell; a lead passes nothing on', async () => {
    const world = await open()
    await world.tell(world.decision(), world.decision())
    const [ann, bob] = [world.person('ann'), world.person('bob')]
    const rso = world.person('rso', 'rso')
    const one = await world.claim(ann)
    await world.review.decide(ann, one.id, { ...uphold(one.claimId), verdict: 'escalate' })
    const two = await world.claim(ann)
    await world.review.decide(ann, two.id, { ...uphold(two.claimId), verdict: 'not_sure' })
    expect(await world.review.claims.next(ann, null)).toBeNull()
    const other = await world.claim(bob)
    expect(await world.review.decide(bob, two.id, { ...uphold(other.claimId), verdict: 'not_sure' })).toMatchObject({
      state: 'escalated',
      queue: 'escalated',
    })
    const queues = await world.review.queues(ann)
    expect(queues).toMatchObject([{ queue: 'escalated', desk: 'lead', open: 2, escalated: 2 }])
    const up = await world.claim(rso, 'escalated')
    await expect(world.review.decide(rso, up.id, { ...uphold(up.claimId), verdict: 'not_sure' })).rejects.toMatchObject(
      refused('CONFLICT', 'nobody to pass it on to'),
    )
    expect(await world.review.decide(rso, up.id, uphold(up.claimId))).toMatchObject({ outcome: 'uphold' })
  })
})

function byDecision(a: { decision: string }, b: { decision: string }): number {
  return a.decision < b.decision ? -1 : 1
}
