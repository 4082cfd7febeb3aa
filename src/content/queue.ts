import type { Log } from '../base/log.ts'
import type { SaidExchange } from './schema.ts'

const MAX_WAITING = 2_000
const MAX_WAITING_CHARS = 64 * 1024 * 1024
const BATCH = 32
const FLUSH_MS = 200
const SLOWEST_FLUSH_MS = 5_000

export type DropReason = 'queue_full' | 'closed' | 'unusable'

/**
 * Holds exchanges until they are stored. Bounded: when the store can't follow, what comes next is dropped and counted, and nobody who
 * is being served waits.
 */
export class ContentQueue {
  readonly #store: (batch: readonly SaidExchange[]) => Promise<void>
  readonly #log: Log
  readonly #dropped = new Map<DropReason, number>()
  #waiting: { said: SaidExchange; chars: number }[] = []
  #chars = 0
  #stored = 0
  #timer: NodeJS.Timeout | null = null
  #flushing: Promise<void> | null = null
  #closed = false

  /** @param store Keeps a batch or rejects; called one batch at a time. */
  constructor(store: (batch: readonly SaidExchange[]) => Promise<void>, log: Log) {
    this.#store = store
    this.#log = log
  }

  add(said: SaidExchange): void {
    const chars = charsOf(said)
    const full = this.#waiting.length >= MAX_WAITING || this.#chars + chars > MAX_WAITING_CHARS
    if (this.#closed || full) {
      this.drop(this.#closed ? 'closed' : 'queue_full', 1)
      return
    }
    this.#waiting.push({ said, chars })
    this.#chars += chars
    this.#schedule(FLUSH_MS)
  }

  drop(reason: DropReason, count: number): void {
    if (!this.#dropped.has(reason))
      this.#log.warn({ reason }, 'content of an exchange was not kept; it is counted from here on')
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count)
  }

  stats(): { readonly waiting: number; readonly stored: number; readonly dropped: Readonly<Record<string, number>> } {
    return { waiting: this.#waiting.length, stored: this.#stored, dropped: Object.fromEntries(this.#dropped) }
  }

  /** Stores all that waits. @throws what the store throws; what could not be stored goes on waiting. */
  flush(): Promise<void> {
    this.#flushing ??= this.#drain().finally(() => {
      this.#flushing = null
    })
    return this.#flushing
  }

  /** Tries once more to store what waits; what then still waits is dropped. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.flush().catch(() => {})
    if (this.#waiting.length > 0) this.drop('closed', this.#waiting.length)
    this.#waiting = []
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH)
      await this.#store(batch.map(({ said }) => said))
      this.#waiting = this.#waiting.slice(batch.length)
      for (const { chars } of batch) this.#chars -= chars
      this.#stored += batch.length
    }
  }

  #schedule(afterMs: number): void {
    if (this.#timer !== null || this.#closed) return
    this.#timer = setTimeout(() => {
      this.flush().then(
        () => this.#again(FLUSH_MS),
        (err: unknown) => {
          if (afterMs === FLUSH_MS) this.#log.warn({ err }, 'content can’t be stored; it waits')
          this.#again(Math.min(afterMs * 2, SLOWEST_FLUSH_MS))
        },
      )
    }, afterMs).unref()
  }

  #again(afterMs: number): void {
    this.#timer = null
    if (this.#waiting.length > 0) this.#schedule(afterMs)
  }
}

function charsOf({ turns, completion }: SaidExchange): number {
  let chars = 0
  for (const { parts } of turns) for (const part of parts) chars += part.kind === 'media' ? 0 : part.text.length
  for (const { text } of completion) chars += text.length
  return chars
}
