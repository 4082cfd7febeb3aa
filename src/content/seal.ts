import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import * as sealing from '../base/sealing.ts'
import { type ContentKey, KEY_BYTES } from './keyring.ts'

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
    const body = sealing.seal(dataKey, packed, textContext(decisionId), ids)
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
    const packed = open(dataKey, sealed.subarray(1), textContext(decisionId))
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
  return sealing.seal(key.secret, dataKey, keyContext(decisionId, key), ids)
}

function unwrap(wrapped: Buffer, decisionId: string, key: ContentKey): Buffer {
  const dataKey = open(key.secret, wrapped, keyContext(decisionId, key))
  if (dataKey.length !== KEY_BYTES) throw damaged()
  return dataKey
}

function textContext(decisionId: string): string {
  return `safelevel content v1\n${decisionId}`
}

function keyContext(decisionId: string, { id }: ContentKey): string {
  return `safelevel content key v1\n${id}\n${decisionId}`
}

function open(key: Buffer, bytes: Buffer, context: string): Buffer {
  try {
    return sealing.unseal(key, bytes, context)
  } catch (cause) {
    throw damaged(cause)
  }
}

function damaged(cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', 'what is kept of this exchange is damaged or is not its own', { cause })
}
