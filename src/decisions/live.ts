import type { Recorded } from '../ledger/index.ts'
import { DECISION_KIND, readDecision } from './read-event.ts'
import type { RecordedDecision } from './schema.ts'

const SLICE = 128

/** Tells of decisions as they are recorded, in slices between requests, so that none waits. Costs nothing while nobody listens. */
export class Live {
  readonly #subscribers = new Set<(decision: RecordedDecision) => void>()
  readonly #onFailure: (error: unknown) => void
  #unread: Recorded[] = []
  #scheduled = false

  /** `onFailure` is told of a subscriber that threw. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  hear(recorded: Recorded): void {
    if (this.#subscribers.size === 0 || recorded.kind !== DECISION_KIND) return
    this.#unread.push(recorded)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#read())
  }

  subscribe(listener: (decision: RecordedDecision) => void): () => void {
    this.#subscribers.add(listener)
    return () => void this.#subscribers.delete(listener)
  }

  #read(): void {
    const slice = this.#unread.splice(0, SLICE)
    this.#scheduled = this.#unread.length > 0
    if (this.#scheduled) setImmediate(() => this.#read())
    for (const { position, event } of slice) {
      const decision = event === null ? null : readDecision(event, position)
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
