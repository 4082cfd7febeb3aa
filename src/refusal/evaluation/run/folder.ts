import { createHash } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceDurably } from '../../../base/durable-file.ts'
import { codeOf } from '../../../base/error-code.ts'
import { AppError } from '../../../base/errors.ts'
import { EvaluationReport, EvaluationRow } from '../schema.ts'

const RUN_FORMAT = 'safelevel-refusal-run-1'
const Run = z.strictObject({ format: z.literal(RUN_FORMAT), beganAt: z.iso.datetime(), settings: z.hash('sha256') })
const PRIVATE_MODE = 0o600
/** What still fits into one string. */
const MAX_ROWS_BYTES = 500 * 1024 * 1024

/** What a folder of results holds, by name; rows hold what was asked and said, so they are for their owner's eyes. */
export const REPORT_FILE = 'report.json'
export const ROWS_FILE = 'rows.jsonl'
export const PAGE_FILE = 'report.html'

/**
 * Begins a run in a folder, or goes on with it.
 *
 * @param settings all that the answers depend on
 * @returns when it began, ISO time
 * @throws {AppError} CONFLICT for a folder that another run was begun in
 */
export async function beginRun(folder: string, settings: object, now: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'run.json')
  const digest = sha256(JSON.stringify(settings))
  const begun = await readRun(path)
  if (begun === null) {
    const run = { format: RUN_FORMAT, beganAt: now, settings: digest }
    await replaceDurably(path, `${JSON.stringify(run)}\n`, PRIVATE_MODE)
    return now
  }
  if (begun.settings === digest) return begun.beganAt
  throw new AppError('CONFLICT', `${folder} holds a run with other settings: name another --out`)
}

async function readRun(path: string): Promise<z.infer<typeof Run> | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
  try {
    return Run.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('CONFLICT', `${path} is none of a run of this`, { cause })
  }
}

/** Writes the rows; what the report says of them. */
export async function writeRows(folder: string, rows: readonly EvaluationRow[]): Promise<EvaluationReport['rows']> {
  const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await replaceDurably(join(folder, ROWS_FILE), bytes, PRIVATE_MODE)
  return { digest: sha256(bytes), count: rows.length, sizeBytes: bytes.length }
}

/** Writes the report, and the page that shows it, in place of those before: the report last, since it is what makes a run whole. */
export async function writeReport(folder: string, report: EvaluationReport, page: string): Promise<void> {
  await replaceDurably(join(folder, PAGE_FILE), page, PRIVATE_MODE)
  await replaceDurably(join(folder, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`, PRIVATE_MODE)
}

export interface Results {
  readonly report: EvaluationReport
  /** SHA-256 of report.json. */
  readonly digest: string
  readonly rows: readonly EvaluationRow[]
}

/** @throws {AppError} REQUEST_INVALID for a folder that holds no whole evaluation; VERIFICATION_FAILED for rows that aren't the report's */
export async function readResults(folder: string): Promise<Results> {
  const file = await read(join(folder, REPORT_FILE))
  const report = parsed(join(folder, REPORT_FILE), file)
  const path = join(folder, ROWS_FILE)
  const bytes = await read(path)
  if (sha256(bytes) !== report.rows.digest)
    throw new AppError('VERIFICATION_FAILED', `${path} holds other rows than its report was made of`)
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
  const rows = lines.map((line, at) => {
    const { success, data, error } = EvaluationRow.safeParse(jsonOf(line))
    if (!success) throw new AppError('REQUEST_INVALID', `${path}: line ${at + 1} is no row`, { cause: error })
    return data
  })
  return { report, digest: sha256(file), rows }
}

function parsed(path: string, bytes: Buffer): EvaluationReport {
  try {
    return EvaluationReport.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} is no report of an evaluation of refusals`, { cause })
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > MAX_ROWS_BYTES) throw new AppError('REQUEST_INVALID', `${path} is larger than 500 MiB`)
    return await readFile(path)
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause: thrown })
  }
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What is no JSON is no row either. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
