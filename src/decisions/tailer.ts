import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { timeOfId } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Partitions } from './partitions.ts'
import { DECISION_KIND, readDecision } from './read-event.ts'
import type { RecordedDecision } from './schema.ts'
import * as store from './store.ts'

const BATCH = 1_000
/** Requests go on between. */
const READ_AT_ONCE = 100
/** Decisions that are kept for followers; who is further behind reads the store. */
const MAX_KEPT = 4_096

/** What the view reads of the ledger. */
export type LedgerView = Pick<Ledger, 'size' | 'refresh' | 'origin' | 'recorded' | 'listen'>

export interface TailerDeps {
  readonly db: Db
  readonly ledger: LedgerView
  readonly partitions: Partitions
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
  #kept: store.Batch[] = []
  #failing = false
  #behindSinceMs: number | null = null
  /** Once the view has everything before this, it is as far as the ledger was at `#behindSinceMs`. */
  #behindUntil = 0
  #work: Promise<unknown> = Promise.resolve()

  private constructor(deps: TailerDeps, { id, next }: store.Source) {
    this.#deps = deps
    this.source = id
    this.#next = next
  }

  static async open(deps: TailerDeps): Promise<Tailer> {
    const source = await store.openSource(deps.db, deps.ledger.origin)
    const tailer = new Tailer(deps, source)
    // The ledger was put back to an earlier state: the view must not tell of what it no longer has. Or another replica, whose ledger it is
    // too, was a moment ahead.
    const size = source.next > deps.ledger.size ? await deps.ledger.refresh() : deps.ledger.size
    if (source.next > size) {
      deps.log.warn({ next: source.next, size }, 'the ledger is shorter than its view: reading it anew')
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

  /**
   * Copies the next batch of what is recorded.
   *
   * @returns false when there is none
   * @throws what the store throws; the mark stays where it was.
   */
  advance(): Promise<boolean> {
    return this.#oneAtATime(async () => {
      try {
        this.#noteLag()
        const behind = this.#next < this.#deps.ledger.size
        const copied = behind && (await this.#copy())
        this.#noteLag()
        this.#failing = false
        return copied
      } catch (error) {
        this.#failing = true
        throw error
      }
    })
  }

  /** Forgets the view of this ledger, which is then read again from its beginning. */
  rebuild(): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#deps.db.transaction().execute((tx) => store.clearSource(tx, this.source))
      this.#next = 0
      this.#kept = []
    })
  }

  /** The batch that holds `position`, if it is still in memory: followers need not ask the store for what was just put there. */
  kept(position: number): store.Batch | null {
    return this.#kept.find(({ from, next }) => from <= position && position < next) ?? null
  }

  /** What the view has from `from` on, at most `limit` entries of the ledger further: for who is too far behind for `kept`. */
  async reread(db: Db, from: number, limit: number): Promise<store.Batch> {
    const recorded = limit > 0 ? await this.#deps.ledger.recorded(from, limit) : []
    const decisions = await store.keepStored(db, this.source, await decisionsOf(recorded))
    return { from, next: from + recorded.length, decisions }
  }

  /** Everything before `position` has been told to whoever follows. */
  release(position: number): void {
    this.#kept = this.#kept.filter(({ next }) => next > position)
  }

  /** Under a load without pause there is always something new: late is what was there already when we last looked. */
  #noteLag(): void {
    const { ledger, clock } = this.#deps
    if (this.#behindSinceMs !== null && this.#next < this.#behindUntil) return
    this.#behindSinceMs = this.#next < ledger.size ? clock.monotonic() : null
    this.#behindUntil = ledger.size
  }

  /** @returns false when there is nothing to read yet. */
  async #copy(): Promise<boolean> {
    const from = this.#next
    const recorded = await this.#deps.ledger.recorded(from, BATCH)
    if (recorded.length === 0) return false
    const decisions = await decisionsOf(recorded)
    await this.#deps.partitions.ensure(timesOf(decisions))
    const batch = { from, next: from + recorded.length, decisions }
    const stored = await store.storeBatch(this.#deps.db, this.source, batch)
    // Of an event that stands on the ledger twice the view has one: only the store can tell which.
    if (stored.allNew) this.#keep(batch)
    this.#next = stored.next
    return true
  }

  #keep(batch: store.Batch): void {
    this.#kept.push(batch)
    let count = this.#kept.reduce((sum, { decisions }) => sum + decisions.length, 0)
    while (count > MAX_KEPT) count -= this.#kept.shift()?.decisions.length ?? 0
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {})
    return done
  }
}

async function decisionsOf(recorded: Awaited<ReturnType<LedgerView['recorded']>>): Promise<RecordedDecision[]> {
  const decisions: RecordedDecision[] = []
  for (const [i, entry] of recorded.entries()) {
    if (i > 0 && i % READ_AT_ONCE === 0) await setImmediate()
    if (entry.kind !== DECISION_KIND) continue
    const { position, event } = entry
    // The event of an entry whose body was erased is gone: so is the decision.
    const decision = event === null ? null : readDecision(event, position)
    if (decision !== null) decisions.push(decision)
  }
  return decisions
}

function* timesOf(decisions: readonly RecordedDecision[]): Generator<number> {
  for (const { id } of decisions) {
    const ms = timeOfId(id)
    if (ms !== null) yield ms
  }
}
