import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ranges, safetensorsFile } from '../../../../test/support/weights-files.ts'
import { AppError } from '../../../base/errors.ts'
import { readSafetensorsIndex } from './safetensors.ts'
import type { TensorIndex } from './tensor.ts'

interface Case {
  name: string
  base64: string
  tensors?: TensorIndex
  error?: string
}
const vectors: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/weights/safetensors.json', import.meta.url), 'utf8'),
)
const indexOf = (file: Buffer) => readSafetensorsIndex(new Ranges(file).read, file.length)
const tensor = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":${JSON.stringify(dtype)},"shape":${shape},"data_offsets":${offsets}}`
const four = tensor('U8', '[4]', '[0,4]')

/** Every tensor within the file and none over another, whatever the header said. */
function expectSound(index: TensorIndex, sizeBytes: number): void {
  let end = 8
  for (const { start, length } of index) {
    expect(start).toBeGreaterThanOrEqual(end)
    end = start + length
    expect(end).toBeLessThanOrEqual(sizeBytes)
  }
  expect(new Set(index.map(({ name }) => name)).size).toBe(index.length)
}

describe('the index of a safetensors file', () => {
  it.each(vectors.cases)('is as the reference has it: $name', async ({ base64, tensors, error }) => {
    const index = indexOf(Buffer.from(base64, 'base64'))
    if (tensors !== undefined) expect(await index).toEqual(tensors)
    else await expect(index).rejects.toThrow(error)
  })

  it('finds each tensor, in whatever order the header lists them', async () => {
    const kinds = fc.constantFrom(
      ...([
        ['F4', 0.5],
        ['BOOL', 1],
        ['BF16', 2],
        ['F32', 4],
        ['C64', 8],
      ] as const),
    )
    const shape = fc.array(fc.nat(3), { maxLength: 4 }).map((sizes) => [2, ...sizes])
    const one = fc.record({
      name: fc.string({ minLength: 1, unit: 'grapheme-ascii' }),
      kind: kinds,
      shape,
      at: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(one, { selector: ({ name }) => name }), async (tensors) => {
        const named = tensors.filter(({ name }) => name !== '__metadata__')
        let next = 0
        const placed = named.map(({ name, kind: [dtype, bytes], shape, at }) => {
          const begin = next
          next += bytes * shape.reduce((product, size) => product * size, 1)
          return { at, name, dtype, shape, begin, end: next }
        })
        const entries = placed
          .toSorted((a, b) => a.at - b.at)
          .map(({ name, dtype, shape, begin, end }) => [name, { shape, data_offsets: [begin, end], dtype }] as const)
        const header = JSON.stringify(Object.fromEntries([['__metadata__', { note: '"}{\\' }], ...entries]), null, 1)
        const file = safetensorsFile(header, next)
        const start = file.length - next
        const expected = placed.map(({ name, dtype, shape, begin, end }) => ({
          name,
          dtype,
          shape,
          start: start + begin,
          length: end - begin,
        }))
        const found = await indexOf(file)
        expectSound(found, file.length)
        const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
        expect(found.toSorted(byName)).toEqual(expected.toSorted(byName))
      }),
    )
  })

  it('is sound or refused whatever is changed, added or cut', async () => {
    const header = `{"__metadata__":{"a":"b"},"w\\u0041":${tensor('F32', '[1, 2]', '[0,8]')},"b":${tensor('U8', '[]', '[8,9]')}}`
    const file = safetensorsFile(header, 9)
    expect(await indexOf(file)).toHaveLength(2)
    const edit = fc.record({ at: fc.nat(file.length - 1), bytes: fc.uint8Array({ maxLength: 6 }), cut: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, bytes, cut }) => {
        const edited = Buffer.concat([file.subarray(0, at), bytes, file.subarray(at + cut)])
        try {
          expectSound(await indexOf(edited), edited.length)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          expect(error.code).toBe('REQUEST_INVALID')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['a hole', `{"a":${four},"b":${tensor('U8', '[4]', '[5,9]')}}`, 9, 'does not begin where the one before it ends'],
    ['an overlap', `{"a":${four},"b":${tensor('U8', '[4]', '[3,7]')}}`, 7, 'does not begin where'],
    ['the same place twice', `{"a":${four},"b":${four}}`, 4, 'does not begin where'],
    ['an end before its beginning', `{"a":${tensor('U8', '[4]', '[4,0]')}}`, 4, 'does not begin where'],
    [
      'an end before its beginning, at 0',
      `{"a":${tensor('U8', '[0]', '[0,0]')},"b":${tensor('U8', '[1]', '[0,0]')}}`,
      0,
      'not as long',
    ],
    ['bytes without a tensor', '{}', 4, 'do not end where the file ends'],
    ['a type that nobody knows', `{"a":${tensor('U9', '[4]', '[0,4]')}}`, 4, 'the type of tensor 0 is unknown'],
    ['half a byte', `{"a":${tensor('F4', '[3]', '[0,1]')}}`, 1, 'not a whole number of bytes'],
    ['a shape beyond all memory', `{"a":${tensor('U8', '[4294967296,4294967296]', '[0,4]')}}`, 4, 'not possible'],
    [
      'a shape that wraps to what is there',
      `{"a":${tensor('U8', '[9007199254740991,9007199254740991]', '[0,1]')}}`,
      1,
      'not possible',
    ],
    ['65 dimensions', `{"a":${tensor('U8', `[${Array(65).fill(1)}]`, '[0,1]')}}`, 1, 'a list of more than 64 numbers'],
    ['a name that stands twice', `{"a":${four},"a":${four}}`, 4, 'a key that stands twice'],
    ['a name that stands twice, escaped once', `{"a":${four},"\\u0061":${four}}`, 4, 'a key that stands twice'],
    ['metadata twice', '{"__metadata__":{},"__metadata__":{}}', 0, 'a key that stands twice'],
    ['a piece of metadata twice', '{"__metadata__":{"a":"","a":""}}', 0, 'a key that stands twice'],
    ['metadata that is a number', '{"__metadata__":{"a":1}}', 0, 'has no " where one belongs'],
    ['metadata that is nested', `{"__metadata__":{"a":${'['.repeat(9000)}}`, 0, 'has no " where one belongs'],
    ['depth', `${'{"a":'.repeat(9000)}`, 0, 'unknown or stands twice'],
    [
      'a member twice',
      `{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}`,
      4,
      'unknown or stands twice',
    ],
    [
      'a member that nobody knows',
      `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}`,
      4,
      'unknown or stands',
    ],
    ['a tensor without its type', '{"a":{"shape":[4],"data_offsets":[0,4]}}', 4, 'without its type, shape or place'],
    ['a tensor with half a place', `{"a":${tensor('U8', '[4]', '[0]')}}`, 4, 'without its type, shape or place'],
    ['three offsets', `{"a":${tensor('U8', '[4]', '[0,4,8]')}}`, 4, 'a list of more than 2 numbers'],
    ['a fraction', `{"a":${tensor('U8', '[4.0]', '[0,4]')}}`, 4, 'has no ] where one belongs'],
    ['an exponent', `{"a":${tensor('U8', '[4e0]', '[0,4]')}}`, 4, 'has no ] where one belongs'],
    ['a negative number', `{"a":${tensor('U8', '[-4]', '[0,4]')}}`, 4, 'no whole number below 2^53'],
    ['a leading zero', `{"a":${tensor('U8', '[04]', '[0,4]')}}`, 4, 'no whole number below 2^53'],
    ['a number of a million digits', `{"a":${tensor('U8', `[${'9'.repeat(1e6)}]`, '[0,4]')}}`, 4, 'below 2^53'],
    ['a name without an end', '{"a', 0, 'a text that does not end'],
    ['a raw control', `{"a\n":${four}}`, 4, 'a text that does not end'],
    ['an escaped control', `{"a\\u0000":${four}}`, 4, 'control or direction characters'],
    ['a name that turns around', `{"a\u202eb":${four}}`, 4, 'control or direction characters'],
    ['no name', `{"":${four}}`, 4, 'has no name'],
    ['half a character', `{"\\ud800":${four}}`, 4, 'lone surrogate'],
    ['an escape of its own', `{"\\x41":${four}}`, 4, 'an escape that JSON does not know'],
    ['an escape cut short', `{"\\u00`, 0, 'an escape that JSON does not know'],
    ['an endless name', `{"${'a'.repeat(1025)}":${four}}`, 4, 'a text of more than 1024 bytes'],
    ['a comma too many', `{"a":${four},}`, 4, 'has no " where one belongs'],
    ['something behind', `{"a":${four}} {}`, 4, 'goes on after its end'],
    ['a list', '[]', 0, 'has no { where one belongs'],
    ['nothing', '', 0, 'has no { where one belongs'],
    ['a byte order mark', '\ufeff{}', 0, 'has no { where one belongs'],
  ])('refuses %s, and quotes nothing', async (_, header, dataBytes, complaint) => {
    const failed = indexOf(safetensorsFile(header, dataBytes))
    await expect(failed).rejects.toThrow(complaint)
    await expect(failed).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('asks for its length and itself, and for nothing that a lie about its length names', async () => {
    const file = safetensorsFile(`{"a":${four}}`, 4)
    const honest = new Ranges(file)
    await readSafetensorsIndex(honest.read, file.length)
    expect(honest.asked).toEqual([
      { start: 0, length: 8 },
      { start: 8, length: file.length - 12 },
    ])
    file.writeBigUInt64LE(100_000_001n)
    const lying = new Ranges(file)
    await expect(readSafetensorsIndex(lying.read, 2 ** 40)).rejects.toThrow('longer than 100000000 bytes')
    expect(lying.asked).toEqual([{ start: 0, length: 8 }])
  })

  it('is refused when the file is shorter than it was said to be', async () => {
    const file = safetensorsFile(`{"a":${four}}`, 4)
    await expect(readSafetensorsIndex(new Ranges(file.subarray(0, 20)).read, file.length)).rejects.toThrow('ends early')
    await expect(readSafetensorsIndex(new Ranges(file.subarray(0, 7)).read, file.length)).rejects.toThrow('ends early')
  })
})
