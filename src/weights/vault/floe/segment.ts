import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { AEAD_IV_BYTES, AEAD_TAG_BYTES, SEGMENT_OVERHEAD_BYTES } from './params.ts'

const CIPHER = 'aes-256-gcm'
const NOT_FINAL = 0xffff_ffff
const BODY_AT = 4 + AEAD_IV_BYTES
/** A cipher allocates what it returns: this much stays in the nearest caches, and is handed out again without asking the system. */
const SLICE_BYTES = 64 * 1024

/** Segments that follow each other, and the memory that they are in, plain and sealed: full segments, but for the last one of a ciphertext. */
export interface SegmentJob {
  readonly kind: 'seal' | 'open'
  /** Derived for these positions; 32 bytes. */
  readonly key: Uint8Array
  readonly segmentBytes: number
  /** Position of the first. */
  readonly first: number
  readonly count: number
  /** Whether the last of them is the ciphertext's last. */
  readonly hasFinal: boolean
  /** Exactly their plaintext. */
  readonly plain: Uint8Array
  /** Exactly their sealed bytes; to be sealed, each has its random IV at byte 4 already. */
  readonly sealed: Uint8Array
}

/** What takes note of plaintext, in order. */
export interface PlainSink {
  update(plain: Uint8Array): unknown
}

/**
 * `encryptSegment` or `decryptSegment` for each.
 *
 * @param sink is shown what is sealed, slice by slice, while it is in the nearest caches anyway
 * @returns the first position that does not authenticate, with nothing of it or what follows in `plain`; null when all is well
 */
export function runSegmentJob(job: SegmentJob, sink?: PlainSink): number | null {
  const { kind, segmentBytes, first, count, hasFinal, plain, sealed } = job
  const key = createSecretKey(job.key)
  const perSegment = segmentBytes - SEGMENT_OVERHEAD_BYTES
  for (let i = 0; i < count; i++) {
    const isFinal = hasFinal && i === count - 1
    const plaintext = plain.subarray(i * perSegment, isFinal ? plain.length : (i + 1) * perSegment)
    const segment = bufferOf(sealed.subarray(i * segmentBytes, isFinal ? sealed.length : (i + 1) * segmentBytes))
    if (kind === 'seal') sealSegment({ key, position: first + i, isFinal }, plaintext, segment, sink)
    else if (!openSegment({ key, position: first + i, isFinal }, segment, plaintext)) return first + i
  }
  return null
}

interface SegmentPlace {
  readonly key: KeyObject
  readonly position: number
  readonly isFinal: boolean
}

function sealSegment({ key, position, isFinal }: SegmentPlace, plain: Uint8Array, out: Buffer, sink?: PlainSink): void {
  out.writeUInt32BE(isFinal ? out.length : NOT_FINAL, 0)
  const cipher = createCipheriv(CIPHER, key, out.subarray(4, BODY_AT), { authTagLength: AEAD_TAG_BYTES })
  cipher.setAAD(associatedData(position, isFinal))
  convert(cipher, plain, out.subarray(BODY_AT), sink)
  cipher.final()
  out.set(cipher.getAuthTag(), out.length - AEAD_TAG_BYTES)
}

function openSegment({ key, position, isFinal }: SegmentPlace, bytes: Buffer, out: Uint8Array): boolean {
  if (bytes.readUInt32BE(0) !== (isFinal ? bytes.length : NOT_FINAL)) return false
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(4, BODY_AT), { authTagLength: AEAD_TAG_BYTES })
  decipher.setAAD(associatedData(position, isFinal)).setAuthTag(bytes.subarray(-AEAD_TAG_BYTES))
  convert(decipher, bytes.subarray(BODY_AT, -AEAD_TAG_BYTES), out)
  try {
    decipher.final()
    return true
  } catch {
    out.fill(0) // nobody has seen it: the job is not done
    return false
  }
}

function convert(
  cipher: { update(bytes: Uint8Array): Buffer },
  from: Uint8Array,
  to: Uint8Array,
  sink?: PlainSink,
): void {
  for (let at = 0; at < from.length; at += SLICE_BYTES) {
    const slice = from.subarray(at, at + SLICE_BYTES)
    sink?.update(slice)
    const converted = cipher.update(slice)
    to.set(converted, at)
    release(converted)
  }
}

/** Gives memory back at once: the garbage collector would let a hundred megabytes of it pile up first. */
function release({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

function associatedData(position: number, isFinal: boolean): Buffer {
  const out = Buffer.alloc(9)
  out.writeBigUInt64BE(BigInt(position))
  out[8] = isFinal ? 1 : 0
  return out
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
