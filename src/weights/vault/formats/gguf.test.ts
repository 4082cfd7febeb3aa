import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type GgufParts,
  ggufFile,
  ggufHeader,
  ggufText,
  Ranges,
  u32,
  u64,
} from '../../../../test/support/weights-files.ts'
import { AppError } from '../../../base/errors.ts'
import { readGgufIndex } from './gguf.ts'
import type { TensorIndex } from './tensor.ts'
import { readTensorIndex } from './tensor-index.ts'

const vectors: { cases: { name: string; base64: string; tensors: TensorIndex }[] } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/weights/gguf.json', import.meta.url), 'utf8'),
)
const indexOf = (file: Buffer) => readGgufIndex(new Ranges(file).read, file.length)
/** 4 × 2 numbers of 32 bits at the beginning. */
const one = { name: 'a', dimensions: [4n, 2n], type: 0, offset: 0n }
const text = (value: string) => Buffer.concat([u32(8), ggufText(value)])
const array = (kind: number, count: bigint, values: Buffer) => Buffer.concat([u32(9), u32(kind), u64(count), values])
const alignment = (value: number): readonly [string, Buffer] => [
  'general.alignment',
  Buffer.concat([u32(4), u32(value)]),
]

describe('the index of a GGUF file', () => {
  it.each(vectors.cases)('is as the reference wrote it: $name', async ({ base64, tensors }) => {
    const file = Buffer.from(base64, 'base64')
    expect(await indexOf(file)).toEqual(tensors)
    expect(await readTensorIndex('weights.bin', new Ranges(file).read, file.length)).toEqual(tensors)
  })

  it('finds each tensor behind any metadata, at any alignment', async () => {
    const types = fc.constantFrom(
      ...([
        [0, 'F32', 1, 4],
        [30, 'BF16', 1, 2],
        [2, 'Q4_0', 32, 18],
        [12, 'Q4_K', 256, 144],
      ] as const),
    )
    const tensors = fc.uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' }),
        type: types,
        blocks: fc.integer({ min: 1, max: 3 }),
        outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
      }),
      { selector: ({ name }) => name, maxLength: 8 },
    )
    const values = fc.oneof(
      fc.string().map(text),
      fc.array(fc.string()).map((all) => array(8, BigInt(all.length), Buffer.concat(all.map(ggufText)))),
      fc.array(fc.nat()).map((all) => array(4, BigInt(all.length), Buffer.concat(all.map(u32)))),
      fc.boolean().map((yes) => Buffer.concat([u32(7), Buffer.of(yes ? 1 : 0)])),
    )
    await fc.assert(
      fc.asyncProperty(
        tensors,
        fc.array(values),
        fc.nat(12),
        fc.constantFrom(2, 3),
        async (all, metadata, power, version) => {
          const unit = 2 ** power
          const pad = (size: number) => Math.ceil(size / unit) * unit
          let next = 0
          const placed = all.map(({ name, type: [id, dtype, elements, bytes], blocks, outer }) => {
            const length = outer.reduce((product, size) => product * size, blocks * bytes)
            const offset = next
            next = pad(offset + length)
            return { name, id, dtype, dimensions: [blocks * elements, ...outer], offset, length }
          })
          const parts: GgufParts = {
            version,
            metadata: [...metadata.map((value, i) => [`key.${i}`, value] as const), alignment(unit)],
            tensors: placed.map(({ name, id, dimensions, offset }) => ({
              name,
              type: id,
              dimensions: dimensions.map(BigInt),
              offset: BigInt(offset),
            })),
          }
          const file = ggufFile(parts, next, unit)
          const begin = pad(ggufHeader(parts).length)
          expect(await indexOf(file)).toEqual(
            placed.map(({ name, dtype, dimensions, offset, length }) => ({
              name,
              dtype,
              shape: dimensions.toReversed(),
              start: begin + offset,
              length,
            })),
          )
        },
      ),
    )
  })

  it('is sound or refused whatever is changed, added or cut', async () => {
    const metadata = [
      ['general.name', text('a name')],
      alignment(64),
      ['tokens', array(8, 2n, Buffer.concat([ggufText('a'), ggufText('b')]))],
    ] as const
    const tensors = [one, { name: 'b', dimensions: [32n], type: 2, offset: 64n }]
    const file = ggufFile({ metadata, tensors }, 128, 64)
    expect(await indexOf(file)).toHaveLength(2)
    const header = ggufHeader({ metadata, tensors }).length
    const edit = fc.record({ at: fc.nat(header), bytes: fc.uint8Array({ maxLength: 6 }), cut: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, bytes, cut }) => {
        const edited = Buffer.concat([file.subarray(0, at), bytes, file.subarray(at + cut)])
        try {
          let end = 24
          for (const { start, length } of await indexOf(edited)) {
            expect(start).toBeGreaterThanOrEqual(end)
            end = start + length
          }
          expect(end).toBeLessThanOrEqual(edited.length)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          expect(error.code).toBe('REQUEST_INVALID')
        }
      }),
      { numRuns: 2000 },
    )
  })

  const huge = 2n ** 64n - 1n
  it.each<[string, GgufParts, number, string]>([
    ['another magic', { magic: 'GGML' }, 0, 'does not begin with GGUF'],
    ['version 1', { version: 1 }, 0, 'neither 2 nor 3'],
    ['version 4', { version: 4 }, 0, 'neither 2 nor 3'],
    ['version 0', { version: 0 }, 0, 'neither 2 nor 3'],
    ['the other byte order', { version: 0x03000000 }, 0, 'big-endian'],
    ['a count of tensors beyond any', { tensorCount: huge }, 0, 'a number is too large'],
    ['more tensors than are counted with', { tensorCount: 262_145n }, 0, 'more than 262144 tensors'],
    ['more keys than are counted with', { keyCount: 16_385n }, 0, 'more than 16384 pieces'],
    ['tensors that are not there', { tensors: [one], tensorCount: 2n }, 0, 'tensor 1 has no name'],
    ['metadata that is not there', { keyCount: 1n }, 0, 'metadata 0 is not ASCII'],
    ['a key that is too long', { metadata: [['k'.repeat(1025), text('')]] }, 0, 'longer than 1024 bytes'],
    [
      'a key that stands twice',
      {
        metadata: [
          ['k', text('a')],
          ['k', text('b')],
        ],
      },
      0,
      'metadata 1 stands twice',
    ],
    ['an alignment that stands twice', { metadata: [alignment(32), alignment(64)] }, 0, 'metadata 1 stands twice'],
    ['a key that is not ASCII', { metadata: [['kéy', text('')]] }, 0, 'metadata 0 is not ASCII'],
    ['a key that is not UTF-8', { metadata: [[Buffer.of(0xff), text('')]] }, 0, 'not valid UTF-8'],
    ['a value of no kind', { metadata: [['k', u32(13)]] }, 0, 'unknown kind'],
    ['an array of arrays', { metadata: [['k', array(9, 1n, array(0, 0n, Buffer.of()))]] }, 0, 'unknown kind'],
    [
      'an array longer than the file',
      { metadata: [['k', array(0, 2n ** 40n, Buffer.of())]] },
      0,
      'longer than its header',
    ],
    [
      'an array whose bytes wrap',
      { metadata: [['k', array(10, 2n ** 52n, Buffer.of())]] },
      0,
      'longer than its header',
    ],
    ['texts without end', { metadata: [['k', array(8, 2n ** 40n, Buffer.of())]] }, 0, 'longer than its header'],
    ['a text longer than the file', { metadata: [['k', Buffer.concat([u32(8), u64(2n ** 40n)])]] }, 0, 'ends early'],
    ['an alignment of 0', { metadata: [alignment(0)] }, 0, 'not a power of two'],
    ['an alignment of 48', { metadata: [alignment(48)] }, 0, 'not a power of two'],
    ['an alignment of 2 GiB', { metadata: [alignment(2 ** 31)] }, 0, 'not a power of two'],
    ['an alignment in words', { metadata: [['general.alignment', text('32')]] }, 0, 'not a number of 32 bits'],
    ['five dimensions', { tensors: [{ ...one, dimensions: [1n, 1n, 1n, 1n, 1n] }] }, 32, 'more than 4 dimensions'],
    ['a dimension of 0', { tensors: [{ ...one, dimensions: [4n, 0n] }] }, 32, 'not possible'],
    [
      'dimensions whose product wraps',
      { tensors: [{ ...one, dimensions: [2n ** 32n, 2n ** 32n] }] },
      32,
      'not possible',
    ],
    ['a dimension beyond any', { tensors: [{ ...one, dimensions: [huge] }] }, 32, 'a number is too large'],
    ['a type that was withdrawn', { tensors: [{ ...one, type: 4 }] }, 32, 'the type of tensor 0 is unknown'],
    [
      'a row of half a block',
      { tensors: [{ ...one, dimensions: [33n], type: 2 }] },
      32,
      'not a whole number of blocks',
    ],
    ['a name that stands twice', { tensors: [one, { ...one, offset: 32n }] }, 64, 'tensor 1 stands twice'],
    ['a name that turns around', { tensors: [{ ...one, name: 'a\u202eb' }] }, 32, 'control or direction'],
    ['no name', { tensors: [{ ...one, name: '' }] }, 32, 'tensor 0 has no name'],
    ['a hole', { tensors: [one, { ...one, name: 'b', offset: 64n }] }, 96, 'tensor 1 does not begin where'],
    ['an overlap', { tensors: [one, { ...one, name: 'b' }] }, 64, 'tensor 1 does not begin where'],
    ['a tensor behind the end', { tensors: [one] }, 31, "beyond the file's end"],
    ['something behind the last tensor', { tensors: [one] }, 33, 'something follows'],
    ['something behind no tensor', {}, 9, 'something follows'],
  ])('refuses %s, and quotes nothing', async (_, parts, dataBytes, complaint) => {
    const failed = indexOf(ggufFile(parts, dataBytes))
    await expect(failed).rejects.toThrow(complaint)
    await expect(failed).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('may end without the padding of its last tensor', async () => {
    const tensors = [{ name: 'a', dimensions: [], type: 0, offset: 0n }]
    expect(await indexOf(ggufFile({ tensors }, 4))).toEqual([
      { name: 'a', dtype: 'F32', shape: [], start: 64, length: 4 },
    ])
    expect(await indexOf(ggufFile({ tensors }, 32))).toHaveLength(1)
    expect(await indexOf(ggufHeader({}))).toEqual([])
  })

  it('skips what nobody needs without reading it, and never asks for more than a block', async () => {
    const long = 40 * 1024 * 1024
    const head = ggufHeader({ keyCount: 1n })
    const before = Buffer.concat([head, ggufText('k'), array(0, BigInt(long), Buffer.of())])
    const size = Math.ceil((before.length + long) / 32) * 32
    const asked: number[] = []
    const read = async (start: number, length: number) => {
      asked.push(length)
      return Buffer.concat([before.subarray(start, start + length), Buffer.alloc(length)]).subarray(0, length)
    }
    expect(await readGgufIndex(read, size)).toEqual([])
    expect(asked).toEqual([256 * 1024])
    await expect(readGgufIndex(read, before.length + long - 1)).rejects.toThrow('longer than its header')
  })

  it('is refused when the file is shorter than it was said to be', async () => {
    const file = ggufFile({ tensors: [one] }, 32)
    for (let length = 0; length < 60; length++)
      await expect(readGgufIndex(new Ranges(file.subarray(0, length)).read, file.length)).rejects.toThrow('ends early')
  })
})

describe('the index of a file', () => {
  it('goes by the beginning for GGUF and by the name for safetensors; other files have none', async () => {
    const gguf = ggufFile({ tensors: [one] }, 32)
    const asked = (path: string, bytes: Buffer) => readTensorIndex(path, new Ranges(bytes).read, bytes.length)
    expect(await asked('a/model.GGUF', gguf)).toHaveLength(1)
    expect(await asked('model', gguf)).toHaveLength(1)
    await expect(asked('model.safetensors', gguf)).rejects.toThrow('safetensors file is malformed')
    await expect(asked('model.gguf', Buffer.from('words'))).rejects.toThrow('GGUF file is malformed')
    expect(await asked('config.json', Buffer.from('{}'))).toBeNull()
    expect(await asked('empty', Buffer.of())).toBeNull()
  })
})
