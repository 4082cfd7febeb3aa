import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchQueue, widthFor } from './batch-queue.ts'

const lengths = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 60 })

describe('BatchQueue', () => {
  it('gives each item once, the oldest always among the next, in batches of one width within the bound', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 16, max: 2_048 }), (all, maxTokens) => {
        const queue = new BatchQueue<{ length: number; id: number }>(1_000, maxTokens)
        const waiting = all.map((length, id) => ({ length, id }))
        expect(queue.add(waiting)).toBe(true)
        const seen: number[] = []
        while (queue.size > 0) {
          const batch = queue.take()
          expect(batch[0]?.id).toBe(Math.min(...waiting.map(({ id }) => id).filter((id) => !seen.includes(id))))
          expect(new Set(batch.map(({ length }) => widthFor(length))).size).toBe(1)
          const tokens = batch.length * widthFor(batch[0]?.length ?? 0)
          expect(batch.length === 1 || tokens <= maxTokens).toBe(true)
          seen.push(...batch.map(({ id }) => id))
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(waiting.map(({ id }) => id))
        expect(queue.take()).toEqual([])
      }),
    )
  })

  it('takes all of a request or none, and no more than it may', () => {
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 20 }), fc.nat(100), (requests, maxItems) => {
        const queue = new BatchQueue(maxItems, 512)
        for (const request of requests) {
          const before = queue.size
          const taken = queue.add(request.map((length) => ({ length })))
          expect(queue.size).toBe(taken ? before + request.length : before)
          expect(taken).toBe(before + request.length <= maxItems)
        }
      }),
    )
  })

  it('pads no row to less than it holds', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5_000 }), (length) => widthFor(length) >= length))
  })
})
