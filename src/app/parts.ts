import { join } from 'node:path'
import {
  Accounts,
  Enforcement,
  Identity,
  REINSTATE,
  reinstatementAction,
  SharedLimits,
  ValkeyLimits,
} from '../accounts/index.ts'
import { portsOf, Redress } from '../accounts/redress/index.ts'
import type { Audit } from '../audit/index.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { type Ids, systemIds } from '../base/ids.ts'
import { loadOrCreateKey } from '../base/keys.ts'
import type { Log } from '../base/log.ts'
import { Content } from '../content/index.ts'
import type { Controls } from '../controls/index.ts'
import { DatabaseClock, type DbHandle, keysDirOf, type StartedStore, startStore } from '../db/index.ts'
import { Decisions, RECORDED_SCORE_FLOOR } from '../decisions/index.ts'
import { KeyedDigest, type ModelDirectory, type OpenModels, openModels, type Upstream } from '../gateway/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { Notify, parseNotifyConfig } from '../notify/index.ts'
import { openPolicies, type Policies, PUBLISH, publishAction, ReplayJobs } from '../policy/index.ts'
import type { RefusalRecords } from '../refusal/records/index.ts'
import { openReview, type Review } from '../review/index.ts'
import type { Runbooks } from '../runbooks/index.ts'
import { type Classifier, type OpenClassifier, openConfigured } from '../screening/index.ts'
import { parseStaffConfig, relyingParty, Staff } from '../staff/index.ts'
import { openTracing, type Tracing } from '../telemetry/index.ts'
import type { Insider } from '../weights/insider/index.ts'
import type { Witnessing } from '../witness/index.ts'
import { openAudit } from './audit.ts'
import { openControls } from './controls.ts'
import { type Disclosure, openDisclosure } from './disclosure.ts'
import { openInsider } from './insider.ts'
import { type ModelRooms, openModelRooms } from './models.ts'
import { openLocalLedger, openSharedLedger } from './open-ledger.ts'
import { openWitnessing } from './open-witnessing.ts'
import { openRefusal } from './refusal.ts'
import { openRunbooks } from './runbooks.ts'
import { VaultWeights } from './served-weights.ts'
import { openWeights, type WeightsRooms } from './weights.ts'

export interface AppOptions {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
  readonly clock?: Clock
  readonly ids?: Ids
  /** Begun before; absent = it is opened now. */
  readonly store?: StartedStore
  /** Begun before; absent = it is opened now. */
  readonly classifier?: Promise<OpenClassifier> | undefined
  /** Reads the configuration anew, for a reload; absent = there is nothing to read. */
  readonly reread?: (() => { config: Config; secrets: Secrets }) | undefined
  /** Stand-ins for what is outside: upstreams by id. Tests of failure also replace the classifier. */
  readonly overrides?: {
    readonly upstreams?: ReadonlyMap<string, Upstream>
    readonly classifier?: Classifier
    readonly secondJudge?: Classifier
  }
}

/** The rooms, opened. */
export interface AppParts {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly ids: Ids
  readonly db: DbHandle
  readonly ledger: Ledger
  /** null: nobody is asked to cosign its checkpoints. */
  readonly witnessing: Witnessing | null
  readonly decisions: Decisions
  readonly content: Content
  readonly accounts: Accounts
  /** null: this process counts rate limits alone. */
  readonly sharedLimits: SharedLimits | null
  readonly identity: Identity
  readonly enforcement: Enforcement
  readonly redress: Redress
  readonly staff: Staff
  readonly policies: Policies
  readonly policyReplays: ReplayJobs
  readonly review: Review
  readonly notify: Notify
  readonly models: ModelDirectory
  readonly openModels: OpenModels
  /** What is trained and deployed, and what follows when a threshold is met. */
  readonly modelRooms: ModelRooms
  /** What was made and measured about refusals. */
  readonly refusalRecords: RefusalRecords
  /** What is told to the public, and what people report. */
  readonly disclosure: Disclosure
  /** What is kept of weights, who may open them, and what leaves. */
  readonly weights: WeightsRooms
  /** Watches what staff do. */
  readonly insider: Insider
  /** Whether the commitments hold. */
  readonly controls: Controls
  /** What an auditor works with. */
  readonly audit: Audit
  /** What people do when something happens. */
  readonly runbooks: Runbooks
  readonly classifier: Classifier
  /** Asked too where additional safeguards hold; null: none is configured. */
  readonly secondJudge: Classifier | null
  readonly digest: KeyedDigest
  readonly tracer: Tracing | undefined
}

/**
 * Opens every room in the order in which they need each other, and hands what must be closed to `resources`.
 *
 * @throws {AppError} DATA_DIR_LOCKED, CONFIG_INVALID, VERIFICATION_FAILED, …
 */
