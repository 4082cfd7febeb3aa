import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Draw } from './draw.ts'
import { planReads } from './read-plan.ts'

const files = (sizes: readonly number[]) =>
  sizes.map((sizeBytes, position) => ({ position, sizeBytes, tensors: 1, isCanary: false }))
const sizes = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 6 })

describe('a plan of reads', () => {
  it('covers every byte once, in order or mixed', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom('serial', 'shuffled'),
        (all, chunkBytes, order) => {
          const ranges = [...planReads(files(all), { order, chunkBytes }, new Draw(1))]
          const seen = new Set(
            ranges.flatMap(({ file, start, bytes }) =>
              Array.from({ length: bytes }, (_, at) => `${file.position}/${start + at}`),
            ),
          )
          expect(seen.size).toBe(all.reduce((sum, size) => sum + size, 0))
          expect(ranges.every(({ file, start, bytes }) => bytes > 0 && start + bytes <= file.sizeBytes)).toBe(true)
        },
      ),
    )
  })

  it('goes on where it stopped: parts of a share make the whole', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 300 }), (all, chunkBytes) => {
        const total = all.reduce((sum, size) => sum + size, 0)
        const first = [...planReads(files(all), { share: 0.5, chunkBytes }, new Draw(1))]
        const taken = first.reduce((sum, { bytes }) => sum + bytes, 0)
        expect(taken).toBe(Math.ceil(total / 2))
        const rest = [...planReads(files(all), { skipBytes: taken, chunkBytes }, new Draw(1))]
        expect(taken + rest.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(total)
      }),
    )
  })
})
