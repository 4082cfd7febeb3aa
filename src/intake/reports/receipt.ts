import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHARS = 26
const CODE = /^[0-9A-HJKMNP-TV-Z]{26}$/
/** Enough for 26 characters of 5 bits: what a code is made of. */
export const RECEIPT_BYTES = 17

/**
 * The code by which a report is followed: 26 characters of Crockford's base32, 130 bits, in groups that people can write down.
 *
 * @param entropy at least 17 bytes, of which nobody can guess the first 130 bits
 * @returns such as `7ZKQ2-M0VXA-…`: five groups of 5 and one of 1 would be ugly, so 4 of 5 and 1 of 6
 * @see https://www.crockford.com/base32.html
 */
export function receiptOf(entropy: Uint8Array): string {
  let bits = 0
  let held = 0
  let plain = ''
  for (const byte of entropy.subarray(0, RECEIPT_BYTES)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5 && plain.length < CHARS) {
      bits -= 5
      plain += CROCKFORD[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return [plain.slice(0, 5), plain.slice(5, 10), plain.slice(10, 15), plain.slice(15, 20), plain.slice(20)].join('-')
}

/**
 * The code of something that is sent again when its answer was lost: the same for the same, and nobody's to work out without the key.
 *
 * @param key 32 bytes; @param parts what makes it this one
 */
export function derivedReceipt(key: Uint8Array, ...parts: readonly string[]): string {
  const mac = createHmac('sha256', key).update('safelevel.intake.receipt/1')
  for (const part of parts) mac.update(`\n${Buffer.byteLength(part)}\n${part}`)
  return receiptOf(mac.digest())
}

/** As people write it: any case, with or without dashes and blanks, O for 0 and I or L for 1. Null when it can be no code. */
export function plainReceipt(given: string): string | null {
  const plain = given.slice(0, 100).toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return CODE.test(plain) ? plain : null
}

/** What is kept of a code: SHA-256, hex. Of 130 random bits that tells nothing. @param plain as `plainReceipt` gives it */
export function lookupOf(plain: string): string {
  return createHash('sha256').update(`safelevel.report\n${plain}`).digest('hex')
}

/** In constant time. @param left hex; @param right hex */
export function sameLookup(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'hex'), Buffer.from(right, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}
