import { z } from 'zod'
import { Chores } from '../../base/chores.ts'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { SharedTurn } from '../../base/shared-turn.ts'
import type { JournalDeps } from '../../journal/index.ts'
import type { Approvals } from '../../staff/index.ts'
import type { Catalogue, Control, ControlId } from '../catalogue/index.ts'
import type { Probe } from '../probe.ts'
import type { Entries } from '../probes/world.ts'
import { Attestations, type Attester } from './attestations.ts'
import { boardOf, type Facts, findingOf, standings, wireOf } from './board.ts'
import { Changes } from './changes.ts'
import type { ControlsConfig, ControlsContext } from './context.ts'
import { EntryIndex } from './entry-index.ts'
import { CONTROL_EXCEPTION_ACTION, Exceptions } from './exceptions.ts'
import { Looking } from './looking.ts'
import { controlsJournal } from './records.ts'
import {
  type ControlAttestation,
  type ControlBoard,
  type ControlChange,
  type ControlCounts,
  ControlFinding,
  type ControlRow,
  type ControlView,
  type ControlViews,
  type NewAttestation,
} from './schema.ts'
import type { Found } from './state.ts'
import * as store from './store.ts'

const LOOK_MS = 20_000
const TURN_MS = 5_000
/** What begins with the process shows within moments, so at first it looks at each turn. */
const EAGER_MS = 30_000
const LEASE_MS = 15_000
/** Twice the time between looks, and some: after that what is shown is not how it is. */
const LATE_MS = 60_000
const SHOWN = 20

export type ControlsDeps = Omit<ControlsContext, 'journal'> & { readonly config: ControlsConfig }

/** What a look found, for processes that didn't look. */
const Findings = z.record(z.string(), ControlFinding)

interface Looked {
  readonly atMs: number
  readonly found: ReadonlyMap<string, Found>
}

/**
 * Whether the commitments hold: has their probes look by the clock, keeps how each stands and how it came to, and what people say of those that no
 * software can see. Of any number of replicas one looks at a time, and all of them can tell.
 */
