import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../../base/errors.ts'
import { batchesOfLines } from '../../../../base/lines.ts'
import { type Activity, Fault, MAX_LINE_BYTES, Reorder, readActivityLine } from '../../index.ts'
import { FORMAT, Manifest } from '../folder.ts'
import { Truth } from '../truth.ts'

const ACTIVITY_FILE = /^activity-\d{4}-\d{2}-\d{2}\.jsonl$/
const BUFFER_BYTES = 1 << 20
const MAX_TRUTH_BYTES = 1 << 30
/** Lines lie in the file of their day: what is out of order by more is no disorder but a fault. */
const WINDOW_MS = 24 * 3_600_000

/** What a folder holds besides its activities. */
export interface Folder {
  readonly dir: string
  readonly manifest: Manifest
  readonly truths: readonly Truth[]
  /** In the order of their days. */
  readonly files: readonly string[]
  readonly sizeBytes: number
}

/** @throws {AppError} REQUEST_INVALID, saying what is missing or wrong: a folder of `insider simulate`, or one like it, is owed */
export function openFolder(dir: string): Folder {
  const manifest = readManifest(dir)
  const files = readdirSync(dir)
    .filter((name) => ACTIVITY_FILE.test(name))
    .sort()
  if (files.length === 0) throw invalid(dir, 'there is no activity-YYYY-MM-DD.jsonl in it')
  const sizeBytes = files.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
  return { dir, manifest, truths: readTruths(dir), files, sizeBytes }
}

function readManifest(dir: string): Manifest {
  const path = join(dir, 'manifest.json')
  if (!existsSync(path)) throw invalid(dir, 'there is no manifest.json in it')
  const found = Manifest.safeParse(parsed(readFileSync(path, 'utf8')))
  if (found.success) return found.data
  throw invalid(dir, `manifest.json: ${found.error.issues[0]?.path.join('.') ?? ''} is not as ${FORMAT} says`)
}

function readTruths(dir: string): Truth[] {
  const path = join(dir, 'truth.jsonl')
  if (!existsSync(path)) throw invalid(dir, 'there is no truth.jsonl in it')
  if (statSync(path).size > MAX_TRUTH_BYTES) throw invalid(dir, 'truth.jsonl is larger than 1 GiB')
  const lines = readFileSync(path, 'utf8').split('\n')
  const truths = lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    const truth = Truth.safeParse(parsed(line))
    if (truth.success && truth.data.endsMs >= truth.data.startsMs) return [truth.data]
    throw invalid(dir, `truth.jsonl: line ${index + 1} is no campaign`)
  })
  const ids = new Set(truths.map(({ id }) => id))
  if (ids.size < truths.length) throw invalid(dir, 'truth.jsonl: two campaigns have the same id')
  return truths
}

/** How a folder was read. */
export interface Reading {
  /** Lines that are no activity. */
  malformed: number
  duplicates: number
  /** Out of order by more than a day. */
  late: number
  lines: number
}

/**
 * All activities of a folder, each once, in the order of time; what is wrong with the lines is counted in `reading`.
 * @param onBytes told how many bytes were read so far
 */
export async function* activitiesOf(
  { dir, files }: Folder,
  reading: Reading,
  onBytes: (done: number) => void = () => {},
): AsyncGenerator<readonly Activity[]> {
  const reorder = new Reorder({ windowMs: WINDOW_MS })
  let done = 0
  for (const name of files) {
    const stream = createReadStream(join(dir, name), { highWaterMark: BUFFER_BYTES })
    stream.on('data', (chunk) => {
      done += chunk.length
      onBytes(done)
    })
    for await (const lines of batchesOfLines(stream, MAX_LINE_BYTES)) {
      const ready: Activity[] = []
      for (const { text } of lines) {
        if (text === '') continue
        reading.lines++
        const activity = text === undefined ? null : readActivityLine(text)
        if (activity === null || activity instanceof Fault) reading.malformed++
        else for (const next of reorder.add(activity)) ready.push(next)
      }
      if (ready.length > 0) yield ready
    }
  }
  yield reorder.end()
  reading.duplicates = reorder.refused.duplicates
  reading.late = reorder.refused.late
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function invalid(dir: string, says: string): AppError {
  return new AppError('REQUEST_INVALID', `${dir} is no folder of activities with their truth: ${says}`)
}
