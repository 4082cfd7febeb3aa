import type { z } from 'zod'
import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { mapPage, type Page, type PageQuery, readPage } from '../base/page.ts'
import type { Db, DbHandle } from '../db/index.ts'
import type { Actor, EventLog } from '../ledger/index.ts'
import type { Change } from './change.ts'
import { Changes } from './changes.ts'
import { Directory } from './directory.ts'
import { type Admission, RateLimiter, type RateLimits } from './rate-limiter.ts'
import {
  type ApiKey,
  type CreatedKey,
  LimitsPatch,
  NewKey,
  NewOrganisation,
  NewProject,
  type Organisation,
  OrganisationPatch,
  type Principal,
  type Project,
  type Tenant,
} from './schema.ts'
import { createSecret, hashSecret, KEY_PREFIX, visibleParts } from './secret.ts'
import type { SharedLimits } from './shared-limits.ts'
import * as store from './store.ts'
import { makeTenant } from './tenants.ts'
import { toApiKey, toOrganisation, toProject } from './views.ts'

export interface AccountsDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  /** For projects without limits of their own. */
  readonly defaults: RateLimits
  /** Keeps limits in step with other replicas; absent = this process counts alone. */
  readonly shared?: SharedLimits | null
}

const SYSTEM: Actor = { type: 'system', id: 'accounts' }
/** What other replicas changed holds here within a second: revoked keys above all. */
const POLL_MS = 250
const CATCH_UP_MS = 1_000
const HOUSEKEEPING_MS = 10_000
/** Longer than any key can be: what is longer is cut, so that a hostile header costs no more than a key. */
const SECRET_MAX_CHARS = 256

/** Customers: organisations, their projects, keys, limits. Reads of the request path are synchronous and in memory. */
export class Accounts implements AsyncDisposable {
  readonly #deps: AccountsDeps
  readonly #changes: Changes
  readonly #directory = new Directory()
  readonly #limiter: RateLimiter
  readonly #chores: Chores
  #defaults: RateLimits
  #used = new Map<string, number>()
  /** A change of this process failed: perhaps it is recorded, and must yet take effect. */
  #unfinished = false
  #refreshing: Promise<void> = Promise.resolve()
  #freshAtMs: number

  /** Finishes changes that a crash cut off, and reads everything into memory. */
  static async open(deps: AccountsDeps): Promise<Accounts> {
    const accounts = new Accounts(deps)
    await accounts.#changes.recover()
    await accounts.refresh()
    accounts.#start()
    return accounts
  }

  private constructor(deps: AccountsDeps) {
    this.#deps = deps
    this.#chores = new Chores(deps.log)
    this.#changes = new Changes({ ...deps, db: deps.db.db })
    const sharing = deps.shared ? { limits: deps.shared, name: 'project' } : null
    this.#defaults = deps.defaults
    this.#limiter = new RateLimiter(deps.clock, (id) => this.limitsOf(id), sharing)
    this.#freshAtMs = deps.clock.monotonic()
  }

  /** Who holds this secret; null when nobody, or when the key is revoked or has expired. Same work for every answer. */
  authenticate(secret: string): Principal | null {
    const now = this.#deps.clock.now()
    const principal = this.#directory.find(hashSecret(secret.slice(0, SECRET_MAX_CHARS)), now)
    if (principal !== null && secret.length <= SECRET_MAX_CHARS) {
      this.#used.set(principal.keyId, now)
      return principal
    }
    return null
  }

  /** Whose project it is, and that organisation's tier; null when there is no such project. In memory. */
  tenantOf(projectId: string): { readonly organisationId: string; readonly tier: string | null } | null {
    return this.#directory.tenantOf(projectId)
  }

  /** The program that tokens name by this client’s id; null while it is not among the keys. In memory. */
  tokenHolder(client: Pick<Tenant['client'], 'id' | 'secretHash'>): Principal | 'revoked' | null {
    this.#used.set(client.id, this.#deps.clock.now())
    return this.#directory.holderOf(client)
  }

