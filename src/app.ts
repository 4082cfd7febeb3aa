import {
  type Accounts,
  type Enforcement,
  type Identity,
  openOperatorToken,
  type SharedLimits,
} from './accounts/index.ts'
import { CustomerDesk, type Redress } from './accounts/redress/index.ts'
import { Backups } from './app/backups.ts'
import { watchConditions } from './app/conditions.ts'
import { ControlEvidence } from './app/control-evidence.ts'
import { measureControls, worldOf } from './app/controls.ts'
import { Credentials } from './app/credentials.ts'
import type { Disclosure } from './app/disclosure.ts'
import { watchFault } from './app/insider.ts'
import { KeyDrills } from './app/key-drills.ts'
import { measureApp } from './app/metrics.ts'
import type { ModelRooms } from './app/models.ts'
import { Operations, type PreparedChange } from './app/operations.ts'
import { type AppOptions, type AppParts, openParts } from './app/parts.ts'
import { FindReports } from './app/refusal.ts'
import { measureRefusals } from './app/refusal-metrics.ts'
import { openRelease } from './app/release.ts'
import { openRevision } from './app/revising.ts'
import { lookAt, measureRunbooks } from './app/runbooks.ts'
import { SpotChecks } from './app/spot-checks.ts'
import type { WeightsRooms } from './app/weights.ts'
import { measureInsider, measureWeights } from './app/weights-metrics.ts'
import type { Audit } from './audit/index.ts'
import { Restoration } from './backup/index.ts'
import { Chores } from './base/chores.ts'
import type { Clock } from './base/clock.ts'
import { Conditions, type Readiness } from './base/conditions.ts'
import type { Config, Secrets } from './base/config.ts'
import type { Ids } from './base/ids.ts'
import type { Log } from './base/log.ts'
import { VERSION } from './base/version.ts'
import { Canaries } from './canaries/index.ts'
import { type Content, measureContent } from './content/index.ts'
import { allProbes, type Controls } from './controls/index.ts'
import type { DbHandle } from './db/index.ts'
import { type Decisions, measureDecisions } from './decisions/index.ts'
import { enforcementMode, Gateway, GatewayMetrics, Judge, type ModelDirectory } from './gateway/index.ts'
import { measureIntake } from './intake/index.ts'
import { toEvent } from './journal/index.ts'
import type { EventData, Ledger, LedgerEvent } from './ledger/index.ts'
import type { Release } from './models/release/index.ts'
import { parseScalingConfig } from './models/response/index.ts'
import { type Notify, parseNotifyConfig } from './notify/index.ts'
import { Drafts, type Policies, type Policy, type ReplayJobs } from './policy/index.ts'
import type { RefusalRecords } from './refusal/records/index.ts'
import type { Review } from './review/index.ts'
import type { Runbooks } from './runbooks/index.ts'
import type { Classifier } from './screening/index.ts'
import type { Staff } from './staff/index.ts'
import { measureProcess } from './telemetry/index.ts'
import type { Insider } from './weights/insider/index.ts'
import type { Witnessing } from './witness/index.ts'

export type { Backups } from './app/backups.ts'
export type { ControlEvidence } from './app/control-evidence.ts'
export { watchFault } from './app/insider.ts'
export type { KeyDrills } from './app/key-drills.ts'
export { importLedger, rotateLedgerKey } from './app/ledger-upkeep.ts'
export type { Operations } from './app/operations.ts'
export type { AppOptions } from './app/parts.ts'
export { PROFILE_ACTION, type Profiles } from './app/profiles.ts'
export { FindReports } from './app/refusal.ts'
export { SpotChecks } from './app/spot-checks.ts'
export { weightsStanding } from './app/weights.ts'
export type { Restoration } from './backup/index.ts'

const CONDITIONS_MS = 1_000
const CREDENTIALS_MS = 60_000
const SYSTEM = { type: 'system', id: 'safelevel' } as const

