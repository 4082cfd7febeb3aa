import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import type { Deployment, Registry } from '../registry/index.ts'
import { effectOf, gatewayModelsOf, type Response, type ResponseConfig, standIns } from '../response/index.ts'
import { Partners } from './partners.ts'
import { Preconditions } from './preconditions.ts'
import { NewException, type ReleaseView } from './schema.ts'

export interface ReleaseDeps {
  readonly registry: Registry
  readonly response: Pick<Response, 'cases'>
  readonly config: Pick<ResponseConfig, 'exceptionDays'>
  readonly clock: Clock
  readonly log: Log
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly ids: Ids
}

/** The name under which two people take over what is already live. */
export const EXCEPTION_ACTION = 'models.grandfather'

const SYSTEM: Actor = { type: 'system', id: 'release' }
const DAY_MS = 86_400_000
const CHECK_MS = 60_000
const LEADERS = ['rso', 'ceo', 'ciso'] as const

/** The gate of deployments: what must hold for one to be open, and what becomes of one for which it no longer does. */
export class Release implements AsyncDisposable {
  readonly preconditions: Preconditions
  readonly partners: Partners
  readonly #deps: ReleaseDeps
  readonly #chores: Chores

  constructor(deps: ReleaseDeps) {
    this.#deps = deps
    this.preconditions = new Preconditions(deps.log)
    this.partners = new Partners({ ...deps, db: deps.db.db })
    this.#chores = new Chores(deps.log)
  }

  /** Begins to look, once rooms have registered what they answer for. */
  start(): void {
    this.#chores.every(CHECK_MS, 'releases not checked', () => this.catchUp())
  }

  /** Every precondition of a deployment, with its evidence. @throws {AppError} NOT_FOUND */
  async check(id: string): Promise<ReleaseView> {
    return this.#view(await this.#deps.registry.deployments.get(id))
  }

  /** Of every deployment that was not withdrawn. */
  async list(): Promise<ReleaseView[]> {
    const all = await this.#deps.registry.deployments.list()
    return Promise.all(all.filter(({ withdrawnAt }) => withdrawnAt === null).map((one) => this.#view(one)))
  }

  /**
   * Puts on the case that every precondition holds, so that two people can open it.
   *
   * @throws {AppError} NOT_FOUND; CONFLICT naming what is missing
   */
  async prepare(id: string): Promise<ReleaseView> {
    const view = await this.check(id)
    if (!view.passes) throw new AppError('CONFLICT', `it does not pass the gate: ${missingOf(view)}`)
    const of = await this.#begin(await this.#deps.registry.deployments.get(id))
    await this.#deps.response.cases.show(
      of.id,
      { kind: 'preconditions', reference: `checked ${view.checkedAt}` },
      SYSTEM,
    )
    return view
  }

  /** For the engine of approvals: what is live already goes on under an exception that runs out. */
  exception(): ActionDefinition<NewException> {
    return {
      schema: NewException,
      fresh: true,
      rule: () => twoPeople(LEADERS),
      effectMs: ({ days }) => days * DAY_MS,
      check: async ({ deployment, days }) => {
        const { exceptionDays } = this.#deps.config
        if (days > exceptionDays)
          throw new AppError('REQUEST_INVALID', `days: an exception lasts at most ${exceptionDays} days here`)
        const of = await this.#begin(await this.#deps.registry.deployments.get(deployment))
        if (of.state !== 'unreleased' && of.state !== 'undeployed')
          throw new AppError('CONFLICT', `the deployment is ${of.state}: an exception is for what has passed no gate`)
      },
      execute: async ({ deployment, days }, { id, requester, approvers, approvedAt, effectiveUntil }) => {
        const { cases } = this.#deps.response
        const of = await this.#begin(await this.#deps.registry.deployments.get(deployment))
        if (of.history.some(({ approval }) => approval === id)) return
        await cases.show(of.id, { kind: 'exception', reference: id }, SYSTEM)
        const expiresAt = effectiveUntil ?? new Date(Date.parse(approvedAt) + days * DAY_MS).toISOString()
        const takers = standIns(LEADERS, [LEADERS], [requester, ...approvers])
        const reason = `an exception until ${expiresAt} (${id})`
        await cases.take(of.id, 'grandfather', { takers, actor: SYSTEM, approval: id, reason, expiresAt })
      },
    }
  }

  /** Closes to new customers what is open and no longer passes. Runs every minute. */
  async catchUp(): Promise<void> {
    const { registry, response } = this.#deps
    for (const deployment of await registry.deployments.list()) {
      const of = await response.cases.find(`deployment/${deployment.id}`)
      if (of === null || (of.state !== 'live' && of.state !== 'approved')) continue
      const view = await this.#view(deployment)
      if (view.passes) continue
      const reason = `preconditions have lapsed: ${missingOf(view)}`
      const step = of.state === 'live' ? 'lapse' : 'withdraw'
      await response.cases.take(of.id, step, { takers: 'system', actor: SYSTEM, approval: null, reason })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }

  #begin(deployment: Deployment) {
    const { id, model } = deployment
    return this.#deps.response.cases.begin({ id, model, gatewayModels: gatewayModelsOf(deployment) }, SYSTEM)
  }

  async #view(deployment: Deployment): Promise<ReleaseView> {
    const findings = await this.preconditions.check(deployment)
    const of = await this.#begin(deployment)
    const effect = effectOf(of)
    const passes = findings.every(({ state }) => state === 'met')
    const served = effect === 'everybody' && of.state !== 'live'
    const why = of.state === 'grandfathered' ? `under an exception until ${of.expiresAt}` : 'it has passed no gate'
    return {
      ...{ deployment: deployment.id, model: deployment.model, state: of.state, effect, passes },
      ...{ red: served ? why : null, expiresAt: of.expiresAt },
      checkedAt: new Date(this.#deps.clock.now()).toISOString(),
      findings,
    }
  }
}

function missingOf({ findings }: ReleaseView): string {
  return findings.flatMap(({ id, state }) => (state === 'met' ? [] : [`${id} (${state.replace('_', ' ')})`])).join(', ')
}
