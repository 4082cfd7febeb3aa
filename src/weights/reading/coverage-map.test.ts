import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockBytesOf, CoverageMap } from './coverage-map.ts'

const MIB = 1024 * 1024

describe('what of a file was opened', () => {
  it('is never told as less than it is, survives being stored, and is the whole in the end', () => {
    const sizes = fc.oneof(fc.nat(20 * MIB), fc.integer({ min: 0, max: 2 ** 45 }))
    const parts = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(8 * MIB)), { maxLength: 20 })
    fc.assert(
      fc.property(sizes, parts, (sizeBytes, reads) => {
        let map = new CoverageMap(sizeBytes)
        let most = 0
        for (const [at, length] of reads) {
          const start = Math.floor(at * sizeBytes)
          const read = Math.min(length, sizeBytes - start)
          const before = map.bytes
          map.mark(start, read)
          most = Math.max(most, read)
          map = new CoverageMap(sizeBytes, map.encoded(), map.blockBytes)
          expect(map.bytes).toBeGreaterThanOrEqual(Math.max(before, most))
          expect(map.bytes).toBeLessThanOrEqual(sizeBytes)
        }
        map.mark(0, sizeBytes)
        expect(map.bytes).toBe(sizeBytes)
      }),
      { numRuns: 60 },
    )
  })

  it('is noted in blocks of 1 MiB, and in 65,536 at most', () => {
    expect(blockBytesOf(0)).toBe(MIB)
    expect(blockBytesOf(65_536 * MIB)).toBe(MIB)
    expect(blockBytesOf(65_536 * MIB + 1)).toBe(MIB + 1)
    const map = new CoverageMap(10 * MIB)
    expect([map.mark(MIB - 1, 2), map.bytes, map.mark(0, 2 * MIB)]).toEqual([true, 2 * MIB, false])
  })

  it('takes a stored map that is damaged for nothing opened, and never for more than there is', () => {
    expect(new CoverageMap(3 * MIB, '!!').bytes).toBe(0)
    expect(new CoverageMap(3 * MIB, Buffer.alloc(99, 0xff).toString('base64')).bytes).toBe(3 * MIB)
  })
})
