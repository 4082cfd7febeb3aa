import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import { linesOf } from '../../../base/lines.ts'
import type { LogFormat } from '../schema.ts'
import { InspectReader } from './inspect.ts'
import { jsonMembers } from './json-members.ts'
import { Collector, type ImportOptions, invalid, type ParsedLog, parseLoose } from './parsed-log.ts'
import { everReader, plainReader, type RowReader } from './rows.ts'
import { ZipFile } from './zip.ts'

const CHUNK_BYTES = 256 * 1024
const SNIFF_BYTES = 1024 * 1024
const MAX_LINE_BYTES = 64 * 1024 * 1024
/** How long other work may wait for this. */
const TURN_MS = 20

/**
 * Reads a file of results, whatever format it has: an Inspect log (JSON, or `.eval`), instance records of Every Eval Ever, or lines of JSON.
 * One pass in bounded memory; whatever keeps the results from being believed is flagged, and what can't be read is refused.
 *
 * @throws {AppError} REQUEST_INVALID
 */
export async function importLog(path: string, options: ImportOptions): Promise<ParsedLog> {
  const format = await sniff(path)
  const into = new Collector()
  if (format === 'inspect-eval') {
    await readEval(path, new InspectReader(into, options), into)
    return into.end(format, await digestOf(path))
  }
  const hash = createHash('sha256')
  const chunks = hashed(path, hash)
  if (format === 'inspect-json') await readJson(chunks, new InspectReader(into, options))
  else await readLines(chunks, format === 'jsonl' ? plainReader(into, options) : everReader(into, options))
  return into.end(format, hash.digest('hex'))
}

/** By what is in it, never by its name. */
async function sniff(path: string): Promise<LogFormat> {
  await using file = await open(path)
  const { bytesRead, buffer } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
  const head = buffer.subarray(0, bytesRead)
  if (head.length >= 4 && head.readUInt32LE(0) === 0x04034b50) return 'inspect-eval'
  const newline = head.indexOf(0x0a)
  const line = head.toString('utf8', 0, newline < 0 ? head.length : newline).trim()
  let first: unknown = null
  try {
    first = JSON.parse(line)
  } catch {
    // Not a line of its own: one object over many lines.
  }
  const keys = typeof first === 'object' && first !== null ? Object.keys(first) : []
  if (keys.includes('evaluation_results')) throw invalid(AGGREGATES)
  if (keys.includes('sample_id') && keys.includes('evaluation_id')) return 'every-eval-ever'
  if (keys.includes('task') || keys.includes('header')) return 'jsonl'
  if (keys.length > 0 && !keys.includes('eval')) throw invalid('has none of the formats that are known here')
  return 'inspect-json'
}

const AGGREGATES =
  'has results without their samples: import the file of instances that belongs to it (detailed_evaluation_results), since a verdict rests on single tries'

async function readJson(chunks: AsyncIterable<Uint8Array>, reader: InspectReader): Promise<void> {
  const header: Record<string, unknown> = {}
  const turns = new Turns()
  for await (const { key, element, text } of jsonMembers(chunks, new Set(['samples']), new Set(['reductions']))) {
    if (key === 'samples' && element) reader.sample(text)
    else if (HEADER_KEYS.has(key)) header[key] = parseLoose(text)
    else if (key === 'evaluation_results') throw invalid(AGGREGATES)
    await turns.next()
  }
  reader.header(header)
}

const HEADER_KEYS = new Set(['version', 'status', 'eval', 'results', 'stats', 'invalidated', 'log_updates'])

async function readEval(path: string, reader: InspectReader, into: Collector): Promise<void> {
  await using zip = await ZipFile.open(path)
  const turns = new Turns()
  // A log that was appended to holds an entry twice: the later one counts, as it does for Inspect.
  const latest = new Map(zip.entries.map((entry) => [entry.name, entry]))
  if (latest.size < zip.entries.length) into.flag('edited', 'parts of the log were written again after the run')
  for (const entry of latest.values()) {
    if (!entry.name.startsWith('samples/') || !entry.name.endsWith('.json')) continue
    reader.sample((await zip.read(entry)).toString('utf8'))
    await turns.next()
  }
  const header = latest.get('header.json')
  const start = latest.get('_journal/start.json')
  const found = header ?? start
  if (found === undefined) throw invalid('is a zip file, but no log of Inspect’s')
  const value = parseLoose((await zip.read(found)).toString('utf8'))
  // Without a header the run never ended.
  reader.header(header === undefined && typeof value === 'object' ? { ...value, status: 'started' } : value)
}

async function readLines(chunks: AsyncIterable<Uint8Array>, reader: RowReader): Promise<void> {
  const turns = new Turns()
  for await (const { number, text, fault } of linesOf(chunks, MAX_LINE_BYTES)) {
    if (fault === 'too long') throw invalid('has a line of more than 64 MiB')
    if (fault !== undefined) throw invalid(`is ${fault}`)
    if (text.trim() !== '') reader.row(parseLoose(text), number)
    await turns.next()
  }
  reader.end()
}

async function* hashed(path: string, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    hash.update(chunk)
    yield chunk
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const _ of hashed(path, hash)) {
    // read for its digest
  }
  return hash.digest('hex')
}

/** Lets requests through while a large file is read. */
class Turns {
  #until = performance.now() + TURN_MS

  async next(): Promise<void> {
    if (performance.now() < this.#until) return
    await breathe()
    this.#until = performance.now() + TURN_MS
  }
}
