import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InsiderWorld } from '../../../../test/support/insider-world.ts'
import type { Member } from '../../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../../test/support/stores.ts'
import type { DbHandle } from '../../../db/index.ts'

const PAGE = { limit: 50 }
const MINUTE_MS = 60_000

describe.each(storeKinds('insider watch'))('the watch for insiders on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: InsiderWorld
  let ciso: Member
  let suspect: Member

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await InsiderWorld.open(handle)
    ciso = await world.member('ciso')
    suspect = await world.member('security_engineer')
  })
  afterEach(() => world[Symbol.asyncDispose]())

  const cases = async () => (await world.insider.cases.list(await world.viewer(ciso), PAGE)).items
  const memory = () => handle.db.selectFrom('insiderState').selectAll().where('part', '=', 'memory').execute()

  it('goes on from what was put away, and reads nothing twice', async () => {
    for (let i = 0; i < 50; i += 1) await world.record('weights.opened', suspect.id)
    await world.insider.look()
    await world.insider[Symbol.asyncDispose]()
    const [kept] = await memory()
    expect(Number(kept?.next)).toBe(50)
    expect(kept?.sealed.includes(suspect.id)).toBe(false)
    const next = await world.another()
    await world.touch(suspect.id)
    await next.look()
    expect(next.seen).toBeLessThan(10) // the touch, and what the room itself recorded about it
    expect(world.events('alert_raised')).toHaveLength(1)
  })

  it('finds the same, once, when it reads everything anew', async () => {
    await world.touch(suspect.id)
    await world.insider.look()
    await world.insider.catchUp()
    const before = await cases()
    await world.insider[Symbol.asyncDispose]()
    await handle.db
      .updateTable('insiderState')
      .set({ sealed: Buffer.from('not what it was') })
      .execute()
    const next = await world.another()
    await next.look()
    expect(next.seen).toBeGreaterThan(0)
    expect(await cases()).toEqual(before)
    expect(world.events('alert_raised')).toHaveLength(1)
  })

  it('is done by one of any number of replicas, and taken over when that falls silent', async () => {
    const other = await world.another()
    await world.insider.look()
    await world.touch(suspect.id)
    await other.look()
    expect([await other.watching(), await world.insider.watching()]).toMatchObject([
      { held: true, here: false, lag: 1 },
      { held: true, here: true },
    ])
    world.staff.clock.advance(MINUTE_MS)
    expect(await other.watching()).toMatchObject({ held: false, unwatchedMs: expect.toSatisfy((ms) => ms > 50_000) })
    await other.look()
    expect(await other.watching()).toMatchObject({ held: true, here: true, unwatchedMs: 0 })
    // Who was away finds that another has the turn.
    await world.insider.look()
    expect(await world.insider.watching()).toMatchObject({ here: false })
    expect(world.events('alert_raised')).toHaveLength(1)
  })

  it('meets what other sources told of at its place on the ledger, once, and forgets it in time', async () => {
    const line = (id: string, person: string) =>
      JSON.stringify({ id, timeMs: world.staff.clock.now(), source: 'okta', kind: 'okta.user.session.start', person })
    const send = (...lines: string[]) =>
      world.insider.imports.take('activity', new Blob([`${lines.join('\n')}\n`]).stream(), {
        type: 'operator',
        id: 'x',
      })
    const lines = [line('o1', suspect.id), 'nonsense', line('o2', suspect.id).replaceAll('okta', 'ledger')]
    expect(await send(...lines)).toMatchObject({ taken: 1, faulty: 2, known: 0, imports: [expect.any(String)] })
    expect(await send(...lines)).toMatchObject({ taken: 1, known: 1 })
    expect(new Set(world.events('imported').map(({ id }) => id)).size).toBe(1)
    expect(JSON.stringify(world.events('imported'))).not.toContain(suspect.id)
    await world.insider.look()
    expect(world.insider.seen).toBe(world.events('imported').length + 2) // with each telling of the import comes what it holds
    const [row] = await handle.db.selectFrom('insiderImport').selectAll().execute()
    expect(row?.sealed.includes(suspect.id)).toBe(false)
    world.staff.clock.advance(181 * 24 * 60 * MINUTE_MS)
    await world.insider.erase()
    expect(await handle.db.selectFrom('insiderImport').selectAll().execute()).toEqual([])
  })

  it('says what another threshold would have raised, without whoever asks', async () => {
    await world.touch(suspect.id)
    const ask = async (who: Member) =>
      world.insider.replays.run({ threshold: 10, days: 7, off: [] }, await world.viewer(who))
    expect(await ask(ciso)).toMatchObject({ alerts: 1, people: 1, truncated: false })
    expect(await ask(suspect)).toMatchObject({ alerts: 0, people: 0 })
  })
})
