import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import type { EnforcementConfig } from '../../base/enforcement-config.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import type { Admission, RateLimits } from '../rate-limiter.ts'
import type { Principal } from '../schema.ts'
import type { SharedLimits } from '../shared-limits.ts'
import { Actions, type Relaxation, type Undone } from './actions.ts'
import { type EnforcementContext, type EnforcementNotice, refresh } from './context.ts'
import { enforcementJournal } from './journal.ts'
import { Links } from './links.ts'
import type { Traffic } from './patterns/traffic.ts'
import { Watch } from './patterns/watch.ts'
import { Readings } from './readings.ts'
import type { EnforcementAction, NewAction, NewStrike, PatternFound, Step, Strike } from './schema.ts'
import { Simulations } from './simulations.ts'
import { type Restriction, Standings } from './standings.ts'
import { Strikes } from './strikes.ts'
import { type DecisionLog, Tail } from './tail.ts'
import { Throttle } from './throttle.ts'

export interface EnforcementDeps {
  readonly db: DbHandle
  readonly ledger: EventLog & DecisionLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: EnforcementConfig
  /** The rate limits of a project. */
  readonly limitsOf: (projectId: string) => RateLimits
  /** Keeps throttles in step with other replicas; absent = this process counts alone. */
  readonly shared?: SharedLimits | null
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  /** Called for what people should hear of at once; must not throw. */
  readonly notify?: (notice: EnforcementNotice) => void
}

const POLL_MS = 250
const HOUSEKEEPING_MS = 10_000

/** How misuse is answered: strikes that expire, a ladder, restrictions that hold everywhere within a second, and their undoing. */
export class Enforcement implements AsyncDisposable {
  /** What is on record. */
  readonly readings: Readings
  readonly simulations: Simulations
  readonly #context: EnforcementContext
  readonly #strikes: Strikes
  readonly #actions: Actions
  readonly #tail: Tail
  readonly #throttle: Throttle
  readonly #watch: Watch
  readonly #listeners = new Set<() => void>()
  readonly #patternListeners = new Set<(pattern: PatternFound) => Promise<unknown>>()
  readonly #chores: Chores
  /** A change of this process failed: perhaps it is recorded, and must yet take effect. */
  #unfinished = false
  #freshAtMs: number

  /** Finishes changes that a crash cut off, and reads everything that counts into memory. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: EnforcementDeps): Promise<Enforcement> {
    const enforcement = new Enforcement(deps)
    await enforcement.#context.journal.recover()
    await enforcement.refresh()
    await enforcement.#tail.open()
    enforcement.#start()
    return enforcement
  }

  private constructor(deps: EnforcementDeps) {
    const { db, ledger, clock, ids, log, config, notify = () => {} } = deps
    const context: EnforcementContext = {
      db,
      journal: enforcementJournal({ db: db.db, ledger, clock, ids }),
      standings: new Standings(),
      clock,
      ids,
      log,
      settings: config,
      notify,
      changed: () => {
        for (const listener of this.#listeners) listener()
      },
    }
    const links = new Links(config.linkAddresses ? (address) => deps.digest(`address\n${address}`).slice(0, 32) : null)
    this.#context = context
    this.#chores = new Chores(log)
    this.#strikes = new Strikes(context)
    this.#actions = new Actions(context)
    this.#tail = new Tail(context, ledger, (offences) => this.#strikes.record(offences))
    this.#throttle = new Throttle(clock, deps.limitsOf, deps.shared ?? null)
    this.#watch = new Watch(context, links)
    this.readings = new Readings(context, links, this.#watch.tally)
    this.simulations = new Simulations(context, links, this.#watch.tally)
    this.#freshAtMs = clock.monotonic()
  }

  /** What holds for a request of this principal and end user now; null for nothing. In memory, about a tenth of a microsecond. */
  restrictionOf(principal: Principal, endUserId: string | null): Restriction | null {
    return this.#context.standings.restrictionOf(principal, endUserId, this.#context.clock.now())
  }

  /** How many subjects are warned, throttled, restricted, suspended or banned now. */
  inForce(): Readonly<Record<Step, number>> {
    return this.#context.standings.inForce(this.#context.clock.now())
  }

