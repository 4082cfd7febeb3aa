import { createHash, type Hash } from 'node:crypto'
import { z } from 'zod'
import { chunksOf } from '../../base/chunks.ts'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { linesOf } from '../../base/lines.ts'
import { put, type RecordKind } from '../../journal/index.ts'
import { type Actor, canonicalJson } from '../../ledger/index.ts'
import { DAY_MS, type RecordsContext } from './context.ts'
import { FORMS, type ReadHead } from './forms/index.ts'
import { KINDS, PREFIXES, sha256 } from './kinds.ts'
import { sealRow } from './rows.ts'
import type { Recorded, ResultKind } from './schema.ts'
import * as store from './store.ts'

const MAX_HEAD_BYTES = 8 * 1024 * 1024
const MAX_ROW_BYTES = 1024 * 1024
export const MAX_ROWS = 1_000_000
const ROWS_AT_ONCE = 200
const CHARS_AT_ONCE = 2 * 1024 * 1024

const Known = z.object({ digest: z.string(), record: z.string(), at: z.iso.datetime() })
type Known = z.infer<typeof Known>

/** Which result these bytes are, so that the same don't come twice. */
const KNOWN: RecordKind<Known> = {
  kind: 'digest',
  schema: Known,
  columns: ({ digest, record, at }) => ({ id: digest, about: record, at }),
}

/**
 * Takes a result in: a line with its head, then its rows. All of it is kept, or nothing.
 *
 * @param body hostile; read as it comes
 * @throws {AppError} REQUEST_INVALID by its line, or for figures that don't come of their rows; NOT_FOUND for a checkpoint that nobody
 *   recorded; LEDGER_UNAVAILABLE: it is kept once the ledger records again
 */
export async function receive(
  context: RecordsContext,
  kind: ResultKind,
  body: ReadableStream<Uint8Array> | null,
  by: Actor,
): Promise<Recorded> {
  if (body === null) throw new AppError('REQUEST_INVALID', 'send the head and the rows as the body, one a line')
  const id = context.ids.next(PREFIXES[kind])
  await store.beginUpload(context.db.db, id, new Date(context.clock.now()))
  let read: Read
  try {
    read = await readBody(context, kind, id, body)
  } catch (error) {
    await store.dropUpload(context.db.db, id).catch(() => {}) // it goes with those that nobody claims
    throw error
  }
  return await claim(context, kind, id, read, by)
}

interface Read {
  readonly head: ReadHead
  readonly digest: string
  readonly rows: number
}

async function readBody(
  context: RecordsContext,
  kind: ResultKind,
  id: string,
  body: ReadableStream<Uint8Array>,
): Promise<Read> {
  const digests = { all: createHash('sha256'), rest: createHash('sha256') }
  const lines = linesOf(hashed(chunksOf(body), digests), (line) => (line === 1 ? MAX_HEAD_BYTES : MAX_ROW_BYTES))
  let head: ReadHead | null = null
  let rows = 0
  let batch: store.RowInStore[] = []
  let chars = 0
  const flush = async () => {
    if (batch.length > 0) await store.addRows(context.db.db, batch)
    batch = []
    chars = 0
  }
  for await (const { number, text, fault } of lines) {
    if (fault !== undefined) throw new AppError('REQUEST_INVALID', `line ${number} is ${fault}`)
    if (text === '') continue
    const value = parse(text, number)
    if (head === null) {
      head = FORMS[kind].read(value)
      const { checkpoint } = head.about
      if (checkpoint !== null && !(await context.knowsCheckpoint(checkpoint)))
        throw new AppError(
          'NOT_FOUND',
          'the checkpoint that it names is not recorded: record it first, or leave it out',
        )
      continue
    }
    const foundBy = head.rows.row(value, number)
    if (foundBy === null) continue
    if (rows >= MAX_ROWS) throw new AppError('REQUEST_INVALID', `more than ${MAX_ROWS} rows`)
    batch.push(sealRow(context, { uploadId: id, position: rows, text }, foundBy))
    rows += 1
    chars += text.length
    if (batch.length >= ROWS_AT_ONCE || chars >= CHARS_AT_ONCE) await flush()
  }
  if (head === null) throw new AppError('REQUEST_INVALID', 'there is no head: its line comes first')
  await flush()
  head.rows.end()
  if (head.rowsDigest !== null && digests.rest.digest('hex') !== head.rowsDigest)
    throw new AppError(
      'REQUEST_INVALID',
      'the rows are not those that the head was made of: their digest is another one',
    )
  return { head, digest: digests.all.digest('hex'), rows }
}

async function claim(
  context: RecordsContext,
  kind: ResultKind,
  id: string,
  { head, digest, rows }: Read,
  by: Actor,
): Promise<Recorded> {
  const { journal, clock, config } = context
  const { checkpoint, fixture, madeAt } = head.about
  return await journal.make(by, async (db) => {
    const known = await store.records.find(db, KNOWN, digest)
    if (known !== null) {
      const result = { id: known.record, kind, digest, rows, fixture, known: true }
      return { events: [], drops: [id], result }
    }
    const at = clock.now()
    const kept = head.kept({
      ...{ id, digest, headDigest: sha256(canonicalJson(head.head)), checkpoint, fixture, rows },
      ...{ madeAt: madeAt ?? iso(at), recordedAt: iso(at), recordedBy: by.id, erased: null },
      eraseAt: rows === 0 ? null : iso(at + config.retentionDays * DAY_MS),
    })
    const event = {
      kind: `refusal.${kind}_recorded`,
      subject: { type: `refusal_${kind}`, id },
      data: { digest, head: kept.headDigest, checkpoint, fixture, rows },
    }
    const puts = [put(KINDS[kind], kept), put(KNOWN, { digest, record: id, at: iso(at) })]
    const result = { id, kind, digest, rows, fixture, known: false }
    return { events: [event], puts, claims: [id], result }
  })
}

/** Digests of all that passes, and of what comes after the first line. */
async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  { all, rest }: { readonly all: Hash; readonly rest: Hash },
): AsyncGenerator<Uint8Array, void, undefined> {
  let isHead = true
  for await (const chunk of chunks) {
    all.update(chunk)
    if (!isHead) rest.update(chunk)
    else {
      const end = chunk.indexOf(0x0a)
      if (end >= 0) {
        isHead = false
        rest.update(chunk.subarray(end + 1))
      }
    }
    yield chunk
  }
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words quote what it read.
    throw new AppError('REQUEST_INVALID', `line ${line} is no JSON`)
  }
}
