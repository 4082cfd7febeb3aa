import { crc32 } from 'node:zlib'
import { AppError } from '../../base/errors.ts'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
/** 2.0, the version in which folders came. */
const VERSION = 20
/** Names are UTF-8. */
const UTF8 = 1 << 11
/** The first day that the format knows: the same files are the same bytes, whenever they were packed. */
const DAY = (1 << 5) | 1
const MOST_FILES = 65_535
const MOST_BYTES = 512 * 1024 * 1024

/** A file of a bundle: a path of plain letters, with `/`. */
export interface BundleFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Packs files as they come, stored and not squeezed: one list of files is one sequence of bytes. @see PKWARE APPNOTE 6.3, 4.3 */
export function writeZip(files: readonly BundleFile[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { path, bytes } of files) {
    const name = Buffer.from(path)
    const fields = commonFields(name, bytes)
    const local = Buffer.concat([uint32(LOCAL), fields, name])
    directory.push(Buffer.concat([uint32(CENTRAL), uint16(VERSION), fields, Buffer.alloc(10), uint32(at), name]))
    parts.push(local, Buffer.from(bytes))
    at += local.length + bytes.length
  }
  const length = directory.reduce((sum, one) => sum + one.length, 0)
  const end = [
    uint32(END),
    uint32(0),
    uint16(files.length),
    uint16(files.length),
    uint32(length),
    uint32(at),
    uint16(0),
  ]
  return Buffer.concat([...parts, ...directory, ...end])
}

/**
 * Reads what `writeZip` wrote, and nothing else: other bytes that would unpack to the same files are refused, so that no byte of a bundle can be
 * another without being noticed. Hostile input.
 *
 * @throws {AppError} VERIFICATION_FAILED
 */
export function readZip(zip: Buffer): BundleFile[] {
  if (zip.length > MOST_BYTES) throw notOurs('is larger than 512 MiB')
  const files: BundleFile[] = []
  let at = 0
  while (at + LOCAL_BYTES <= zip.length && zip.readUInt32LE(at) === LOCAL) {
    const [size, nameLength] = [zip.readUInt32LE(at + 22), zip.readUInt16LE(at + 26)]
    const from = at + LOCAL_BYTES + nameLength
    if (from + size > zip.length || files.length === MOST_FILES) throw notOurs('is damaged, or was cut off')
    files.push({ path: zip.toString('utf8', at + LOCAL_BYTES, from), bytes: zip.subarray(from, from + size) })
    at = from + size
  }
  if (at + CENTRAL_BYTES + END_BYTES > zip.length || !writeZip(files).equals(zip))
    throw notOurs('is not a bundle as it was made: a byte of its packing is another, or it was packed anew')
  const paths = new Set(files.map(({ path }) => path))
  if (paths.size < files.length) throw notOurs('holds a file twice')
  return files
}

/** What stands alike beside a file and in the directory. */
function commonFields(name: Buffer, bytes: Uint8Array): Buffer {
  const sizes = [uint32(crc32(bytes)), uint32(bytes.length), uint32(bytes.length)]
  const times = [uint16(0), uint16(DAY)]
  return Buffer.concat([uint16(VERSION), uint16(UTF8), uint16(0), ...times, ...sizes, uint16(name.length), uint16(0)])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function notOurs(why: string): AppError {
  return new AppError('VERIFICATION_FAILED', `the file ${why}`)
}
