import { concatBytes, utf8, viewOf } from './bytes.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { checkInteger, TlogError } from './error.ts'
import { formatKey, formatSecret, type NoteVerifier, splitSecret, splitVkey } from './key.ts'
import { parseNote, signatureLine } from './note.ts'
import {
  ED25519_KEY_SIZE,
  ED25519_SIGNATURE_SIZE,
  ed25519Signer,
  ML_DSA_44_KEY_SIZE,
  ML_DSA_44_SIGNATURE_SIZE,
  verifyEd25519,
  verifyMlDsa44,
} from './signature.ts'

/** Signature types of C2SP signed-note that tlog-cosignature defines. */
const COSIGNATURE_ED25519 = 0x04
const COSIGNATURE_ML_DSA_44 = 0x06
const TIMESTAMP_SIZE = 8

/** A witness's key: what it signs says when, and that it saw no larger and no other tree by then. */
export interface CosignerVerifier extends NoteVerifier {
  readonly algorithm: 'ed25519' | 'ml-dsa-44'
}

/** One witness's statement about one checkpoint, verified. */
export interface Cosignature {
  readonly witness: CosignerVerifier
  /** Seconds since 1970, by the witness's clock. */
  readonly timestamp: number
}

/** A witness's signing key. */
export interface Cosigner {
  readonly name: string
  readonly id: number
  readonly vkey: string
  /** @param text Of a checkpoint. @param timestamp Seconds since 1970. @returns the signature line */
  cosign(text: string, timestamp: number): Promise<string>
}

/** @throws {TlogError} MALFORMED unless it is the verifier key of a cosigner. @see C2SP tlog-cosignature, "Format" */
export function parseCosignerVkey(vkey: string): CosignerVerifier {
  const { name, id, type, key } = splitVkey(vkey)
  const shared = { name, id, vkey, publicKey: key }
  if (type === COSIGNATURE_ED25519 && key.length === ED25519_KEY_SIZE) {
    return {
      ...shared,
      algorithm: 'ed25519',
      async verify(text, signature) {
        const parts = splitTimestamped(signature, ED25519_SIGNATURE_SIZE)
        return parts !== null && (await verifyEd25519(key, ed25519Message(parts.timestamp, text), parts.signature))
      },
    }
  }
  if (type === COSIGNATURE_ML_DSA_44 && key.length === ML_DSA_44_KEY_SIZE) {
    return {
      ...shared,
      algorithm: 'ml-dsa-44',
      async verify(text, signature) {
        const parts = splitTimestamped(signature, ML_DSA_44_SIGNATURE_SIZE)
        return parts !== null && (await verifyMlDsa44(key, mlDsaMessage(name, parts.timestamp, text), parts.signature))
      },
    }
  }
  throw new TlogError('MALFORMED', 'not the verifier key of a witness: those are of signature type 4 or 6')
}

/** A witness's private key as text: `PRIVATE+KEY+<name>+<id>+<base64(0x04 ‖ seed)>`. Keep it secret. @param seed 32 bytes */
export async function formatCosignerSkey(name: string, seed: Uint8Array): Promise<string> {
  const { publicKey } = await ed25519Signer(seed)
  const { id } = formatKey(name, COSIGNATURE_ED25519, publicKey)
  return formatSecret(name, id, COSIGNATURE_ED25519, seed)
}

/** @throws {TlogError} MALFORMED; the message never holds the key. */
export async function parseCosignerSkey(skey: string): Promise<Cosigner> {
  const { name, id, type, key: seed } = splitSecret(skey)
  if (type !== COSIGNATURE_ED25519 || seed.length !== ED25519_KEY_SIZE)
    throw new TlogError('MALFORMED', 'not the signing key of a witness')
  const { publicKey, sign } = await ed25519Signer(seed)
  const own = formatKey(name, COSIGNATURE_ED25519, publicKey)
  if (own.id !== id) throw new TlogError('MALFORMED', 'the signing key does not match its id')
  return {
    name,
    id,
    vkey: own.vkey,
    async cosign(text, timestamp) {
      checkInteger('timestamp', timestamp, 1)
      const signature = await sign(ed25519Message(timestamp, utf8(text)))
      return signatureLine({ name, id }, concatBytes(uint64(timestamp), signature))
    },
  }
}

/**
 * The cosignatures in a note by those of `witnesses` that are in it; of several by one witness, the newest. Signatures of unknown
 * keys are ignored, and so are those of ML-DSA-44 where the platform can't check them: they count for nothing.
 *
 * @throws {TlogError} MALFORMED, or SIGNATURE when a known witness's is wrong: such a note is not to be trusted (signed-note).
 */
export async function readCosignatures(
  note: Uint8Array | string,
  witnesses: readonly CosignerVerifier[],
): Promise<Cosignature[]> {
  const { text, signatures } = parseNote(note)
  const found = new Map<CosignerVerifier, Cosignature>()
  for (const { name, id, signature } of signatures) {
    const witness = witnesses.find((candidate) => candidate.name === name && candidate.id === id)
    if (witness === undefined) continue
    const right = await verifyWhereSupported(witness, text, signature)
    if (right === null) continue
    if (!right) throw new TlogError('SIGNATURE', `the cosignature of ${name} is wrong`)
    const timestamp = readUint64(signature)
    if (timestamp > (found.get(witness)?.timestamp ?? -1)) found.set(witness, { witness, timestamp })
  }
  return [...found.values()]
}

async function verifyWhereSupported(
  witness: CosignerVerifier,
  text: string,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean | null> {
  try {
    return await witness.verify(utf8(text), signature)
  } catch (error) {
    if (witness.algorithm === 'ml-dsa-44' && error instanceof TlogError && error.code === 'UNSUPPORTED') return null
    throw error
  }
}

/** Two header lines keep cosignatures apart from all other uses of a key (tlog-cosignature, "Ed25519 signed message"). */
function ed25519Message(timestamp: number, text: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(utf8(`cosignature/v1\ntime ${timestamp}\n`), text)
}

/** `cosigned_message` for a whole tree: `start` is 0, `end` its size (tlog-cosignature, "ML-DSA-44 signed message"). */
function mlDsaMessage(cosigner: string, timestamp: number, text: Uint8Array): Uint8Array<ArrayBuffer> {
  const { origin, size, root } = parseCheckpoint(new TextDecoder().decode(text))
  const [name, log] = [utf8(cosigner), utf8(origin)]
  if (name.length > 255 || log.length > 255) throw new TlogError('MALFORMED', 'a name is over 255 bytes')
  const label = utf8('subtree/v1\n\0')
  const head = concatBytes(label, Uint8Array.of(name.length), name, uint64(timestamp), Uint8Array.of(log.length), log)
  return concatBytes(head, uint64(0), uint64(size), root)
}

function splitTimestamped(signature: Uint8Array<ArrayBuffer>, signatureSize: number) {
  if (signature.length !== TIMESTAMP_SIZE + signatureSize) return null
  const timestamp = readUint64(signature)
  return Number.isSafeInteger(timestamp) ? { timestamp, signature: signature.slice(TIMESTAMP_SIZE) } : null
}

function uint64(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, BigInt(value))
  return bytes
}

/** Not a safe integer when over 2^53. */
function readUint64(bytes: Uint8Array): number {
  return Number(viewOf(bytes).getBigUint64(0))
}
