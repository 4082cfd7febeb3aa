import { createCipheriv, createDecipheriv } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { type ContentKey, KEY_BYTES } from './keyring.ts'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
/** First byte of a sealed text: deflated (RFC 1951), then AES-256-GCM. */
const FORMAT = 1
/** Far over what is ever sealed: a damaged row must not fill the memory. */
const MAX_PLAIN_BYTES = 64 * 1024 * 1024

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

export interface Sealed {
  readonly wrappedBy: string
  readonly wrappedKey: Buffer
  readonly sealed: Buffer
}

/**
 * Encrypts a text under a key of its own, which the content key wraps. Both are bound to the decision id, so that rows can't be
 * swapped; deleting the row deletes the only key. Compressed before: nobody can mix a guess of theirs into the same text and watch its
 * size, since each text is sealed once.
 */
export async function seal(text: string, decisionId: string, key: ContentKey, ids: Ids): Promise<Sealed> {
  const packed = await deflate(Buffer.from(text))
  const dataKey = ids.bytes(KEY_BYTES)
  try {
    const body = encrypt(dataKey, packed, textContext(decisionId), ids)
    const sealed = Buffer.concat([Buffer.of(FORMAT), body])
    return { wrappedBy: key.id, wrappedKey: wrap(dataKey, decisionId, key, ids), sealed }
  } finally {
    dataKey.fill(0)
    packed.fill(0)
  }
}

/** @throws {AppError} VERIFICATION_FAILED when the row was damaged, moved or sealed by another version */
export async function unseal({ wrappedKey, sealed }: Sealed, decisionId: string, key: ContentKey): Promise<string> {
  if (sealed[0] !== FORMAT) throw damaged()
  const dataKey = unwrap(wrappedKey, decisionId, key)
  try {
    const packed = decrypt(dataKey, sealed.subarray(1), textContext(decisionId))
    return (await inflate(packed, { maxOutputLength: MAX_PLAIN_BYTES })).toString('utf8')
  } catch (cause) {
    throw cause instanceof AppError ? cause : damaged(cause)
  } finally {
    dataKey.fill(0)
  }
}

/** The same data key under another content key: rotating rewrites 60 bytes a row, never a text. */
export function rewrap(wrapped: Buffer, decisionId: string, from: ContentKey, to: ContentKey, ids: Ids): Buffer {
  const dataKey = unwrap(wrapped, decisionId, from)
  try {
    return wrap(dataKey, decisionId, to, ids)
  } finally {
    dataKey.fill(0)
  }
}

function wrap(dataKey: Buffer, decisionId: string, key: ContentKey, ids: Ids): Buffer {
  return encrypt(key.secret, dataKey, keyContext(decisionId, key), ids)
}

function unwrap(wrapped: Buffer, decisionId: string, key: ContentKey): Buffer {
  const dataKey = decrypt(key.secret, wrapped, keyContext(decisionId, key))
  if (dataKey.length !== KEY_BYTES) throw damaged()
  return dataKey
}

function textContext(decisionId: string): Buffer {
  return Buffer.from(`safelevel content v1\n${decisionId}`)
}

function keyContext(decisionId: string, { id }: ContentKey): Buffer {
  return Buffer.from(`safelevel content key v1\n${id}\n${decisionId}`)
}

/** iv ‖ ciphertext ‖ tag. A random iv of 96 bits: far below 2^32 wrappings under one content key (NIST SP 800-38D, 8.3). */
function encrypt(key: Buffer, plain: Buffer, context: Buffer, ids: Ids): Buffer {
  const iv = ids.bytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(context)
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, bytes: Buffer, context: Buffer): Buffer {
  if (bytes.length < IV_BYTES + TAG_BYTES) throw damaged()
  const iv = bytes.subarray(0, IV_BYTES)
  const body = bytes.subarray(IV_BYTES, -TAG_BYTES)
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(context)
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(body), decipher.final()])
  } catch (cause) {
    throw damaged(cause)
  }
}

function damaged(cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', 'what is kept of this exchange is damaged or is not its own', { cause })
}
