import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealBytes } from '../../../../test/support/floe.ts'
import { systemIds } from '../../../base/ids.ts'
import { fileAad } from './file-context.ts'
import { HEADER_BYTES } from './header.ts'
import { layoutOfPlaintext } from './layout.ts'
import { newFloeHeader } from './part-sealer.ts'
import { FloeReader, MAX_READ_BYTES } from './reader.ts'
import { type FloeSource, fileSource } from './source.ts'

const key = randomBytes(32)
const SMALL = 48 // 16 bytes of plaintext a segment
const refused = { name: 'AppError', code: 'VERIFICATION_FAILED' }
const context = (sizeBytes: number) => ({ model: 'atlas', version: '1', path: 'a/model.safetensors', sizeBytes })

let folder = ''
let count = 0
const opened: FileHandle[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelevel-floe-'))
})
afterAll(async () => {
  await Promise.all(opened.map((file) => file.close()))
  await rm(folder, { recursive: true, force: true })
})

async function newFile(content: Buffer = Buffer.alloc(0)): Promise<FileHandle> {
  const file = await open(join(folder, `${count++}`), 'wx+')
  opened.push(file)
  if (content.length > 0) await file.write(content, 0, content.length, 0)
  return file
}

async function sealed(plain: Buffer, segmentBytes = SMALL): Promise<FileHandle> {
  return await newFile(await sealBytes(plain, opening(plain.length, segmentBytes)))
}

function opening(sizeBytes: number, segmentBytes = SMALL) {
  return { key, aad: fileAad(context(sizeBytes)), sizeBytes, segmentBytes }
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts)
}

function sourceOf(bytes: Buffer, sizeBytes = bytes.length): FloeSource {
  return { size: async () => sizeBytes, read: async (into, offset) => bytes.copy(into, 0, offset) }
}

