import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { SealedTexts } from '../../journal/index.ts'
import type { Recorded } from '../../ledger/index.ts'
import type { Approvals } from '../../staff/index.ts'
import { type RiskBoard, riskBoard } from './board.ts'
import { Cases, OPEN_ACTION } from './cases/cases.ts'
import { present } from './cases/taking.ts'
import { Timelines } from './cases/timelines.ts'
import type { InsiderConfig } from './config.ts'
import { Containing } from './containment/containment.ts'
import type { InsiderContext, WatchedLedger } from './context.ts'
import { Drills } from './drill.ts'
import { Imports } from './imports.ts'
import type { ContainmentPort, StaffPort, Viewer } from './ports.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { insiderJournal } from './records.ts'
import { Replays } from './replay.ts'
import { Retention } from './retention.ts'
import { type RulesInForce, rulesInForce, ruleText } from './rules-in-force.ts'
import { type InsiderSettings, settingsOf } from './settings.ts'
import { type InsiderStatement, type RuleText, statementOf, type WatchState } from './views.ts'
import { type EnginePort, EngineThread } from './watch/engine-thread.ts'
import { Watch } from './watch/watch.ts'

export interface InsiderDeps {
  readonly db: DbHandle
  readonly ledger: WatchedLedger
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: InsiderConfig
  /** Of the installation: the keys of this room follow from its `digest.key`. */
  readonly keysDir: string
  readonly staff: StaffPort
  readonly containment: ContainmentPort
  /** Another detection than the shipped one. */
  readonly engine?: (config: InsiderConfig, off?: readonly string[]) => EnginePort
}

const UPKEEP_MS = 1_000
const RETENTION_MS = 3_600_000

/** The insider-threat programme as it runs: what staff do is watched, alerts become cases, and what the policy wants is done at once. */
export class Insider implements AsyncDisposable {
  readonly cases: Cases
  readonly imports: Imports
  readonly drills: Drills
  readonly replays: Replays
  readonly config: InsiderConfig
  readonly #watch: Watch
  readonly #context: InsiderContext
  readonly #containing: Containing
  readonly #retention: Retention
  readonly #chores: Chores

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: InsiderDeps): Promise<Insider> {
    const insider = new Insider(deps)
    await insider.#context.journal.recover()
    return insider
  }

  private constructor(deps: InsiderDeps) {
    const { db, ledger, clock, ids, log, config, keysDir, staff, containment } = deps
    const engine = deps.engine ?? ((of, off = []) => new EngineThread({ config: of, off }))
    const pseudonyms = new Pseudonyms(keysDir, ids)
    const texts = new SealedTexts<string>('safelevel.insider', pseudonyms.sealingKey, ids)
    const journal = insiderJournal({ db: db.db, ledger, clock, ids })
    const context = { db, ledger, journal, clock, ids, log, config, pseudonyms, texts, staff, containment }
    this.#context = context
    this.config = config
    this.imports = new Imports(context)
    this.cases = new Cases(context, new Timelines(context, this.imports))
    this.drills = new Drills(context, this.imports)
    this.replays = new Replays(context, this.imports, engine)
    this.#containing = new Containing(context, this.cases)
    this.#retention = new Retention(context, this.imports)
    this.#watch = new Watch({
      ...{ ...context, imports: this.imports, engine: () => engine(config) },
      acted: () => this.#containing.catchUp(),
      follow: (events) => this.#follow(events),
    })
    this.#chores = new Chores(log)
  }

  /** Lets people ask for what this room decides. Before `start`, and before the approvals start. */
  register(approvals: Pick<Approvals, 'registerAction'>): void {
    approvals.registerAction(OPEN_ACTION, this.cases.opening())
  }

  start(): void {
    if (!this.config.watch) return
    this.#watch.start()
    this.#chores.every(UPKEEP_MS, 'cases about insiders not caught up', () => this.catchUp())
    this.#chores.every(RETENTION_MS, 'what is due was not erased', () => this.#retention.catchUp(), { first: 'now' })
  }

  /** Does what waits to be done. Runs each second, on any number of replicas. */
  async catchUp(): Promise<void> {
    const { db, journal } = this.#context
    if (db.kind === 'postgres') await journal.recover()
    await this.#containing.catchUp()
    await present(this.#context)
    await this.drills.catchUp()
  }

  /** Looks at what is new now, rather than at the next turn. */
  look(): Promise<void> {
    return this.#watch.catchUp()
  }

  /** Erases what is due. */
  erase(): Promise<void> {
    return this.#retention.catchUp()
  }

  /** How risk stands, as this viewer may see it. */
  board(viewer: Viewer): Promise<RiskBoard> {
    return riskBoard(this.#context, this.#watch, viewer)
  }

  /** How the watch does: says nothing of cases, which might be about whoever asks. */
  watching(): Promise<WatchState> {
    return this.#watch.state()
  }

  /** Rules that are in force, and what they and the models of behaviour cover. */
  rules(): RulesInForce {
    return rulesInForce()
  }

  /** @throws {AppError} NOT_FOUND */
  rule(cause: string): RuleText {
    return ruleText(cause)
  }

  /** How it is set, and what follows. */
  async settings(): Promise<InsiderSettings> {
    return settingsOf(this.config, await this.#context.staff.analysts())
  }

  /** For everybody who works here. */
  statement(): InsiderStatement {
    return statementOf(this.config)
  }

  /** Reads the ledger anew. Alerts that are known stay as they are. */
  rebuild(): Promise<void> {
    return this.#watch.rebuild()
  }

  /** Activities that this process has looked at. */
  get seen(): number {
    return this.#watch.seen
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    await this.#watch[Symbol.asyncDispose]()
  }

  async #follow(events: readonly Recorded[]): Promise<void> {
    for (const entry of events) {
      if (entry.kind !== 'weights.lock_lifted' || entry.event === null) continue
      await this.#containing.released(entry.event.subject.id)
    }
  }
}
