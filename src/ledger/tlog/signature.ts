import { concatBytes } from './bytes.ts'
import { TlogError } from './error.ts'

export const ED25519_KEY_SIZE = 32
export const ED25519_SIGNATURE_SIZE = 64
/** FIPS 204. */
export const ML_DSA_44_KEY_SIZE = 1312
export const ML_DSA_44_SIGNATURE_SIZE = 2420

// RFC 8410: what stands before the seed in PKCS #8.
const PKCS8_PREFIX = Uint8Array.of(...[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20])

// RFC 9881: what stands before the public key in SubjectPublicKeyInfo.
const ML_DSA_44_SPKI = Uint8Array.of(
  ...[0x30, 0x82, 0x05, 0x32, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11, 3, 0x82, 0x05, 0x21, 0],
)

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** WebCrypto, which Node and browsers have in common: no arithmetic on curves of our own. */
function subtle(): typeof crypto.subtle {
  // Browsers leave it out of pages that came over plain HTTP from another machine.
  const found: typeof crypto.subtle | undefined = globalThis.crypto?.subtle
  if (found === undefined)
    throw new TlogError('UNSUPPORTED', 'signatures can only be checked on a page that came by https or from localhost')
  return found
}

/** @returns false for a wrong signature, and for 32 bytes that are no key. @see RFC 8032 */
export async function verifyEd25519(
  publicKey: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (signature.length !== ED25519_SIGNATURE_SIZE) return false
  const key = await importPublic('raw', publicKey, 'Ed25519')
  return key !== null && (await subtle().verify('Ed25519', key, signature, message))
}

/** @throws {TlogError} UNSUPPORTED where the platform has no ML-DSA-44 (browsers as of 2026, Node before 24.7). */
export async function verifyMlDsa44(
  publicKey: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (signature.length !== ML_DSA_44_SIGNATURE_SIZE) return false
  const key = await importPublic('spki', concatBytes(ML_DSA_44_SPKI, publicKey), 'ML-DSA-44')
  return key !== null && (await subtle().verify('ML-DSA-44', key, signature, message))
}

export interface Ed25519Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>
}

/** @param seed 32 bytes, the private key of RFC 8032. @throws {TlogError} MALFORMED */
export async function ed25519Signer(seed: Uint8Array): Promise<Ed25519Signer> {
  if (seed.length !== ED25519_KEY_SIZE) throw new TlogError('MALFORMED', 'an Ed25519 seed has 32 bytes')
  const key = await subtle().importKey('pkcs8', concatBytes(PKCS8_PREFIX, seed), 'Ed25519', true, ['sign'])
  // The public half is told only within this form of the private one.
  const { x = '' } = await subtle().exportKey('jwk', key)
  const binary = atob(x.replaceAll('-', '+').replaceAll('_', '/'))
  return {
    publicKey: Uint8Array.from(binary, (character) => character.charCodeAt(0)),
    sign: async (message) => new Uint8Array(await subtle().sign('Ed25519', key, concatBytes(message))),
  }
}

/** Null when the bytes are no such key. */
async function importPublic(
  format: 'raw' | 'spki',
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: 'Ed25519' | 'ML-DSA-44',
): Promise<Key | null> {
  try {
    return await subtle().importKey(format, bytes, algorithm, false, ['verify'])
  } catch (cause) {
    if (cause instanceof TlogError) throw cause
    const unknown = cause instanceof Error && (cause.name === 'NotSupportedError' || cause instanceof TypeError)
    if (unknown) throw new TlogError('UNSUPPORTED', `this platform can't check ${algorithm} signatures`, { cause })
    return null
  }
}
