import { crc32 } from 'node:zlib'
import { AppError } from '../base/errors.ts'
import { COMMITMENT_DOMAIN, commitment, SALT_SIZE, sameHash, sha256 } from './tlog/index.ts'

/*
 * A record in a private segment file, integers big-endian:
 *
 *    0  4   state: "LIVE", or "GONE" once body and salt are erased
 *    4  4   CRC-32 of bytes 8 to 59
 *    8  4   length of the body
 *   12  8   position
 *   20  8   time of recording, milliseconds since 1970
 *   28  32  commitment: the entry in the public log
 *   60  32  salt
 *   92  …   body: RFC 8785 canonical JSON
 *
 * State stands outside the checksum so that erasing changes four bytes first. Body and salt need no checksum: the
 * commitment is one.
 */
const LIVE = 0x4c495645
const GONE = 0x474f4e45
const CRC_AT = 4
const LENGTH_AT = 8
const POSITION_AT = 12
const TIME_AT = 20
const COMMITMENT_AT = 28
export const SALT_AT = 60
export const BODY_AT = SALT_AT + SALT_SIZE
/** Largest body in bytes. */
export const MAX_BODY_BYTES = 32 * 1024
export const MAX_RECORD_BYTES = BODY_AT + MAX_BODY_BYTES

export const GONE_BYTES: Buffer = Buffer.from('GONE')

/** What is kept of an entry. */
export interface LedgerRecord {
  readonly position: number
  /** Milliseconds since the Unix epoch, by the writer's clock; not under the commitment. */
  readonly timeMs: number
  readonly commitment: Buffer
  readonly erased: boolean
  readonly salt: Buffer
  readonly body: Buffer
}

/** A record as it lies in a file; buffers are views. */
export interface StoredRecord extends LedgerRecord {
  /** Where it begins in its segment file, and how long it is. */
  readonly offset: number
  readonly sizeBytes: number
}

/** What a ledger keeps apart from the public files: bodies and salts, by position. */
export interface Records {
  /** The record at `position`, or null. Its buffers are the caller's own. */
  read(position: number): Promise<LedgerRecord | null>
  /** Pages of records from `from` up to `end`, in order; stops at the first that is not there. */
  pages(from: number, end: number): AsyncGenerator<LedgerRecord[]>
  /** The newest record below `size` whose event has this id. */
  find(eventId: string, size: number): Promise<LedgerRecord | null>
}

/** Whether the record is what the public log committed to; an erased one can't be asked. */
export function isIntact(record: LedgerRecord): boolean {
  return record.erased || sameHash(commitment(record.salt, record.body), record.commitment)
}

/**
 * Writes a record into `buffer` at `at`, which must have room for MAX_RECORD_BYTES.
 *
 * @returns its size in bytes and the commitment.
 * @throws {AppError} INTERNAL when the body is over 32 KiB: events hold metadata, so that is a defect of the caller.
 */
export function encodeRecord(
  buffer: Buffer,
  at: number,
  record: { position: number; timeMs: number; salt: Uint8Array; body: string },
): { sizeBytes: number; commitment: Uint8Array } {
  const length = record.body.length > MAX_BODY_BYTES ? -1 : buffer.write(record.body, at + BODY_AT)
  if (length < 0 || length > MAX_BODY_BYTES) throw new AppError('INTERNAL', 'a ledger event is larger than 32 KiB')
  buffer.set(record.salt, at + SALT_AT)
  // The hash wants domain, salt and body side by side: the domain stands for a moment where the header's end comes.
  buffer.set(COMMITMENT_DOMAIN, at + SALT_AT - COMMITMENT_DOMAIN.length)
  const end = at + BODY_AT + length
  const hash = sha256(buffer.subarray(at + SALT_AT - COMMITMENT_DOMAIN.length, end))
  buffer.writeUInt32BE(LIVE, at)
  buffer.writeUInt32BE(length, at + LENGTH_AT)
  writeUint64(buffer, record.position, at + POSITION_AT)
  writeUint64(buffer, record.timeMs, at + TIME_AT)
  buffer.set(hash, at + COMMITMENT_AT)
  buffer.writeUInt32BE(crc32(buffer.subarray(at + LENGTH_AT, at + SALT_AT)), at + CRC_AT)
  return { sizeBytes: end - at, commitment: hash }
}

/**
 * Reads the record at `at`.
 *
 * @param offset Where `buffer` begins in its file.
 * @returns null when no whole record with a valid header stands there.
 */
export function decodeRecord(buffer: Buffer, at: number, offset: number): StoredRecord | null {
  if (at + BODY_AT > buffer.length) return null
  const state = buffer.readUInt32BE(at)
  const length = buffer.readUInt32BE(at + LENGTH_AT)
  const end = at + BODY_AT + length
  if ((state !== LIVE && state !== GONE) || length > MAX_BODY_BYTES || end > buffer.length) return null
  if (crc32(buffer.subarray(at + LENGTH_AT, at + SALT_AT)) !== buffer.readUInt32BE(at + CRC_AT)) return null
  return {
    position: readUint64(buffer, at + POSITION_AT),
    timeMs: readUint64(buffer, at + TIME_AT),
    commitment: buffer.subarray(at + COMMITMENT_AT, at + SALT_AT),
    erased: state === GONE,
    salt: buffer.subarray(at + SALT_AT, at + BODY_AT),
    body: buffer.subarray(at + BODY_AT, end),
    offset: offset + at,
    sizeBytes: end - at,
  }
}

export function writeUint64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32BE(Math.floor(value / 2 ** 32), at)
  buffer.writeUInt32BE(value % 2 ** 32, at + 4)
}

export function readUint64(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4)
}
