import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivedReceipt, lookupOf, plainReceipt, receiptOf, sameLookup } from './receipt.ts'

const entropy = fc.uint8Array({ minLength: 17, maxLength: 17 })
/** Of any code units, lone surrogates too. */
const anyText = fc.uint16Array({ maxLength: 300 }).map((codes) => String.fromCharCode(...codes))
const key = new Uint8Array(32).fill(7)

describe('receipt codes', () => {
  it('hold all of 130 bits, and nothing else', () => {
    // Crockford's alphabet counts up: the number that the characters write is the number in the first 130 bits.
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    fc.assert(
      fc.property(entropy, (bytes) => {
        const number = [...receiptOf(bytes).replaceAll('-', '')].reduce(
          (sum, char) => sum * 32n + BigInt(alphabet.indexOf(char)),
          0n,
        )
        expect(number).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`) >> 6n)
      }),
    )
  })

  it('are read back however people write them', () => {
    fc.assert(
      fc.property(
        entropy,
        fc.infiniteStream(fc.constantFrom('', ' ', '-', '\n', '  ')),
        fc.boolean(),
        (bytes, blanks, lower) => {
          const code = receiptOf(bytes)
          const mistaken = code.replaceAll('0', 'o').replaceAll('1', lower ? 'l' : 'I')
          const spaced = [...mistaken.replaceAll('-', '')].map((char) => `${char}${blanks.next().value}`).join('')
          expect(plainReceipt(lower ? spaced.toLowerCase() : spaced)).toBe(code.replaceAll('-', ''))
        },
      ),
    )
  })

  it('are none when they are of another length or alphabet', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const plain = plainReceipt(text)
        if (plain !== null) expect(plain).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
      }),
    )
    for (const text of ['', '-'.repeat(100), 'U'.repeat(26), '0'.repeat(25), '0'.repeat(27), '٠'.repeat(26)])
      expect(plainReceipt(text)).toBeNull()
  })

  it('are kept as a digest that tells one from another', () => {
    fc.assert(
      fc.property(entropy, entropy, (left, right) => {
        const [a, b] = [receiptOf(left), receiptOf(right)].map((code) => lookupOf(plainReceipt(code) ?? ''))
        expect(sameLookup(a ?? '', b ?? '')).toBe(receiptOf(left) === receiptOf(right))
      }),
    )
    expect(sameLookup('00', '0000')).toBe(false)
  })

  it('are the same for the same, and part what stands side by side', () => {
    const lengths = fc.array(fc.string(), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(lengths, lengths, (one, other) => {
        expect(derivedReceipt(key, ...one) === derivedReceipt(key, ...other)).toBe(
          JSON.stringify(one) === JSON.stringify(other),
        )
      }),
    )
    expect(derivedReceipt(key, 'a')).not.toBe(derivedReceipt(new Uint8Array(32), 'a'))
  })
})
