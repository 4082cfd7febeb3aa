import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { PgSession } from '../../db/index.ts'
import { CHANNEL, readHead, type SeenHead } from './store.ts'

const POLL_MS = 250
/** Between two looks, however often it is notified. */
const LEAST_MS = 10
const READ_MS = 2_000

export interface HeadWatchOptions {
  readonly url: string
  readonly clock: Clock
  readonly log: Log
  readonly onHead: (head: SeenHead) => void
}

/** Knows the head row as it is now: by notification, and by asking four times a second. */
export class HeadWatch {
  readonly #options: HeadWatchOptions
  readonly #session: PgSession
  #seenMs: number
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<SeenHead | null> | null = null
  #notified = false
  #closed = false

  constructor(options: HeadWatchOptions) {
    this.#options = options
    this.#seenMs = options.clock.monotonic()
    this.#session = new PgSession({
      url: options.url,
      log: options.log,
      name: 'safelevel ledger watch',
      setup: [`listen ${CHANNEL}`],
      onNotice: () => this.#hear(),
    })
  }

  /** For how long the head has not been seen. */
  get staleMs(): number {
    return this.#options.clock.monotonic() - this.#seenMs
  }

  start(): void {
    this.#again(0)
  }

  /** The head as it is now. @throws {ConnectionLost} */
  async look(): Promise<SeenHead | null> {
    // One that is under way may have been read before the caller's question.
    await this.#looking?.catch(() => {})
    return await this.#look()
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#looking?.catch(() => {})
    await this.#session.close()
  }

  #hear(): void {
    this.#notified = true
    if (this.#looking === null && !this.#closed) this.#again(LEAST_MS)
  }

  #look(): Promise<SeenHead | null> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #read(): Promise<SeenHead | null> {
    this.#notified = false
    const head = await readHead(this.#session, READ_MS)
    this.#seenMs = this.#options.clock.monotonic()
    if (head !== null) this.#options.onHead(head)
    return head
  }

  #again(afterMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      void this.#look()
        .catch(() => null) // away: `staleMs` tells
        .then(() => {
          if (!this.#closed) this.#again(this.#notified ? LEAST_MS : POLL_MS)
        })
    }, afterMs).unref()
  }
}
