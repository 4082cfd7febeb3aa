import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld, uphold } from '../../test/support/review-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'

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

  describe('opening', () => {
    it('opens one case for each decision, however often it is told', async () => {
      const world = await open()
      const decisions = [world.decision(), world.decision({ outcome: 'cut', side: 'completion' })]
      await world.tell(...decisions)
      await world.tell(...decisions)
      await world.tell(decisions[0] ?? world.decision())
      const { items } = await world.list(world.person('ann'))
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
      expect((await world.list(world.person('ann'))).items).toEqual([])
    })

    it('draws its sample of what was let through the same way every time', async () => {
      const world = await open({ open: { allowedShare: 0.2 } })
      const allowed = Array.from({ length: 300 }, () =>
        world.decision({ outcome: 'allow', side: null, label: null, clause: null, severity: null, prompt: null }),
      )
      await world.tell(...allowed.slice(0, 150))
      await world.tell(...allowed)
      const { items } = await world.list(world.person('ann'), { limit: 200 })
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
      expect((await world.list(ann)).items.map(({ items }) => items).sort()).toEqual([1, 3])
      const burst = (await world.list(ann)).items.find(({ items }) => items === 3)
      expect((await world.review.readings.get(ann, burst?.id ?? '')).decisions).toHaveLength(3)
      const held = [await world.claim(ann), await world.claim(ann)].find(({ id }) => id === burst?.id)
      await world.tell(world.decision(like))
      expect((await world.list(ann)).items.map(({ items }) => items).sort()).toEqual([1, 1, 3])
      // Told again, what has joined stays where it is.
      await world.tell(first)
      expect((await world.list(ann)).items).toHaveLength(3)
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
      expect((await world.list(world.person('ann'))).items).toMatchObject([{ id, basis: 'pattern', queue: '-:-:high' }])
    })

    it('takes the gravest flag when nothing was refused', async () => {
      const world = await open()
      const flagged = [
        { label: 'hate', score: 0.99, clause: '4.2' },
        { label: 'chemical', score: 0.5, clause: '1.1' },
      ]
      const prompt = { action: 'allow', score: null, threshold: null, flagged } as const
      await world.tell(world.decision({ outcome: 'allow', label: 'hate', clause: '4.2', severity: null, prompt }))
      const { items } = await world.list(world.person('ann'))
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
      const order = async () => (await world.list(ann)).items.map(({ severity, score }) => [severity, score])
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
          const page = await world.list(ann, { ...filter, limit: 5, cursor })
          for (const { id } of page.items) expect(seen.has(id)).toBe(false)
          for (const { id } of page.items) seen.add(id)
          cursor = page.next ?? undefined
        } while (cursor !== undefined)
        expect(seen.size).toBe(count)
      }
      await expect(world.list(ann, { cursor: "1.x' or 1=1" })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    })
  })

  describe('claims', () => {
    it('give a case to one person, run out, and say what became of them', async () => {
      const world = await open()
      await world.tell(world.decision())
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const held = await world.claim(ann)
      expect(await world.review.claims.next(bob, null)).toBeNull()
      world.clock.advance(4 * MINUTE_MS)
      const beaten = await world.review.claims.heartbeat(ann, held.id, held.claimId)
      expect(Date.parse(beaten.expiresAt) - world.clock.now()).toBe(5 * MINUTE_MS)
      world.clock.advance(5 * MINUTE_MS)
      expect((await world.list(bob)).items[0]?.claim).toMatchObject({ by: 'ann', expired: true })
      const late = world.review.decide(ann, held.id, uphold(held.claimId))
      await expect(late).rejects.toMatchObject(refused('CONFLICT', 'ran out at'))
      const taken = await world.claim(bob)
      await expect(world.review.decide(ann, held.id, uphold(held.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'somebody else holds'),
      )
      await expect(world.review.claims.heartbeat(ann, held.id, held.claimId)).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await world.review.claims.release(bob, taken.id, taken.claimId)
      await expect(world.review.decide(bob, held.id, uphold(taken.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'claim is over'),
      )
      const again = await world.claim(ann)
      await expect(world.review.decide(ann, held.id, uphold(held.claimId))).rejects.toMatchObject(
        refused('CONFLICT', 'earlier claim'),
      )
      await world.review.decide(ann, held.id, uphold(again.claimId))
      await expect(world.review.decide(ann, held.id, uphold(again.claimId))).rejects.toMatchObject(
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
      const first = await world.claim(ann)
      await world.claim(ann)
      await expect(world.review.claims.next(ann, null)).rejects.toMatchObject(refused('CONFLICT', 'as many cases'))
      for (let n = 0; n < 3; n++) {
        world.clock.advance(3 * MINUTE_MS)
        await world.review.claims.heartbeat(ann, first.id, first.claimId)
      }
      expect((await world.list(ann, { claimedBy: 'ann' })).items).toHaveLength(2)
      await world.review.catchUp()
      expect((await world.list(ann, { claimedBy: 'ann' })).items).toHaveLength(1)
      world.clock.advance(MINUTE_MS)
      await expect(world.review.claims.heartbeat(ann, first.id, first.claimId)).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await world.review.catchUp()
      expect((await world.list(ann, { claimedBy: 'ann' })).items).toEqual([])
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
      expect((await world.list(auditor)).items).toHaveLength(1)
    })
  })
})
