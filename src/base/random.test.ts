import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'

describe('seededRandom', () => {
  it('is uniform and repeatable', () => {
    const counts = new Uint32Array(16)
    const random = seededRandom(42)
    for (let i = 0; i < 64_000; i++) {
      const bin = Math.floor(random() * 16)
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 4_000) ** 2 / 4_000, 0)
    expect(chiSquare).toBeLessThan(37.7) // 99.9 % of 15 degrees of freedom
    expect(seededRandom(5)()).toBe(seededRandom(5)())
    expect(seededRandom(5)()).not.toBe(seededRandom(6)())
  })
})
