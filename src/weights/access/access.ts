import { Chores } from '../../base/chores.ts'
import { SharedTurn } from '../../base/shared-turn.ts'
import type { Approvals } from '../../staff/index.ts'
import { records, weightsJournal } from '../records/index.ts'
import { Board, ON_BOARD } from './board.ts'
import { Campaigns } from './campaigns.ts'
import { Canaries } from './canaries.ts'
import type { AccessContext, AccessDeps } from './context.ts'
import { COPY_ACTION, Copies } from './copies.ts'
import { Custodies } from './custody.ts'
import { DEVICE_ACTION, Devices } from './devices.ts'
import { ENVIRONMENT_ACTION, Environments } from './environments.ts'
import { containment, type Deployed } from './finding.ts'
import { BreakGlass, GLASS_ACTION } from './glass.ts'
import { GRANT_ACTION, grantAction } from './granting.ts'
import { Grants } from './grants.ts'
import { Locks, UNLOCK_ACTION } from './locks.ts'
import { OVERLAY_ACTION, OverlaySwitching } from './overlay.ts'
import { Requests } from './requests.ts'
import { Upkeep } from './upkeep.ts'

const POLL_MS = 250
const UPKEEP_MS = 5_000

/** Who may open weights: devices, grants, locks, and what is owed for them. */
export class Access implements AsyncDisposable {
  readonly devices: Devices
  readonly environments: Environments
  readonly requests: Requests
  readonly grants: Grants
  readonly locks: Locks
  readonly glass: BreakGlass
  readonly campaigns: Campaigns
  readonly copies: Copies
  readonly custodies: Custodies
  readonly overlay: OverlaySwitching
  readonly canaries: Canaries
  readonly #context: AccessContext
  readonly #upkeep: Upkeep
  readonly #chores: Chores
  readonly #turn: SharedTurn
  #version = 0

  /** Finishes what a crash cut off and reads what stands into memory. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: AccessDeps): Promise<Access> {
    const access = new Access(deps)
    await access.#context.journal.recover()
    await access.refresh()
    return access
  }

  private constructor({ ledger, ...deps }: AccessDeps) {
    const { db, clock, ids, log } = deps
    const journal = weightsJournal({ db: db.db, ledger, clock, ids })
    this.#turn = new SharedTurn(() => this.#read())
    const context = { ...deps, journal, board: new Board(), refresh: () => this.refresh() }
    this.#context = context
    this.#chores = new Chores(log)
    this.#upkeep = new Upkeep(context)
    this.devices = new Devices(context)
    this.environments = new Environments(context)
    this.locks = new Locks(context)
    this.canaries = new Canaries(context)
    this.grants = new Grants(context, this.locks)
    this.requests = new Requests(context, this)
    this.glass = new BreakGlass(context, this)
    this.campaigns = new Campaigns(context)
    this.copies = new Copies(context)
    this.custodies = new Custodies(context)
    this.overlay = new OverlaySwitching(context)
  }

  /** Lets people ask for what this room decides. Before `start`, and before the approvals start. */
  register(approvals: Pick<Approvals, 'registerAction'>): void {
    approvals.registerAction(DEVICE_ACTION, this.devices.approving())
    approvals.registerAction(ENVIRONMENT_ACTION, this.environments.attesting())
    approvals.registerAction(GRANT_ACTION, grantAction(this.#context, this))
    approvals.registerAction(UNLOCK_ACTION, this.locks.unlocking())
    approvals.registerAction(GLASS_ACTION, this.glass.settingUp())
    approvals.registerAction(COPY_ACTION, this.copies.extending())
    approvals.registerAction(OVERLAY_ACTION, this.overlay.switching())
  }

  /** Begins to follow other replicas and the clock. */
  start(): void {
    this.#chores.every(POLL_MS, 'access to weights not read anew', () => this.refresh())
    this.#chores.every(UPKEEP_MS, 'access to weights not caught up', () => this.catchUp())
  }

  /** Whether the weights of what is deployed are contained, for the gate of deployments. */
  finding(deployed: Deployed): Promise<{ met: boolean; says: string }> {
    return containment(this.#context, this, deployed)
  }

  /** Brings the memory up to what is in the store: one short query when nothing has changed; who asks meanwhile shares a turn. */
  refresh(): Promise<void> {
    return this.#turn.run()
  }

  /** Ends what has run out, tells what is overdue. Runs every five seconds, on any number of replicas. */
  async catchUp(): Promise<void> {
    const { db, journal } = this.#context
    if (db.kind === 'postgres') await journal.recover()
    await this.#upkeep.catchUp()
    await this.campaigns.catchUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }

  async #read(): Promise<void> {
    const { db, board } = this.#context
    const version = await records.headVersion(db.db)
    if (version === this.#version) return
    const rows = await records.changedSince(db.db, ON_BOARD, this.#version)
    for (const row of rows) board.place(row)
    // Changes get their numbers in the order in which they take effect: none that comes later has a lower one.
    this.#version = rows.reduce((latest, row) => Math.max(latest, row.version), version)
  }
}
