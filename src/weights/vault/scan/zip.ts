import type { Probe } from './probe.ts'

const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const ENTRY = 0x02014b50
const END_BYTES = 22
const LOCATOR_BYTES = 20
/** The end has a comment of at most 64 KiB after it. */
const TAIL_BYTES = 64 * 1024 + END_BYTES + LOCATOR_BYTES
const MAX_DIRECTORY_BYTES = 1024 * 1024

export interface ZipEntry {
  readonly name: string
  /** When unpacked; 4 GiB for all that is larger. */
  readonly sizeBytes: number
}

/**
 * What a zip archive holds, as far as its directory's first MiB tells; none where it is damaged.
 *
 * @see APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16
 */
export async function zipEntries(probe: Probe): Promise<ZipEntry[]> {
  const tailStart = Math.max(probe.sizeBytes - TAIL_BYTES, 0)
  const tail = await probe.read(tailStart, TAIL_BYTES)
  const directory = await findDirectory(probe, tail)
  if (directory === null) return []
  return entries(await probe.read(directory.start, Math.min(directory.length, MAX_DIRECTORY_BYTES)))
}

async function findDirectory(probe: Probe, tail: Buffer): Promise<{ start: number; length: number } | null> {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue
    const before = at - LOCATOR_BYTES
    if (before >= 0 && tail.readUInt32LE(before) === LOCATOR_64)
      return await large(probe, tail.readBigUInt64LE(before + 8))
    return { start: tail.readUInt32LE(at + 16), length: tail.readUInt32LE(at + 12) }
  }
  return null
}

/** Archives of more than 4 GiB. */
async function large(probe: Probe, end: bigint): Promise<{ start: number; length: number } | null> {
  if (end >= BigInt(probe.sizeBytes)) return null
  const record = await probe.read(Number(end), 56)
  if (record.length < 56 || record.readUInt32LE(0) !== END_64) return null
  return { length: Number(record.readBigUInt64LE(40)), start: Number(record.readBigUInt64LE(48)) }
}

function entries(directory: Buffer): ZipEntry[] {
  const found: ZipEntry[] = []
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY; ) {
    const length = directory.readUInt16LE(at + 28)
    found.push({
      name: directory.toString('utf8', at + 46, at + 46 + length),
      sizeBytes: directory.readUInt32LE(at + 24),
    })
    at += 46 + length + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return found
}
