import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import { DatabaseClock } from './database-clock.ts'
import type { DbHandle } from './index.ts'

/** A machine whose clock is wrong. */
class WrongClock implements Clock {
  offMs: number
  constructor(offMs: number) {
    this.offMs = offMs
  }

  now(): number {
    return systemClock.now() + this.offMs
  }

  monotonic(): number {
    return systemClock.monotonic()
  }
}

describe.each(storeKinds('the clock of the database'))('the clock of the database on $kind', ({ create }) => {
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

  it.each([0, 300_000, -7_200_000])('tells its time on a machine that is %i ms off', async (offMs) => {
    const lines: string[] = []
    const machine = new WrongClock(offMs)
    await using clock = await DatabaseClock.open(
      handle.db,
      machine,
      createLog('warn', { write: (line) => void lines.push(line) }),
    )
    expect(Math.abs(clock.now() - systemClock.now())).toBeLessThan(500)
    expect(Math.abs(clock.skewMs - offMs)).toBeLessThan(500)
    expect(Number.isInteger(clock.now())).toBe(true)
    await clock.sync()
    expect(lines.filter((line) => line.includes('differs from the database'))).toHaveLength(offMs === 0 ? 0 : 1)
  })

  it('does not move when the machine’s clock jumps', async () => {
    const machine = new WrongClock(0)
    await using clock = await DatabaseClock.open(handle.db, machine, createLog('silent'))
    const before = clock.now()
    machine.offMs = 3_600_000
    expect(clock.now() - before).toBeLessThan(500)
    expect(clock.monotonic()).toBeGreaterThan(0)
  })
})
