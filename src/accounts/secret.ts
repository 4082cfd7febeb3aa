import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Ids } from '../base/ids.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 32 × log2(62) = 190 bits, of which prefix and last four characters show at most 48. */
const RANDOM_CHARS = 32
const CHECKSUM_CHARS = 6
/** The largest multiple of 62 in a byte: bytes above it are dropped, or some characters would come more often. */
const FAIR_BYTES = 248

export const KEY_PREFIX = 'sl_live_'
export const OPERATOR_PREFIX = 'sl_op_'

/** A customer's key, for secret scanners: `\bsl_live_[0-9A-Za-z]{38}\b`. The last six characters are a checksum. */
export const KEY_PATTERN = /^sl_live_[0-9A-Za-z]{38}$/

/** A new secret: prefix, 32 random base62 characters, 6 of checksum. */
export function createSecret(prefix: string, ids: Ids): string {
  let body = prefix
  while (body.length < prefix.length + RANDOM_CHARS) {
    for (const byte of ids.bytes(RANDOM_CHARS)) {
      if (byte < FAIR_BYTES && body.length < prefix.length + RANDOM_CHARS) body += BASE62[byte % 62]
    }
  }
  return body + checksum(body)
}

/**
 * What is wrong with a key that nobody knows: not one of ours at all, one of ours with a slip of the pen, or well-formed.
 * Says nothing about whether it exists.
 */
export function checkSecret(text: string): 'malformed' | 'mistyped' | 'well-formed' {
  if (!KEY_PATTERN.test(text)) return 'malformed'
  return text.endsWith(checksum(text.slice(0, -CHECKSUM_CHARS))) ? 'well-formed' : 'mistyped'
}

/**
 * SHA-256 of a secret, hex. A plain hash is right here: slow, salted hashes protect passwords, which can be guessed; nobody guesses 190
 * random bits, and every request needs this at once.
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** What is shown of a secret, to recognise it by. */
export function visibleParts(secret: string): { prefix: string; last4: string } {
  return { prefix: secret.slice(0, KEY_PREFIX.length + 4), last4: secret.slice(-4) }
}

/** CRC-32 in six base62 characters: finds every single wrong character and any two that changed places side by side. */
function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let i = 0; i < CHECKSUM_CHARS; i++) {
    text = (BASE62[rest % 62] ?? '0') + text
    rest = Math.floor(rest / 62)
  }
  return text
}
