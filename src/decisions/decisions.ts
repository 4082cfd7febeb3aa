import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type Page, readPage } from '../base/page.ts'
import type { DbHandle } from '../db/index.ts'
import { Followers, type FollowHandler } from './followers.ts'
import { Live } from './live.ts'
import { Partitions } from './partitions.ts'
import type { DecisionFilter, DecisionQuery, DecisionSummary, RecordedDecision, SummaryStep } from './schema.ts'
import * as store from './store.ts'
import { summarise, wholeSteps } from './summary.ts'
import { type LedgerView, Tailer } from './tailer.ts'

export interface DecisionsDeps {
  readonly db: DbHandle
  readonly ledger: LedgerView
  readonly clock: Clock
  readonly log: Log
  /** Days that a decision stays in the view, 0 = for ever: the ledger has it either way. */
  readonly retentionDays?: number
}

const TAIL_MS = 250
const SLOWEST_TAIL_MS = 5_000
const STREAM_PAGE = 2_000
const TEND_MS = 3_600_000
const MISSED_ENTRIES = 1_000

/** Every decision of the gateway, to be searched, counted, followed and replayed: a view over the ledger, which remains the source. */
export class Decisions implements AsyncDisposable {
  readonly #deps: DecisionsDeps
  readonly #live: Live
  readonly #tailer: Tailer
  readonly #partitions: Partitions
  readonly #chores: Chores
  readonly #followers: Followers
  readonly #stopListening: () => void
  #timer: NodeJS.Timeout | null = null
  #closed = false
  #running: Promise<void> = Promise.resolve()

  /** Listens from now on; what was recorded before is copied once `start` runs, or by `catchUp`. */
  static async open(deps: DecisionsDeps): Promise<Decisions> {
    const live = new Live((err) => deps.log.error({ err }, 'a subscriber to decisions failed'))
    const stop = deps.ledger.listen((recorded) => live.hear(recorded))
    try {
      const { clock, retentionDays = 0 } = deps
      const partitions = new Partitions({ db: deps.db.db, clock, log: deps.log, retentionDays })
      await partitions.tend().catch((err: unknown) => deps.log.warn({ err }, 'the days of the view were not tended'))
      const tailer = await Tailer.open({ ...deps, db: deps.db.db, partitions })
      return new Decisions(deps, live, tailer, partitions, stop)
    } catch (error) {
      stop()
      throw error
    }
  }

  private constructor(
    deps: DecisionsDeps,
    live: Live,
    tailer: Tailer,
    partitions: Partitions,
    stopListening: () => void,
  ) {
    this.#deps = deps
    this.#live = live
    this.#tailer = tailer
    this.#partitions = partitions
    this.#chores = new Chores(deps.log)
    this.#followers = new Followers(deps.db.db, tailer, deps.log)
    this.#stopListening = stopListening
  }

