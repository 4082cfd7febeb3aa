import { createCipheriv, createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sealBytes } from '../../../../test/support/floe.ts'
import vectors from '../../../../test/vectors/floe.json' with { type: 'json' }
import { AppError } from '../../../base/errors.ts'
import { systemIds } from '../../../base/ids.ts'
import { FloeDecryptor } from './decryptor.ts'
import { inlineEngine, sharedBuffer } from './engine.ts'
import { EnginePool } from './engine-pool.ts'
import { encodeParams, HEADER_BYTES, parseHeader } from './header.ts'
import { layoutOfCiphertext, layoutOfPlaintext, segmentPlace } from './layout.ts'
import { FloeMessage } from './message.ts'
import { MAX_SEGMENT_BYTES, MAX_SEGMENTS, MIN_SEGMENT_BYTES, SEGMENT_OVERHEAD_BYTES } from './params.ts'
import { FloePartSealer, newFloeHeader } from './part-sealer.ts'

const key = Buffer.alloc(32, 7)
const aad = Buffer.from('model a, file b')

async function sealAll(plain: Buffer, segmentBytes: number, order?: readonly number[]): Promise<Buffer> {
  return sealBytes(plain, { key, aad, segmentBytes }, order)
}

interface Opening {
  readonly segmentBytes: number
  readonly rotationBits?: number
  readonly key?: Buffer
  readonly aad?: Buffer
}

async function openAll(sealed: Buffer, opening: Opening): Promise<Buffer> {
  using decryptor = new FloeDecryptor(opening.key ?? key, opening.aad ?? aad, sealed.subarray(0, HEADER_BYTES), {
    ...opening,
    ciphertextBytes: sealed.length,
  })
  const { layout } = decryptor
  const plain = Buffer.alloc(layout.plaintextBytes)
  for (let position = 0; position < layout.segmentCount; position++) {
    const { offset, length, plainOffset, plainLength } = segmentPlace(layout, position)
    const segment = sealed.subarray(offset, offset + length)
    await decryptor.open(position, 1, segment, plain.subarray(plainOffset, plainOffset + plainLength))
  }
  return plain
}

const refused = { name: 'AppError', code: 'VERIFICATION_FAILED' }
const SMALL = 48 // 16 bytes of plaintext a segment
const sizes = fc.oneof(
  fc.nat({ max: 200 }),
  fc.tuple(fc.nat({ max: 9 }), fc.constantFrom(-1, 0, 1)).map(([n, d]) => Math.max(0, n * 16 + d)),
)
const plaintexts = sizes.chain((length) => fc.uint8Array({ minLength: length, maxLength: length })).map(Buffer.from)

