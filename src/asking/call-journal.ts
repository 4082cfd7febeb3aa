import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { LineFile } from '../base/line-file.ts'
import type { Said } from './ask.ts'
import type { Spent } from './budget.ts'

export const CALLS_FORMAT = 'safelevel-calls/1'

const Count = z.int().min(0)
const Usage = z.strictObject({ input: Count, output: Count })
const Digest = z.hash('sha256')
const Header = z.strictObject({ header: z.strictObject({ format: z.literal(CALLS_FORMAT) }) })
const Asked = z.strictObject({ asked: z.strictObject({ call: Digest, at: z.string(), most: Usage }) })
const Answered = z.strictObject({
  said: z.strictObject({
    call: Digest,
    at: z.string(),
    used: Usage,
    text: z.string(),
    end: z.enum(['stop', 'length', 'refusal']),
    usage: Usage.nullable(),
    firstToken: z.record(z.string(), z.number()).nullable(),
    decision: z.string().nullable(),
  }),
})
const Failed = z.strictObject({
  failed: z.strictObject({ call: Digest, at: z.string(), used: Usage, why: z.string() }),
})
const Line = z.union([Header, Asked, Answered, Failed])

type Used = z.infer<typeof Usage>
/** What came of a call: an answer, or why there will never be one. */
export type Outcome = { readonly said: Said } | { readonly why: string }

/**
 * Every question that was asked of models, and what they answered, line by line. What stands there is not asked again, so that work which
 * depends on nothing but its seed and these answers goes on where it was killed by being done again.
 */
export class CallJournal implements AsyncDisposable {
  readonly #file: LineFile
  readonly #outcomes: Map<string, Outcome>
  /** What it had cost when it was opened; what was asked and never answered counts at its most. */
  readonly spent: Spent

  private constructor(file: LineFile, reading: Reading) {
    this.#file = file
    this.#outcomes = reading.outcomes
    this.spent = reading.spent()
  }

  /** @throws {AppError} CONFLICT while another process writes it; REQUEST_INVALID for a file that is no journal of calls */
  static async open(path: string): Promise<CallJournal> {
    const reading = new Reading()
    const file = await LineFile.open(path, (value, number) => reading.take(value, number))
    if (!reading.begun) await file.append({ header: { format: CALLS_FORMAT } })
    return new CallJournal(file, reading)
  }

  find(call: string): Outcome | null {
    return this.#outcomes.get(call) ?? null
  }

  /** Resolves once it is on the disk. */
  asked(call: string, most: Used, at: string): Promise<void> {
    return this.#file.append({ asked: { call, at, most } })
  }

  async answered(call: string, outcome: Outcome, used: Used, at: string): Promise<void> {
    await this.#file.append(
      'said' in outcome ? { said: { call, at, used, ...outcome.said } } : { failed: { call, at, used, ...outcome } },
    )
    this.#outcomes.set(call, outcome)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]()
  }
}

class Reading {
  readonly outcomes = new Map<string, Outcome>()
  begun = false
  readonly #open = new Map<string, Used[]>()
  #requests = 0
  #input = 0
  #output = 0

  take(value: unknown, number: number): void {
    const { success, data, error } = Line.safeParse(value)
    if (!success) throw strange(number, error)
    if ('header' in data) {
      if (number !== 1) throw strange(number)
      this.begun = true
    } else if (!this.begun) throw strange(number)
    else if ('asked' in data) this.#asked(data.asked)
    else if ('said' in data) {
      const { call, at: _, used, ...said } = data.said
      this.#close(call, { said }, used)
    } else this.#close(data.failed.call, { why: data.failed.why }, data.failed.used)
  }

  #asked({ call, most }: { call: string; most: Used }): void {
    this.#requests += 1
    this.#open.set(call, [...(this.#open.get(call) ?? []), most])
  }

  #close(call: string, outcome: Outcome, used: Used): void {
    this.outcomes.set(call, outcome)
    // The last question was answered; those before it went unanswered, or were answered by an error.
    const before = this.#open.get(call)?.slice(0, -1) ?? []
    this.#open.delete(call)
    for (const most of [...before, used]) this.#add(most)
  }

  #add({ input, output }: Used): void {
    this.#input += input
    this.#output += output
  }

  spent(): Spent {
    for (const most of [...this.#open.values()].flat()) this.#add(most)
    this.#open.clear()
    return { requests: this.#requests, input: this.#input, output: this.#output }
  }
}

function strange(number: number, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', `line ${number} is none of a journal of calls`, { cause })
}