  /** To be called once every follower has been added. */
  start(): void {
    if (this.#timer !== null) return
    this.#schedule(TAIL_MS)
    this.#chores.every(TEND_MS, 'the days of the view over decisions were not tended', () => this.tend())
  }

  /** Brings the view and its followers up to what is recorded now. Runs four times a second. */
  async catchUp(): Promise<void> {
    const failed = new Set<string>()
    // What is recorded meanwhile waits for the next turn: a few large batches cost the store a fraction of many small ones.
    const until = this.#deps.ledger.size
    // Followers after each batch, as long as it is in memory.
    while (this.#tailer.next < until && (await this.#tailer.advance())) await this.#followers.advance(failed)
    await this.#followers.advance(failed)
  }

  /** Makes the coming days' room and lets go of days that are over their time. Runs every hour. */
  async tend(): Promise<void> {
    const dropped = await this.#partitions.tend()
    if (dropped > 0) this.#deps.log.info({ days: dropped }, 'decisions over their time were let go')
  }

  /** The days that the view keeps apart, oldest first, `2026-01-31`. */
  days(): Promise<string[]> {
    return this.#partitions.days()
  }

  /** Newest first. */
  list(query: DecisionQuery): Promise<Page<RecordedDecision>> {
    const days = this.#partitions.span()
    return readPage(query.limit, (limit) => store.listDecisions(this.#deps.db.db, days, { ...query, limit }))
  }

  /** @throws {AppError} NOT_FOUND: no such decision, or it was made less than a moment ago. */
  async get(id: string): Promise<RecordedDecision> {
    const decision = await store.findDecision(this.#deps.db.db, id)
    if (decision === null) throw new AppError('NOT_FOUND', 'there is no such decision')
    return decision
  }

  /** Numbers for charts, from hourly counts. @throws {AppError} REQUEST_INVALID over 2400 steps. */
  async summary(range: {
    readonly since: string
    readonly until: string
    readonly step: SummaryStep
  }): Promise<DecisionSummary> {
    const steps = wholeSteps(Date.parse(range.since), Date.parse(range.until), range.step)
    return summarise(steps, range.step, await store.countSteps(this.#deps.db.db, steps.since, steps.until, range.step))
  }

  /** Oldest first, for replay: the next page is read while one is used, so memory holds two. */
  async *stream(filter: DecisionFilter = {}): AsyncGenerator<RecordedDecision, void, undefined> {
    const read = (beyond: string | null) =>
      store.pageForward(this.#deps.db.db, this.#partitions.span(), filter, beyond, STREAM_PAGE)
    for (let coming: Promise<RecordedDecision[]> | null = read(null); coming !== null; ) {
      const page: RecordedDecision[] = await coming
      coming = page.length < STREAM_PAGE ? null : read(page.at(-1)?.id ?? null)
      coming?.catch(() => {}) // met when it is awaited; who stops early never does
      yield* page
    }
  }

  /** Decisions of this process’s ledger from a position on, in its order: what a live reader has missed. */
  async since(position: number, limit: number): Promise<RecordedDecision[]> {
    const found: RecordedDecision[] = []
    for (let from = position; found.length < limit && from < this.#tailer.next; ) {
      const { decisions, next } = await this.#tailer.reread(this.#deps.db.db, from, MISSED_ENTRIES)
      if (next === from) break
      found.push(...decisions)
      from = next
    }
    return found.slice(0, limit)
  }

  /**
   * Tells of decisions within milliseconds of their being recorded, before they are in the view. What happens while this process is
   * down is not told: who must miss nothing uses `follow`.
   *
   * @param listener must be quick
   * @returns ends it
   */
  subscribe(listener: (decision: RecordedDecision) => void): () => void {
    return this.#live.subscribe(listener)
  }

  /**
   * Tells of every decision once, in order, in a transaction that also keeps how far it is. Add followers before `start`.
   *
   * @param name under which the mark is kept: stable, unique
   * @param from where a follower that is new begins
   */
  follow(name: string, handler: FollowHandler, from: 'start' | 'now' = 'now'): Promise<void> {
    return this.#followers.add(name, handler, from)
  }

  /** How far the view is behind the ledger. */
  lag(): { readonly entries: number; readonly ms: number; readonly failing: boolean } {
    return this.#tailer.lag()
  }

  /** Reads the whole ledger into the view anew; followers are not told again. */
  async rebuild(): Promise<void> {
    await this.#tailer.rebuild()
    await this.catchUp()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#running
    await this.#chores.close()
    this.#stopListening()
    await this.catchUp().catch((err: unknown) =>
      this.#deps.log.warn({ err }, 'the last decisions are not in the view yet'),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #schedule(afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.catchUp().then(
        () => this.#again(TAIL_MS),
        (err: unknown) => {
          // Once for each outage; the ledger keeps what the store can't take.
          if (afterMs === TAIL_MS) this.#deps.log.warn({ err }, 'decisions can’t be stored; the ledger has them')
          this.#again(Math.min(afterMs * 2, SLOWEST_TAIL_MS))
        },
      )
    }, afterMs).unref()
  }

  #again(afterMs: number): void {
    if (!this.#closed) this.#schedule(afterMs)
  }
}
