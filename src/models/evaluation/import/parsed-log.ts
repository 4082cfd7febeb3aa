import { AppError } from '../../../base/errors.ts'
import type { LogFormat } from '../schema.ts'
import type { Missing, Outcome, TaskTally } from '../verdict/index.ts'
import { TallyBook } from '../verdict/index.ts'

/** What was read from a file of results: counts, and whatever keeps them from being believed. */
export interface ParsedLog {
  readonly format: LogFormat
  /** SHA-256 of the file, hex. */
  readonly fileDigest: string
  readonly beganAt: string | null
  readonly triedModel: string | null
  /** SHA-256 of the file of tasks that was asked, where the results say so. */
  readonly suiteFile: string | null
  readonly flags: readonly Missing[]
  readonly tallies: readonly TaskTally[]
}

export interface ImportOptions {
  /** A numeric score at or above this passes. */
  readonly passAt: number
  /** Which scorer counts, where a file has several. */
  readonly scorer: string | null
}

const MAX_TASKS = 1_000_000
const DUPLICATE = 'a sample stands there twice under one number: the file was put together by hand'

/** Takes tries one by one, whatever the format. */
export class Collector {
  readonly #book = new TallyBook(MAX_TASKS)
  readonly #flags = new Map<string, string>()
  /** Numbered tries that ended in an error, and may have been made again. */
  readonly #errors = new Set<string>()
  beganAt: string | null = null
  triedModel: string | null = null
  suiteFile: string | null = null
  tries = 0

  /** @throws {AppError} REQUEST_INVALID for more tasks than are counted */
  add(task: string, family: string | null, outcome: Outcome): void {
    this.tries += 1
    if (!this.#book.add(task.slice(0, 200), family?.slice(0, 200) ?? null, outcome))
      throw invalid(`has more than ${MAX_TASKS} tasks`)
  }

  /** For formats that number the tries of a task: a number that comes twice is flagged, and counts as another try. */
  addNumbered(task: string, epoch: number, family: string | null, outcome: Outcome): void {
    this.add(task, family, outcome)
    if (!this.#book.number(task.slice(0, 200), epoch)) this.flag('duplicate_samples', DUPLICATE)
  }

  /** As `addNumbered`, where a try that ended in an error may be made again under its number: the later one counts. */
  addRetried(task: string, epoch: number, family: string | null, outcome: Outcome): void {
    const key = `${epoch}\n${task}`
    if (this.#errors.delete(key)) this.#book.replaceError(task.slice(0, 200), outcome)
    else this.addNumbered(task, epoch, family, outcome)
    if (outcome === 'errored') this.#errors.add(key)
  }

  /** Once per code, however often it is found. */
  flag(code: string, words: string): void {
    this.#flags.set(code, words)
  }

  end(format: LogFormat, fileDigest: string): ParsedLog {
    if (this.tries === 0) this.flag('no_samples', 'there is not one sample in it')
    return {
      format,
      fileDigest,
      beganAt: this.beganAt,
      triedModel: this.triedModel,
      suiteFile: this.suiteFile,
      flags: [...this.#flags].map(([code, words]) => ({ code, words })),
      tallies: this.#book.tallies(),
    }
  }
}

export function invalid(what: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', `the file of results ${what}`, { cause })
}

/** A time as ISO 8601 in UTC; null for what is none. */
export function toUtc(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

/**
 * What a score says. Words as Inspect's scorers use them: C(orrect), I(ncorrect), P(artial), N(o answer), and yes and no.
 */
export function outcomeOf(value: unknown, passAt: number): Outcome {
  if (typeof value === 'boolean') return value ? 'passed' : 'failed'
  if (typeof value === 'number') return Number.isFinite(value) ? (value >= passAt ? 'passed' : 'failed') : 'unscored'
  if (typeof value !== 'string') return 'unscored'
  const word = value.trim().toLowerCase()
  if (word === 'c' || word === 'yes' || word === 'true') return 'passed'
  if (word === 'i' || word === 'no' || word === 'false') return 'failed'
  if (word === 'p') return 0.5 >= passAt ? 'passed' : 'failed'
  // No answer is no wrong answer.
  if (word === 'n') return 'refused'
  return word !== '' && Number.isFinite(Number(word)) ? outcomeOf(Number(word), passAt) : 'unscored'
}

const LITERALS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g

/** JSON as Python writes it: NaN and Infinity, which JSON has no words for, become null. @throws {AppError} REQUEST_INVALID */
export function parseLoose(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const mended = text.replace(LITERALS, (match) => (match.startsWith('"') ? match : 'null'))
    if (mended === text) throw invalid('is not valid JSON', cause)
    try {
      return JSON.parse(mended)
    } catch (again) {
      throw invalid('is not valid JSON', again)
    }
  }
}
