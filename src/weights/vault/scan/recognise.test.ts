import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatOf } from './magic.ts'
import type { Probe } from './probe.ts'
import { recognise } from './recognise.ts'

const probeOf = (bytes: Buffer, sizeBytes = bytes.length): Probe => ({
  sizeBytes,
  read: async (start, length) => bytes.subarray(start, start + length),
})
const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** Beginnings that lead into every parser. */
const PREFIXES = [
  ...[
    '',
    'GGUF',
    'PK\x03\x04',
    '\x80\x02',
    '\x89HDF\r\n\x1a\n',
    '\x93NUMPY',
    '\x08\x08',
    '\x0a\x02',
    '\x28\xb5\x2f\xfd',
    '\x1f\x8b\x08\0',
  ].map(latin1),
  Buffer.concat([Buffer.from([40, 0, 0, 0, 0, 0, 0, 0]), latin1('{"')]),
  Buffer.concat([Buffer.alloc(124), latin1('00000001000'), Buffer.alloc(122), latin1('ustar')]),
  gzipSync(Buffer.concat([Buffer.alloc(257), latin1('ustar'), Buffer.alloc(512)])),
]

describe('hostile content', () => {
  it('is recognised or not, and never fails a scan', async () => {
    const rest = fc.uint8Array({ maxLength: 700, size: 'max' })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PREFIXES), rest, fc.nat(), async (prefix, rest, beyond) => {
        const bytes = Buffer.concat([prefix, rest])
        const found = await recognise('model.bin', probeOf(bytes, bytes.length + (beyond % 5_000_000)))
        expect(found === null || typeof found.format === 'string').toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('ends a directory of an archive wherever it says it lies', async () => {
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 16, maxLength: 16 }), async (fields) => {
        Buffer.from(fields).copy(end, 4)
        const bytes = Buffer.concat([
          latin1('PK\x03\x04'),
          Buffer.alloc(40),
          latin1('PK\x01\x02'),
          randomBytes(60),
          end,
        ])
        expect(await recognise('a', probeOf(bytes))).toBeNull()
      }),
      { numRuns: 100 },
    )
  })
})

describe('a format by its mark', () => {
  it.each([
    ['a shell script', '#!/bin/sh\necho GGUF'],
    ['JSON', '{"weights": {"dtype": "F32", "data_offsets": [0, 4]}}'],
    ['a pickle of anything', '\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94\x8c\x01a\x94K\x01s.'],
    ['another message of Protocol Buffers', '\x0a\x03abc\x12\x03def\x1a\x03ghi'],
    ['a graph that ends after the file', '\x08\x08\x3a\xff\xff\xff\x7f'],
    ['a safetensors header that is longer than the file', '\xff\xff\0\0\0\0\0\0{"a":{'],
  ])('is none of %s', (_, text) => {
    const bytes = latin1(text)
    expect(formatOf(bytes, bytes.length)).toBeNull()
  })

  it('of safetensors needs a header, not its first tensor’s name', () => {
    const header = latin1('{ "weird \\" name" : {"dtype":"F32","shape":[0],"data_offsets":[0,0]}}')
    const bytes = Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), header])
    expect(formatOf(bytes, bytes.length)).toBe('safetensors')
  })
})
