import type { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import type { KeptResult, ResultKind, RowNote } from '../schema.ts'

/** What a row is found by, before it has its place. */
export type FoundBy = Omit<RowNote, 'position'>

/** Reads the rows of one result. */
export interface RowReader {
  /** @returns null for a line that is no row: the head of a file of its own. @throws {AppError} REQUEST_INVALID, by its line */
  row(value: unknown, line: number): FoundBy | null
  /** @throws {AppError} REQUEST_INVALID where the head tells something else than its rows */
  end(): void
}

/** What comes of a head: enough to keep it, and what its rows must come to. */
export interface ReadHead {
  readonly about: {
    readonly checkpoint: string | null
    readonly fixture: boolean
    /** null: it doesn't say. */
    readonly madeAt: string | null
  }
  /** SHA-256 of everything after the head's line, as the head has it; null: it has none. */
  readonly rowsDigest: string | null
  readonly rows: RowReader
  /** The document, with what every result has. */
  kept(common: Omit<KeptResult, 'kind' | 'head'>): KeptResult
  /** The head again, without what its schema doesn't know. */
  readonly head: unknown
}

/** How a kind of result is read. */
export interface Form {
  readonly kind: ResultKind
  /** @throws {AppError} REQUEST_INVALID */
  read(value: unknown): ReadHead
}

/** @throws {AppError} REQUEST_INVALID that says where, and none of what stands there */
export function parseLine<T>(schema: z.ZodType<T>, value: unknown, line: number): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = (issue?.path ?? []).map((part) => (PLAIN.test(String(part)) ? String(part) : '…')).join('.')
  const where = path === '' ? '' : `, ${path.slice(0, 200)}`
  throw new AppError('REQUEST_INVALID', `line ${line}${where}: ${ISSUES[issue?.code ?? ''] ?? 'not as it should be'}`)
}

const PLAIN = /^[A-Za-z0-9_]{1,40}$/
const ISSUES: Readonly<Record<string, string>> = {
  invalid_type: 'is missing, or of another type',
  invalid_value: 'is none of the values that are known here',
  invalid_format: 'is not in its form',
  unrecognized_keys: 'has members that are not known here: was it made by another version?',
  too_big: 'is too large',
  too_small: 'is too small',
}

/** @throws {AppError} REQUEST_INVALID when a head and its rows don't agree */
export function sameCount(what: string, head: number, rows: number): void {
  if (head !== rows) throw new AppError('REQUEST_INVALID', `the head tells of ${head} ${what}, and ${rows} came`)
}

/** For results without rows. */
export const NO_ROWS: RowReader = {
  row(_value, line) {
    throw new AppError('REQUEST_INVALID', `line ${line}: nothing comes after this head`)
  },
  end() {},
}

/** Values that stand beside a sealed row are short, and hold no words: what is too long is cut. */
export function brief(text: string | null): string | null {
  if (text === null) return null
  const plain = text.replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim()
  return plain === '' ? null : plain.slice(0, 200)
}
