import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld } from '../../test/support/review-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'
import type { Reviewer } from './context.ts'
import type { CaseView } from './schema.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const refused = (code: string, words: string) => ({ code, message: expect.stringContaining(words) })

describe.each(storeKinds('review'))('the review room on $kind', ({ create }) => {
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

  async function claim(
    world: ReviewWorld,
    who: Reviewer,
    queue: string | null = null,
  ): Promise<CaseView & { claimId: string }> {
    const found = await world.review.claims.next(who, queue)
    if (found?.claim == null) throw new Error('nothing to claim')
    return { ...found, claimId: found.claim.id }
  }
  const list = (world: ReviewWorld, who: Reviewer, query: object = {}) =>
    world.review.cases(who, { state: 'open', limit: 50, ...query })

  describe('opening', () => {
    it('opens one case for each decision, however often it is told', async () => {
      const world = await open()
      const decisions = [world.decision(), world.decision({ outcome: 'cut', side: 'completion' })]
      await world.tell(...decisions)
      await world.tell(...decisions)
      await world.tell(decisions[0] ?? world.decision())
      const { items } = await list(world, world.person('ann'))
      expect(items.map(({ basis }) => basis).sort()).toEqual(['cut', 'refused'])
      await world.review.catchUp()
      expect(world.log.kinds()).toEqual(['review.cases_opened'])
      const [event] = world.log.events
      expect(event?.data.cases).toHaveLength(2)
    })

    it('opens none for test strings, canaries, and what the rules leave out', async () => {
      const world = await open({ open: { refused: 'high', allowedShare: 0 } })
      await world.tell(
        world.decision({ testString: true }),
        world.decision({ canary: true }),
        world.decision({ severity: 'moderate' }),
        world.decision({ outcome: 'allow', label: null, clause: null, severity: null, prompt: null }),
        world.decision({ outcome: 'reject', label: null, clause: null, severity: null, prompt: null }),
      )
      expect((await list(world, world.person('ann'))).items).toEqual([])
    })

    it('draws its sample of what was let through the same way every time', async () => {
      const world = await open({ open: { allowedShare: 0.2 } })
      const allowed = Array.from({ length: 300 }, () =>
        world.decision({ outcome: 'allow', side: null, label: null, clause: null, severity: null, prompt: null }),
      )
      await world.tell(...allowed.slice(0, 150))
      await world.tell(...allowed)
      const { items } = await list(world, world.person('ann'), { limit: 200 })
      expect(items.length).toBeGreaterThan(30)
      expect(items.length).toBeLessThan(95)
      expect(new Set(items.map(({ queue }) => queue))).toEqual(new Set(['allowed-sample']))
      const queues = await world.review.queues(world.person('ann'))
      expect(queues).toMatchObject([{ queue: 'allowed-sample', open: items.length, waiting: items.length }])
    })

    it('makes one case of a burst, shows how many, and lets nothing join once somebody reads it', async () => {
      const world = await open()
      const like = { endUser: 'eu_busy' }
      const first = world.decision(like)
      await world.tell(first, world.decision(like), world.decision({ endUser: 'eu_other' }))
      await world.tell(world.decision(like))
      const ann = world.person('ann')
      expect((await list(world, ann)).items.map(({ items }) => items).sort()).toEqual([1, 3])
      const burst = (await list(world, ann)).items.find(({ items }) => items === 3)
      expect((await world.review.readings.get(ann, burst?.id ?? '')).decisions).toHaveLength(3)
      const held = [await claim(world, ann), await claim(world, ann)].find(({ id }) => id === burst?.id)
      await world.tell(world.decision(like))
      expect((await list(world, ann)).items.map(({ items }) => items).sort()).toEqual([1, 1, 3])
      // Told again, what has joined stays where it is.
      await world.tell(first)
      expect((await list(world, ann)).items).toHaveLength(3)
      expect(held?.items).toBe(3)
    })

    it('opens what another room asks for, once', async () => {
      const world = await open()
      const request = {
        source: 'pat_1',
        basis: 'pattern',
        severity: 'high',
        at: new Date(world.clock.now()).toISOString(),
        organisation: 'org_9',
        endUser: 'eu_9',
      } as const
      const id = await world.review.openCase(request)
      expect(await world.review.openCase(request)).toBe(id)
      expect((await list(world, world.person('ann'))).items).toMatchObject([
        { id, basis: 'pattern', queue: '-:-:high' },
      ])
    })

    it('takes the gravest flag when nothing was refused', async () => {
      const world = await open()
      const flagged = [
        { label: 'hate', score: 0.99, clause: '4.2' },
        { label: 'chemical', score: 0.5, clause: '1.1' },
      ]
      const prompt = { action: 'allow', score: null, threshold: null, flagged } as const
      await world.tell(world.decision({ outcome: 'allow', label: 'hate', clause: '4.2', severity: null, prompt }))
      const { items } = await list(world, world.person('ann'))
      expect(items).toMatchObject([
        { basis: 'flagged', label: 'chemical', severity: 'extreme', queue: '1.1:chemical:extreme' },
      ])
    })
  })

  describe('order', () => {
    it('puts the graver first, within it the nearer deadline and the clearer score; what is overdue moves up', async () => {
      const world = await open()
      const at = (severity: string, score: number) =>
        world.decision({ severity, prompt: { action: 'refuse', score, threshold: 0.6, flagged: [] } })
      await world.tell(at('low', 0.7), at('extreme', 0.7), at('high', 0.7), at('high', 0.95))
      const ann = world.person('ann')
      const order = async () => (await list(world, ann)).items.map(({ severity, score }) => [severity, score])
      expect(await order()).toEqual([
        ['extreme', 0.7],
        ['high', 0.95],
        ['high', 0.7],
        ['low', 0.7],
      ])
      world.clock.advance(9 * HOUR_MS)
      await world.review.catchUp()
      await world.tell(at('extreme', 0.7), at('moderate', 0.7))
      expect((await order()).map(([severity]) => severity)).toEqual([
        'extreme',
        'high',
        'high',
        'extreme',
        'moderate',
        'low',
      ])
      expect(world.notices.map(({ id }) => id).sort()).toEqual(['4.1:self_harm:extreme', '4.1:self_harm:high'])
      const [first] = await world.review.queues(ann)
      expect(first).toMatchObject({ overdue: 2, queue: '4.1:self_harm:high' })
      await world.review.catchUp()
      expect(world.notices).toHaveLength(2)
    })

    it('pages through everything once, by every filter', async () => {
      const world = await open()
      for (let n = 0; n < 23; n++) await world.tell(world.decision({ organisation: `org_${n % 3}` }))
      const ann = world.person('ann')
      for (const [filter, count] of [
        [{}, 23],
        [{ organisation: 'org_1' }, 8],
        [{ queue: '4.1:self_harm:moderate' }, 23],
        [{ severity: 'moderate' }, 23],
        [{ state: 'waiting' }, 23],
        [{ state: 'adjudication' }, 0],
        [{ queue: 'nothing' }, 0],
      ] as const) {
        const seen = new Set<string>()
        let cursor: string | undefined
        do {
          const page = await list(world, ann, { ...filter, limit: 5, cursor })
          for (const { id } of page.items) expect(seen.has(id)).toBe(false)
          for (const { id } of page.items) seen.add(id)
          cursor = page.next ?? undefined
        } while (cursor !== undefined)
        expect(seen.size).toBe(count)
      }
      await expect(list(world, ann, { cursor: "1.x' or 1=1" })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    })
  })

  describe('claims', () => {
    it('give a case to one person, run out, and say what became of them', async () => {
      const world = await open()
      await world.tell(world.decision())
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const held = await claim(world, ann)
      expect(await world.review.claims.next(bob, null)).toBeNull()
      world.clock.advance(4 * MINUTE_MS)
      const beaten = await world.review.claims.heartbeat(ann, held.id, held.claimId)
      expect(Date.parse(beaten.expiresAt) - world.clock.now()).toBe(5 * MINUTE_MS)
      world.clock.advance(5 * MINUTE_MS)
      expect((await list(world, bob)).items[0]?.claim).toMatchObject({ by: 'ann', expired: true })
      const late = world.review.decide(ann, held.id, decide(held.claimId))
      await expect(late).rejects.toMatchObject(refused('CONFLICT', 'ran out at'))
      const taken = await claim(world, bob)
      await expect(world.review.decide(ann, held.id, decide(held.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'somebody else holds'),
      )
      await expect(world.review.claims.heartbeat(ann, held.id, held.claimId)).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await world.review.claims.release(bob, taken.id, taken.claimId)
      await expect(world.review.decide(bob, held.id, decide(taken.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'claim is over'),
      )
      const again = await claim(world, ann)
      await expect(world.review.decide(ann, held.id, decide(held.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'earlier claim'),
      )
      await world.review.decide(ann, held.id, decide(again.claimId))
      await expect(world.review.decide(ann, held.id, decide(again.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'decided this case already'),
      )
      expect(world.log.kinds()).toEqual([
        'review.cases_opened',
        'review.claimed',
        'review.claim_expired',
        'review.claimed',
        'review.released',
        'review.claimed',
        'review.case_read',
        'review.case_decided',
      ])
    })

    it('are swept when nobody beats, never held past the longest time, and not hoarded', async () => {
      const world = await open({ claimsPerReader: 2, claimMaxMs: 10 * MINUTE_MS })
      await world.tell(world.decision(), world.decision(), world.decision())
      const ann = world.person('ann')
      const first = await claim(world, ann)
      await claim(world, ann)
      await expect(world.review.claims.next(ann, null)).rejects.toMatchObject(refused('CONFLICT', 'as many cases'))
      for (let n = 0; n < 3; n++) {
        world.clock.advance(3 * MINUTE_MS)
        await world.review.claims.heartbeat(ann, first.id, first.claimId)
      }
      expect((await list(world, ann, { claimedBy: 'ann' })).items).toHaveLength(2)
      await world.review.catchUp()
      expect((await list(world, ann, { claimedBy: 'ann' })).items).toHaveLength(1)
      world.clock.advance(MINUTE_MS)
      await expect(world.review.claims.heartbeat(ann, first.id, first.claimId)).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await world.review.catchUp()
      expect((await list(world, ann, { claimedBy: 'ann' })).items).toEqual([])
      expect(world.log.kinds().filter((kind) => kind === 'review.claim_expired')).toHaveLength(2)
    })

    it('open no desk that a role does not', async () => {
      const world = await open()
      await world.tell(world.decision())
      const auditor = world.person('aud', 'auditor')
      await expect(world.review.claims.next(auditor, null)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      for (const queue of ['escalated', 'restricted']) {
        await expect(world.review.claims.next(world.person('ann'), queue)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      }
      expect(await world.review.claims.next(world.person('rso', 'rso'), 'escalated')).toBeNull()
      expect((await list(world, auditor)).items).toHaveLength(1)
    })
  })

  describe('readings', () => {
    it('are final for what is upheld; what was withheld is overturned by two, and undone for every decision of the case', async () => {
      const world = await open()
      const like = { endUser: 'eu_busy' }
      const told = [world.decision(like), world.decision(like)]
      await world.tell(
        ...told,
        world.decision({ endUser: 'eu_calm', at: new Date(world.clock.now() + 1).toISOString() }),
      )
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const held = await claim(world, ann)
      const first = await world.review.decide(ann, held.id, { ...decide(held.claimId), verdict: 'overturn' })
      expect(first).toMatchObject({ state: 'second_reading', outcome: null, claim: null, items: 2 })
      expect(world.enforcement.undone).toEqual([])
      const other = await claim(world, ann)
      expect(await world.review.decide(ann, other.id, decide(other.claimId))).toMatchObject({ outcome: 'uphold' })
      const again = await claim(world, bob)
      const decided = await world.review.decide(bob, held.id, { ...decide(again.claimId), verdict: 'overturn' })
      expect(decided).toMatchObject({ state: 'decided', outcome: 'overturn' })
      const by = { authority: 'approval', id: held.id, people: ['ann', 'bob'] }
      expect(world.enforcement.undone).toEqual(told.map(({ id }) => ({ decision: id, by })).sort(byDecision))
      expect(await world.review.queues(ann)).toEqual([])
      expect((await list(world, ann, { state: 'decided' })).items.map(({ id }) => id).sort()).toEqual(
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
        const held = await claim(world, ann)
        await world.review.decide(ann, held.id, { ...decide(held.claimId), proposal: { effect, severity: 'high' } })
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
      const [one, two] = [await claim(world, ann), await claim(world, ann)]
      await world.review.decide(ann, one.id, { ...decide(one.claimId), verdict: 'escalate' })
      const events = world.log.events.length
      world.enforcement.failing = new Error('not now')
      world.log.failing = 'before'
      const up = await claim(world, rso, 'escalated')
      await world.review.decide(rso, one.id, { ...decide(up.claimId), verdict: 'overturn' })
      await world.review.decide(ann, two.id, {
        ...decide(two.claimId),
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
      const first = await claim(world, ann)
      const labels = { chemical: 'present' } as const
      const after = await world.review.decide(ann, first.id, { ...decide(first.claimId), labels, note: 'clear to me' })
      expect(after).toMatchObject({ state: 'second_reading', outcome: null })
      expect(await world.review.claims.next(ann, null)).toBeNull()
      const second = await claim(world, bob)
      expect((await world.review.readings.get(bob, first.id)).readings).toEqual([])
      expect((await world.review.readings.get(ann, first.id)).readings).toHaveLength(1)
      await world.review.decide(bob, first.id, {
        ...decide(second.claimId),
        verdict: 'overturn',
        labels: { chemical: 'absent' },
      })
      expect((await world.review.readings.get(cat, first.id)).readings).toEqual([])
      expect(await world.review.claims.next(bob, null)).toBeNull()
      const third = await claim(world, cat)
      expect(third.state).toBe('adjudication')
      expect((await world.review.readings.get(cat, first.id)).readings.map(({ verdict }) => verdict)).toEqual([
        'uphold',
        'overturn',
      ])
      const decided = await world.review.decide(cat, first.id, decide(third.claimId))
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
      const one = await claim(world, ann)
      await world.review.decide(ann, one.id, { ...decide(one.claimId), verdict: 'escalate' })
      const two = await claim(world, ann)
      await world.review.decide(ann, two.id, { ...decide(two.claimId), verdict: 'not_sure' })
      expect(await world.review.claims.next(ann, null)).toBeNull()
      const other = await claim(world, bob)
      expect(await world.review.decide(bob, two.id, { ...decide(other.claimId), verdict: 'not_sure' })).toMatchObject({
        state: 'escalated',
        queue: 'escalated',
      })
      const queues = await world.review.queues(ann)
      expect(queues).toMatchObject([{ queue: 'escalated', desk: 'lead', open: 2, escalated: 2 }])
      const up = await claim(world, rso, 'escalated')
      await expect(
        world.review.decide(rso, up.id, { ...decide(up.claimId), verdict: 'not_sure' }),
      ).rejects.toMatchObject(refused('CONFLICT', 'nobody to pass it on to'))
      expect(await world.review.decide(rso, up.id, decide(up.claimId))).toMatchObject({ outcome: 'uphold' })
    })
  })
})

function decide(claim: string) {
  return { claim, verdict: 'uphold', labels: {}, note: '' } as const
}

function byDecision(a: { decision: string }, b: { decision: string }): number {
  return a.decision < b.decision ? -1 : 1
}