/** Everything that runs in one process, put together by hand. Closing it closes the parts, last opened first. */
export class App implements AsyncDisposable {
  /** What runs: changed by a reload, as a whole. */
  config: Config
  readonly log: Log
  readonly clock: Clock
  readonly ids: Ids
  readonly ledger: Ledger
  /** null: nobody is asked to cosign its checkpoints. */
  readonly witnessing: Witnessing | null
  readonly decisions: Decisions
  readonly content: Content
  readonly accounts: Accounts
  /** Tokens of identity providers in place of keys. */
  readonly identity: Identity
  /** null: this process counts rate limits alone. */
  readonly sharedLimits: SharedLimits | null
  readonly enforcement: Enforcement
  readonly redress: Redress
  readonly staff: Staff
  /** Which policy decides, and its versions. */
  readonly policies: Policies
  readonly policyDrafts: Drafts
  readonly policyReplays: ReplayJobs
  /** What people judge. */
  readonly review: Review
  /** Who outside hears of what happens. */
  readonly notify: Notify
  readonly models: ModelDirectory
  /** What is trained and deployed, and what follows when a threshold is met. */
  readonly modelRooms: ModelRooms
  /** What was made and measured about refusals, and what of it becomes reports. */
  readonly refusal: { readonly records: RefusalRecords; readonly finds: FindReports; readonly spotChecks: SpotChecks }
  /** What is told to the public, and what people report. */
  readonly disclosure: Disclosure
  /** What is kept of weights, who may open them, and what leaves. */
  readonly weights: WeightsRooms
  /** Watches what staff do. */
  readonly insider: Insider
  /** Whether the commitments hold; looked at from `start` on. */
  readonly controls: Controls
  /** What shows others that they do. */
  readonly controlEvidence: ControlEvidence
  /** What an auditor works with. */
  readonly audit: Audit
  /** What people do when something happens, step by step. */
  readonly runbooks: Runbooks
  /** What must hold for a deployment to be open. */
  readonly release: Release
  readonly gateway: Gateway
  /** Sent once the data plane listens. */
  readonly canaries: Canaries
  readonly metrics: GatewayMetrics
  readonly operatorToken: string
  readonly classifier: Classifier
  readonly classifierId: string
  readonly storeKind: DbHandle['kind']
  readonly startedAtMs: number
  /** What must hold for requests to be served: rooms add theirs. */
  readonly conditions: Conditions
  /** The address of the data plane, as the public reaches it; set once it listens. */
  publicUrl: string
  /** What is changed while it runs. */
  readonly operations: Operations
  readonly backups: Backups
  readonly keyDrills: KeyDrills
  /** Whether this was put back from a backup, until somebody has settled that. */
  readonly restoration: Restoration
  readonly #credentials: Credentials
  readonly #resources: AsyncDisposableStack
  #started = false

