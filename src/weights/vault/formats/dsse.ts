import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import { readBase64 } from '../../../base/base64.ts'
import { AppError } from '../../../base/errors.ts'
import type { Json } from '../../../base/json.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
/** Holds the digests of 100 000 files. */
const MAX_BUNDLE_BYTES = 48 * 1024 * 1024
const MAX_DEPTH = 16
/** The reference takes these curves and no other kind of key, Ed25519 included. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
])

/** Who signs: a key in memory, or one that never leaves its key service. */
export interface ModelSigner {
  /** On P-256, P-384 or P-521. */
  readonly publicKey: KeyObject
  /** ECDSA over the message's digest by `digestOf(publicKey)`, as DER. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

const Bundle = z.object({
  mediaType: z.literal(MEDIA_TYPE),
  verificationMaterial: z.object({
    /** Versions before 1.1 name no hint, and put the key itself here, which proves nothing: whoever forges brings his own. */
    publicKey: z.object({ hint: z.string().nullish() }),
  }),
  dsseEnvelope: z.object({
    payload: z.string(),
    payloadType: z.literal(PAYLOAD_TYPE),
    /** Exactly one in a bundle. */
    signatures: z.tuple([z.object({ sig: z.string() })]),
  }),
})

/** @throws {AppError} REQUEST_INVALID unless the key is on P-256, P-384 or P-521 */
export function localSigner(privateKey: KeyObject, publicKey: KeyObject): ModelSigner {
  const digest = digestOf(publicKey)
  return { publicKey, sign: (message) => promisify(sign)(digest, message, privateKey) }
}

/** The digest that goes with a key's curve. @throws {AppError} REQUEST_INVALID for another kind of key */
export function digestOf(publicKey: KeyObject): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey
  const digest = asymmetricKeyType === 'ec' ? DIGESTS.get(asymmetricKeyDetails?.namedCurve ?? '') : undefined
  if (digest === undefined)
    throw new AppError('REQUEST_INVALID', 'models are signed with keys on P-256, P-384 or P-521 only')
  return digest
}

/**
 * A statement signed and wrapped as a Sigstore bundle v0.3 around a DSSE envelope, without a certificate and without a log.
 *
 * @returns JSON
 * @see https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md and sigstore/protobuf-specs `sigstore_bundle.proto`
 */
export async function sealStatement(statement: Json, signer: ModelSigner): Promise<string> {
  const payload = Buffer.from(JSON.stringify(statement))
  const signature = await signer.sign(preAuthenticate(payload))
  const bundle = {
    mediaType: MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: hintOf(signer.publicKey) }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: Buffer.from(signature).toString('base64'), keyid: '' }],
    },
  }
  return JSON.stringify(bundle)
}

/**
 * The statement in a bundle, once its signature has been verified: not a byte of it is parsed before.
 *
 * @throws {AppError} VERIFICATION_FAILED when the bundle is malformed, of another kind, or signed by another key
 */
export function openStatement(bundle: Uint8Array, publicKey: KeyObject): Json {
  const { verificationMaterial, dsseEnvelope } = parseBundle(bundle)
  const hint = verificationMaterial.publicKey.hint ?? ''
  if (hint !== '' && hint !== hintOf(publicKey)) throw unverified('it names another key')
  const payload = decodeBase64(dsseEnvelope.payload)
  const signature = decodeBase64(dsseEnvelope.signatures[0].sig)
  if (!verify(digestOf(publicKey), preAuthenticate(payload), publicKey, signature))
    throw unverified('its signature does not verify')
  return parse(payload)
}

export function unverified(what: string, cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', `the signature of the model does not hold: ${what}`, { cause })
}

function parseBundle(bundle: Uint8Array): z.output<typeof Bundle> {
  if (bundle.length > MAX_BUNDLE_BYTES) throw unverified(`its bundle is longer than ${MAX_BUNDLE_BYTES} bytes`)
  const parsed = Bundle.safeParse(parse(bundle))
  if (!parsed.success)
    throw unverified('its bundle is not of the kind that is supported: Sigstore v0.3, one signature, a public key')
  return parsed.data
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseStrictJson(bytes, { maxDepth: MAX_DEPTH })
  } catch (cause) {
    throw unverified('its JSON can not be read', cause)
  }
}

/** What is signed: type and length stand before the payload, so that no envelope passes for another. */
function preAuthenticate(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload])
}

/** The reference refuses a hint that is not the digest of the key as it writes it: PEM, with a line's end after the last line. */
function hintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'pem' }))
    .digest('hex')
}

/** Strict: one text for one sequence of bytes. */
function decodeBase64(text: string): Buffer {
  const bytes = readBase64(text)
  if (bytes === null) throw unverified('its base64 can not be read')
  return bytes
}