export class Controls implements AsyncDisposable {
  readonly config: ControlsConfig
  readonly entries: Entries
  readonly attestations: Attestations
  readonly exceptions: Exceptions
  readonly #context: ControlsContext
  readonly #index: EntryIndex
  readonly #changes: Changes
  readonly #looking: Looking
  readonly #holder: string
  readonly #chores: Chores
  readonly #turn: SharedTurn
  readonly #openedMs: number
  #probes: readonly Probe[] = []
  #looked: Looked | null = null
  #lookAtMs = Number.NEGATIVE_INFINITY

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: ControlsDeps): Promise<Controls> {
    const controls = new Controls(deps)
    await controls.#context.journal.recover()
    return controls
  }

  private constructor({ config, ...deps }: ControlsDeps) {
    const { db, ledger, clock, ids } = deps
    const journalDeps: JournalDeps = { db: db.db, ledger, clock, ids }
    this.#context = { ...deps, journal: controlsJournal(journalDeps) }
    this.config = config
    this.#index = new EntryIndex(this.#context)
    this.entries = this.#index
    this.attestations = new Attestations(this.#context)
    this.exceptions = new Exceptions(this.#context)
    this.#changes = new Changes(this.#context)
    this.#looking = new Looking(deps.log)
    // The embedded store has one process at a time, and the one before it may have been killed.
    this.#holder = db.kind === 'postgres' ? ids.next('ctl') : 'embedded'
    this.#openedMs = clock.monotonic()
    this.#chores = new Chores(deps.log)
    this.#turn = new SharedTurn(() => this.#look())
  }

  /** What is looked at. @throws {AppError} CONFIG_INVALID */
  get catalogue(): Catalogue {
    return this.#context.catalogue()
  }

  /** Lets people ask for what takes two. Before the approvals start. */
  register(approvals: Pick<Approvals, 'registerAction'>): void {
    approvals.registerAction(CONTROL_EXCEPTION_ACTION, this.exceptions.granting())
  }

  /** What looks. One for each control that can be looked at; the first that is given counts. */
  watch(probes: readonly Probe[]): void {
    const known = new Map<ControlId, Probe>()
    for (const probe of probes) if (!known.has(probe.control)) known.set(probe.control, probe)
    this.#probes = [...known.values()]
  }

  /** Begins to look: every twenty seconds, at first more often. */
  start(): void {
    this.#chores.every(TURN_MS, 'controls were not looked at', () => this.#lookWhenDue(), { first: 'now' })
  }

  /** Looks now, unless another process has the turn to. */
  look(): Promise<void> {
    return this.#turn.run()
  }

  /** How all of them stand. @param config another profile than the one in force @throws {AppError} NOT_FOUND for a profile that there isn't */
  async board(config: ControlsConfig = this.config): Promise<ControlBoard> {
    for (const id of [config.profile, ...config.overlays]) this.catalogue.profile(id)
    const looked = (await this.#newest()) ?? (await this.look().then(() => this.#newest()))
    return boardOf({ ...(await this.#facts(looked)), config })
  }

  /** How many of the profile in force hold; null while nobody has looked. */
  async counts(): Promise<ControlCounts | null> {
    const looked = await this.#newest()
    return looked === null ? null : boardOf({ ...(await this.#facts(looked)), config: this.config }).counts
  }

  /** All there is to one. @throws {AppError} NOT_FOUND */
  async view(id: string): Promise<ControlView> {
    const [view] = (await this.views([id])).controls
    if (view === undefined) throw new AppError('INTERNAL', 'a control is on no board')
    return view
  }

  /** All there is to several, as they stood at one instant. @throws {AppError} NOT_FOUND */
  async views(ids: readonly string[]): Promise<ControlViews> {
    const asked = ids.map((id) => this.catalogue.control(id))
    const { lookedAt, controls } = await this.board()
    const rows = new Map(controls.map((row) => [row.id, row]))
    const views: ControlView[] = []
    for (const control of asked) {
      const row = rows.get(control.id)
      if (row !== undefined) views.push(await this.#viewOf(control, row))
    }
    return { lookedAt, controls: views }
  }

  async #viewOf(control: Control, row: ControlRow): Promise<ControlView> {
    const { id, statement, sources, lineage, mappings, freshDays, guidance } = control
    const [attestations, exceptions, history] = await Promise.all([
      this.attestations.of(id, SHOWN),
      this.exceptions.of(id, SHOWN),
      this.#changes.of(id, SHOWN),
    ])
    const profiles = this.catalogue.profiles.filter((one) => one.controls.includes(id)).map((one) => one.id)
    return {
      ...{ ...row, statement, sources, lineage, mappings, freshDays, guidance, profiles },
      ...{ attestations, exceptions, history },
    }
  }

  /** How one came to stand as it does, newest first. @throws {AppError} NOT_FOUND */
  async history(
    id: string,
    { limit, before }: { limit: number; before?: string | undefined },
  ): Promise<ControlChange[]> {
    return this.#changes.of(this.catalogue.control(id).id, limit, before)
  }

  /** What changed last, of all of them. */
  changes(limit: number): Promise<ControlChange[]> {
    return this.#changes.latest(limit)
  }

  /** @throws {AppError} as `Attestations.attest` */
  attest(id: string, input: NewAttestation, by: Attester): Promise<ControlAttestation> {
    return this.attestations.attest(id, input, by)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    const { db, ledger, clock, log } = this.#context
    try {
      await store.leaveTurn(db.db, ledger.origin, this.#holder, new Date(clock.now()))
    } catch (error) {
      log.warn({ err: error }, 'the turn to look at controls was not left: another takes it once it has run out')
    }
  }

  async #lookWhenDue(): Promise<void> {
    const { clock, db, journal } = this.#context
    if (db.kind === 'postgres') await journal.recover()
    if (clock.monotonic() >= this.#lookAtMs) return await this.look()
    if (db.kind === 'postgres') await this.#takeTurn()
  }

  async #look(): Promise<void> {
    const { clock, db, ledger, prepare } = this.#context
    const next = await this.#takeTurn()
    if (next === null) return
    await prepare?.()
    const now = clock.monotonic()
    this.#lookAtMs = now + (now - this.#openedMs < EAGER_MS ? TURN_MS : LOOK_MS)
    await this.#index.catchUp(next)
    const findings = await this.#looking.at(this.#probes)
    const atMs = clock.now()
    const found = new Map([...findings].map(([control, finding]) => [control, { finding, atMs }]))
    this.#looked = { atMs, found }
    const body = Object.fromEntries([...findings].map(([control, finding]) => [control, wireOf(finding)]))
    await store.writeBoard(db.db, ledger.origin, new Date(atMs), JSON.stringify(body))
    const attestations = await this.attestations.newestOfAll()
    await this.#changes.note(standings({ catalogue: this.catalogue, nowMs: atMs, found, attestations }))
  }

  /** @returns how far the ledger was read; null while another process has the turn */
  #takeTurn(): Promise<number | null> {
    const { db, ledger, clock } = this.#context
    const now = new Date(clock.now())
    return store.takeTurn(db.db, { origin: ledger.origin, holder: this.#holder, now, leaseMs: LEASE_MS })
  }

  async #facts(looked: Looked | null): Promise<Omit<Facts, 'config'>> {
    const { clock } = this.#context
    const [attestations, exceptions, recorded] = await Promise.all([
      this.attestations.newestOfAll(),
      this.exceptions.all(),
      this.#changes.recorded(),
    ])
    const nowMs = clock.now()
    return {
      ...{ catalogue: this.catalogue, nowMs, attestations, exceptions, recorded },
      lookedAt: looked === null ? null : iso(looked.atMs),
      problem: problemOf(looked, nowMs),
      found: looked?.found ?? new Map(),
    }
  }

  /** What this process found, or another one later. */
  async #newest(): Promise<Looked | null> {
    const { db, ledger } = this.#context
    if (this.#looked !== null && db.kind !== 'postgres') return this.#looked
    const row = await store.readBoard(db.db, ledger.origin)
    if (row === null || (this.#looked !== null && this.#looked.atMs >= row.at.getTime())) return this.#looked
    const atMs = row.at.getTime()
    const findings = Object.entries(Findings.parse(JSON.parse(row.body)))
    return { atMs, found: new Map(findings.map(([control, one]) => [control, { finding: findingOf(one), atMs }])) }
  }
}

function problemOf(looked: Looked | null, nowMs: number): string | null {
  if (looked === null) return 'controls have not been looked at yet'
  const age = nowMs - looked.atMs
  if (age <= LATE_MS) return null
  return `controls were last looked at ${Math.floor(age / 1_000)} s ago: see the log`
}
