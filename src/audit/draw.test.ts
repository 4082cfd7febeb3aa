import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commitmentTo, draw, frameDigest, seedOf } from './draw.ts'

const frames = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 1, maxLength: 200 })
const seeds = fc.string().map((text) => hash('sha256', text))

describe('a draw', () => {
  it('is of the frame, of the size asked for, without repetition, ascending, and the same each time, in whatever order the frame comes', () => {
    fc.assert(
      fc.property(seeds, frames, fc.integer({ min: 1, max: 250 }), (seed, frame, size) => {
        const drawn = draw(seed, frame, size)
        expect(drawn).toHaveLength(Math.min(size, frame.length))
        expect(new Set(drawn).size).toBe(drawn.length)
        expect(drawn.every((one) => frame.includes(one))).toBe(true)
        expect(drawn).toEqual([...drawn].sort((a, b) => a - b))
        expect(draw(seed, frame.toReversed(), size)).toEqual(drawn)
      }),
    )
  })

  it('of a smaller frame keeps what was drawn from the larger one: nothing is gained by making it larger', () => {
    fc.assert(
      fc.property(seeds, frames, fc.integer({ min: 1, max: 50 }), (seed, frame, size) => {
        const kept = frame.filter((_, i) => i % 2 === 0)
        const drawn = new Set(draw(seed, frame, size))
        const again = new Set(draw(seed, kept, size))
        expect(kept.filter((one) => drawn.has(one)).every((one) => again.has(one))).toBe(true)
      }),
    )
  })

  it('takes each entry as often as any other: chi-squared over 4,000 draws of 5 from 20', () => {
    const frame = Array.from({ length: 20 }, (_, i) => i * 3)
    const counts = new Map(frame.map((one) => [one, 0]))
    const draws = 4_000
    for (let i = 0; i < draws; i += 1)
      for (const one of draw(hash('sha256', `${i}`), frame, 5)) counts.set(one, (counts.get(one) ?? 0) + 1)
    const expected = (draws * 5) / frame.length
    const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    expect(chi2).toBeLessThan(43.8) // 19 degrees of freedom, 0.1 %
  })

  it('follows from sample, root and secret, each of which changes it', () => {
    const of = { sample: 'aus_1', root: 'ab'.repeat(32), secret: null }
    const others = [
      { ...of, sample: 'aus_2' },
      { ...of, root: 'cd'.repeat(32) },
      { ...of, secret: 'a secret of sixteen' },
    ]
    expect(new Set([of, ...others].map(seedOf)).size).toBe(4)
    // Written out, for who computes it with other tools.
    expect(seedOf(of)).toBe(
      hash('sha256', `safelevel audit sample v1\n{"root":"${of.root}","sample":"aus_1","secret":null}`),
    )
    expect(frameDigest([3, 5])).toBe(hash('sha256', '3\n5'))
    expect(commitmentTo('s')).toBe(hash('sha256', 's'))
  })
})
