import { join } from 'node:path'
import { Accounts, Enforcement, openOperatorToken, REINSTATE, reinstatementAction } from './accounts/index.ts'
import { CustomerDesk, portsOf, Redress } from './accounts/redress/index.ts'
import { type Clock, systemClock } from './base/clock.ts'
import type { Config, Secrets } from './base/config.ts'
import { type Ids, systemIds } from './base/ids.ts'
import { loadOrCreateKey } from './base/keys.ts'
import type { Log } from './base/log.ts'
import { VERSION } from './base/version.ts'
import { Canaries } from './canaries/index.ts'
import { Content, measureContent } from './content/index.ts'
import { acquireDataLock, type DbHandle, openDb } from './db/index.ts'
import { Decisions, measureDecisions, RECORDED_SCORE_FLOOR } from './decisions/index.ts'
import {
  Gateway,
  GatewayMetrics,
  Judge,
  KeyedDigest,
  type ModelDirectory,
  openModels,
  type Upstream,
} from './gateway/index.ts'
import { toEvent } from './journal/index.ts'
import { Ledger, openFileSigner } from './ledger/index.ts'
import { Notify, parseNotifyConfig } from './notify/index.ts'
import { Drafts, openPolicies, type Policies, type Policy, PUBLISH, publishAction, ReplayJobs } from './policy/index.ts'
import { openReview, type Review } from './review/index.ts'
import { type Classifier, openConfigured } from './screening/index.ts'
import { parseStaffConfig, relyingParty, Staff } from './staff/index.ts'

const STALE_ACCOUNTS_MS = 5_000
const SYSTEM = { type: 'system', id: 'safelevel' } as const

export interface AppOptions {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
  readonly clock?: Clock
  readonly ids?: Ids
  /** Stand-ins for what is outside: upstreams by id. Tests of failure also replace the classifier. */
  readonly overrides?: { readonly upstreams?: ReadonlyMap<string, Upstream>; readonly classifier?: Classifier }
}