describe('FLOE', () => {
  it.each(vectors.cases)(
    'opens what others sealed: $name',
    async ({ segmentBytes, rotationBits, plainHex, cipherHex }) => {
      const opening = {
        segmentBytes,
        rotationBits,
        key: Buffer.from(vectors.keyHex, 'hex'),
        aad: Buffer.from(vectors.aad),
      }
      const sealed = Buffer.from(cipherHex, 'hex')
      expect((await openAll(sealed, opening)).toString('hex')).toBe(plainHex)
      await expect(openAll(sealed, { ...opening, aad: Buffer.from('This is AAD.') })).rejects.toMatchObject(refused)
    },
  )

  it('refuses the vectors of another rotation, so they show that keys change', async () => {
    const rotating = vectors.cases.filter(({ rotationBits }) => rotationBits === 2)
    expect(rotating).toHaveLength(5)
    for (const { segmentBytes, cipherHex } of rotating) {
      const opening = { segmentBytes, key: Buffer.from(vectors.keyHex, 'hex'), aad: Buffer.from(vectors.aad) }
      await expect(openAll(Buffer.from(cipherHex, 'hex'), opening)).rejects.toThrow('segment 4 does not authenticate')
    }
  })

  it('opens what it sealed, of any size, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(plaintexts, fc.integer({ min: 33, max: 80 }), fc.nat(), async (plain, segmentBytes, seed) => {
        const { segmentCount } = layoutOfPlaintext(plain.length, segmentBytes)
        const order = Array.from({ length: segmentCount }, (_, i) => i).sort(
          (a, b) => ((a * 7919 + seed) % 31) - ((b * 7919 + seed) % 31),
        )
        const sealed = await sealAll(plain, segmentBytes, order)
        expect(await openAll(sealed, { segmentBytes })).toEqual(plain)
      }),
    )
  })

  it('refuses every changed bit', async () => {
    const sealed = await sealAll(Buffer.from('twenty-nine bytes of plaintext'), SMALL)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await expect(openAll(changed, { segmentBytes: SMALL }), `bit ${bit}`).rejects.toMatchObject(refused)
    }
  })

  it('refuses every other length, cut or extended, also at the edge of a segment', async () => {
    const sealed = await sealAll(Buffer.alloc(16 * 4, 1), SMALL)
    for (let length = HEADER_BYTES; length < sealed.length + 2 * SMALL; length++) {
      if (length === sealed.length) continue
      const changed = Buffer.concat([sealed, sealed.subarray(-2 * SMALL)]).subarray(0, length)
      await expect(openAll(changed, { segmentBytes: SMALL }), `${length} bytes`).rejects.toMatchObject(refused)
    }
  })

  it('refuses segments that were moved, repeated or taken from another sealing of the same file', async () => {
    const plain = Buffer.alloc(16 * 5, 9)
    const [sealed, again] = [await sealAll(plain, SMALL), await sealAll(plain, SMALL)]
    const at = (n: number) => HEADER_BYTES + n * SMALL
    for (let to = 0; to < 5; to++) {
      for (let from = 0; from < 5; from++) {
        const replayed = Buffer.from(sealed)
        replayed.set(again.subarray(at(from), at(from + 1)), at(to))
        await expect(openAll(replayed, { segmentBytes: SMALL })).rejects.toMatchObject(refused)
        if (from === to) continue
        const moved = Buffer.from(sealed)
        moved.set(sealed.subarray(at(from), at(from + 1)), at(to))
        await expect(openAll(moved, { segmentBytes: SMALL })).rejects.toMatchObject(refused)
      }
    }
  })

  it('opens with one key, associated data and segment size only', async () => {
    const sealed = await sealAll(Buffer.from('weights'), SMALL)
    const openings = [
      { segmentBytes: SMALL, key: Buffer.alloc(32, 8) },
      { segmentBytes: SMALL, aad: Buffer.from('model a, file c') },
      { segmentBytes: SMALL, aad: Buffer.alloc(0) },
      { segmentBytes: SMALL + 1 },
    ]
    for (const opening of openings) await expect(openAll(sealed, opening)).rejects.toMatchObject(refused)
  })

  it('refuses any bytes that are none of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, withParams) => {
        const hostile = Buffer.from(bytes)
        if (withParams) encodeParams(SMALL).copy(hostile)
        await expect(openAll(hostile, { segmentBytes: SMALL })).rejects.toMatchObject(refused)
      }),
    )
  })
})

