import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemIds } from './ids.ts'
import { seal, unseal } from './sealing.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('sealed bytes', () => {
  it('open with their key in their context', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array(), fc.string(), (key, plain, context) => {
        expect(unseal(key, seal(key, plain, context, systemIds), context)).toEqual(Buffer.from(plain))
      }),
    )
  })

  it('open nowhere else, under no other key, and with no bit changed', () => {
    const key = systemIds.bytes(32)
    const sealed = seal(key, Buffer.from('a text'), 'here', systemIds)
    expect(() => unseal(key, sealed, 'there')).toThrow()
    expect(() => unseal(systemIds.bytes(32), sealed, 'here')).toThrow()
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => unseal(key, changed, 'here')).toThrow()
    }
  })

  it('open at no other length', () => {
    const key = systemIds.bytes(32)
    const sealed = seal(key, Buffer.from('a text'), 'here', systemIds)
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(key, sealed.subarray(0, length), 'here')).toThrow()
    }
  })

  it('are never alike twice', () => {
    const key = systemIds.bytes(32)
    expect(seal(key, Buffer.alloc(9), '', systemIds)).not.toEqual(seal(key, Buffer.alloc(9), '', systemIds))
  })
})
