import { type ChildProcess, fork } from 'node:child_process'
import { AppError } from '../../../../base/errors.ts'
import { ownProgram } from '../../../../base/shipped.ts'
import { Answer, type Ask, type Refusal, type TokenKey } from './protocol.ts'
import { Refused } from './refused.ts'

export interface TokenClientOptions {
  readonly key: TokenKey
  /** Asked at each start of the process: it may be renewed. @throws {AppError} CONFIG_INVALID */
  readonly pin: () => string
  /** The environment of the process, and all of it: what the maker's library reads. */
  readonly env: Readonly<Record<string, string>>
  /** As it is named to people. */
  readonly server: string
  /** Longest that one answer may take, in ms. */
  readonly timeoutMs: number
  /** The program that holds the token; for tests, one that misbehaves. */
  readonly program?: URL
  readonly binding?: string
}

type Work = Exclude<Ask, { type: 'open' }>

const BINDING = 'pkcs11js'
const MAX_WAITING = 256
const FLAGS = ['--max-old-space-size=64', '--no-warnings']
/** The process goes on being of use after these. */
const HARMLESS: ReadonlySet<Refusal> = new Set(['not-authentic', 'no-key', 'key-unfit'])

/** A process that holds a token: started when it is first needed, and again when it or the token's session has ended. */
export class TokenClient {
  readonly #options: TokenClientOptions
  #holder: Holder | null = null
  /** Never tried again: a few wrong ones lock the token for good. */
  #refusedPin: string | null = null
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor(options: TokenClientOptions) {
    this.#options = options
  }

  /**
   * One at a time, since a session does one thing at a time. What a lost session or an ended process left undone is tried once more.
   *
   * @throws {Refused}
   * @throws {AppError} UPSTREAM_TIMEOUT, UPSTREAM_UNAVAILABLE, OVERLOADED; CONFLICT when closed; as `pin`
   */
  async ask(work: Work): Promise<Answer> {
    if (this.#waiting >= MAX_WAITING) throw this.#error('OVERLOADED', 'takes no more requests now: try again later')
    this.#waiting++
    const turn = this.#last.then(() => this.#askWithRetry(work))
    this.#last = turn.then(ignore, ignore)
    try {
      return await turn
    } finally {
      this.#waiting--
    }
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  async #askWithRetry(work: Work): Promise<Answer> {
    const isFresh = this.#holder === null
    try {
      return await this.#askOnce(work)
    } catch (error) {
      if (isFresh || !isLost(error)) throw this.#named(error)
      this.#drop()
    }
    try {
      return await this.#askOnce(work)
    } catch (error) {
      throw this.#named(error)
    }
  }

  async #askOnce(work: Work): Promise<Answer> {
    const holder = await this.#open()
    try {
      const answer = await holder.send(work)
      if (answer.type === 'refused') throw new Refused(answer.refusal, answer.detail)
      return answer
    } catch (error) {
      if (!(error instanceof Refused && HARMLESS.has(error.refusal))) this.#drop()
      throw error
    }
  }

  async #open(): Promise<Holder> {
    if (this.#isClosed) throw this.#error('CONFLICT', 'is closed')
    if (this.#holder !== null) return this.#holder
    const pin = this.#options.pin()
    if (pin === this.#refusedPin) throw new Refused('pin', 'refused before')
    const holder = new Holder(this.#options)
    this.#holder = holder
    try {
      const opened = await holder.send({
        type: 'open',
        key: this.#options.key,
        pin,
        binding: this.#options.binding ?? BINDING,
      })
      if (opened.type !== 'refused') return holder
      if (opened.refusal === 'pin') this.#refusedPin = pin
      throw new Refused(opened.refusal, opened.detail)
    } catch (error) {
      this.#drop()
      throw error
    }
  }

  #drop(): void {
    this.#holder?.end()
    this.#holder = null
  }

  #named(error: unknown): unknown {
    return error instanceof Ended ? this.#error(error.code, error.message) : error
  }

  #error(code: 'OVERLOADED' | 'CONFLICT' | Ended['code'], what: string): AppError {
    return new AppError(code, `${this.#options.server} ${what}`)
  }
}

/** It gives no answer any more. */
class Ended extends Error {
  readonly code: 'UPSTREAM_TIMEOUT' | 'UPSTREAM_UNAVAILABLE'

  constructor(code: Ended['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** One process, from its start to its end. */
class Holder {
  readonly #child: ChildProcess
  readonly #timeoutMs: number
  #waiting: PromiseWithResolvers<Answer> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor({ env, timeoutMs, program }: TokenClientOptions) {
    const file = program ?? ownProgram('weights/vault/keys/pkcs11/token-process')
    this.#timeoutMs = timeoutMs
    this.#child = fork(file, [], {
      execArgv: FLAGS,
      env: { ...env },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message) => this.#receive(message))
    this.#child.on('error', () => this.#fail(new Ended('UPSTREAM_UNAVAILABLE', 'can’t be started')))
    this.#child.on('exit', () => this.#fail(new Ended('UPSTREAM_UNAVAILABLE', 'ended: its library may have failed')))
    this.#rest()
  }

  send(ask: Ask): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>()
    this.#waiting = waiting
    this.#timer = setTimeout(() => this.#fail(new Ended('UPSTREAM_TIMEOUT', 'did not answer in time')), this.#timeoutMs)
    this.#child.ref()
    this.#child.channel?.ref()
    if (this.#child.connected) this.#child.send(ask, () => {})
    else this.#fail(new Ended('UPSTREAM_UNAVAILABLE', 'has ended'))
    return waiting.promise
  }

  /** A library that hangs can't be asked to go. */
  end(): void {
    this.#child.kill('SIGKILL')
    this.#rest()
  }

  #receive(message: unknown): void {
    const answer = Answer.safeParse(message)
    if (answer.success) this.#take()?.resolve(answer.data)
    else this.#fail(new Ended('UPSTREAM_UNAVAILABLE', 'gave an answer that is none'))
  }

  #fail(error: Ended): void {
    this.#take()?.reject(error)
  }

  #take(): PromiseWithResolvers<Answer> | null {
    clearTimeout(this.#timer)
    const waiting = this.#waiting
    this.#waiting = null
    this.#rest()
    return waiting
  }

  /** Idle, it keeps no command from ending; it ends when its channel closes. */
  #rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }
}

/** Something that was there before, and that a new process may find again: a session can outlive its token, and then finds no keys. */
function isLost(error: unknown): boolean {
  if (error instanceof Ended) return error.code === 'UPSTREAM_UNAVAILABLE'
  return error instanceof Refused && (error.refusal === 'lost' || error.refusal === 'no-key')
}

function ignore(): void {}
