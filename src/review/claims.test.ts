import { expect, it } from 'vitest'
import { postgresAvailable } from '../../test/support/postgres.ts'
import { ReviewWorld, uphold } from '../../test/support/review-world.ts'
import { storeKinds } from '../../test/support/stores.ts'

const CASES = 150
const CLAIMERS = 24

it.skipIf(!postgresAvailable('review claims: many at once'))(
  'no case is ever with two people, nor read twice, however many claim and decide at once',
  async () => {
    const postgres = storeKinds('review claims').find(({ kind }) => kind === 'postgres')
    if (postgres === undefined) throw new Error('no such store')
    await using store = await postgres.create()
    // Two processes, each with its own connections.
    await using one = await store.open()
    await using two = await store.open()
    const world = await ReviewWorld.open(one, store.dataDir)
    const other = await ReviewWorld.open(two, store.dataDir) // empties the store as well, before anything is told
    await world.tell(...Array.from({ length: CASES }, () => world.decision()))
    const held = new Map<string, string>()
    const read: string[] = []
    const work = async (n: number) => {
      const { review } = n % 2 === 0 ? world : other
      const who = world.person(`reader ${n}`)
      for (;;) {
        const given = await review.claims.next(who, null)
        if (given?.claim == null) return
        expect(held.get(given.id)).toBeUndefined()
        held.set(given.id, who.id)
        const { claim } = given
        if (read.length % 5 === 4) await review.claims.heartbeat(who, given.id, claim.id)
        // Others may not get in between, and a hasty double click does not count twice.
        held.delete(given.id)
        const twice = await Promise.allSettled([
          review.readings.decide(who, given.id, uphold(claim.id)),
          review.readings.decide(who, given.id, uphold(claim.id)),
        ])
        expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
        read.push(given.id)
      }
    }
    await Promise.all(Array.from({ length: CLAIMERS }, (_, n) => work(n)))
    expect(read).toHaveLength(CASES)
    expect(new Set(read).size).toBe(CASES)
    expect(await world.review.queues(world.person('ann'))).toEqual([])
    await Promise.all([world.review.catchUp(), other.review.catchUp()])
    const kinds = [...world.log.kinds(), ...other.log.kinds()]
    expect(kinds.filter((kind) => kind === 'review.case_decided')).toHaveLength(CASES)
  },
  120_000,
)
