import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SignedLease } from '../../src/models/training/index.ts'
import { underLease } from '../../training/preference/under-lease.ts'

/** A gate that gives these answers, one after the other, and the last one from then on. */
function gate(...answers: SignedLease['answer'][]) {
  let asked = 0
  const ask = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)]
    asked += 1
    return { id: `lse_${asked}`, answer, reasons: ['it is full'] } as SignedLease
  }
  return { ask, asked: () => asked }
}

describe('training under a lease', () => {
  it('begins only when the gate lets it', async () => {
    let began = false
    const work = async () => {
      began = true
    }
    await expect(underLease(gate('pause').ask, work)).rejects.toThrow('the training gate says pause: it is full')
    expect(began).toBe(false)
  })

  it('is asked about again while it goes on, and its checkpoint names the last receipt', async () => {
    const { ask, asked } = gate('continue')
    const receipt = await underLease(ask, () => wait(120), 20)
    expect(asked()).toBeGreaterThan(2)
    expect(receipt).toBe(`lse_${asked()}`)
  })

  it('ends when the gate stops it', async () => {
    let stopped = false
    const work = async (signal: AbortSignal) => {
      await wait(20_000, undefined, { signal }).catch(() => {})
      stopped = signal.aborted
    }
    await expect(underLease(gate('continue', 'evaluate-now').ask, work, 10)).rejects.toThrow('evaluate-now')
    expect(stopped).toBe(true)
  })

  it('fails as its work fails, and asks no more', async () => {
    const { ask, asked } = gate('continue')
    await expect(underLease(ask, () => Promise.reject(new Error('out of memory')), 5)).rejects.toThrow('out of memory')
    const then = asked()
    await wait(30)
    expect(asked()).toBe(then)
  })
})