describe('a sealed file', () => {
  it('gives back any range of a file of any size', async () => {
    const size = fc.oneof(fc.nat({ max: 400 }), fc.constantFrom(0, 15, 16, 17, 127, 128, 129, 255, 256, 257))
    const file = fc.record({ size, from: fc.nat({ max: 1000 }), to: fc.nat({ max: 1000 }) })
    await fc.assert(
      fc.asyncProperty(file, async ({ size, from, to }) => {
        const plain = randomBytes(size)
        using reader = await FloeReader.open(fileSource(await sealed(plain)), opening(size))
        expect(await collect(reader.range(0, size))).toEqual(plain)
        const [start, end] = [from % (size + 1), to % (size + 1)].sort((a, b) => a - b)
        expect(await reader.read(start ?? 0, (end ?? 0) - (start ?? 0))).toEqual(plain.subarray(start, end))
      }),
      { numRuns: 60 },
    )
  })

  it('of several megabytes is read at several places at once', async () => {
    const plain = randomBytes(5_000_000)
    const file = await sealed(plain, 256 * 1024)
    using reader = await FloeReader.open(fileSource(file), opening(plain.length, 256 * 1024))
    const places = [0, 262_111, 262_112, 1_000_000, 4_999_999].map((start) => [start, plain.length - start] as const)
    const parts = await Promise.all(places.map(([start, length]) => collect(reader.range(start, length))))
    for (const [i, [start]] of places.entries()) expect(parts[i]?.equals(plain.subarray(start))).toBe(true)
  })

  it('gives no byte of a segment that was changed, and all others', async () => {
    const plain = randomBytes(16 * 20 + 3)
    const file = await sealed(plain)
    const bytes = await file.readFile()
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (bit) => {
        const changed = Buffer.from(bytes)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const segment = Math.floor(((bit >> 3) - HEADER_BYTES) / SMALL)
        if (segment < 0) {
          await expect(FloeReader.open(sourceOf(changed), opening(plain.length))).rejects.toMatchObject(refused)
          return
        }
        using reader = await FloeReader.open(sourceOf(changed), opening(plain.length))
        const got: Buffer[] = []
        const reading = (async () => {
          for await (const chunk of reader.range(0, plain.length)) got.push(chunk)
        })()
        await expect(reading).rejects.toMatchObject(refused)
        const before = Buffer.concat(got)
        expect(before.length).toBeLessThanOrEqual(segment * 16)
        expect(before).toEqual(plain.subarray(0, before.length))
        const after = Math.min((segment + 1) * 16, plain.length)
        expect(await reader.read(after, plain.length - after)).toEqual(plain.subarray(after))
      }),
    )
  })

  it('that was cut or extended does not open, wherever', async () => {
    const plain = randomBytes(16 * 3)
    const bytes = await (await sealed(plain)).readFile()
    for (let length = 0; length <= bytes.length + SMALL + 1; length++) {
      if (length === bytes.length) continue
      const changed = Buffer.concat([bytes, bytes.subarray(-SMALL), Buffer.alloc(1)]).subarray(0, length)
      await expect(FloeReader.open(sourceOf(changed), opening(plain.length))).rejects.toMatchObject(refused)
    }
  })

  it('that is cut after it was opened is refused when it is read', async () => {
    const plain = randomBytes(100)
    const bytes = await (await sealed(plain)).readFile()
    using reader = await FloeReader.open(sourceOf(bytes.subarray(0, -1), bytes.length), opening(plain.length))
    await expect(collect(reader.range(0, 100))).rejects.toMatchObject(refused)
  })

  it('opens as no other file, version or size', async () => {
    const plain = randomBytes(40)
    const source = fileSource(await sealed(plain))
    const right = opening(plain.length)
    for (const wrong of [
      { ...right, aad: fileAad({ ...context(40), path: 'b' }) },
      { ...right, aad: fileAad({ ...context(40), version: '2' }) },
      { ...right, aad: fileAad({ ...context(40), model: 'borea' }) },
      { ...right, aad: fileAad(context(41)) },
      { ...right, sizeBytes: 41 },
      { ...right, segmentBytes: SMALL + 1 },
      { ...right, key: Buffer.alloc(32) },
    ])
      await expect(FloeReader.open(source, wrong)).rejects.toMatchObject(refused)
  })

  it('has no range outside of itself', async () => {
    using reader = await FloeReader.open(fileSource(await sealed(randomBytes(40))), opening(40))
    const wrong: [number, number][] = [
      [-1, 1],
      [0, 41],
      [40, 1],
      [41, 0],
      [0.5, 1],
      [0, Number.NaN],
      [1, Number.MAX_SAFE_INTEGER],
    ]
    for (const [start, length] of wrong) {
      await expect(reader.read(start, length)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      await expect(collect(reader.range(start, length))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    }
    expect(await reader.read(40, 0)).toHaveLength(0)
  })

  it('is read in one piece only as far as memory is bounded', async () => {
    const size = MAX_READ_BYTES + 1
    const { ciphertextBytes } = layoutOfPlaintext(size, SMALL)
    const header = newFloeHeader(key, fileAad(context(size)), { segmentBytes: SMALL }, systemIds)
    using reader = await FloeReader.open(sourceOf(header, ciphertextBytes), opening(size))
    await expect(reader.read(0, size)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('gives all before what was changed, piece by piece', async () => {
    const bytes = await sealBytes(Buffer.alloc(4_000_000, 7), opening(4_000_000, 262_144))
    const at = bytes.length - 100
    bytes[at] = (bytes[at] ?? 0) ^ 1
    using reader = await FloeReader.open(sourceOf(bytes), opening(4_000_000, 262_144))
    let got = 0
    const reading = (async () => {
      for await (const chunk of reader.range(0, 4_000_000)) got += chunk.length
    })()
    await expect(reading).rejects.toMatchObject(refused)
    expect(got).toBe(3 * 4 * (262_144 - 32))
  })

  it('gives nothing more when its reading is revoked', async () => {
    const revocation = new AbortController()
    const size = 5_000_000
    const file = await sealed(Buffer.alloc(size), 262_144)
    const signal = revocation.signal
    using reader = await FloeReader.open(fileSource(file), { ...opening(size, 262_144), signal })
    let chunks = 0
    const reading = (async () => {
      for await (const _ of reader.range(0, size)) if (++chunks === 3) revocation.abort(new Error('revoked'))
    })()
    await expect(reading).rejects.toThrow('revoked')
    expect(chunks).toBe(3)
    await expect(reader.read(0, 1)).rejects.toThrow('revoked')
  })

  it('may be left in the middle, and its file closed then', async () => {
    const file = await sealed(randomBytes(16 * 100))
    using reader = await FloeReader.open(fileSource(file), opening(1600))
    for await (const _ of reader.range(0, 1600)) break
    expect(await reader.read(0, 1600)).toHaveLength(1600)
  })
})

describe('the associated data of a file', () => {
  it('is canonical JSON', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(name, name, name, fc.maxSafeNat(), (model, version, path, sizeBytes) => {
        const file = { model, version, path, sizeBytes }
        expect(fileAad(file).toString()).toBe(canonicalize({ ...file, format: 'safelevel-vault-file/v1' }))
      }),
    )
  })

  it.each([
    ['no name', { model: '' }],
    ['a lone surrogate', { path: '\ud800' }],
    ['half a byte', { sizeBytes: 0.5 }],
    ['a name without end', { version: 'x'.repeat(1025) }],
  ])('refuses %s', (_, wrong) => {
    expect(() => fileAad({ ...context(1), ...wrong })).toThrow()
  })
})
