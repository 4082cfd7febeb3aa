import type { AppendListener } from '../ledger.ts'
import { type Recent, type Recorded, type WrittenBody, WrittenEvent } from '../recent.ts'
import { HASH_SIZE } from '../tlog/index.ts'

const PAGE = 4_096
const BODIES = 1_000
/** Who listens is told of no more than this at a time: a hint, and the next ones come already. */
const MOST_BEHIND = 16_000
/** Own events that are kept until they have their place. */
const MOST_OWN = 32_768

export interface FeedOptions {
  /** The first position to tell of. */
  readonly from: number
  readonly recent: Recent
  /** Commitments from one position up to another, side by side. */
  readonly readCommitments: (from: number, end: number) => Promise<Buffer>
  readonly read: (from: number, limit: number) => Promise<readonly Recorded[]>
  readonly onFailure: (error: unknown) => void
}

/**
 * Learns of what got its place, once for all that follow in this process, and tells those that listen. What this process recorded itself it
 * knows again by its commitment; only what others recorded is read.
 */
export class Feed {
  readonly #options: FeedOptions
  readonly #listeners = new Set<AppendListener>()
  /** By commitment, one character a byte. */
  readonly #own = new Map<string, WrittenBody>()
  #told: number
  #end: number
  #telling: Promise<void> | null = null
  #closed = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#told = options.from
    this.#end = options.from
  }

  listen(listener: AppendListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** This process recorded this under this commitment. */
  remember(commitment: string, body: WrittenBody): void {
    if (this.#own.size >= MOST_OWN) {
      // Those that were told by others' reading, or were recorded before under their id, are never asked for: the oldest goes.
      const [oldest] = this.#own.keys()
      if (oldest !== undefined) this.#own.delete(oldest)
    }
    this.#own.set(commitment, body)
  }

  /** The ledger has this many entries now. */
  grow(size: number): void {
    this.#end = Math.max(this.#end, size)
    if (this.#telling !== null || this.#closed || this.#told >= this.#end) return
    this.#telling = this.#tell()
      .catch(this.#options.onFailure)
      .finally(() => {
        this.#telling = null
      })
  }

  /** Forgets what may have been erased. */
  forget(): void {
    this.#own.clear()
    this.#options.recent.clear()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#telling
  }

  async #tell(): Promise<void> {
    while (this.#told < this.#end && !this.#closed) {
      this.#told = Math.max(this.#told, this.#end - MOST_BEHIND)
      const page = await this.#page(this.#told, Math.min(this.#end, this.#told + PAGE))
      if (page.length === 0) return
      for (const recorded of page) {
        if (recorded.kind === null) continue
        this.#options.recent.add(recorded)
        for (const listener of this.#listeners) listener(recorded)
      }
      this.#told += page.length
    }
  }

  async #page(from: number, end: number): Promise<Recorded[]> {
    const commitments = await this.#options.readCommitments(from, end)
    const page: Recorded[] = []
    const count = Math.floor(commitments.length / HASH_SIZE)
    while (page.length < count) {
      const own = this.#take(commitments, page.length)
      if (own !== undefined) {
        page.push(new WrittenEvent(from + page.length, own))
        continue
      }
      let others = 1
      while (page.length + others < count && !this.#own.has(keyAt(commitments, page.length + others))) others++
      const read = await this.#options.read(from + page.length, Math.min(others, BODIES))
      if (read.length === 0) return page
      page.push(...read)
    }
    return page
  }

  #take(commitments: Buffer, index: number): WrittenBody | undefined {
    const key = keyAt(commitments, index)
    const body = this.#own.get(key)
    if (body !== undefined) this.#own.delete(key)
    return body
  }
}

function keyAt(commitments: Buffer, index: number): string {
  return commitments.toString('latin1', index * HASH_SIZE, (index + 1) * HASH_SIZE)
}