export async function openParts(options: AppOptions, resources: AsyncDisposableStack): Promise<AppParts> {
  const { config, secrets, log, ids = systemIds, overrides = {} } = options
  const ownClock = options.clock ?? systemClock
  const started = options.store ?? startStore(options)
  resources.use(started.lock)
  const keysDir = keysDirOf(config)
  const egress = resources.use(new Egress(config.egress, secrets.proxies))
  const ledgerDeps = { config, secrets, clock: ownClock, ids, log }
  const store = started.db.then((opened) => resources.use(opened))
  const openLedger = config.ledger.shared ? store.then(() => openSharedLedger(ledgerDeps)) : openLocalLedger(ledgerDeps)
  // The slow openings side by side: the store takes a second, the ledger a few syncs of the disk.
  const opening = await Promise.allSettled([
    store,
    openLedger.then((opened) => resources.use(opened)),
    openConfigured(config.classifier, {
      ...{ clock: ownClock, ids, log, secrets, egress },
      started: options.classifier,
    }).then((opened) => resources.adopt(opened, (c) => c.close())),
  ])
  const [db, ledger, builtIn] = [fulfilled(opening[0]), fulfilled(opening[1]), fulfilled(opening[2])]
  const digest = new KeyedDigest(loadOrCreateKey(join(keysDir, 'digest.key'), 32, ids))
  // What replicas agree on by the time must not depend on whose clock is right.
  const agreed = options.clock === undefined && db.kind === 'postgres'
  const clock = agreed ? resources.use(await DatabaseClock.open(db.db, ownClock, log)) : ownClock
  const base = { db, ledger, clock, ids, log }
  const witnessing = await openWitnessing({ config, ledger, egress, clock, log }, resources)
  const digestOf = (text: string) => digest.of(text)
  const policies = resources.use(
    await openPolicies(base, config.policy, builtIn.thresholds, config.refusal.revision !== undefined),
  )
  const decisions = resources.use(await Decisions.open({ ...base, retentionDays: config.decisions.retentionDays }))
  const recorded = { stream: decisions.stream.bind(decisions), scoreFloor: RECORDED_SCORE_FLOOR }
  const policyReplays = resources.adopt(new ReplayJobs(policies, recorded), (jobs) => jobs.close())
  const content = resources.use(await Content.open({ ...base, keysDir, config: config.content }))
  const shared = openSharedLimits(options, clock, ids, resources)
  const accounts = resources.use(
    await Accounts.open({ ...base, digest: digestOf, defaults: config.rateLimits, shared }),
  )
  const identity = resources.use(
    new Identity({ ...base, issuers: config.identity.issuers, tenants: accounts, egress, digest: digestOf }),
  )
  const enforcement = resources.use(
    await Enforcement.open({
      ...base,
      config: config.enforcement,
      limitsOf: (projectId) => accounts.limitsOf(projectId),
      shared,
      digest: digestOf,
      notify: ({ kind, id }) => log.info({ kind, id }, 'enforcement notice'),
    }),
  )
  const staff = resources.use(
    await Staff.open({
      ...base,
      digest: digestOf,
      config: parseStaffConfig({
        origin: `${config.tls.control === undefined ? 'http' : 'https'}://localhost:${config.controlPort}`,
        ...config.staff,
      }),
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
      keysDir,
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
      keysDir,
      installation: config.organisation.name,
      consoleUrl: () => relyingParty(staff.context.config).origin,
    }),
  )
  const tracer = (await openTracing({ config: config.telemetry, secrets, clock, ids, log })) ?? undefined
  if (tracer !== undefined) resources.use(tracer)
  const served = new VaultWeights({ clock, ids, env: process.env })
  const models = openModels(config, secrets, { ids, clock, egress, weights: served }, overrides.upstreams)
  resources.defer(() => models.directory.close())
  const secondJudge = overrides.secondJudge ?? builtIn.judge ?? null
  const modelRooms = await openModelRooms(
    { ...base, config, keysDir, staff, hasJudge: secondJudge !== null },
    models.directory,
    resources,
  )
  const refusalRecords = await openRefusal({ ...base, config, keysDir, modelRooms }, resources)
  const disclosure = await openDisclosure(
    {
      ...{ ...base, config, keysDir, digest: digestOf, decisions, enforcement, redress, policies, staff, modelRooms },
      refusalRecords,
      ...{ models: models.directory, classifier: overrides.classifier ?? builtIn.classifier },
    },
    resources,
  )
  const weights = await openWeights(
    { ...base, config, keysDir, egress, env: process.env, staff, response: modelRooms.response },
    resources,
  )
  served.bind(weights)
  const insider = await openInsider({ ...base, config, keysDir, staff, access: weights.access }, resources)
  const controls = await openControls({ ...base, config: config.controls, staff }, resources)
  const audit = resources.use(await openAudit({ ...base, controls }))
  const runbooks = await openRunbooks({ ...base, folder: config.runbooks.folder ?? null })
  return {
    config,
    log,
    clock,
    ids,
    db,
    ledger,
    witnessing,
    decisions,
    content,
    accounts,
    identity,
    sharedLimits: shared,
    enforcement,
    redress,
    staff,
    policies,
    policyReplays,
    review,
    notify,
    models: models.directory,
    openModels: models,
    modelRooms,
    refusalRecords,
    disclosure,
    weights,
    insider,
    controls,
    audit,
    runbooks,
    classifier: overrides.classifier ?? builtIn.classifier,
    secondJudge,
    digest,
    tracer,
  }
}

function openSharedLimits(
  { config, secrets, log }: AppOptions,
  clock: Clock,
  ids: Ids,
  resources: AsyncDisposableStack,
): SharedLimits | null {
  if (secrets.valkeyUrl === null) return null
  const { prefix, replicas } = config.valkey
  const store = new ValkeyLimits({ url: secrets.valkeyUrl, prefix, caFiles: config.egress.caFiles })
  return resources.use(new SharedLimits({ store, clock, log, replica: ids.next('rep'), replicas }))
}

/** Waits for all before it throws, so that what did open is known and gets closed. */
function fulfilled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
