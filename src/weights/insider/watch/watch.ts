import { Chores } from '../../../base/chores.ts'
import { AppError } from '../../../base/errors.ts'
import { seal, unseal } from '../../../base/sealing.ts'
import { SharedTurn } from '../../../base/shared-turn.ts'
import type { Recorded } from '../../../ledger/index.ts'
import { type Activity, fromLedger, isOfStaff } from '../activity/index.ts'
import { take, withdraw } from '../cases/taking.ts'
import type { InsiderContext } from '../context.ts'
import { IMPORTED, type Imports } from '../imports.ts'
import type { WatchState } from '../views.ts'
import type { Fed, Standing } from './engine.ts'
import type { EnginePort } from './engine-thread.ts'
import * as store from './store.ts'
import { type Trend, withPoint } from './trend.ts'

const BATCH = 1_000
const POLL_MS = 250
const LEASE_MS = 5_000
/** The turn is kept, and it is said how far the watch is, so often. */
const RENEW_MS = 1_000
const SNAPSHOT_MS = 60_000
/** A large memory is put away more rarely: what it lacks is read again. */
const LARGE_BYTES = 4 * 1024 * 1024
const LARGE_SNAPSHOT_MS = 600_000
/** Whatever it fails at is tried again so much later: what it remembers is then read anew. */
const AFTER_FAILURE_MS = 2_000
const BOARD_MS = 2_000
const BOARD_MOST = 200

/** How risk stands, as it is put away. */
interface Board {
  readonly standings: readonly Standing[]
  readonly trend: Trend
}

export interface WatchDeps extends InsiderContext {
  readonly imports: Imports
  /** A thread with an empty memory. */
  readonly engine: () => EnginePort
  /** Called when alerts were taken: what they want done is done at once. */
  readonly acted: () => Promise<void>
  /** Told of each batch of events once alerts of it are taken. */
  readonly follow: (events: readonly Recorded[]) => Promise<void>
}

/**
 * Looks at all that is recorded, as it is recorded. Of any number of replicas one has the turn, and another takes it over within seconds. What it
 * remembers is put away each minute, sealed; whatever ends it, it goes on from there, and finds again what it had found: alerts are the same by
 * their id.
 */
export class Watch implements AsyncDisposable {
  readonly #deps: WatchDeps
  readonly #holder: string
  readonly #chores: Chores
  readonly #turn: SharedTurn
  #engine: EnginePort | null = null
  #next = 0
  #renewAtMs = Number.NEGATIVE_INFINITY
  #waitUntilMs = Number.NEGATIVE_INFINITY
  #snapshotAtMs = 0
  #savedNext = -1
  #boardAtMs = 0
  #boardNext = -1
  #trend: Trend | null = null
  #seen = 0
  #problem: string | null = null
  #failingSinceMs: number | null = null
  readonly #openedMs: number
  #unlisten: () => void = () => {}

  constructor(deps: WatchDeps) {
    this.#deps = deps
    this.#holder = deps.ids.next('watch')
    this.#openedMs = deps.clock.now()
    this.#chores = new Chores(deps.log)
    this.#turn = new SharedTurn(() => this.#advance())
  }

