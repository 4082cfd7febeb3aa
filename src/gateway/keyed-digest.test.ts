import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyedDigest } from './decision-record.ts'

describe('KeyedDigest', () => {
  it('is HMAC-SHA-256, whole and in pieces', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 300 }), (key, content) => {
        const expected = createHmac('sha256', key).update(content).digest('hex')
        const digest = new KeyedDigest(key)
        expect(digest.of(content)).toBe(expected)
        expect(digest.start().update(content).digest('hex')).toBe(expected)
      }),
    )
  })

  it('digests text as its UTF-8 bytes', () => {
    const digest = new KeyedDigest(Buffer.alloc(32, 7))
    expect(digest.of('größer ≠ kleiner')).toBe(digest.of(Buffer.from('größer ≠ kleiner')))
  })
})