/** Everything that runs in one process, put together by hand. Closing it closes the parts, last opened first. */
export class App implements AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly ids: Ids
  readonly ledger: Ledger
  readonly decisions: Decisions
  readonly content: Content
  readonly accounts: Accounts
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
  readonly gateway: Gateway
  /** Sent once the data plane listens. */
  readonly canaries: Canaries
  readonly metrics: GatewayMetrics
  readonly operatorToken: string
  readonly classifier: Classifier
  readonly classifierId: string
  readonly storeKind: DbHandle['kind']
  readonly startedAtMs: number
  /** The address of the data plane, as the public reaches it; set once it listens. */
  publicUrl: string
  readonly #resources: AsyncDisposableStack
  #started = false

  private constructor(parts: AppParts, resources: AsyncDisposableStack) {
    this.config = parts.config
    this.log = parts.log
    this.clock = parts.clock
    this.ids = parts.ids
    this.ledger = parts.ledger
    this.decisions = parts.decisions
    this.content = parts.content
    this.accounts = parts.accounts
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
    this.metrics = new GatewayMetrics()
    measureDecisions(this.metrics.registry, parts.decisions)
    measureContent(this.metrics.registry, parts.content)
    this.operatorToken = openOperatorToken(parts.config.dataDir, parts.ids)
    this.classifier = parts.classifier
    this.classifierId = parts.classifier.id
    this.storeKind = parts.db.kind
    this.startedAtMs = parts.clock.now()
    this.publicUrl = parts.config.publicUrl?.replace(/\/+$/, '') ?? ''
    this.#resources = resources
    const judge = new Judge(
      parts.classifier,
      () => this.policies.current(),
      (error) => this.log.error({ err: error }, 'the classifier failed'),
      () => this.policies.shadow(),
    )
    this.canaries = resources.use(
      new Canaries({
        ...parts,
        intervalMs: parts.config.canaries.intervalSeconds * 1_000,
        models: () => parts.models.list(),
      }),
    )
    this.gateway = new Gateway({
      ...parts,
      judge,
      canary: this.canaries,
      customer: new CustomerDesk(parts.redress),
      metrics: this.metrics,
      publicUrl: () => this.publicUrl,
    })
  }

  /**
   * Opens the store, the ledger and everything over them. Takes the data folder for itself.
   *
   * @throws {AppError} DATA_DIR_LOCKED, CONFIG_INVALID, VERIFICATION_FAILED, …: nothing stays open.
   */
  static async open(options: AppOptions): Promise<App> {
    await using resources = new AsyncDisposableStack()
    const parts = await openParts(options, resources)
    return new App(parts, resources.move())
  }

  /** The policy in force now. */
  get policy(): Policy {
    return this.policies.current()
  }

  /** To be called once before requests are served: what runs from now on, by digest. The first start is the ledger's genesis. */
  async start(): Promise<void> {
    await this.#record(this.ledger.size === 0 ? 'system.genesis' : 'system.started', {
      version: VERSION,
      classifier: this.classifierId,
      models: this.models.list().map(({ name, surface, sandbox }) => ({ name, surface, sandbox })),
      streaming: { ...this.config.streaming },
      enforced: this.enforced,
    })
    await this.policies.start()
    this.log.info({ version: this.policy.version, rule: this.policies.status().rule }, 'policy')
    this.staff.start()
    this.review.start()
    this.decisions.start()
    this.content.start()
    await this.redress.start()
    this.notify.start()
    this.#started = true
  }

  /** Whether what is refused is really withheld on every route; `tail` releases text before it is judged. */
  get enforced(): boolean {
    return this.config.streaming.mode !== 'tail'
  }

  /** Whether requests can be served, and why not, in public words. */
  readiness(): { ready: boolean; reasons: string[] } {
    const { state, reason } = this.ledger.health()
    const reasons: string[] = []
    if (state === 'sealed' || state === 'closed') reasons.push(`the ledger can't record: ${reason}`)
    if (this.gateway.draining) reasons.push('the server is stopping')
    if (this.accounts.stalenessMs() > STALE_ACCOUNTS_MS)
      reasons.push('the database can’t be reached: revocations may be missed')
    return { ready: reasons.length === 0, reasons }
  }

  /** Lets running requests end for as long as the configuration says, then closes. */
  async drain(): Promise<void> {
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

  async #record(kind: string, data: Parameters<Ledger['append']>[0]['data']): Promise<void> {
    const event = toEvent(this, SYSTEM, { kind, subject: { type: 'installation', id: this.ledger.origin }, data })
    const { version, digest } = this.policy
    await this.ledger.append({ ...event, policy: { version, digest } })
  }
}

interface AppParts {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly ids: Ids
  readonly db: DbHandle
  readonly ledger: Ledger
  readonly decisions: Decisions
  readonly content: Content
  readonly accounts: Accounts
  readonly enforcement: Enforcement
  readonly redress: Redress
  readonly staff: Staff
  readonly policies: Policies
  readonly policyReplays: ReplayJobs
  readonly review: Review
  readonly notify: Notify
  readonly models: ModelDirectory
  readonly classifier: Classifier
  readonly digest: KeyedDigest
}