describe('the sealer', () => {
  const sealerOf = (sizeBytes: number, segmentBytes = SMALL) => {
    const header = newFloeHeader(key, aad, { segmentBytes }, systemIds)
    return new FloePartSealer(key, aad, header, { sizeBytes, segmentBytes }, systemIds)
  }

  it.each([
    ['a position before the first', -1, 16],
    ['a position after the last', 2, 4],
    ['half a position', 0.5, 16],
    ['an internal segment that is short', 0, 15],
    ['an internal segment that is long', 0, 17],
    ['a last segment with the wrong rest', 1, 5],
  ])('refuses %s', async (_, position, length) => {
    using sealer = sealerOf(20)
    const sealing = sealer.seal(position, 1, Buffer.alloc(length), Buffer.alloc(length + 32))
    await expect(sealing).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it.each([
    ['a short key', Buffer.alloc(31), 64],
    ['a long key', Buffer.alloc(33), 64],
    ['segments that hold nothing', key, MIN_SEGMENT_BYTES - 1],
    ['huge segments', key, MAX_SEGMENT_BYTES + 1],
    ['half a byte', key, 64.5],
  ])('refuses %s', (_, wrongKey, segmentBytes) => {
    expect(() => newFloeHeader(wrongKey, aad, { segmentBytes }, systemIds)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    )
  })

  it.each([-1, 0.5, Number.NaN, MAX_SEGMENTS + 1])('refuses a file of %s bytes', (sizeBytes) => {
    expect(() => sealerOf(sizeBytes, MIN_SEGMENT_BYTES)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }))
  })

  it('goes on only under the header that was made for the file', () => {
    const header = newFloeHeader(key, Buffer.from('another file'), { segmentBytes: SMALL }, systemIds)
    const sealing = () => new FloePartSealer(key, aad, header, { sizeBytes: 1, segmentBytes: SMALL }, systemIds)
    expect(sealing).toThrow(expect.objectContaining(refused))
  })

  it('is of no use once closed', async () => {
    const sealer = sealerOf(1)
    sealer[Symbol.dispose]()
    await expect(sealer.seal(0, 1, Buffer.alloc(1), Buffer.alloc(33))).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('a header', () => {
  it('is read within bounds', () => {
    const header = newFloeHeader(key, aad, { segmentBytes: 64 }, systemIds)
    expect(parseHeader(header)).toEqual({ segmentBytes: 64, iv: header.subarray(10, 42), tag: header.subarray(42) })
    for (const [at, value] of [
      [0, 1],
      [1, 1],
      [2, 0x7f],
      [5, 32],
      [9, 31],
    ] as const) {
      const changed = Buffer.from(header)
      changed[at] = value
      expect(() => parseHeader(changed), `byte ${at}`).toThrow(AppError)
    }
    expect(() => parseHeader(header.subarray(1))).toThrow('73 bytes')
    expect(() => parseHeader(Buffer.concat([header, Buffer.alloc(1)]))).toThrow('75 bytes')
  })
})

describe('the layout', () => {
  it('is the same from both sides, and places every byte once', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5_000 }), fc.integer({ min: 33, max: 300 }), (size, segmentBytes) => {
        const layout = layoutOfPlaintext(size, segmentBytes)
        expect(layoutOfCiphertext(layout.ciphertextBytes, segmentBytes)).toEqual(layout)
        const end = { cipher: HEADER_BYTES, plain: 0 }
        for (let position = 0; position < layout.segmentCount; position++) {
          const place = segmentPlace(layout, position)
          expect([place.offset, place.plainOffset]).toEqual([end.cipher, end.plain])
          expect(place.isFinal).toBe(position === layout.segmentCount - 1)
          end.cipher += place.length
          end.plain += place.plainLength
        }
        expect(end).toEqual({ cipher: layout.ciphertextBytes, plain: size })
      }),
    )
  })

  it('of any size is exact or refused', () => {
    const anySize = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger())
    fc.assert(
      fc.property(anySize, fc.integer({ min: MIN_SEGMENT_BYTES, max: MAX_SEGMENT_BYTES }), (size, segmentBytes) => {
        for (const layoutOf of [layoutOfPlaintext, layoutOfCiphertext]) {
          try {
            const { plaintextBytes, ciphertextBytes, segmentCount } = layoutOf(size, segmentBytes)
            expect(segmentCount).toBeLessThanOrEqual(MAX_SEGMENTS)
            expect(BigInt(ciphertextBytes)).toBe(
              BigInt(plaintextBytes) + BigInt(segmentCount) * BigInt(SEGMENT_OVERHEAD_BYTES) + BigInt(HEADER_BYTES),
            )
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        }
      }),
    )
  })
})

describe('segment keys', () => {
  /** A segment by the letter of the specification, with nothing of the code under test but the header. */
  function sealByTheLetter(header: Buffer, position: bigint, plain: Buffer): Buffer {
    const prefix = header.subarray(0, 42)
    const derive = (from: Buffer, purpose: Buffer) =>
      createHmac('sha384', from)
        .update(Buffer.concat([prefix, purpose, aad, Buffer.of(1)]))
        .digest()
    const number = (value: bigint) => Buffer.from(value.toString(16).padStart(16, '0'), 'hex')
    const messageKey = derive(key, Buffer.from('MESSAGE_KEY:'))
    const masked = (position >> 20n) << 20n
    const dek = derive(messageKey, Buffer.concat([Buffer.from('DEK:'), number(masked)])).subarray(0, 32)
    const iv = Buffer.alloc(12, 3)
    const cipher = createCipheriv('aes-256-gcm', dek, iv).setAAD(Buffer.concat([number(position), Buffer.of(0)]))
    const body = [cipher.update(plain), cipher.final(), cipher.getAuthTag()]
    return Buffer.concat([Buffer.from('ffffffff', 'hex'), iv, ...body])
  }

  it('change every 2^20 segments, and reach to the last of 2^40', async () => {
    const plain = Buffer.alloc(16, 5)
    using message = FloeMessage.start(key, aad, { segmentBytes: SMALL }, systemIds)
    const open = async (first: number, sealed: Buffer, count = 1) => {
      const opened = Buffer.alloc(16 * count)
      await message.open({ first, count, hasFinal: false, sealed, plain: opened }, inlineEngine)
      return opened
    }
    const seal = async (first: number, count: number) => {
      const sealed = Buffer.alloc(SMALL * count)
      const batch = { first, count, hasFinal: false, sealed, plain: Buffer.alloc(16 * count, 5) }
      await message.seal(batch, inlineEngine, systemIds)
      return sealed
    }
    const edges = [0, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 21 - 1, 2 ** 21, 2 ** 32, 2 ** 40 - 2]
    for (const position of [...edges, ...edges.toReversed()]) {
      const segment = sealByTheLetter(message.header, BigInt(position), plain)
      expect(await open(position, segment)).toEqual(plain)
      await expect(open(position + 1, segment)).rejects.toMatchObject(refused)
      const own = await seal(position, 1)
      expect(await open(position, own)).toEqual(plain)
      expect(own.equals(segment)).toBe(false)
    }
    const across = await seal(2 ** 20 - 2, 5)
    for (let i = 0; i < 5; i++)
      expect(await open(2 ** 20 - 2 + i, across.subarray(i * SMALL, (i + 1) * SMALL))).toEqual(plain)
    expect(await open(2 ** 20 - 2, across, 5)).toEqual(Buffer.alloc(80, 5))
  })
})

