import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { type AskedModel, Asker, Budget, CallJournal, type Limits, Pace, type Spent } from '../asking/index.ts'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'

export interface LimitOptions {
  readonly limitRequests?: number
  readonly limitTokens?: number
  readonly limitCost?: number
  readonly priceIn?: number
  readonly priceOut?: number
}

export interface AskingOptions extends LimitOptions {
  readonly concurrency: number
  readonly retries: number
}

/** What a command may cost that asks models. */
export function addLimits(command: Command): Command {
  return command
    .option('--limit-requests <n>', 'stop before there are more requests', count(1, 1e9))
    .option('--limit-tokens <n>', 'stop before there are more tokens', count(1, 1e12))
    .option('--limit-cost <dollars>', 'stop before it costs more: needs both prices', amount)
    .option('--price-in <dollars>', 'for a million tokens that are asked', amount)
    .option('--price-out <dollars>', 'for a million tokens that are answered', amount)
}

/** How a command asks models, and what that may cost. */
export function addAsking(command: Command): Command {
  return addLimits(
    command
      .option('--concurrency <n>', 'questions at once', count(1, 256), 4)
      .option('--retries <n>', 'how often a question without an answer is sent again', count(0, 20), 5),
  )
}

/** @throws {AppError} REQUEST_INVALID when one of the prices is missing */
export function limitsOf({ limitRequests, limitTokens, limitCost, priceIn, priceOut }: LimitOptions): Limits {
  if ((priceIn === undefined) !== (priceOut === undefined)) throw invalid('--price-in and --price-out go together')
  if (limitCost !== undefined && priceIn === undefined) throw invalid('--limit-cost needs --price-in and --price-out')
  const price = priceIn === undefined || priceOut === undefined ? null : { input: priceIn, output: priceOut }
  return { requests: limitRequests ?? null, tokens: limitTokens ?? null, money: limitCost ?? null, price }
}

export function count(least: number, most: number) {
  return (value: string): number => {
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= least && number <= most)) throw new InvalidArgumentError(`A whole number from ${least} to ${most}.`)
    return number
  }
}

export function amount(value: string): number {
  const number = /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw new InvalidArgumentError('A number, not below 0.')
  return number
}

/** The journal's name in the folder of a command's results. */
export const JOURNAL_FILE = 'calls.jsonl'

/**
 * What a command needs to ask models: one journal, one budget, one pace for each server. Stopping it by Ctrl-C ends with what was asked
 * answered and kept; the same command goes on.
 */
export class AskingSession implements AsyncDisposable {
  readonly #options: AskingOptions
  readonly #journal: CallJournal
  readonly #budget: Budget
  readonly #askers: Asker[] = []
  readonly #paces = new Map<string, Pace>()
  readonly #stop = new AbortController()
  readonly #onSignal: () => void

  private constructor(options: AskingOptions, journal: CallJournal, limits: Limits, onStop: () => void) {
    this.#options = options
    this.#journal = journal
    this.#budget = new Budget(limits, journal.spent)
    this.#onSignal = () => {
      onStop()
      process.stderr.write('stopping: what was asked is waited for; Ctrl-C again ends at once\n')
      this.#stop.abort(new AppError('SHUTTING_DOWN', 'stopped: the same command goes on'))
    }
    process.once('SIGINT', this.#onSignal)
    process.once('SIGTERM', this.#onSignal)
  }

  /** @param folder of the results @param onStop before anything is said about it: to clear a progress bar */
  static async open(folder: string, options: AskingOptions, onStop: () => void = () => {}): Promise<AskingSession> {
    const limits = limitsOf(options)
    return new AskingSession(options, await CallJournal.open(join(folder, JOURNAL_FILE)), limits, onStop)
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get spent(): Spent & { readonly money: number | null } {
    return { ...this.#budget.spent, money: this.#budget.money }
  }

  /** Those who ask one server keep its pace together. */
  asker(model: AskedModel): Asker {
    const { concurrency, retries } = this.#options
    const pace = this.#paces.get(model.server) ?? new Pace({ clock: systemClock, ids: systemIds, sleep })
    this.#paces.set(model.server, pace)
    const asker = new Asker(model, {
      ...{ journal: this.#journal, budget: this.#budget, pace, clock: systemClock },
      ...{ signal: this.#stop.signal, retries, concurrency },
    })
    this.#askers.push(asker)
    return asker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('SIGINT', this.#onSignal)
    process.off('SIGTERM', this.#onSignal)
    await Promise.all(this.#askers.map((asker) => asker[Symbol.asyncDispose]()))
    await this.#journal[Symbol.asyncDispose]()
  }
}

const sleep = (ms: number, signal: AbortSignal) => wait(ms, undefined, { signal }).catch(() => {})

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