async function openParts(options: AppOptions, resources: AsyncDisposableStack): Promise<AppParts> {
  const { config, secrets, log, clock = systemClock, ids = systemIds, overrides = {} } = options
  resources.use(acquireDataLock(config.dataDir))
  const digest = new KeyedDigest(loadOrCreateKey(join(config.dataDir, 'keys/digest.key'), 32, ids))
  // The slow openings side by side: the store takes a second, the ledger a few syncs of the disk.
  const opening = await Promise.allSettled([
    openDb({ url: secrets.databaseUrl, dataDir: config.dataDir, log }).then((opened) => resources.use(opened)),
    openLedger(config, clock, ids, log).then((opened) => resources.use(opened)),
    openConfigured(config.classifier, { clock, ids, log, secrets }).then((opened) =>
      resources.adopt(opened, (c) => c.close()),
    ),
  ])
  const [db, ledger, builtIn] = [fulfilled(opening[0]), fulfilled(opening[1]), fulfilled(opening[2])]
  const base = { db, ledger, clock, ids, log }
  const digestOf = (text: string) => digest.of(text)
  const policies = resources.use(await openPolicies(base, config.policy, builtIn.thresholds))
  const decisions = resources.use(await Decisions.open(base))
  const recorded = { stream: decisions.stream.bind(decisions), scoreFloor: RECORDED_SCORE_FLOOR }
  const policyReplays = resources.adopt(new ReplayJobs(policies, recorded), (jobs) => jobs.close())
  const content = resources.use(await Content.open({ ...base, dataDir: config.dataDir, config: config.content }))
  const accounts = resources.use(await Accounts.open({ ...base, digest: digestOf, defaults: config.rateLimits }))
  const enforcement = resources.use(
    await Enforcement.open({
      ...base,
      config: config.enforcement,
      limitsOf: (projectId) => accounts.limitsOf(projectId),
      digest: digestOf,
      notify: ({ kind, id }) => log.info({ kind, id }, 'enforcement notice'),
    }),
  )
  const staff = resources.use(
    await Staff.open({
      ...base,
      digest: digestOf,
      config: parseStaffConfig({ origin: `http://localhost:${config.controlPort}`, ...config.staff }),
      secrets,
      host: config.host,
      installation: config.organisation.name,
      notify: ({ kind, id }) => log.warn({ kind, id }, 'staff notice'),
    }),
  )
  staff.approvals.registerAction(REINSTATE, reinstatementAction(enforcement))
  const review = resources.use(
    await openReview({
      ...base,
      config: config.review ?? {},
      digest: digestOf,
      policy: () => policies.current(),
      decisions,
      content,
      enforcement,
      notify: ({ kind, id }) => log.warn({ kind, id }, 'review notice'),
    }),
  )
  staff.approvals.registerAction(PUBLISH, publishAction(policies))
  const redress = resources.use(
    await Redress.open({
      ...base,
      ...portsOf({ decisions, enforcement, policies, staff }),
      dataDir: config.dataDir,
      config: config.redress,
      digest: digestOf,
      notify: ({ kind, id }) => log.info({ kind, id }, 'redress notice'),
    }),
  )
  redress.register(staff.approvals)
  const notify = resources.use(
    await Notify.open({
      ...base,
      config: parseNotifyConfig(config.notify, secrets.notifySecrets),
      secrets: secrets.notifySecrets,
      dataDir: config.dataDir,
      installation: config.organisation.name,
      consoleUrl: () => relyingParty(staff.context.config).origin,
    }),
  )
  const models = resources.adopt(openModels(config, secrets, ids, overrides.upstreams), (m) => m.close())
  return {
    config,
    log,
    clock,
    ids,
    db,
    ledger,
    decisions,
    content,
    accounts,
    enforcement,
    redress,
    staff,
    policies,
    policyReplays,
    review,
    notify,
    models,
    classifier: overrides.classifier ?? builtIn.classifier,
    digest,
  }
}

async function openLedger(config: Config, clock: Clock, ids: Ids, log: Log): Promise<Ledger> {
  const signer = await openFileSigner({
    path: join(config.dataDir, 'keys/ledger.key'),
    origin: config.ledger.origin,
    ids,
  })
  const { checkpointIntervalMs } = config.ledger
  return await Ledger.open({ dir: join(config.dataDir, 'ledger'), signer, clock, ids, log, checkpointIntervalMs })
}

/** Waits for all before it throws, so that what did open is known and gets closed. */
function fulfilled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
