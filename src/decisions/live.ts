import type { LedgerEvent } from '../ledger/index.ts'
import { DECISION_KIND, readDecision } from './read-event.ts'
import type { RecordedDecision } from './schema.ts'

/** An event as the ledger told of it; `decision` is null for one that is no decision. */
export interface Heard {
  readonly position: number
  readonly decision: RecordedDecision | null
}

const MAX_KEPT = 16_384
const SLICE = 128

/**
 * Takes events as they are recorded, at the price of a push, and reads them later in slices, so that no request waits. Keeps them
 * until they are stored; when there are too many it lets go of all, and the ledger's files tell them again.
 */
export class Live {
  readonly #subscribers = new Set<(decision: RecordedDecision) => void>()
  readonly #onFailure: (error: unknown) => void
  #unread: { position: number; event: LedgerEvent }[] = []
  #kept: Heard[] = []
  #scheduled = false

  /** `onFailure` is told of a subscriber that threw. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  hear(position: number, event: LedgerEvent): void {
    this.#unread.push({ position, event })
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#read())
  }

  subscribe(listener: (decision: RecordedDecision) => void): () => void {
    this.#subscribers.add(listener)
    return () => void this.#subscribers.delete(listener)
  }

  /** What was heard from `next` on without a gap, at most `limit`; empty when it has to be read from the ledger. */
  take(next: number, limit: number): Heard[] {
    while (this.#unread.length > 0) this.#readSlice()
    let start = 0
    while ((this.#kept[start]?.position ?? next) < next) start++
    if (start > 0) this.#kept = this.#kept.slice(start)
    const taken: Heard[] = []
    for (const heard of this.#kept) {
      if (taken.length >= limit || heard.position !== next + taken.length) break
      taken.push(heard)
    }
    return taken
  }

  #read(): void {
    this.#readSlice()
    this.#scheduled = this.#unread.length > 0
    if (this.#scheduled) setImmediate(() => this.#read())
  }

  #readSlice(): void {
    const slice = this.#unread.slice(0, SLICE)
    this.#unread = this.#unread.slice(SLICE)
    if (this.#kept.length + slice.length > MAX_KEPT) this.#kept = []
    for (const { position, event } of slice) {
      const decision = event.kind === DECISION_KIND ? readDecision(event, position) : null
      this.#kept.push({ position, decision })
      if (decision !== null) this.#announce(decision)
    }
  }

  #announce(decision: RecordedDecision): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(decision)
      } catch (error) {
        this.#onFailure(error)
      }
    }
  }
}
