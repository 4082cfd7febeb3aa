import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { AppError } from '../../../base/errors.ts'
import { fileLines } from '../../../base/lines.ts'
import type { Random } from '../../../base/random.ts'
import { MAX_LINE_BYTES, type Row, readRow } from './rows.ts'

/** More malformed lines than this are counted, not named. */
const MAX_NAMED = 20

/** What a file holds, read once before anything is judged. */
export interface Survey {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  /** Labelled rows that pass the filter. */
  readonly labelled: number
  /** Rows that don't say whether they are harmful. */
  readonly unlabelled: number
  readonly malformed: number
  /** Line numbers of the first malformed lines. */
  readonly malformedLines: readonly number[]
  /** Lines to judge; undefined for all labelled rows. */
  readonly chosen: ReadonlySet<number> | undefined
  /** How many rows will be judged. */
  readonly rows: number
}

export interface SurveyOptions {
  /** Rows that don't pass are left out, as if they were not there. */
  readonly filter?: (row: Row) => boolean
  /** Judge at most this many rows, each labelled row being equally likely to be among them. */
  readonly limit?: number | undefined
  readonly random: Random
}

/**
 * @throws {AppError} REQUEST_INVALID when the file can't be read, or holds lines and none of them is a row
 */
export async function survey(path: string, { filter, limit, random }: SurveyOptions): Promise<Survey> {
  const hash = createHash('sha256')
  let bytes = 0
  let labelled = 0
  let unlabelled = 0
  let malformed = 0
  const malformedLines: number[] = []
  const sample: number[] = []
  const onBytes = (chunk: Buffer) => {
    hash.update(chunk)
    bytes += chunk.length
  }
  for await (const line of fileLines(path, { maxBytes: MAX_LINE_BYTES, onBytes })) {
    const row = readRow(line)
    if (row === 'malformed') {
      malformed += 1
      if (malformedLines.length < MAX_NAMED) malformedLines.push(line.number)
    } else if (row === 'unlabelled') unlabelled += 1
    else if (row !== 'blank' && (filter?.(row) ?? true)) {
      labelled += 1
      if (limit === undefined) continue
      // Vitter's algorithm R: a uniform sample in one pass.
      const slot = sample.length < limit ? sample.length : Math.floor(random() * labelled)
      if (slot < limit) sample[slot] = line.number
    }
  }
  if (malformed > 0 && labelled + unlabelled === 0)
    throw new AppError('REQUEST_INVALID', `${path} holds no row that can be read: see docs/guide/bench-classifier.md`)
  const chosen = limit === undefined ? undefined : new Set(sample)
  const rows = chosen?.size ?? labelled
  return { path, sha256: hash.digest('hex'), bytes, labelled, unlabelled, malformed, malformedLines, chosen, rows }
}

/** What reports call each file: its name, or its whole path where two files have the same name. */
export function fileNames(surveys: readonly Survey[]): string[] {
  const paths = new Map<string, Set<string>>()
  for (const { path } of surveys) paths.set(basename(path), (paths.get(basename(path)) ?? new Set()).add(path))
  return surveys.map(({ path }) => ((paths.get(basename(path))?.size ?? 0) > 1 ? path : basename(path)))
}