  private constructor(parts: AppParts, resources: AsyncDisposableStack, reread: AppOptions['reread']) {
    this.config = parts.config
    this.log = parts.log
    this.clock = parts.clock
    this.ids = parts.ids
    this.ledger = parts.ledger
    this.witnessing = parts.witnessing
    this.decisions = parts.decisions
    this.content = parts.content
    this.accounts = parts.accounts
    this.identity = parts.identity
    this.sharedLimits = parts.sharedLimits
    this.enforcement = parts.enforcement
    this.redress = parts.redress
    this.redress.reachedAt(() => this.publicUrl)
    this.staff = parts.staff
    this.policies = parts.policies
    this.policyDrafts = new Drafts(parts.policies)
    this.policyReplays = parts.policyReplays
    this.review = parts.review
    this.notify = parts.notify
    this.models = parts.models
    this.modelRooms = parts.modelRooms
    this.refusal = {
      records: parts.refusalRecords,
      finds: new FindReports(parts.refusalRecords, parts.disclosure.intake),
      spotChecks: new SpotChecks({ records: parts.refusalRecords, review: parts.review, clock: parts.clock }),
    }
    this.disclosure = parts.disclosure
    this.weights = parts.weights
    this.insider = parts.insider
    this.controls = parts.controls
    this.audit = parts.audit
    this.runbooks = parts.runbooks
    this.metrics = new GatewayMetrics()
    measureDecisions(this.metrics.registry, parts.decisions)
    measureContent(this.metrics.registry, parts.content)
    measureIntake(this.metrics.registry, parts.disclosure.intake)
    measureRefusals(this.metrics.registry, { records: parts.refusalRecords, review: parts.review })
    measureWeights(this.metrics.registry, parts.weights)
    measureInsider(this.metrics.registry, parts.insider)
    this.operatorToken = openOperatorToken(parts.config.dataDir, parts.ids)
    this.classifier = parts.classifier
    this.classifierId = parts.classifier.id
    this.storeKind = parts.db.kind
    this.startedAtMs = parts.clock.now()
    this.conditions = new Conditions(parts.clock, parts.log)
    this.publicUrl = parts.config.publicUrl?.replace(/\/+$/, '') ?? ''
    this.#resources = resources
    const judge = new Judge(
      parts.classifier,
      () => this.policies.current(),
      (error) => this.log.error({ err: error }, 'the classifier failed'),
      () => this.policies.shadow(),
      parts.secondJudge,
    )
    this.canaries = resources.use(
      new Canaries({
        ...parts,
        intervalMs: parts.config.canaries.intervalSeconds * 1_000,
        models: () => parts.models.list(),
      }),
    )
    this.release = resources.use(
      openRelease({
        ...parts,
        ...parts.modelRooms,
        watched: async () => watchFault(await parts.insider.watching(), parts.insider.config),
        refusal: this.refusal,
        config: parseScalingConfig(parts.config.scaling),
        segments: parts.modelRooms.evaluations.standings,
        canaries: this.canaries,
        enforces: (surface) => this.enforces(surface),
      }),
    )
    this.gateway = new Gateway({
      ...parts,
      judge,
      intake: parts.modelRooms.response,
      canary: this.canaries,
      probe: parts.disclosure.probe,
      customer: new CustomerDesk(parts.redress),
      revision: openRevision(parts),
      metrics: this.metrics,
      publicUrl: () => this.publicUrl,
    })
    this.#credentials = new Credentials(() => parts.models.upstreams(), parts.log)
    this.operations = resources.use(
      new Operations({
        ...parts,
        reread,
        running: () => this.config,
        prepare: (config, secrets) => this.#prepare(parts, config, secrets),
      }),
    )
    this.backups = new Backups(parts)
    this.keyDrills = new KeyDrills({ ...parts, vault: parts.weights.vault })
    this.restoration = Restoration.open({ ...parts, dataDir: parts.config.dataDir })
    measureApp(this.metrics.registry, this)
    resources.use(measureProcess(this.metrics.registry))
    measureControls(this.metrics.registry, parts.controls)
    measureRunbooks(this.metrics.registry, parts.runbooks)
    const world = { ...parts, config: () => this.config, conditions: this.conditions, release: this.release }
    const live = {
      canaries: this.canaries,
      refusal: this.refusal,
      enforces: (surface: string) => this.enforces(surface),
    }
    const seen = worldOf({ ...world, ...live }, this.controls)
    this.controls.watch(allProbes(seen))
    this.runbooks.lookWith(lookAt(this))
    const organisation = () => this.config.organisation.name
    this.controlEvidence = new ControlEvidence({ ...parts, world: seen, organisation })
    watchConditions({ ...this, credentials: this.#credentials, observed: () => this.observed() })
  }

  /**
   * Opens the store, the ledger and everything over them. Takes the data folder for itself.
   *
   * @throws {AppError} DATA_DIR_LOCKED, CONFIG_INVALID, VERIFICATION_FAILED, …: nothing stays open.
   */
  static async open(options: AppOptions): Promise<App> {
    await using resources = new AsyncDisposableStack()
    const parts = await openParts(options, resources)
    return new App(parts, resources.move(), options.reread)
  }

  /** The policy in force now. */
  get policy(): Policy {
    return this.policies.current()
  }

  /** To be called once before requests are served: what runs from now on, by digest. The first start is the ledger's genesis. */
  async start(): Promise<void> {
    await this.restoration.start()
    await this.controlEvidence.start()
    const running = {
      version: VERSION,
      classifier: this.classifierId,
      models: this.models.list().map(({ name, surface, sandbox }) => ({ name, surface, sandbox })),
      streaming: { ...this.config.streaming },
      enforced: this.observed().length === 0,
      observed: this.observed(),
    }
    // Named after the log: of replicas that begin it at once, one tells of it.
    const genesis = this.#event('system.genesis', running, `evt_genesis_${this.ledger.vkey.split('+')[1]}`)
    if (!(await this.ledger.begin(genesis))) await this.#record('system.started', running)
    await this.policies.start()
    this.log.info({ version: this.policy.version, rule: this.policies.status().rule }, 'policy')
    this.witnessing?.start()
    this.release.start()
    this.staff.start()
    this.review.start()
    this.decisions.start()
    this.content.start()
    await this.redress.start()
    this.notify.start()
    this.disclosure.intake.start()
    this.disclosure.noncompliance.start()
    this.disclosure.transparency.start()
    this.refusal.records.start()
    this.audit.start()
    this.weights.access.start()
    const chores = this.#resources.use(new Chores(this.log))
    this.identity.start()
    chores.every(CREDENTIALS_MS, 'credentials not looked at', () => this.#credentials.look(), { first: 'now' })
    chores.every(CONDITIONS_MS, 'conditions not looked at', async () => void this.conditions.readiness())
    this.#started = true
  }

  /** A configuration in which only what can change while it runs differs. */
  async #prepare({ openModels }: AppParts, config: Config, secrets: Secrets): Promise<PreparedChange> {
    const channels = parseNotifyConfig(config.notify, secrets.notifySecrets)
    const tellOthers = await this.notify.prepare(channels, secrets.notifySecrets)
    const models = openModels.prepare(config, secrets)
    return {
      takeEffect: () => {
        const { requestTimeoutMs } = this.config.limits
        this.config = config
        this.gateway.config = config
        this.accounts.setDefaultLimits(config.rateLimits)
        tellOthers()
        const gone = models.takeEffect()
        // No request outlives its time, so by then nobody uses them.
        const close = () => void Promise.allSettled(gone.map((upstream) => upstream.close()))
        const timer = setTimeout(close, requestTimeoutMs).unref()
        this.#resources.defer(() => {
          clearTimeout(timer)
          close()
        })
      },
      discard: () => models.discard(),
    }
  }

