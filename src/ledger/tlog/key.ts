import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './error.ts'

/** The signed-note type of Ed25519 (C2SP signed-note). */
const ED25519 = 0x01
const MAX_KEY_TEXT = 1024
// RFC 8410: what stands before the 32 bytes in DER.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A key that notes are checked with. */
export interface NoteVerifier {
  readonly name: string
  /** 32-bit key id. */
  readonly id: number
  readonly vkey: string
  verify(text: Uint8Array, signature: Uint8Array): boolean
}

/** A key that signs notes. The private half may lie elsewhere (KMS), so signing takes time. */
export interface NoteSigner {
  readonly name: string
  readonly id: number
  readonly vkey: string
  /** Ed25519 (RFC 8032) signature, 64 bytes. */
  sign(text: Uint8Array): Promise<Uint8Array>
}

/** Key names: not empty, no Unicode spaces, no plus sign, no control characters. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= 512 && name.isWellFormed() && !/[\s\u0085\u0000-\u001f\u007f+]/u.test(name)
}

function keyId(name: string, typedKey: Uint8Array): number {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typedKey]), 'buffer').readUInt32BE(0)
}

function idText(id: number): string {
  return id.toString(16).padStart(8, '0')
}

/** `<name>+<id>+<base64(0x01 ‖ key)>` for a raw 32-byte Ed25519 public key. */
export function formatVkey(name: string, publicKey: Uint8Array): string {
  if (!isKeyName(name)) throw new TlogError('MALFORMED', 'not a key name')
  if (publicKey.length !== 32) throw new TlogError('MALFORMED', 'an Ed25519 public key has 32 bytes')
  const typed = Buffer.concat([Buffer.of(ED25519), publicKey])
  return `${name}+${idText(keyId(name, typed))}+${encodeBase64(typed)}`
}

/** @throws {TlogError} MALFORMED unless it is the key text of an Ed25519 key with the right id. */
export function parseVkey(vkey: string): NoteVerifier {
  const { name, id, typed } = splitKey(vkey)
  if (typed.length !== 33 || typed[0] !== ED25519 || keyId(name, typed) !== id)
    throw new TlogError('MALFORMED', 'not a verifier key of an Ed25519 log')
  const key = publicKeyObject(typed.subarray(1))
  return {
    name,
    id,
    vkey,
    verify: (text, signature) => signature.length === 64 && verify(null, text, key, signature),
  }
}

/** The private key as text: `PRIVATE+KEY+<name>+<id>+<base64(0x01 ‖ seed)>`. Keep it secret. */
export function formatSkey(name: string, seed: Uint8Array): string {
  const id = parseVkey(formatVkey(name, publicKeyOf(seed))).id
  return `PRIVATE+KEY+${name}+${idText(id)}+${encodeBase64(Buffer.concat([Buffer.of(ED25519), seed]))}`
}

/** @throws {TlogError} MALFORMED; the message never holds the key. */
export function parseSkey(skey: string): NoteSigner {
  if (!skey.startsWith('PRIVATE+KEY+')) throw new TlogError('MALFORMED', 'not a signing key')
  const { name, id, typed } = splitKey(skey.slice('PRIVATE+KEY+'.length))
  if (typed.length !== 33 || typed[0] !== ED25519) throw new TlogError('MALFORMED', 'not an Ed25519 signing key')
  const seed = typed.subarray(1)
  const vkey = formatVkey(name, publicKeyOf(seed))
  if (parseVkey(vkey).id !== id) throw new TlogError('MALFORMED', 'the signing key does not match its id')
  const key = privateKeyObject(seed)
  return { name, id, vkey, sign: async (text) => sign(null, text, key) }
}

/** Raw 32-byte Ed25519 public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Buffer {
  if (seed.length !== 32) throw new TlogError('MALFORMED', 'an Ed25519 seed has 32 bytes')
  const der = createPublicKey(privateKeyObject(seed)).export({ format: 'der', type: 'spki' })
  return der.subarray(SPKI_PREFIX.length)
}

function splitKey(text: string): { name: string; id: number; typed: Buffer } {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  const name = text.slice(0, first)
  const id = text.slice(first + 1, second)
  const typed = decodeBase64(text.slice(second + 1))
  const wellFormed = first > 0 && second > 0 && text.length <= MAX_KEY_TEXT && isKeyName(name)
  if (!wellFormed || !/^[0-9a-f]{8}$/.test(id) || typed === null)
    throw new TlogError('MALFORMED', 'not a key: expected <name>+<8 hex digits>+<base64>')
  return { name, id: Number.parseInt(id, 16), typed }
}

function publicKeyObject(raw: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
  } catch (cause) {
    throw new TlogError('MALFORMED', 'not an Ed25519 public key', { cause })
  }
}

function privateKeyObject(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}
