import { z } from 'zod'
import type { Spent } from '../../../asking/index.ts'
import { AppError } from '../../../base/errors.ts'
import { LineFile } from '../../../base/line-file.ts'

export const RUN_FORMAT = 'safelevel-eval-run/1'

/** What makes a run one run: with anything here changed it is another. */
export const RunHeader = z.looseObject({
  format: z.literal(RUN_FORMAT),
  began_at: z.string(),
  model: z.string(),
  suite: z.string().nullable(),
  suite_file: z.string(),
  settings: z.record(z.string(), z.unknown()),
  ends: z.literal(true),
})
export type RunHeader = z.infer<typeof RunHeader>

/** One try as it stands in the file; `eval import` reads `task`, `family`, `attempt`, `passed`, `refused` and `error`. */
export interface Row {
  readonly task: string
  readonly family: string | null
  readonly attempt: number
  readonly passed?: boolean
  readonly refused?: true
  readonly error?: string
  readonly unscored?: string
  readonly tokens: { readonly input: number; readonly output: number } | null
  readonly answer: string
  readonly at: string
}

const Tokens = z.object({ input: z.int().min(0), output: z.int().min(0) })
const Asked = z.looseObject({ task: z.string(), attempt: z.int(), most: Tokens })
const Tried = z.looseObject({
  task: z.string(),
  attempt: z.int(),
  passed: z.boolean().optional(),
  refused: z.literal(true).optional(),
  error: z.string().optional(),
  tokens: Tokens.nullable(),
})
const Line = z.looseObject({
  header: RunHeader.optional(),
  asked: Asked.optional(),
  end: z.looseObject({ status: z.string() }).optional(),
})

export type Known = 'passed' | 'failed' | 'refused' | 'errored' | 'unscored'
export const keyOf = (task: string, attempt: number) => `${attempt}\n${task}`

/** What a file of results says already. */
export interface Kept {
  readonly header: RunHeader | null
  /** By `keyOf`: the tries that were answered. */
  readonly answered: ReadonlyMap<string, Known>
  /** What it has cost so far; what was asked and never answered counts at its most. */
  readonly spent: Spent
  readonly ended: string | null
}

/**
 * The results of a run, appended line by line: a header, each question before it leaves, each answer when it has come, how it ended. A line
 * counts once it is on the disk. After a crash the file is read again: nothing that was answered is asked twice.
 */
export class ResultsFile implements AsyncDisposable {
  readonly #file: LineFile
  readonly kept: Kept

  private constructor(file: LineFile, kept: Kept) {
    this.#file = file
    this.kept = kept
  }

  /** @throws {AppError} CONFLICT while another run writes it; REQUEST_INVALID for a file that is no run's */
  static async open(path: string): Promise<ResultsFile> {
    const reading = new Reading()
    const file = await LineFile.open(path, (value, number) => reading.take(value, number))
    return new ResultsFile(file, reading.kept())
  }

  /** Resolves once the line is on the disk; lines that come together are written together. */
  append(line: object): Promise<void> {
    return this.#file.append(line)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]()
  }
}

class Reading {
  #header: RunHeader | null = null
  readonly #answered = new Map<string, Known>()
  readonly #open = new Map<string, { input: number; output: number }[]>()
  #spent = { requests: 0, input: 0, output: 0 }
  #ended: string | null = null

  take(value: unknown, number: number): void {
    const { success, data, error } = Line.safeParse(value)
    if (!success) throw strange(error, number)
    const { header, asked, end } = data
    if (header !== undefined) {
      if (this.#header !== null) throw invalid('has two headers')
      this.#header = header
    } else if (this.#header === null) throw invalid('has no header, so it is no run of this command')
    else if (asked !== undefined) this.#asked(asked)
    else if (end !== undefined) this.#ended = end.status
    else this.#tried(value, number)
  }

  #asked({ task, attempt, most }: z.infer<typeof Asked>): void {
    const key = keyOf(task, attempt)
    this.#spent = { ...this.#spent, requests: this.#spent.requests + 1 }
    this.#open.set(key, [...(this.#open.get(key) ?? []), most])
  }

  #tried(value: unknown, number: number): void {
    const { success, data, error } = Tried.safeParse(value)
    if (!success) throw strange(error, number)
    const key = keyOf(data.task, data.attempt)
    const before = this.#answered.get(key)
    if (before !== undefined && before !== 'errored') throw invalid('has a try twice: it was edited')
    this.#answered.set(key, knownOf(data))
    this.#open.delete(key)
    if (data.tokens !== null) this.#add(data.tokens)
  }

  #add({ input, output }: { input: number; output: number }): void {
    this.#spent = { ...this.#spent, input: this.#spent.input + input, output: this.#spent.output + output }
  }

  kept(): Kept {
    for (const most of [...this.#open.values()].flat()) this.#add(most)
    return { header: this.#header, answered: this.#answered, spent: this.#spent, ended: this.#ended }
  }
}

function knownOf({ passed, refused, error }: z.infer<typeof Tried>): Known {
  if (passed === true) return 'passed'
  if (refused === true) return 'refused'
  if (error !== undefined) return 'errored'
  return passed === false ? 'failed' : 'unscored'
}

function strange(cause: unknown, number: number): AppError {
  return invalid(`holds something else on line ${number}`, cause)
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', `the file of results ${what}`, { cause })
}
