import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Chores } from './chores.ts'
import { silentLog } from './log.ts'

const log = silentLog

describe('chores', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('run at every turn, also after one that failed', async () => {
    await using chores = new Chores(log)
    const warn = vi.spyOn(log, 'warn')
    let turns = 0
    chores.every(100, 'not swept', async () => {
      turns++
      if (turns === 1) throw new Error('no')
    })
    await vi.advanceTimersByTimeAsync(300)
    expect(turns).toBe(3)
    expect(warn).toHaveBeenCalledExactlyOnceWith({ err: new Error('no') }, 'not swept')
  })

  it('skip a turn while the one before still runs', async () => {
    await using chores = new Chores(log)
    let finish = () => {}
    let turns = 0
    chores.every(100, 'not swept', () => {
      turns++
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    await vi.advanceTimersByTimeAsync(500)
    expect(turns).toBe(1)
    finish()
    await vi.advanceTimersByTimeAsync(100)
    expect(turns).toBe(2)
    finish()
  })

  it('begin at once where that is asked', async () => {
    await using chores = new Chores(log)
    let turns = 0
    const count = async () => {
      turns++
    }
    chores.every(100, 'not swept', count, { first: 'now' })
    expect(turns).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(turns).toBe(2)
  })

  it('are finished before closing, and none begins after', async () => {
    const chores = new Chores(log)
    let finish = () => {}
    let turns = 0
    let closed = false
    chores.every(100, 'not swept', () => {
      turns++
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    await vi.advanceTimersByTimeAsync(100)
    const closing = chores.close().then(() => {
      closed = true
    })
    await vi.advanceTimersByTimeAsync(500)
    expect(closed).toBe(false)
    finish()
    await closing
    await vi.advanceTimersByTimeAsync(500)
    expect(turns).toBe(1)
  })

  it('do not stop each other', async () => {
    await using chores = new Chores(log)
    let finish = () => {}
    let other = 0
    const stuck = new Promise<void>((resolve) => {
      finish = resolve
    })
    chores.every(100, 'stuck', () => stuck)
    chores.every(100, 'not swept', async () => {
      other++
    })
    await vi.advanceTimersByTimeAsync(300)
    expect(other).toBe(3)
    finish()
  })
})