  /** Counts a request against the rate of who is throttled; null where nothing slows it down. */
  throttle(restriction: Restriction, principal: Principal, tokens: number): Admission | null {
    return this.#throttle.admit(restriction, principal, tokens)
  }

  /** Tells of every request that was judged, for patterns and links; never throws, touches no database. */
  observe(traffic: Traffic): void {
    this.#watch.observe(traffic)
  }

  /** Calls back whenever restrictions have changed, here or on another replica. @returns ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back with each pattern that this process found, until it resolves; perhaps more than once. */
  onPattern(listener: (pattern: PatternFound) => Promise<unknown>): void {
    this.#patternListeners.add(listener)
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND, FORBIDDEN, LEDGER_UNAVAILABLE; see `Actions.restrict` */
  restrict(input: NewAction, by: Actor): Promise<EnforcementAction> {
    return this.#noting(this.#actions.restrict(input, by))
  }

  /** A strike by a person; one that the decision has already stays as it is. @throws {AppError} LEDGER_UNAVAILABLE */
  strike(input: NewStrike, by: Actor): Promise<Strike> {
    return this.#noting(this.#strikes.give(input, by))
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT when there is nothing to lift */
  checkLiftable(actionId: string): Promise<EnforcementAction> {
    return this.#actions.checkLiftable(actionId)
  }

  /** Ends an action by the agreement of two people. @throws {AppError} see `Actions.lift` */
  lift(actionId: string, relaxation: Relaxation): Promise<EnforcementAction> {
    return this.#noting(this.#actions.lift(actionId, relaxation))
  }

  /** Undoes what a decision (`dec_…`) or an action (`act_…`) did. @throws {AppError} see `Actions.undo` */
  undo(id: string, relaxation: Relaxation): Promise<Undone> {
    return this.#noting(this.#actions.undo(id, relaxation))
  }

  /** How long ago it was certain that memory holds what the store does, milliseconds; stays 0 on the embedded store. */
  stalenessMs(): number {
    return this.#context.db.kind === 'embedded' ? 0 : this.#context.clock.monotonic() - this.#freshAtMs
  }

  /** Gives strikes for new decisions and records patterns. Runs four times a second. */
  async catchUp(): Promise<void> {
    if (this.#unfinished) {
      await this.#context.journal.recover()
      await this.refresh()
      this.#unfinished = false
    }
    await this.#noting(this.#tail.read())
    for (let found = this.#watch.next(); found !== undefined; found = this.#watch.next()) {
      await this.#noting(this.#strikes.found(found))
      for (const hear of this.#patternListeners) await hear(found)
      this.#watch.recorded(found)
    }
  }

  /** Closes what has run out, forgets what no longer counts, keeps the place in the ledger. Runs every ten seconds. */
  async housekeep(): Promise<void> {
    const { journal, standings, clock, db } = this.#context
    if (db.kind === 'postgres') await journal.recover()
    await this.#noting(this.#actions.expire())
    standings.forget(clock.now())
    this.#throttle.sweep()
    await this.#tail.store()
  }

  async close(): Promise<void> {
    await this.#chores.close()
    try {
      await this.#tail.read()
      await this.#tail.store()
    } catch (error) {
      this.#context.log.warn({ err: error }, 'enforcement not caught up at its end; it will be at the next start')
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Reads what other replicas changed: one short query when nothing did. Runs four times a second on a shared store. */
  async refresh(): Promise<void> {
    const startedMs = this.#context.clock.monotonic()
    await refresh(this.#context, this.#context.db.db)
    this.#freshAtMs = startedMs
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'LEDGER_UNAVAILABLE') this.#unfinished = true
      throw error
    }
  }

  #start(): void {
    // Apart from each other: a backlog of decisions must not hold up what other replicas have restricted.
    if (this.#context.db.kind === 'postgres')
      this.#chores.every(POLL_MS, 'enforcement not caught up', () => this.refresh())
    this.#chores.every(POLL_MS, 'enforcement not caught up', () => this.catchUp())
    this.#chores.every(HOUSEKEEPING_MS, 'enforcement not caught up', () => this.housekeep())
  }
}
