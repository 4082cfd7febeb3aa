import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../../../test/vectors/aes-key-wrap.json' with { type: 'json' }
import { aesKeyUnwrap, aesKeyWrap } from './aes-key-wrap.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const kek = fc.constantFrom(16, 24, 32).chain(bytes)
const key = fc.integer({ min: 2, max: 128 }).chain((blocks) => bytes(blocks * 8))

describe('AES key wrap', () => {
  it.each(vectors.cases)('matches the published vector $name', ({ kekHex, keyHex, wrappedHex }) => {
    expect(aesKeyWrap(hex(kekHex), hex(keyHex)).toString('hex')).toBe(wrappedHex)
    expect(aesKeyUnwrap(hex(kekHex), hex(wrappedHex)).toString('hex')).toBe(keyHex)
  })

  it('gives back every key, and no byte of a wrapped one can be changed', () => {
    fc.assert(
      fc.property(kek, key, fc.nat(), fc.integer({ min: 1, max: 255 }), (kek, key, at, flip) => {
        const wrapped = aesKeyWrap(kek, key)
        expect(aesKeyUnwrap(kek, wrapped)).toEqual(Buffer.from(key))
        const index = at % wrapped.length
        wrapped[index] = (wrapped[index] ?? 0) ^ flip
        expect(() => aesKeyUnwrap(kek, wrapped)).toThrow(expect.objectContaining({ code: 'VERIFICATION_FAILED' }))
      }),
    )
  })

  it('opens under no other key', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), key, (kek, other, key) => {
        fc.pre(Buffer.compare(kek, other) !== 0)
        expect(() => aesKeyUnwrap(other, aesKeyWrap(kek, key))).toThrow(
          expect.objectContaining({ code: 'VERIFICATION_FAILED' }),
        )
      }),
    )
  })

  it.each([0, 8, 15, 17, 1_032])('wraps no key of %i bytes', (length) => {
    expect(() => aesKeyWrap(Buffer.alloc(32), Buffer.alloc(length))).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    )
  })

  it.each([0, 8, 16, 23, 41, 1_040])('unwraps nothing of %i bytes', (length) => {
    expect(() => aesKeyUnwrap(Buffer.alloc(32), Buffer.alloc(length))).toThrow(
      expect.objectContaining({ code: 'VERIFICATION_FAILED' }),
    )
  })

  it.each([0, 15, 31, 33])('takes no wrapping key of %i bytes', (length) => {
    const wrong = expect.objectContaining({ code: 'REQUEST_INVALID' })
    expect(() => aesKeyWrap(Buffer.alloc(length), Buffer.alloc(32))).toThrow(wrong)
    expect(() => aesKeyUnwrap(Buffer.alloc(length), Buffer.alloc(40))).toThrow(wrong)
  })
})
