import { createCipheriv, createDecipheriv } from 'node:crypto'
import { AppError } from '../../../base/errors.ts'

const INITIAL_VALUE = Buffer.alloc(8, 0xa6)
const BLOCK_BYTES = 8
const MAX_KEY_BYTES = 1_024

/**
 * AES Key Wrap. The same key under the same `kek` gives the same bytes: no nonce can repeat.
 *
 * @param kek 16, 24 or 32 bytes
 * @param key 16 to 1024 bytes, a multiple of 8
 * @returns 8 bytes more than `key`
 * @throws {AppError} REQUEST_INVALID for another length
 * @see RFC 3394 §2.2.1, with the initial value of §2.2.3.1
 */
export function aesKeyWrap(kek: Uint8Array, key: Uint8Array): Buffer {
  if (key.length < 2 * BLOCK_BYTES || key.length > MAX_KEY_BYTES || key.length % BLOCK_BYTES !== 0)
    throw new AppError('REQUEST_INVALID', `a key of ${key.length} bytes can’t be wrapped`)
  const cipher = createCipheriv(cipherFor(kek), kek, INITIAL_VALUE)
  return Buffer.concat([cipher.update(key), cipher.final()])
}

/**
 * @returns the key, 8 bytes less than `wrapped`
 * @throws {AppError} VERIFICATION_FAILED when it was changed or wrapped under another `kek`
 * @see RFC 3394 §2.2.2; that a wrong one passes has a chance of 2^-64 (§2.2.3)
 */
export function aesKeyUnwrap(kek: Uint8Array, wrapped: Uint8Array): Buffer {
  const keyBytes = wrapped.length - BLOCK_BYTES
  if (keyBytes < 2 * BLOCK_BYTES || keyBytes > MAX_KEY_BYTES || keyBytes % BLOCK_BYTES !== 0) throw notOurs()
  const decipher = createDecipheriv(cipherFor(kek), kek, INITIAL_VALUE)
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch {
    throw notOurs()
  }
}

function cipherFor(kek: Uint8Array): string {
  if (kek.length !== 16 && kek.length !== 24 && kek.length !== 32)
    throw new AppError('REQUEST_INVALID', `a wrapping key has 16, 24 or 32 bytes, not ${kek.length}`)
  return `id-aes${kek.length * 8}-wrap`
}

function notOurs(): AppError {
  return new AppError('VERIFICATION_FAILED', 'a wrapped key was changed, or belongs to another key or file')
}
