import { sql } from 'kysely'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import {
  commitment,
  HASH_SIZE,
  leafHash,
  openCheckpoint,
  parseVkey,
  sameHash,
  TlogError,
  TreeBuilder,
} from '../ledger/index.ts'
import { collect, eachFile } from './files.ts'
import type { Manifest } from './manifest.ts'

const MAX_ROWS_BYTES = 512 * 1024 * 1024

const Bytes = z
  .string()
  .regex(/^\\x(?:[0-9a-f]{2})*$/)
  .transform((hex) => Buffer.from(hex.slice(2), 'hex'))
const Commitment = Bytes.refine((bytes) => bytes.length === HASH_SIZE)
const Row = z.int().nonnegative()
const PlacedRow = z.object({ position: Row, record: Row, commitment: Commitment })
const WaitingRow = z.object({ record: Row, commitment: Commitment })
const RecordRow = z.object({ id: Row, salt: Bytes.nullable(), body: Bytes.nullable() })

/**
 * How far a shared ledger is at the instant that `tx` sees: other replicas go on recording meanwhile, and what they have published since is of rows
 * that are not in it.
 */
export async function sharedHead(tx: Db): Promise<{ size: number; note: string }> {
  const { rows } = await sql<{ size: string; note: string | null }>`select size, note from ledger_head`.execute(tx)
  const [head] = rows
  if (head?.note == null) throw new AppError('LEDGER_UNAVAILABLE', 'the ledger has no checkpoint yet: try again')
  return { size: Number(head.size), note: head.note }
}

/**
 * Holds the rows of a shared ledger in a backup against its signed root, and every body against what was committed to.
 *
 * @throws {AppError} VERIFICATION_FAILED
 */
export async function verifyShared(path: string, manifest: Manifest): Promise<void> {
  const { size, checkpoint: note, vkey } = manifest.ledger
  const placed: Buffer[] = []
  const committed = new Map<number, Buffer>()
  await eachRow(path, manifest, 'ledger_entry', PlacedRow, (row) => {
    if (row.position >= size || placed[row.position] !== undefined || committed.has(row.record))
      throw refuse(`entry ${row.position} stands in it twice, or after its end`)
    placed[row.position] = row.commitment
    committed.set(row.record, row.commitment)
  })
  await eachRow(path, manifest, 'ledger_outbox', WaitingRow, ({ record, commitment: made }) => {
    committed.set(record, made)
  })
  const checkpoint = await openCheckpoint(note, parseVkey(vkey)).catch((cause: unknown) => {
    if (cause instanceof TlogError) throw refuse('its checkpoint is not signed by its key', cause)
    throw cause
  })
  if (checkpoint.size > size) throw refuse(`its checkpoint covers ${checkpoint.size} entries, and it has ${size}`)
  const tree = new TreeBuilder()
  for (let at = 0; at < size; at++) {
    const one = placed[at]
    if (one === undefined) throw refuse(`entry ${at} is missing`)
    if (at < checkpoint.size) tree.append(leafHash(one), () => undefined)
  }
  if (!sameHash(tree.root(), checkpoint.root))
    throw refuse(`its entries do not lead to the signed root of ${checkpoint.size}`)
  await eachRow(path, manifest, 'ledger_record', RecordRow, ({ id, salt, body }) => {
    const expected = committed.get(id)
    if (expected === undefined) throw refuse(`record ${id} has no place, and waits for none`)
    committed.delete(id)
    if (salt !== null && body !== null && !sameHash(commitment(salt, body), expected))
      throw refuse(`the body of record ${id} is not the one that was committed to`)
  })
  if (committed.size > 0) throw refuse(`${committed.size} entries are without a record`)
}

async function eachRow<T>(
  path: string,
  manifest: Manifest,
  table: string,
  schema: z.ZodType<T>,
  work: (row: T) => void,
): Promise<void> {
  await eachFile(path, manifest, `db/${table}/`, async (entry) => {
    const text = (await collect(entry, MAX_ROWS_BYTES)).toString('utf8')
    for (const line of text.split('\n')) if (line !== '') work(parseRow(schema, line))
  })
}

function parseRow<T>(schema: z.ZodType<T>, line: string): T {
  try {
    return schema.parse(JSON.parse(line))
  } catch (cause) {
    throw refuse('a row of it can’t be read', cause)
  }
}

function refuse(why: string, cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', `the ledger in the backup does not verify: ${why}`, { cause })
}
