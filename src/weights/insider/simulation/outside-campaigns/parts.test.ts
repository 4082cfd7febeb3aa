import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Actor, Grant } from '../campaign.ts'
import { Draw } from '../draw.ts'
import type { ModelFile } from '../world/world.ts'
import { Parts } from './parts.ts'

const file = (position: number, sizeBytes: number, isCanary = false): ModelFile => ({
  ...{ position, sizeBytes, tensors: 3, isCanary },
})
const shapes = fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 4 })

/** Somebody to whom `budget` bytes are given; writes down what they read. */
function reader(budget: number) {
  const reads: { file: number; start: number; bytes: number }[] = []
  let left = budget
  const actor = {
    read(_: Grant, { file, start = 0, bytes = 0 }: { file: ModelFile; start?: number; bytes?: number }) {
      if (bytes > left) return 0
      left -= bytes
      reads.push({ file: file.position, start, bytes })
      return bytes
    },
  }
  return { reads, actor: actor as unknown as Actor, grant: {} as unknown as Grant }
}

describe('Parts', () => {
  it('are each byte once, in order or mixed, without decoys', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 10, max: 60_000 }), fc.boolean(), (sizes, chunk, isMixed) => {
        const files = [...sizes.map((size, at) => file(at, size)), file(sizes.length, 1_000, true)]
        const parts = Parts.of(files, chunk, isMixed ? new Draw(1) : undefined)
        const { reads, actor, grant } = reader(Infinity)
        const total = sizes.reduce((sum, size) => sum + size, 0)
        expect(parts.take(actor, grant, Infinity, { draw: new Draw(2) })).toBe(total)
        expect(parts.isEmpty).toBe(true)
        for (const [at, size] of sizes.entries()) {
          const own = reads.filter((read) => read.file === at).toSorted((a, b) => a.start - b.start)
          expect(own[0]?.start).toBe(0)
          expect(own.reduce((end, { start, bytes }) => (start === end ? start + bytes : Number.NaN), 0)).toBe(size)
        }
        expect(reads.some((read) => read.file === sizes.length)).toBe(false)
      }),
    )
  })

  it('that a budget refused are still to be had', () => {
    const parts = Parts.of([file(0, 1_000)], 100)
    const poor = reader(250)
    expect(parts.take(poor.actor, poor.grant, 1_000, { draw: new Draw(1) })).toBe(200)
    const rich = reader(10_000)
    expect(parts.take(rich.actor, rich.grant, 300, { draw: new Draw(1) })).toBe(300)
    expect(rich.reads[0]).toEqual({ file: 0, start: 200, bytes: 100 })
  })

  it('are looked at again without being counted again', () => {
    const parts = Parts.of([file(0, 5_000)], 100)
    const { reads, actor, grant } = reader(Infinity)
    expect(parts.take(actor, grant, 5_000, { draw: new Draw(1), again: 0.5 })).toBe(5_000)
    expect(reads.length).toBeGreaterThan(70)
    expect(new Set(reads.map(({ start }) => start)).size).toBe(50)
  })
})