describe('threads of the vault', () => {
  it('seal and open as the caller does, and tell what is damaged', async () => {
    await using pool = new EnginePool(2)
    const sizes = [0, 1, 16, 17, 160, 163]
    await Promise.all(
      sizes.map(async (size) => {
        const layout = layoutOfPlaintext(size, SMALL)
        const header = newFloeHeader(key, aad, { segmentBytes: SMALL }, systemIds)
        using sealer = new FloePartSealer(key, aad, header, { segmentBytes: SMALL, sizeBytes: size }, systemIds, pool)
        const plain = sharedBuffer(size).fill(7)
        const sealed = sharedBuffer(layout.ciphertextBytes)
        sealed.set(header)
        const body = sealed.subarray(HEADER_BYTES)
        await sealer.seal(0, layout.segmentCount, plain, body)
        expect((await openAll(Buffer.from(sealed), { segmentBytes: SMALL })).equals(plain)).toBe(true)
        const params = { segmentBytes: SMALL, ciphertextBytes: sealed.length }
        using decryptor = new FloeDecryptor(key, aad, header, params, pool)
        const opened = sharedBuffer(size)
        await decryptor.open(0, layout.segmentCount, body, opened)
        expect(opened.equals(plain)).toBe(true)
        body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1
        const damaged = decryptor.open(0, layout.segmentCount, body, opened)
        await expect(damaged).rejects.toThrow(`segment ${layout.segmentCount - 1} does not authenticate`)
        const { plainOffset } = segmentPlace(layout, layout.segmentCount - 1)
        expect(opened.subarray(plainOffset).every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  it('digest what they seal, in the order of the calls, across a change of keys too', async () => {
    await using pool = new EnginePool(2)
    const params = { segmentBytes: SMALL, rotationBits: 1 }
    using message = FloeMessage.start(key, aad, params, systemIds)
    const digest = pool.startDigest()
    const beside = pool.startDigest()
    const pieces = Array.from({ length: 20 }, (_, i) => sharedBuffer(3 * (SMALL - 32)).fill(i))
    const sealing = (plain: Buffer, i: number) => ({
      ...{ first: 3 * i, count: 3, hasFinal: false, plain, sealed: sharedBuffer(3 * SMALL) },
    })
    const seal = (plain: Buffer, i: number) => message.seal(sealing(plain, i), digest, systemIds)
    const half = Promise.all(pieces.slice(0, 10).map(seal))
    const before = digest.copy()
    await Promise.all([half, ...pieces.slice(10).map((plain, i) => seal(plain, 10 + i))])
    const sha256 = (parts: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex')
    expect(await digest.read()).toBe(sha256(pieces))
    expect(await before.read()).toBe(sha256(pieces.slice(0, 10)))
    expect(await beside.read()).toBe(sha256([]))
    before.drop()
    expect(await before.read()).toBeNull()
  })

  it('do nothing any more once closed', async () => {
    const pool = new EnginePool(1)
    await pool[Symbol.asyncDispose]()
    using message = FloeMessage.start(key, aad, { segmentBytes: SMALL }, systemIds)
    const batch = { first: 0, count: 1, hasFinal: false, sealed: Buffer.alloc(SMALL), plain: Buffer.alloc(16) }
    await expect(message.seal(batch, pool, systemIds)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})
