import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Ids } from './ids.ts'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM under a random iv of 96 bits: one key may seal 2^32 times.
 *
 * @param key 32 bytes
 * @param context What the sealed bytes belong to; they open nowhere else.
 * @returns iv (12) ‖ ciphertext ‖ tag (16)
 * @see NIST SP 800-38D §8.2.2 and §8.3
 */
export function seal(key: Uint8Array, plain: Uint8Array, context: string, ids: Ids): Buffer {
  const iv = ids.bytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context))
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** @throws {Error} when the bytes were changed, belong to another context or were sealed under another key: for the caller to name */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  if (sealed.length < IV_BYTES + TAG_BYTES) throw new Error('too short to be sealed bytes')
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()])
}
