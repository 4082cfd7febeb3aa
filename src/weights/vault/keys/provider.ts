import { AppError } from '../../../base/errors.ts'
import { canonicalJson } from '../../../ledger/index.ts'

/** Root, model and data keys are all of this length. */
export const KEY_BYTES = 32
/** As a provider gives it: transit's and AWS's are a few hundred characters. */
export const MAX_WRAPPED_CHARS = 8_192

const MAX_NAMES = 8
const MAX_CONTEXT_BYTES = 8_192
const NAME = /^[a-z][A-Za-z0-9-]{0,63}$/

/**
 * What a wrapped key belongs to: it opens in no other context. Key servers write it to their own logs, so it holds names, never secrets.
 * At most 8 names and 8 KiB.
 */
export type KeyContext = Readonly<Record<string, string>>

/** Keeps a root key and wraps keys by it; the root key itself never comes out. */
export interface KeyProvider {
  /** Names the root key, and stands beside all that it has wrapped: `local:8f2c…`, `transit:transit/weights`, `aws-kms:arn:…`. */
  readonly id: string
  /**
   * @param key 16 to 1024 bytes; stays the caller's, to be cleared.
   * @returns text for the caller to keep, at most 8192 characters
   * @throws {AppError} as `unwrap`, but VERIFICATION_FAILED
   */
  wrap(key: Uint8Array, context: KeyContext): Promise<string>
  /**
   * @returns the caller's to clear
   * @throws {AppError} VERIFICATION_FAILED: changed, of another root key or of another context;
   *   UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, OVERLOADED: the key server gives no answer now, try again later;
   *   FORBIDDEN: it refuses us; CONFIG_INVALID: it has no such key, or isn't set up as it must be.
   */
  unwrap(wrapped: string, context: KeyContext): Promise<Buffer>
  /** Makes a new version of the root key, by which all is wrapped from now on; the earlier ones still unwrap. */
  rotate?(): Promise<void>
  /** Clears what it holds in memory, and ends what it has started; nothing can be done with it any more. */
  close?(): void
}

/** By id. */
export type KeyProviders = ReadonlyMap<string, KeyProvider>

/**
 * The one way of writing a context.
 *
 * @throws {AppError} REQUEST_INVALID for what could be read in two ways or is too long; says nothing of its values.
 * @see RFC 8785
 */
export function canonicalContext(context: KeyContext): string {
  const names = Object.keys(context)
  if (names.length === 0 || names.length > MAX_NAMES) throw invalid(`has ${names.length} names, not 1 to ${MAX_NAMES}`)
  for (const name of names) {
    if (!NAME.test(name)) throw invalid('has a name that is not one')
    const value = context[name]
    if (typeof value !== 'string' || !value.isWellFormed()) throw invalid(`has no text as ${name}`)
  }
  const text = canonicalJson(context)
  if (Buffer.byteLength(text) > MAX_CONTEXT_BYTES) throw invalid(`is longer than ${MAX_CONTEXT_BYTES} bytes`)
  return text
}

function invalid(what: string): AppError {
  return new AppError('REQUEST_INVALID', `the context of a key ${what}`)
}
