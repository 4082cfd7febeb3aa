import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DbHandle } from '../../src/db/index.ts'
import { storeKinds, type TestStore } from '../support/stores.ts'
import { Programme } from './rooms-programme.ts'

/** The long form of it is programme-rooms.slow.test.ts. */
describe.each(storeKinds('a programme through the rooms'))('a programme through the rooms on $kind', ({ create }) => {
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

  it('keeps what must hold for half a year', async () => {
    await using programme = await Programme.open(handle, 11)
    await programme.live(30)
    expect(programme.wrong).toEqual([])
    expect(programme.lived.segments + programme.lived.refused).toBeGreaterThan(0)
  })
})
