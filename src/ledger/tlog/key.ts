import { decodeBase64, encodeBase64 } from './base64.ts'
import { concatBytes, utf8, viewOf } from './bytes.ts'
import { TlogError } from './error.ts'
import { sha256 } from './sha256.ts'
import { ED25519_KEY_SIZE, ed25519Signer, verifyEd25519 } from './signature.ts'

/** The signed-note type of Ed25519 (C2SP signed-note, "Signature types"). */
export const ED25519 = 0x01
/** The longest there are hold 1,312 bytes of ML-DSA-44. */
const MAX_KEY_TEXT = 4096
const SECRET_PREFIX = 'PRIVATE+KEY+'

/** A key that notes are checked with. */
export interface NoteVerifier {
  readonly name: string
  /** 32-bit key id. */
  readonly id: number
  readonly vkey: string
  /** Raw: two verifiers may be one key under two names. */
  readonly publicKey: Uint8Array
  /** @param signature What follows the key id in the signature line. */
  verify(text: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean>
}

/** A key that signs notes. The private half may lie elsewhere (KMS), so signing takes time. */
export interface NoteSigner {
  readonly name: string
  readonly id: number
  readonly vkey: string
  /** Ed25519 (RFC 8032) signature, 64 bytes. */
  sign(text: Uint8Array): Promise<Uint8Array>
}

/** Name, type and material of a key in its text form; the id is right. */
export interface KeyParts {
  readonly name: string
  readonly id: number
  readonly type: number
  readonly key: Uint8Array<ArrayBuffer>
}

/** Key names: not empty, no Unicode spaces, no plus sign, no control characters. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= 512 && name.isWellFormed() && !/[\s\u0085\u0000-\u001f\u007f+]/u.test(name)
}

function keyId(name: string, type: number, publicKey: Uint8Array): number {
  return viewOf(sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey))).getUint32(0)
}

/** `<name>+<id>+<base64(type ‖ key)>`. @throws {TlogError} MALFORMED */
export function formatKey(name: string, type: number, publicKey: Uint8Array): { id: number; vkey: string } {
  if (!isKeyName(name)) throw new TlogError('MALFORMED', 'not a key name')
  const id = keyId(name, type, publicKey)
  return { id, vkey: `${name}+${idText(id)}+${encodeBase64(concatBytes(Uint8Array.of(type), publicKey))}` }
}

/** `<name>+<id>+<base64(0x01 ‖ key)>` for a raw 32-byte Ed25519 public key. */
export function formatVkey(name: string, publicKey: Uint8Array): string {
  if (publicKey.length !== ED25519_KEY_SIZE) throw new TlogError('MALFORMED', 'an Ed25519 public key has 32 bytes')
  return formatKey(name, ED25519, publicKey).vkey
}

/** A verifier key of any type, taken apart. @throws {TlogError} MALFORMED, also when its id is not that of the key. */
export function splitVkey(vkey: string): KeyParts {
  const parts = splitKey(vkey)
  if (keyId(parts.name, parts.type, parts.key) !== parts.id) throw new TlogError('MALFORMED', 'the key has another id')
  return parts
}

/** @throws {TlogError} MALFORMED unless it is the key text of an Ed25519 key with the right id. */
export function parseVkey(vkey: string): NoteVerifier {
  const { name, id, type, key } = splitVkey(vkey)
  if (type !== ED25519 || key.length !== ED25519_KEY_SIZE)
    throw new TlogError('MALFORMED', 'not a verifier key of an Ed25519 log')
  return { name, id, vkey, publicKey: key, verify: (text, signature) => verifyEd25519(key, text, signature) }
}

/** A private key as text: `PRIVATE+KEY+<name>+<id>+<base64(type ‖ seed)>`. Keep it secret. */
export function formatSecret(name: string, id: number, type: number, seed: Uint8Array): string {
  return `${SECRET_PREFIX}${name}+${idText(id)}+${encodeBase64(concatBytes(Uint8Array.of(type), seed))}`
}

/** @throws {TlogError} MALFORMED; the message never holds the key. Its id is not checked. */
export function splitSecret(skey: string): KeyParts {
  if (!skey.startsWith(SECRET_PREFIX)) throw new TlogError('MALFORMED', 'not a signing key')
  return splitKey(skey.slice(SECRET_PREFIX.length))
}

/** The private key of a log as text. Keep it secret. @param seed 32 bytes */
export async function formatSkey(name: string, seed: Uint8Array): Promise<string> {
  const { id } = formatKey(name, ED25519, await publicKeyOf(seed))
  return formatSecret(name, id, ED25519, seed)
}

/** @throws {TlogError} MALFORMED; the message never holds the key. */
export async function parseSkey(skey: string): Promise<NoteSigner> {
  const { name, id, type, key: seed } = splitSecret(skey)
  if (type !== ED25519 || seed.length !== ED25519_KEY_SIZE)
    throw new TlogError('MALFORMED', 'not an Ed25519 signing key')
  const { publicKey, sign } = await ed25519Signer(seed)
  const own = formatKey(name, ED25519, publicKey)
  if (own.id !== id) throw new TlogError('MALFORMED', 'the signing key does not match its id')
  return { name, id, vkey: own.vkey, sign }
}

/** Raw 32-byte Ed25519 public key of a 32-byte seed. */
export async function publicKeyOf(seed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return (await ed25519Signer(seed)).publicKey
}

function idText(id: number): string {
  return id.toString(16).padStart(8, '0')
}

function splitKey(text: string): KeyParts {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  const name = text.slice(0, first)
  const id = text.slice(first + 1, second)
  const wellFormed = first > 0 && second > 0 && text.length <= MAX_KEY_TEXT && isKeyName(name)
  const typed = wellFormed && /^[0-9a-f]{8}$/.test(id) ? decodeBase64(text.slice(second + 1)) : null
  const type = typed?.[0]
  if (typed === null || type === undefined)
    throw new TlogError('MALFORMED', 'not a key: expected <name>+<8 hex digits>+<base64>')
  return { name, id: Number.parseInt(id, 16), type, key: typed.slice(1) }
}