  start(): void {
    this.#chores.every(POLL_MS, 'the ledger is not watched for insiders', () => this.catchUp(), { first: 'now' })
    let isDue = false
    this.#unlisten = this.#deps.ledger.listen((recorded) => {
      // Requests of customers come by the thousand and are no doing of the staff: they wait for the next round.
      if (isDue || this.#engine === null || !isOfStaff(recorded)) return
      isDue = true
      setImmediate(() => {
        isDue = false
        this.#chores.now('the ledger is not watched for insiders', () => this.catchUp())
      })
    })
  }

  /** Looks at what is new, where this process has the turn. Runs four times a second, and when something of the staff was recorded. */
  catchUp(): Promise<void> {
    return this.#turn.run()
  }

  async state(): Promise<WatchState> {
    const { db, ledger, clock } = this.#deps
    const turn = await store.readTurn(db.db, ledger.origin)
    const heldUntilMs = turn?.leasedUntil.getTime() ?? this.#openedMs
    const failingMs = this.#failingSinceMs === null ? 0 : clock.monotonic() - this.#failingSinceMs
    return {
      held: turn !== null && heldUntilMs > clock.now(),
      unwatchedMs: Math.max(0, clock.now() - heldUntilMs, failingMs),
      here: this.#engine !== null,
      lag: Math.max(0, ledger.size - (this.#engine === null ? (turn?.next ?? 0) : this.#next)),
      problem: this.#problem,
    }
  }

  /** Activities that this process has looked at. */
  get seen(): number {
    return this.#seen
  }

  /** How risk stood when the board was last put away, and when that was. */
  async standings(): Promise<(Board & { at: Date }) | null> {
    const { db, ledger } = this.#deps
    const stored = await store.readState(db.db, ledger.origin, 'board')
    if (stored === null) return null
    const board: Board = JSON.parse(this.#unseal('board', stored.sealed).toString('utf8'))
    return { at: stored.at, ...board }
  }

  /** Forgets everything, and reads the ledger from its beginning. Alerts that are known stay as they are. */
  async rebuild(): Promise<void> {
    await store.dropState(this.#deps.db.db, this.#deps.ledger.origin)
    await this.#letGo()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlisten()
    await this.#chores.close()
    if (this.#engine === null) return
    const { db, ledger, clock, log } = this.#deps
    try {
      await this.#putAway()
      const now = new Date(clock.now())
      await store.leaveTurn(db.db, { origin: ledger.origin, holder: this.#holder, now, next: this.#next })
    } catch (error) {
      log.warn({ err: error }, 'the memory of the watch was not put away: what is new is read again')
    }
    await this.#letGo()
  }

  async #advance(): Promise<void> {
    if (this.#deps.clock.monotonic() < this.#waitUntilMs) return
    try {
      if (!(await this.#hasTurn())) return
      const { ledger } = this.#deps
      if (this.#next >= ledger.size) await ledger.refresh()
      while (this.#next < ledger.size && (await this.#hasTurn())) if (!(await this.#batch())) break
      await this.#putAwayWhenDue()
      this.#problem = null
      this.#failingSinceMs = null
    } catch (error) {
      this.#waitUntilMs = this.#deps.clock.monotonic() + AFTER_FAILURE_MS
      this.#failingSinceMs ??= this.#deps.clock.monotonic()
      this.#problem = error instanceof AppError ? error.code : 'INTERNAL'
      // What the thread has seen of the batch is not known: it begins again from what was put away.
      await this.#letGo()
      throw error
    }
  }

  async #hasTurn(): Promise<boolean> {
    const { db, ledger, clock } = this.#deps
    if (this.#engine !== null && clock.monotonic() < this.#renewAtMs) return true
    const now = new Date(clock.now())
    const next = this.#engine === null ? null : this.#next
    const isOurs = await store.takeTurn(db.db, {
      ...{ origin: ledger.origin, holder: this.#holder, now, leaseMs: LEASE_MS, next },
    })
    this.#renewAtMs = clock.monotonic() + RENEW_MS
    if (!isOurs) {
      await this.#letGo()
      return false
    }
    if (this.#engine === null) await this.#begin()
    return true
  }

  async #begin(): Promise<void> {
    const { db, ledger, log, clock } = this.#deps
    const engine = this.#deps.engine()
    this.#next = 0
    const stored = await store.readState(db.db, ledger.origin, 'memory')
    try {
      // A ledger that was put back to an earlier state, and a memory that can't be opened, are read anew.
      if (stored !== null && stored.next <= Math.max(ledger.size, await ledger.refresh())) {
        const { fed } = await engine.restore(this.#unseal('memory', stored.sealed))
        this.#next = stored.next
        await this.#take(fed)
      }
    } catch (error) {
      await engine[Symbol.asyncDispose]()
      if (!(error instanceof AppError && error.code === 'VERIFICATION_FAILED')) throw error
      log.warn({ err: error }, 'the memory of the watch is of no use: reading the ledger anew')
      await store.dropState(db.db, ledger.origin)
      return this.#begin()
    }
    this.#engine = engine
    this.#trend = (await this.standings())?.trend ?? null
    this.#savedNext = this.#next
    this.#snapshotAtMs = clock.monotonic() + SNAPSHOT_MS
    log.info({ next: this.#next }, 'this process watches the ledger for insiders')
  }

  /** @returns false when there is nothing to read yet */
  async #batch(): Promise<boolean> {
    const { ledger, clock, follow } = this.#deps
    const recorded = await ledger.recorded(this.#next, BATCH)
    if (recorded.length === 0) return false
    const activities = await this.#activitiesOf(recorded)
    if (activities.length > 0 && this.#engine !== null) {
      const { fed } = await this.#engine.feed(activities, clock.now())
      this.#seen += activities.length
      await this.#take(fed)
    }
    await follow(recorded)
    this.#next += recorded.length
    return true
  }

  async #activitiesOf(recorded: readonly Recorded[]): Promise<Activity[]> {
    const activities: Activity[] = []
    for (const entry of recorded) {
      if (!isOfStaff(entry)) continue
      const { event } = entry
      if (event === null) continue
      const activity = fromLedger({ event })
      if (activity !== null) activities.push(activity)
      if (event.kind === IMPORTED) activities.push(...(await this.#deps.imports.activitiesOf(event.subject.id)))
    }
    return activities
  }

  async #take({ stood, fell }: Fed): Promise<void> {
    const taken = await take(this.#deps, stood)
    if (taken > 0) this.#chores.now('containment waits', () => this.#deps.acted())
    if (fell.length > 0) await withdraw(this.#deps, fell)
  }

  async #putAwayWhenDue(): Promise<void> {
    const { clock } = this.#deps
    if (clock.monotonic() >= this.#snapshotAtMs && this.#next !== this.#savedNext) await this.#putAway()
    if (clock.monotonic() >= this.#boardAtMs && this.#next !== this.#boardNext) await this.#putBoard()
  }

  async #putAway(): Promise<void> {
    const { db, ledger, clock } = this.#deps
    if (this.#engine === null) return
    const state = await this.#engine.snapshot()
    const at = new Date(clock.now())
    await store.writeState(db.db, ledger.origin, 'memory', {
      ...{ next: this.#next, at, sealed: this.#seal('memory', state) },
    })
    this.#savedNext = this.#next
    this.#snapshotAtMs = clock.monotonic() + (state.length > LARGE_BYTES ? LARGE_SNAPSHOT_MS : SNAPSHOT_MS)
    await this.#putBoard()
  }

  async #putBoard(): Promise<void> {
    const { db, ledger, clock } = this.#deps
    if (this.#engine === null) return
    const standings = await this.#engine.standings(BOARD_MOST)
    const nowMs = clock.now()
    this.#trend = withPoint(this.#trend, standings, nowMs)
    const board: Board = { standings, trend: this.#trend }
    const sealed = this.#seal('board', Buffer.from(JSON.stringify(board)))
    await store.writeState(db.db, ledger.origin, 'board', { next: this.#next, at: new Date(nowMs), sealed })
    this.#boardAtMs = clock.monotonic() + BOARD_MS
    this.#boardNext = this.#next
  }

  async #letGo(): Promise<void> {
    const engine = this.#engine
    this.#engine = null
    await engine?.[Symbol.asyncDispose]()
  }

  #seal(part: store.StatePart, plain: Uint8Array): Buffer {
    return seal(this.#deps.pseudonyms.sealingKey, plain, contextOf(part), this.#deps.ids)
  }

  #unseal(part: store.StatePart, sealed: Uint8Array): Buffer {
    try {
      return unseal(this.#deps.pseudonyms.sealingKey, sealed, contextOf(part))
    } catch (cause) {
      throw new AppError('VERIFICATION_FAILED', 'what the watch remembers was changed, or its key is another one', {
        cause,
      })
    }
  }
}

function contextOf(part: store.StatePart): string {
  return `safelevel.insider.state/1\n${part}`
}
