import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InsiderWorld } from '../../../../test/support/insider-world.ts'
import { storeKinds, type TestStore } from '../../../../test/support/stores.ts'
import type { DbHandle } from '../../../db/index.ts'

describe.each(storeKinds('insider containment'))('containment on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  it('is tried ever more rarely while it fails, and done as soon as it can be', async () => {
    await using world = await InsiderWorld.open(handle)
    const suspect = await world.member('security_engineer')
    const ciso = await world.viewer(await world.member('ciso'))
    world.containment.failing = true
    await world.touch(suspect.id)
    await world.insider.look()
    for (let i = 0; i < 40; i += 1) await world.insider.catchUp()
    const attempts = async () => (await world.insider.cases.list(ciso, { limit: 1 })).items[0]?.containment[0]?.attempts
    expect(await attempts()).toBe(11)
    expect(world.events('containment_failed')).toHaveLength(3)
    world.containment.failing = false
    world.staff.clock.advance(300_000)
    await world.insider.catchUp()
    expect(world.containment.done).toHaveLength(3)
  })

  it('does nothing to somebody about whom nothing was found before it was done', async () => {
    await using world = await InsiderWorld.open(handle)
    const suspect = await world.member('security_engineer')
    const ciso = await world.viewer(await world.member('ciso'))
    world.containment.failing = true
    await world.touch(suspect.id)
    await world.insider.look()
    await world.insider.catchUp()
    const [one] = (await world.insider.cases.list(ciso, { limit: 1 })).items
    await world.insider.cases.close(one?.id ?? '', 'benign', ciso)
    world.containment.failing = false
    await world.insider.catchUp()
    expect(world.containment.done).toEqual([])
  })

  it('leaves what is old to people', async () => {
    await using world = await InsiderWorld.open(handle)
    const suspect = await world.member('security_engineer')
    const ciso = await world.viewer(await world.member('ciso'))
    await world.touch(suspect.id)
    world.staff.clock.advance(2 * 86_400_000)
    await world.insider.look()
    await world.insider.catchUp()
    expect((await world.insider.cases.list(ciso, { limit: 1 })).items).toMatchObject([
      { level: 'certain', containment: [] },
    ])
    expect(world.containment.done).toEqual([])
  })
})
