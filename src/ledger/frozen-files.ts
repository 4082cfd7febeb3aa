import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { isIntact } from './record.ts'
import { SEGMENT_HEADER_BYTES, Segments } from './segments.ts'
import { leafHash, openCheckpoint, parseCheckpoint, parseNote, parseVkey, sameHash, TreeBuilder } from './tlog/index.ts'
import { WITNESSED_FILE } from './verify-ledger.ts'

/** A file of a ledger as it was when it had a certain number of entries. */
export interface FrozenFile {
  /** Below the ledger's folder. */
  readonly name: string
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/**
 * A ledger's files as they were at `size` entries, whatever is appended meanwhile. Tiles are left out: the entries lead to them.
 *
 * @param note a checkpoint over at most `size` entries
 */
export async function* frozenFiles(dir: string, size: number, note: string): AsyncGenerator<FrozenFile> {
  const segments = await Segments.open(join(dir, 'private'))
  for (const first of segments.firsts.filter((candidate) => candidate <= size)) {
    const next = segments.firsts.find((candidate) => candidate > first)
    const whole = next !== undefined && next <= size
    const sizeBytes = whole ? (await stat(segments.path(first))).size : await endOf(segments, first, size)
    yield {
      name: nameOf(segments, first),
      sizeBytes,
      chunks: createReadStream(segments.path(first), { end: sizeBytes - 1 }),
    }
  }
  for (const name of await succession(dir)) yield await small(dir, join('public', 'succession', name))
  yield await small(dir, join('public', 'vkey'))
  const checkpoint = Buffer.from(note)
  yield { name: 'public/checkpoint', sizeBytes: checkpoint.length, chunks: [checkpoint] }
  const witnessed = await readFile(join(dir, WITNESSED_FILE), 'utf8').catch(() => null)
  if (witnessed !== null && parseCheckpoint(parseNote(witnessed).text).size <= size) {
    const bytes = Buffer.from(witnessed)
    yield { name: WITNESSED_FILE, sizeBytes: bytes.length, chunks: [bytes] }
  }
}

/**
 * Whether files that `frozenFiles` gave hold what they should: every body is the one that was committed to, and the entries lead to the root that the
 * log's key has signed.
 *
 * @throws {AppError} VERIFICATION_FAILED
 */
export async function verifyFrozen(dir: string, vkey: string, size: number): Promise<void> {
  const note = await readFile(join(dir, 'public', 'checkpoint'))
  const checkpoint = await openCheckpoint(note, parseVkey(vkey)).catch((cause: unknown) => {
    throw refuse('its checkpoint is not signed by its key', cause)
  })
  if (checkpoint.size > size) throw refuse(`its checkpoint covers ${checkpoint.size} entries, and it has ${size}`)
  const tree = new TreeBuilder()
  let read = 0
  const compare = (): void => {
    if (read === checkpoint.size && !sameHash(tree.root(), checkpoint.root))
      throw refuse(`its entries do not lead to the signed root of ${checkpoint.size}`)
  }
  compare()
  for await (const page of (await Segments.open(join(dir, 'private'))).pages(0, size)) {
    for (const record of page) {
      if (!isIntact(record)) throw refuse(`the body of entry ${record.position} is not the one that was committed to`)
      tree.append(leafHash(record.commitment), () => undefined)
      read++
      compare()
    }
  }
  if (read !== size) throw refuse(`it should have ${size} entries, and ${read} are there`)
}

function refuse(why: string, cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', `the ledger in the backup does not verify: ${why}`, { cause })
}

function nameOf(segments: Segments, first: number): string {
  return `private/${segments.path(first).split(/[/\\]/).at(-1)}`
}

/** Where the record before `size` ends. */
async function endOf(segments: Segments, first: number, size: number): Promise<number> {
  let end = SEGMENT_HEADER_BYTES
  for await (const page of segments.segmentPages(first))
    for (const record of page) if (record.position < size) end = record.offset + record.sizeBytes
  return end
}

async function succession(dir: string): Promise<string[]> {
  try {
    return (await readdir(join(dir, 'public', 'succession'))).filter((name) => /^[0-9a-f]{8}$/.test(name)).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function small(dir: string, name: string): Promise<FrozenFile> {
  const bytes = await readFile(join(dir, name))
  return { name: name.replaceAll('\\', '/'), sizeBytes: bytes.length, chunks: [bytes] }
}
