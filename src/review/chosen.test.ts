import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld, uphold } from '../../test/support/review-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'

const refused = (code: string, words: string) => ({ code, message: expect.stringContaining(words) })

describe.each(storeKinds('review chosen'))('a certain case on $kind', ({ create }) => {
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
  const open = () => ReviewWorld.open(handle, testStore.dataDir)

  it('is taken by one person, stays theirs when they ask again, and is read once by each', async () => {
    const world = await open()
    const wanted = world.decision({ outcome: 'cut' })
    await world.tell(world.decision(), wanted)
    const [ann, bob] = [world.person('ann'), world.person('bob')]
    const [found] = (await world.list(ann, { decision: wanted.id })).items
    const id = found?.id ?? ''
    const { claims, readings } = world.review
    const taken = await claims.take(ann, id)
    expect(taken.claim).toMatchObject({ by: 'ann', expired: false })
    expect((await claims.take(ann, id)).claim?.id).toBe(taken.claim?.id)
    await expect(claims.take(bob, id)).rejects.toMatchObject(refused('CONFLICT', 'somebody else'))
    world.clock.advance(6 * 60_000)
    const mine = await claims.take(bob, id)
    await readings.decide(bob, id, { ...uphold(mine.claim?.id ?? ''), verdict: 'not_sure' })
    await expect(claims.take(bob, id)).rejects.toMatchObject(refused('CONFLICT', 'nobody reads a case twice'))
    const again = await claims.take(ann, id)
    await readings.decide(ann, id, uphold(again.claim?.id ?? ''))
    await expect(claims.take(world.person('cem'), id)).rejects.toMatchObject(refused('CONFLICT', 'is decided'))
    await world.review.catchUp()
    const kinds = world.log.kinds().filter((kind) => kind.startsWith('review.claim'))
    expect(kinds).toEqual(['review.claimed', 'review.claim_expired', 'review.claimed', 'review.claimed'])
  })

  it('is not taken by who may not work on it, and does not exist for who may not see it', async () => {
    const world = await open()
    const hidden = world.decision({ label: 'child_exploitation', severity: 'extreme' })
    const plain = world.decision()
    await world.tell(hidden, plain)
    const [ann, lead] = [world.person('ann'), world.person('lea', 'rso')]
    const [secret] = (await world.list(lead, { decision: hidden.id })).items
    expect((await world.list(ann, { decision: hidden.id })).items).toEqual([])
    const { claims } = world.review
    await expect(claims.take(ann, secret?.id ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(claims.take(ann, 'case_none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await claims.take(lead, secret?.id ?? '')).desk).toBe('restricted')
    const [ordinary] = (await world.list(lead, { decision: plain.id })).items
    await expect(claims.take(lead, ordinary?.id ?? '')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('counts among those that one person may hold', async () => {
    const world = await open()
    await world.tell(...Array.from({ length: 4 }, () => world.decision()))
    const ann = world.person('ann')
    const ids = (await world.list(ann)).items.map(({ id }) => id)
    for (const id of ids.slice(0, 3)) await world.review.claims.take(ann, id)
    await expect(world.review.claims.take(ann, ids[3] ?? '')).rejects.toMatchObject(refused('CONFLICT', 'as many'))
  })

  it('is found by its decision, its end user and its key, open or decided', async () => {
    const world = await open()
    const one = world.decision({ endUser: 'eu_a', key: 'key_a' })
    const other = world.decision({ endUser: 'eu_b', key: 'key_a' })
    await world.tell(one, other, world.decision({ key: 'key_b' }))
    const ann = world.person('ann')
    expect((await world.list(ann, { key: 'key_a' })).items).toHaveLength(2)
    const [found] = (await world.list(ann, { endUser: 'eu_b' })).items
    const { claim } = await world.review.claims.take(ann, found?.id ?? '')
    await world.review.readings.decide(ann, found?.id ?? '', uphold(claim?.id ?? ''))
    expect((await world.list(ann, { endUser: 'eu_b' })).items).toEqual([])
    for (const query of [{ endUser: 'eu_b' }, { key: 'key_a' }, { decision: other.id }]) {
      expect((await world.list(ann, { ...query, state: 'decided' })).items.map(({ id }) => id)).toEqual([found?.id])
    }
  })
})
