import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { COMMITMENT_DOMAIN, commitment } from './commitment.ts'
import { perfectRoot } from './hash.ts'
import { portableSha256, sha256 } from './sha256.ts'

const node = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

describe('SHA-256 where there is no node:crypto', () => {
  // FIPS 180-4 examples, from NIST's "Example Values".
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('gives what the standard says of %j', (text, digest) => {
    expect(hex(portableSha256(Buffer.from(text)))).toBe(digest)
    expect(hex(sha256(text))).toBe(digest)
  })

  it('agrees with Node at every length around a block, and on anything', () => {
    for (let length = 0; length < 200; length++) {
      const data = Buffer.alloc(length, length)
      expect(hex(portableSha256(data))).toBe(node(data))
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (data) => {
        expect(hex(portableSha256(data))).toBe(node(data))
      }),
    )
  })
})

describe('the parts that are assembled in place', () => {
  it('commit to what they are given, whatever was hashed before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 300 }))), (pairs) => {
        for (const [salt, body] of pairs)
          expect(hex(commitment(salt, body))).toBe(node(Buffer.concat([COMMITMENT_DOMAIN, salt, body])))
      }),
    )
  })

  it('leave the hashes that they fold as they were', () => {
    const hashes = new Uint8Array(256 * 32).map((_, i) => i)
    const before = hex(hashes)
    perfectRoot(hashes, 0, 256)
    expect(hex(hashes)).toBe(before)
  })
})

describe('base64', () => {
  it('is Node’s, and has one text for each value', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = encodeBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(hex(decodeBase64(text) ?? Buffer.from('x'))).toBe(hex(bytes))
      }),
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[A-Za-z0-9+/]{0,6}={0,2}$/)), (text) => {
        const bytes = Buffer.from(text, 'base64')
        expect(decodeBase64(text) === null).toBe(bytes.toString('base64') !== text)
      }),
    )
  })
})
