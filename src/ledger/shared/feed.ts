import type { AppendListener } from '../ledger.ts'
import type { Recent, Recorded } from '../recent.ts'

const PAGE = 1_000
/** Who listens is told of no more than this at a time: a hint, and the next ones come already. */
const MOST_BEHIND = 16_000

/** Reads what got its place, once for all that follow in this process, and tells those that listen. */
export class Feed {
  readonly #listeners = new Set<AppendListener>()
  readonly #recent: Recent
  readonly #read: (from: number, limit: number) => Promise<readonly Recorded[]>
  readonly #onFailure: (error: unknown) => void
  #told: number
  #end: number
  #telling: Promise<void> | null = null
  #closed = false

  constructor(options: {
    readonly from: number
    readonly recent: Recent
    readonly read: (from: number, limit: number) => Promise<readonly Recorded[]>
    readonly onFailure: (error: unknown) => void
  }) {
    this.#told = options.from
    this.#end = options.from
    this.#recent = options.recent
    this.#read = options.read
    this.#onFailure = options.onFailure
  }

  listen(listener: AppendListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The ledger has this many entries now. */
  grow(size: number): void {
    this.#end = Math.max(this.#end, size)
    if (this.#telling !== null || this.#closed || this.#told >= this.#end) return
    this.#telling = this.#tell()
      .catch(this.#onFailure)
      .finally(() => {
        this.#telling = null
      })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#telling
  }

  async #tell(): Promise<void> {
    while (this.#told < this.#end && !this.#closed) {
      this.#told = Math.max(this.#told, this.#end - MOST_BEHIND)
      const page = await this.#read(this.#told, Math.min(PAGE, this.#end - this.#told))
      if (page.length === 0) return
      for (const { position, event } of page) {
        if (event === null) continue
        this.#recent.add(position, event, APPROXIMATE_CHARS)
        for (const listener of this.#listeners) listener(position, event)
      }
      this.#told += page.length
    }
  }
}

/** Events are bounded by number; the exact length of each would cost reading it again. */
const APPROXIMATE_CHARS = 1_000
