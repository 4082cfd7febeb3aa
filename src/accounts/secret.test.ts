import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemIds } from '../base/ids.ts'
import { checkSecret, createSecret, hashSecret, KEY_PATTERN, KEY_PREFIX, visibleParts } from './secret.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

describe('secrets', () => {
  it('have the documented form and never repeat', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 1000; i++) {
      const secret = createSecret(KEY_PREFIX, systemIds)
      expect(secret).toMatch(KEY_PATTERN)
      expect(checkSecret(secret)).toBe('well-formed')
      seen.add(secret)
    }
    expect(seen.size).toBe(1000)
  })

  it('use every character about equally often', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 4000; i++) {
      for (const c of createSecret(KEY_PREFIX, systemIds).slice(8, 40)) counts.set(c, (counts.get(c) ?? 0) + 1)
    }
    expect(counts.size).toBe(62)
    // 128 000 draws: 2 065 each, standard deviation 45; a biased modulo would add 25 % to some.
    for (const count of counts.values()) expect(Math.abs(count - 2065)).toBeLessThan(300)
  })

  it('tell a typo from an unknown key', () => {
    const secret = createSecret(KEY_PREFIX, systemIds)
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 45 }), fc.constantFrom(...BASE62), (at, char) => {
        fc.pre(secret[at] !== char)
        expect(checkSecret(secret.slice(0, at) + char + secret.slice(at + 1))).toBe('mistyped')
      }),
    )
    for (const text of ['', 'sk-abc', `${secret} `, `${secret}\n`, secret.slice(1)]) {
      expect(checkSecret(text)).toBe('malformed')
    }
  })

  it('end in the CRC-32 of what stands before, in base62', () => {
    const secret = createSecret(KEY_PREFIX, systemIds)
    let value = 0
    for (const c of secret.slice(-6)) value = value * 62 + BASE62.indexOf(c)
    expect(value).toBe(crc32(secret.slice(0, -6)))
  })

  it('are hashed by SHA-256 (FIPS 180-2, the example of appendix B.1)', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('show twelve characters and the last four', () => {
    const secret = createSecret(KEY_PREFIX, systemIds)
    expect(visibleParts(secret)).toEqual({ prefix: secret.slice(0, 12), last4: secret.slice(42) })
  })
})
