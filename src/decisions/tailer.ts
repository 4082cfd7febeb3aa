import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Heard, Live } from './live.ts'
import { readDecision } from './read-event.ts'
import * as store from './store.ts'

const BATCH = 500

/** What the view reads of the ledger. */
export type LedgerView = Pick<Ledger, 'size' | 'origin' | 'entries' | 'listen'>

export interface TailerDeps {
  readonly db: Db
  readonly ledger: LedgerView
  readonly live: Live
  readonly clock: Clock
  readonly log: Log
}

/**
 * Copies decisions from the ledger into the view, from a mark that moves in the same transaction as the rows: whatever ends it, it
 * goes on where it was, and nothing is lost or counted twice, since the ledger still has it.
 */
export class Tailer {
  readonly #deps: TailerDeps
  readonly source: number
  #next: number
  #failing = false
  #behindSinceMs: number | null = null
  #work: Promise<unknown> = Promise.resolve()

  private constructor(deps: TailerDeps, { id, next }: store.Source) {
    this.#deps = deps
    this.source = id
    this.#next = next
  }

  static async open(deps: TailerDeps): Promise<Tailer> {
    const source = await store.openSource(deps.db, deps.ledger.origin)
    const tailer = new Tailer(deps, source)
    // The ledger was put back to an earlier state: the view must not tell of what it no longer has.
    if (source.next > deps.ledger.size) {
      deps.log.warn(
        { next: source.next, size: deps.ledger.size },
        'the ledger is shorter than its view: reading it anew',
      )
      await tailer.rebuild()
    }
    return tailer
  }

  /** Position that is to be read next: everything before it is in the view. */
  get next(): number {
    return this.#next
  }

  /** Ledger entries that the view doesn't have yet, and for how long there have been some. */
  lag(): { readonly entries: number; readonly ms: number; readonly failing: boolean } {
    const entries = Math.max(0, this.#deps.ledger.size - this.#next)
    const ms = this.#behindSinceMs === null ? 0 : this.#deps.clock.monotonic() - this.#behindSinceMs
    return { entries, ms: entries === 0 ? 0 : ms, failing: this.#failing }
  }

  /** Copies everything that is recorded now. @throws what the store throws; the mark stays where it was. */
  catchUp(): Promise<void> {
    return this.#oneAtATime(async () => {
      try {
        while (this.#next < this.#deps.ledger.size) {
          this.#behindSinceMs ??= this.#deps.clock.monotonic()
          const batch = await this.#read()
          if (batch.length === 0) break
          await this.#store(batch)
        }
        this.#behindSinceMs = null
        this.#failing = false
      } catch (error) {
        this.#failing = true
        throw error
      }
    })
  }

  /** Forgets the view of this ledger; the next `catchUp` reads all of it again. */
  rebuild(): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#deps.db.transaction().execute((tx) => store.clearSource(tx, this.source))
      this.#next = 0
    })
  }

  async #read(): Promise<Heard[]> {
    const heard = this.#deps.live.take(this.#next, BATCH)
    if (heard.length > 0) return heard
    const entries = await this.#deps.ledger.entries(this.#next, BATCH)
    // The event of an entry whose body was erased is gone: so is the decision.
    return entries.map(({ position, event }) => ({
      position,
      decision: event === null ? null : readDecision(event, position),
    }))
  }

  async #store(batch: readonly Heard[]): Promise<void> {
    const decisions = batch.flatMap(({ decision }) => decision ?? [])
    const read = { from: this.#next, next: this.#next + batch.length, decisions }
    this.#next = await this.#deps.db.transaction().execute((tx) => store.storeBatch(tx, this.source, read))
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {})
    return done
  }
}
