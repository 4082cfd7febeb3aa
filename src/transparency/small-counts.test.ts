import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Breakdown, breakDown, cellWords, spread } from './small-counts.ts'

const of = (...counts: number[]) => breakDown(new Map(counts.map((count, i) => [`k${i}`, count])))
const words = ({ cells }: Breakdown) => cells.map(cellWords)

/** Every way in which `total` things fall into `n` cells. */
function* waysOf(total: number, n: number): Generator<number[]> {
  if (n === 1) {
    yield [total]
    return
  }
  for (let first = 0; first <= total; first++) for (const rest of waysOf(total - first, n - 1)) yield [first, ...rest]
}

describe('breakDown', () => {
  it('shows counts as they are where none is below five', () => {
    expect(words(of(5, 6, 1_200))).toEqual(['5', '6', '1,200'])
    expect(of(0, 0).mode).toBe('exact')
    expect(of(3).mode).toBe('exact') // one cell is the total, which is published anyway
  })

  it('shows bands of five as soon as one is below five, nought too', () => {
    expect(words(of(0, 12, 1_203, 1, 0, 7))).toEqual(['<5', '10–14', '1,200–1,204', '<5', '<5', '5–9'])
  })

  it('breaks nothing down where there is too little to tell apart', () => {
    expect(of(1, 2, 3)).toEqual({
      mode: 'withheld',
      cells: ['k0', 'k1', 'k2'].map((key) => ({ key, least: null, most: null })),
    })
  })

  it('tells nobody a count from one to four: not by the total, not by the way in which it is shown', {
    timeout: 60_000,
  }, () => {
    // Who reads a breakdown knows the total and this code, and can try every combination: exactly what is done here.
    for (const [n, most] of [
      [2, 60],
      [3, 45],
      [4, 30],
      [5, 26],
      [6, 20],
    ] as const) {
      for (let total = 0; total <= most; total++) {
        const alike = new Map<string, Set<number>[]>()
        for (const counts of waysOf(total, n)) {
          const shown = JSON.stringify(of(...counts))
          const seen = alike.get(shown) ?? counts.map(() => new Set<number>())
          alike.set(shown, seen)
          for (const [i, count] of counts.entries()) seen[i]?.add(count)
        }
        for (const [shown, seen] of alike) {
          for (const values of seen) {
            const [only] = values
            if (values.size === 1 && only !== undefined && only >= 1 && only <= 4) expect.fail(`${total}: ${shown}`)
          }
        }
      }
    }
  })

  it('never shows a band in which the count is not, and lists the same cells whatever was counted', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 40 }), (counts) => {
        const { mode, cells } = of(...counts)
        expect(cells.map(({ key }) => key)).toEqual(counts.map((_, i) => `k${i}`))
        for (const [i, { least, most }] of cells.entries()) {
          expect(least === null).toBe(mode === 'withheld')
          if (least === null || most === null) continue
          expect(counts[i]).toBeGreaterThanOrEqual(least)
          expect(counts[i]).toBeLessThanOrEqual(most)
        }
        const small = counts.some((count) => count >= 1 && count < 5)
        if (small && counts.length > 1) expect(mode).not.toBe('exact')
      }),
    )
  })
})

describe('spread', () => {
  it('is nobody’s in particular, or null', () => {
    expect(spread([1, 2, 3, 4])).toBeNull()
    expect(spread([5, 1, 3, 2, 100])).toEqual({ median: 3, p90: 100 })
  })
})
