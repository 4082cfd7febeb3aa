import { createHash } from 'node:crypto'
import { type Clock, iso } from '../base/clock.ts'
import { AppError, toAppError } from '../base/errors.ts'
import type { Ask, ChatApi, Said, Usage } from './ask.ts'
import type { Budget, Spent } from './budget.ts'
import type { CallJournal, Outcome } from './call-journal.ts'
import type { Pace } from './pace.ts'
import {
  type ChatRequest,
  chatRequest,
  mostUsage,
  type Reply,
  readReply,
  type TokensAs,
  type WireAnswer,
} from './wire.ts'

/** A model that can be asked, and where. */
export interface AskedModel extends AsyncDisposable {
  readonly name: string
  readonly api: ChatApi
  /** As its server calls it. */
  readonly upstreamModel: string
  /** An address, or an upstream of the configuration. Holds no key. */
  readonly server: string
  /** The built-in fixture: what it says is never a model's. */
  readonly isSandbox: boolean
  readonly tokensAs?: TokensAs
  /** One request, once. @throws {AppError} UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT */
  send(request: ChatRequest, signal: AbortSignal): Promise<WireAnswer>
}

export interface AskerDeps {
  readonly journal: CallJournal
  readonly budget: Budget
  readonly pace: Pace
  readonly clock: Clock
  /** Nothing more is asked once it fires; what was asked is waited for, and kept. */
  readonly signal: AbortSignal
  /** How often one question is sent again, when there was no answer to it. */
  readonly retries: number
  /** Questions at once. */
  readonly concurrency: number
}

/** From the first byte of a question to the last of its answer. */
const ANSWER_TIMEOUT_MS = 15 * 60_000
/** The longest that a server may ask to be left alone. */
const MAX_WAIT_MS = 10 * 60_000
const NOTHING: Usage = { input: 0, output: 0 }

/**
 * Asks one model, and never twice what the journal holds an answer to. Work that is a function of its seed and of what it is told here is
 * resumed by doing it again.
 */
export class Asker implements AsyncDisposable {
  readonly model: AskedModel
  readonly #deps: AskerDeps
  readonly #running = new Map<string, Promise<Said>>()
  readonly #waiting: (() => void)[] = []
  #free: number
  #replayed = 0
  #asked = 0
  /** Why nothing more is asked. */
  #ended: unknown = null

  constructor(model: AskedModel, deps: AskerDeps) {
    this.model = model
    this.#deps = deps
    this.#free = deps.concurrency
  }

  /** Since the journal began. */
  get spent(): Spent {
    return this.#deps.budget.spent
  }

  /** Answers that stood in the journal already. */
  get replayed(): number {
    return this.#replayed
  }

  /** Answers that were asked for now. */
  get answered(): number {
    return this.#asked
  }

  /** What a call goes by: the model, its server, the request to the byte, and which draw of it this is. SHA-256, hex. */
  callOf(ask: Ask, nth = 0): string {
    const { name, api, upstreamModel, server } = this.model
    const { body } = this.#request(ask)
    return createHash('sha256')
      .update(JSON.stringify([name, api, upstreamModel, server, nth]))
      .update(body)
      .digest('hex')
  }

  /**
   * @param nth tells draws of one question apart
   * @throws {AppError} UPSTREAM_REJECTED: this question gets no answer, others may; LIMIT_REACHED, UPSTREAM_UNAVAILABLE, UNAUTHENTICATED,
   * FORBIDDEN, MODEL_NOT_FOUND: no other does; the signal's reason
   */
  async ask(ask: Ask, nth = 0): Promise<Said> {
    const call = this.callOf(ask, nth)
    const known = this.#deps.journal.find(call)
    if (known !== null) {
      this.#replayed += 1
      return saidOf(known)
    }
    const running = this.#running.get(call)
    if (running !== undefined) return running
    const asked = this.#inTurn(() => this.#try(call, ask))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#running.delete(call))
    this.#running.set(call, asked)
    return asked
  }

