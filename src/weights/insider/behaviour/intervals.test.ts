import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cover, positionOf } from './intervals.ts'

describe('cover', () => {
  it('counts each byte once, as a set of bytes does', () => {
    const range = fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 40 }))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
        const flat: number[] = []
        const bytes = new Set<number>()
        for (const [start, length] of ranges) {
          const before = bytes.size
          const isAfter = bytes.has(start - 1)
          const touches = isAfter || bytes.has(start + length)
          for (let at = start; at < start + length; at++) bytes.add(at)
          const { fresh, fits, follows } = cover(flat, start, length)
          expect(fresh).toBe(bytes.size - before)
          expect(fits).toBe(touches && fresh === length)
          expect(follows).toBe(isAfter && fresh === length)
        }
        const ends = flat.map((value, at) => (at % 2 === 0 ? value : value - 0.5))
        expect(ends).toEqual([...new Set(ends)].sort((a, b) => a - b))
      }),
    )
  })

  it('stays bounded however scattered reads are, and never counts more than was read', () => {
    const flat: number[] = []
    let fresh = 0
    for (let nth = 0; nth < 5_000; nth++) fresh += cover(flat, ((nth * 7919) % 5_000) * 100, 10).fresh
    expect(flat.length).toBeLessThanOrEqual(400)
    expect(fresh).toBeLessThanOrEqual(50_000)
    expect(fresh).toBeGreaterThan(0)
  })

  it('takes nothing in where nothing was read', () => {
    const flat: number[] = []
    for (const length of [0, -5, Number.NaN])
      expect(cover(flat, 10, length)).toEqual({ fresh: 0, fits: false, follows: false })
    expect(flat).toEqual([])
  })
})

describe('positionOf', () => {
  it('keeps files apart, and everything a safe integer', () => {
    expect(positionOf(1, 0)).toBeGreaterThan(positionOf(0, 2 ** 43))
    for (const [file, start] of [
      [null, null],
      [Number.NaN, 3],
      [3, Number.NaN],
      [-1, -1],
      [1e300, 1e300],
      [Infinity, Infinity],
    ] as const)
      expect(Number.isSafeInteger(positionOf(file, start))).toBe(true)
  })
})
