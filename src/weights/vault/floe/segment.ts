import { createCipheriv, createDecipheriv } from 'node:crypto'
import { AEAD_IV_BYTES, AEAD_TAG_BYTES, SEGMENT_OVERHEAD_BYTES } from './params.ts'

const CIPHER = 'aes-256-gcm'
const NOT_FINAL = 0xffff_ffff
const BODY_AT = 4 + AEAD_IV_BYTES

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

/**
 * `encryptSegment` or `decryptSegment` for each. What does not authenticate never reaches `plain`.
 *
 * @returns the first position that does not authenticate; null when all is well
 */
export function runSegmentJob({
  kind,
  key,
  segmentBytes,
  first,
  count,
  hasFinal,
  plain,
  sealed,
}: SegmentJob): number | null {
  const perSegment = segmentBytes - SEGMENT_OVERHEAD_BYTES
  for (let i = 0; i < count; i++) {
    const isFinal = hasFinal && i === count - 1
    const plaintext = plain.subarray(i * perSegment, isFinal ? plain.length : (i + 1) * perSegment)
    const segment = sealed.subarray(i * segmentBytes, isFinal ? sealed.length : (i + 1) * segmentBytes)
    if (kind === 'seal') sealSegment(key, first + i, isFinal, plaintext, segment)
    else if (!openSegment(key, first + i, isFinal, segment, plaintext)) return first + i
  }
  return null
}

function sealSegment(
  key: Uint8Array,
  position: number,
  isFinal: boolean,
  plaintext: Uint8Array,
  segment: Uint8Array,
): void {
  const out = bufferOf(segment)
  out.writeUInt32BE(isFinal ? out.length : NOT_FINAL, 0)
  const cipher = createCipheriv(CIPHER, key, out.subarray(4, BODY_AT), { authTagLength: AEAD_TAG_BYTES })
  cipher.setAAD(associatedData(position, isFinal))
  const body = cipher.update(plaintext)
  cipher.final()
  out.set(body, BODY_AT)
  release(body)
  out.set(cipher.getAuthTag(), out.length - AEAD_TAG_BYTES)
}

function openSegment(
  key: Uint8Array,
  position: number,
  isFinal: boolean,
  segment: Uint8Array,
  plaintext: Uint8Array,
): boolean {
  const bytes = bufferOf(segment)
  if (bytes.readUInt32BE(0) !== (isFinal ? bytes.length : NOT_FINAL)) return false
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(4, BODY_AT), { authTagLength: AEAD_TAG_BYTES })
  decipher.setAAD(associatedData(position, isFinal)).setAuthTag(bytes.subarray(-AEAD_TAG_BYTES))
  const opened = decipher.update(bytes.subarray(BODY_AT, -AEAD_TAG_BYTES))
  try {
    decipher.final()
  } catch {
    release(opened.fill(0))
    return false
  }
  plaintext.set(opened)
  release(opened.fill(0))
  return true
}

/** Gives memory back at once: a cipher allocates what it returns, and the garbage collector lets a hundred megabytes of that pile up first. */
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