  /** Waits for what was asked: it is paid for. To be called before the journal is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= new AppError('SHUTTING_DOWN', 'nobody asks any more')
    await Promise.allSettled(this.#running.values())
  }

  /** Where one question fails for a reason that holds for all, none of the others is asked. */
  #fail(error: unknown): never {
    if (toAppError(error).code !== 'UPSTREAM_REJECTED') this.#ended ??= error
    throw error
  }

  #request(ask: Ask): ChatRequest {
    const { api, upstreamModel, tokensAs } = this.model
    return chatRequest(api, upstreamModel, ask, tokensAs)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free -= 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }

  async #try(call: string, ask: Ask): Promise<Said> {
    const { pace, signal, retries, journal, clock } = this.#deps
    for (let sent = 0; ; sent++) {
      await pace.turn(signal)
      signal.throwIfAborted()
      if (this.#ended !== null) throw this.#ended
      const { reply, used } = await this.#once(call, ask)
      if (reply.kind === 'stop') throw new AppError(reply.code, reply.why)
      if (reply.kind !== 'later') {
        const outcome: Outcome = reply.kind === 'said' ? { said: reply.said } : { why: reply.why }
        await journal.answered(call, outcome, used, iso(clock.now()))
        this.#asked += 1
        return saidOf(outcome)
      }
      const tooLong = (reply.afterMs ?? 0) > MAX_WAIT_MS
      if (tooLong || sent >= retries) throw unavailable(reply)
      await pace.again(sent, reply, signal)
    }
  }

  async #once(call: string, ask: Ask): Promise<{ reply: Reply; used: Usage }> {
    const { budget, journal, clock } = this.#deps
    const most = mostUsage(ask)
    const limit = budget.take(most)
    if (limit !== null) throw new AppError('LIMIT_REACHED', `the limit of ${limit} is reached`)
    let used = most
    try {
      await journal.asked(call, most, iso(clock.now()))
      const reply = await this.#send(call, ask)
      // What a server turned down costs nothing; what it may have worked on counts at its most.
      if (reply.kind === 'said') used = reply.said.usage ?? most
      else if (reply.kind !== 'later' || reply.busy) used = NOTHING
      return { reply, used }
    } finally {
      budget.settle(most, used)
    }
  }

  #send(call: string, ask: Ask): Promise<Reply> {
    const request = this.#request(ask)
    // Who heeds it works once on what comes again after a crash.
    const headers = { ...request.headers, 'idempotency-key': call }
    return replyOf(this.model, { ...request, headers })
  }
}

/** Asks once. Whatever happens is a reply, but for defects of ours; nothing of what a server says in its errors is repeated. */
export async function replyOf(model: AskedModel, request: ChatRequest): Promise<Reply> {
  const patience = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    return readReply(model.api, await model.send(request, patience))
  } catch (thrown) {
    const { code } = toAppError(thrown)
    if (patience.aborted || code === 'UPSTREAM_TIMEOUT')
      return { kind: 'later', busy: false, why: 'no answer in time', afterMs: null }
    if (code !== 'UPSTREAM_UNAVAILABLE') throw thrown
    return { kind: 'later', busy: true, why: "the model's server can't be reached or broke off", afterMs: null }
  }
}

function saidOf(outcome: Outcome): Said {
  if ('said' in outcome) return outcome.said
  throw new AppError('UPSTREAM_REJECTED', outcome.why)
}

function unavailable({ why, afterMs }: Extract<Reply, { kind: 'later' }>): AppError {
  const wait =
    (afterMs ?? 0) > MAX_WAIT_MS ? ` and asks to be left alone for ${Math.ceil((afterMs ?? 0) / 60_000)} minutes` : ''
  return new AppError('UPSTREAM_UNAVAILABLE', `${why}${wait}`)
}