  /** Whether what the policy refuses on a surface is withheld, and in time. */
  enforces(surface: string): boolean {
    return enforcementMode(this.config, surface) === 'enforce'
  }

  /** The surfaces of which that cannot be said. */
  observed(): string[] {
    const surfaces = new Set([
      ...this.models.list().map(({ surface }) => surface),
      ...Object.keys(this.config.surfaces),
    ])
    return [...surfaces].filter((surface) => !this.enforces(surface)).sort()
  }

  /** Whether requests can be served, and what is wrong, in public words. */
  readiness(): Readiness {
    return this.conditions.readiness()
  }

  /** Lets running requests end for as long as the configuration says, then closes. */
  async drain(): Promise<void> {
    await this.canaries.close() // one that meets the closing doors would be a false alarm
    await this.gateway.drain(this.config.shutdownGraceMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recordStop()
    await this.#resources.disposeAsync()
  }

  async #recordStop(): Promise<void> {
    if (!this.#started) return
    try {
      await this.#record('system.stopped', { version: VERSION })
    } catch (error) {
      this.log.error({ err: error }, 'the stop could not be recorded')
    }
  }

  async #record(kind: string, data: EventData): Promise<void> {
    await this.ledger.append(this.#event(kind, data))
  }

  #event(kind: string, data: EventData, eventId = this.ids.next('evt')): LedgerEvent {
    const subject = { type: 'installation', id: this.ledger.origin }
    const { version, digest } = this.policy
    return { ...toEvent(this, SYSTEM, { kind, subject, data, eventId }), policy: { version, digest } }
  }
}
