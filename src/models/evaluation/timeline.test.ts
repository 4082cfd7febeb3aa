import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { thinned } from './timeline.ts'

describe('a timeline of many checkpoints', () => {
  const all = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `c${i}` }))

  it('keeps few enough to draw, in order, with the newest and all that are named', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.array(fc.nat(19_999), { maxLength: 20 }), (n, picked) => {
        const named = new Set(picked.filter((i) => i < n).map((i) => `c${i}`))
        const kept = thinned(all(n), named).map(({ id }) => Number(id.slice(1)))
        expect(kept.length).toBeLessThanOrEqual(600 + named.size)
        expect(kept).toEqual(kept.toSorted((a, b) => a - b))
        for (const id of named) expect(kept).toContain(Number(id.slice(1)))
        for (let i = Math.max(0, n - 100); i < n; i++) expect(kept).toContain(i)
      }),
      { numRuns: 30 },
    )
  })

  it('keeps all where there is room', () => {
    expect(thinned(all(600), new Set())).toHaveLength(600)
  })
})