  /** Makes what is missing for tokens of this issuer. @throws {AppError} FORBIDDEN (not to be made), LEDGER_UNAVAILABLE */
  async ensureTenant(tenant: Tenant, issuerId: string): Promise<void> {
    const by: Actor = { type: 'system', id: `issuer:${issuerId}` }
    for (const decide of makeTenant(tenant, this.#now())) await this.#change(by, decide)
    await this.refresh() // what another request or replica has made meanwhile
  }

  /** Counts one request against the limits of its project. @param cost.tokens estimate of prompt and answer together. */
  admit(principal: Principal, cost: { readonly tokens: number }): Admission {
    return this.#limiter.admit(principal.projectId, cost.tokens)
  }

  /** Corrects the estimate once the answer is there; 0 gives all of it back. Only the first call for an admission counts. */
  settle(admission: Admission, actualTokens: number): void {
    this.#limiter.settle(admission, actualTokens)
  }

  setDefaultLimits(defaults: RateLimits): void {
    this.#defaults = defaults
    this.#limiter.resizeAll()
  }

  /** How an end user of a customer is known here: `eu_` and 32 hex digits, the same for an organisation's every project. */
  endUserId(principal: Pick<Principal, 'organisationId'>, identifier: string): string {
    return `eu_${this.#deps.digest(`end-user\n${principal.organisationId}\n${identifier}`).slice(0, 32)}`
  }

  /** @throws {AppError} LEDGER_UNAVAILABLE */
  async createOrganisation(input: NewOrganisation, by: Actor): Promise<Organisation> {
    const { name, tier } = NewOrganisation.parse(input)
    const organisation = { id: this.#deps.ids.next('org'), name, tier, createdAt: this.#now() }
    await this.#change(by, async () => ({ type: 'organisation_created' as const, organisation }))
    return organisation
  }

  /** Decides which overlays of the policy apply, from the next request on. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async setOrganisationTier(id: string, input: OrganisationPatch, by: Actor): Promise<Organisation> {
    const { tier } = OrganisationPatch.parse(input)
    await this.#change(by, async (db) => {
      const organisation = await store.findOrganisation(db, id)
      if (!organisation) throw notFound('organisation')
      if (organisation.tier === tier) return null
      return { type: 'organisation_tier_changed' as const, organisationId: id, tier }
    })
    return await this.organisation(id)
  }

  /** @throws {AppError} NOT_FOUND (the organisation), LEDGER_UNAVAILABLE */
  async createProject(input: NewProject, by: Actor): Promise<Project> {
    const project = { ...NewProject.parse(input), id: this.#deps.ids.next('prj'), createdAt: this.#now() }
    await this.#change(by, async (db) => {
      if (!(await store.findOrganisation(db, project.organisationId))) throw notFound('organisation')
      return { type: 'project_created' as const, project }
    })
    return project
  }

  /** What is left out stays. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async setProjectLimits(id: string, input: LimitsPatch, by: Actor): Promise<Project> {
    const patch = LimitsPatch.parse(input)
    await this.#change(by, async (db) => {
      const project = await store.findProject(db, id)
      if (!project) throw notFound('project')
      const limits = {
        requestsPerMinute: patch.requestsPerMinute === undefined ? project.requestsPerMinute : patch.requestsPerMinute,
        tokensPerMinute: patch.tokensPerMinute === undefined ? project.tokensPerMinute : patch.tokensPerMinute,
      }
      const { organisationId, requestsPerMinute, tokensPerMinute } = project
      if (requestsPerMinute === limits.requestsPerMinute && tokensPerMinute === limits.tokensPerMinute) return null
      return { type: 'project_limits_changed' as const, projectId: id, organisationId, limits }
    })
    const row = await store.findProject(this.#db, id)
    if (!row) throw notFound('project')
    return toProject(row)
  }

  /** The secret is in the answer and nowhere else. @throws {AppError} REQUEST_INVALID, NOT_FOUND (the project), LEDGER_UNAVAILABLE */
  async createKey(input: NewKey, by: Actor): Promise<CreatedKey> {
    const created = await this.#createKey(NewKey.parse(input), by, async () => true)
    if (!created) throw new AppError('INTERNAL', 'internal error')
    return created
  }

  /** Refused from the next request on. Doing it twice is the same as once. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async revokeKey(id: string, by: Actor): Promise<ApiKey> {
    await this.#change(by, async (db) => {
      const key = await store.findKey(db, id)
      if (!key) throw notFound('key')
      if (key.revokedAt !== null) return null
      const organisationId = (await store.findProject(db, key.projectId))?.organisationId ?? ''
      const about = { keyId: id, projectId: key.projectId, organisationId }
      return { type: 'key_revoked' as const, ...about, at: this.#now(), reason: 'requested' as const }
    })
    const row = await store.findKey(this.#db, id)
    if (!row) throw notFound('key')
    return toApiKey(row, this.#deps.clock.now())
  }

  /** Makes the organisation "Default" and its project "default" where there is none of either. */
  async ensureDefaultProject(): Promise<void> {
    const { ids } = this.#deps
    await this.#change(SYSTEM, async (db) => {
      if (await store.firstOrganisation(db)) return null
      const organisation = { id: ids.next('org'), name: 'Default', tier: null, createdAt: this.#now() }
      return { type: 'organisation_created' as const, organisation }
    })
    await this.#change(SYSTEM, async (db) => {
      const organisation = await store.firstOrganisation(db)
      if (!organisation || (await store.firstProject(db))) return null
      const limits = { requestsPerMinute: null, tokensPerMinute: null }
      const about = { id: ids.next('prj'), organisationId: organisation.id, name: 'default', createdAt: this.#now() }
      return { type: 'project_created' as const, project: { ...about, ...limits } }
    })
  }

  /**
   * At the first start of an installation makes the organisation "Default", its project "default" and one key.
   *
   * @returns the secret when this call made it, else null.
   */
  async ensureFirstKey(): Promise<string | null> {
    if (await store.anyKeyDelivered(this.#db)) return null
    await this.ensureDefaultProject()
    const created = await this.#createKey(NewKey.parse({ name: 'first key' }), SYSTEM, async (db) => {
      return !(await store.anyKeyDelivered(db))
    })
    return created?.key ?? null
  }

  async organisations(query: PageQuery): Promise<Page<Organisation>> {
    const page = await readPage(query.limit, (limit) => store.listOrganisations(this.#db, { ...query, limit }))
    return mapPage(page, toOrganisation)
  }

  async projects(query: PageQuery & { readonly organisationId?: string | undefined }): Promise<Page<Project>> {
    const { after, limit, organisationId } = query
    const page = await readPage(limit, (most) => store.listProjects(this.#db, { after, limit: most }, organisationId))
    return mapPage(page, toProject)
  }

  async keys(query: PageQuery & { readonly projectId?: string | undefined }): Promise<Page<ApiKey>> {
    const now = this.#deps.clock.now()
    const { after, limit, projectId } = query
    const page = await readPage(limit, (most) => store.listKeys(this.#db, { after, limit: most }, projectId))
    return mapPage(page, (row) => toApiKey(row, now))
  }

  /** @throws {AppError} NOT_FOUND */
  async organisation(id: string): Promise<Organisation> {
    const row = await store.findOrganisation(this.#db, id)
    if (!row) throw notFound('organisation')
    return toOrganisation(row)
  }

  /** @throws {AppError} NOT_FOUND */
  async project(id: string): Promise<Project> {
    const row = await store.findProject(this.#db, id)
    if (!row) throw notFound('project')
    return toProject(row)
  }

  /** @throws {AppError} NOT_FOUND */
  async key(id: string): Promise<ApiKey> {
    const row = await store.findKey(this.#db, id)
    if (!row) throw notFound('key')
    return toApiKey(row, this.#deps.clock.now())
  }

  /** How long ago it was certain that memory holds what the store does, milliseconds; stays 0 on the embedded store. */
  stalenessMs(): number {
    return this.#deps.db.kind === 'embedded' ? 0 : this.#deps.clock.monotonic() - this.#freshAtMs
  }

  /** Reads what other processes changed; one short query when nothing did. */
  refresh(): Promise<void> {
    // One after the other: an older reading must not overwrite a newer one.
    const next = this.#refreshing.then(() => this.#read())
    this.#refreshing = next.catch(() => {})
    return next
  }

  /** Brings memory up to date, and finishes changes that failed half-way: here, or in a process that died. Runs every second. */
  async catchUp(): Promise<void> {
    const shared = this.#deps.db.kind === 'postgres'
    if (!shared && !this.#unfinished) return
    await this.refresh()
    await this.#changes.recover()
    this.#unfinished = false
    await this.refresh()
  }

  /** Stores when keys were last used and forgets idle buckets. */
  async housekeep(): Promise<void> {
    this.#limiter.sweep()
    if (this.#used.size === 0) return
    const used = this.#used
    this.#used = new Map()
    await store.storeLastUsed(this.#db, used)
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.#refreshing
    await this.housekeep().catch((error: unknown) => this.#deps.log.warn({ err: error }, 'last uses not stored'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #db(): Db {
    return this.#deps.db.db
  }

  async #change<C extends Change>(by: Actor, decide: (db: Db) => Promise<C | null>): Promise<C | null> {
    try {
      const change = await this.#changes.make(by, decide)
      if (change !== null) await this.refresh()
      return change
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'LEDGER_UNAVAILABLE') this.#unfinished = true
      throw error
    }
  }

  async #createKey(
    { projectId, name, expiresAt, testString }: z.output<typeof NewKey>,
    by: Actor,
    wanted: (db: Db) => Promise<boolean>,
  ): Promise<CreatedKey | null> {
    const nowMs = this.#deps.clock.now()
    if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) {
      throw new AppError('REQUEST_INVALID', 'expiresAt must lie in the future')
    }
    const secret = createSecret(KEY_PREFIX, this.#deps.ids)
    const change = await this.#change(by, async (db) => {
      if (!(await wanted(db))) return null
      const project = projectId === undefined ? await store.firstProject(db) : await store.findProject(db, projectId)
      if (!project) throw notFound('project')
      const key = {
        id: this.#deps.ids.next('key'),
        projectId: project.id,
        name,
        secretHash: hashSecret(secret),
        ...visibleParts(secret),
        testString,
        createdAt: this.#now(),
        expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      }
      return { type: 'key_created' as const, key, organisationId: project.organisationId }
    })
    if (change === null) return null
    const { secretHash: _, ...shown } = change.key
    return { ...shown, status: 'active', revokedAt: null, lastUsedAt: null, key: secret }
  }

  async #read(): Promise<void> {
    const startedMs = this.#deps.clock.monotonic()
    const snapshot = await store.readSince(this.#db, this.#directory.version)
    if (snapshot) for (const projectId of this.#directory.take(snapshot)) this.#limiter.resize(projectId)
    this.#freshAtMs = startedMs
  }

  /** The rate limits in force for a project. */
  limitsOf(projectId: string): RateLimits {
    const own = this.#directory.limits(projectId)
    return {
      requestsPerMinute: own?.requestsPerMinute ?? this.#defaults.requestsPerMinute,
      tokensPerMinute: own?.tokensPerMinute ?? this.#defaults.tokensPerMinute,
    }
  }

  #start(): void {
    if (this.#deps.db.kind === 'postgres') this.#chores.every(POLL_MS, 'accounts not refreshed', () => this.refresh())
    this.#chores.every(CATCH_UP_MS, 'accounts not caught up', () => this.catchUp())
    this.#chores.every(HOUSEKEEPING_MS, 'last uses not stored', () => this.housekeep())
  }

  #now(): string {
    return new Date(this.#deps.clock.now()).toISOString()
  }
}

function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}
