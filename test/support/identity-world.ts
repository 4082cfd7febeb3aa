import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { Accounts, type AccountsDeps, Identity } from '../../src/accounts/index.ts'
import { ManualClock, systemClock } from '../../src/base/clock.ts'
import { EgressConfig, IdentityConfig } from '../../src/base/edge-config.ts'
import { Egress } from '../../src/base/egress.ts'
import { systemIds } from '../../src/base/ids.ts'
import { createLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { freshDataDir } from './stores.ts'
import { TokenIssuer } from './token-issuer.ts'

export const SYSTEM = { type: 'operator', id: 'operator' } as const

/** Real accounts with one organisation and project, and for each test a fresh issuer and a clock that stands still. */
export class IdentityWorld {
  readonly events: LedgerEvent[] = []
  readonly logged: string[] = []
  readonly log = createLog('debug', { write: (line) => void this.logged.push(line) })
  resources = new AsyncDisposableStack()
  issuer!: TokenIssuer
  clock = new ManualClock()
  ground!: AccountsDeps
  accounts!: Accounts
  organisationId = ''
  projectId = ''

  readonly digest = (text: string) => createHmac('sha256', 'k').update(text).digest('hex')

  /** To be called where tests are described. */
  static inEachTest(): IdentityWorld {
    const world = new IdentityWorld()
    const shared = new AsyncDisposableStack()
    beforeAll(() => world.#begin(shared), 60_000)
    afterAll(() => shared.disposeAsync())
    beforeEach(async () => {
      world.resources = new AsyncDisposableStack()
      world.issuer = world.resources.use(await TokenIssuer.start())
      world.clock = new ManualClock(Date.now())
      world.events.length = 0
      world.logged.length = 0
    })
    afterEach(() => world.resources.disposeAsync())
    return world
  }

  open(
    config: Record<string, unknown> = {},
    more: Record<string, unknown>[] = [],
    tenants: Accounts = this.accounts,
  ): Identity {
    const { organisationId: organisation, projectId: project, digest, clock, log } = this
    const usual = { id: 'corp', issuer: this.issuer.url, audience: ['safelevel'], organisation, project }
    const { issuers } = IdentityConfig.parse({ issuers: [{ ...usual, ...config }, ...more] })
    const egress = this.resources.use(new Egress(EgressConfig.parse({})))
    return this.resources.use(new Identity({ issuers, tenants, egress, digest, clock, log }))
  }

  tokenOf(claims: Record<string, unknown> = {}, options: Parameters<TokenIssuer['token']>[1] = {}): Promise<string> {
    return this.issuer.token(claims, { nowMs: this.clock.now(), ...options })
  }

  async #begin(shared: AsyncDisposableStack): Promise<void> {
    const { log, digest } = this
    const db = shared.adopt(await openDb({ url: null, dataDir: await freshDataDir(), log }), (opened) => opened.close())
    const ledger = { append: async (event: LedgerEvent) => ({ position: this.events.push(event) - 1 }) }
    const defaults = { requestsPerMinute: 600, tokensPerMinute: 400_000 }
    this.ground = { db, ledger, clock: systemClock, ids: systemIds, log, digest, defaults }
    this.accounts = shared.use(await Accounts.open(this.ground))
    this.organisationId = (await this.accounts.createOrganisation({ name: 'Acme', tier: 'gold' }, SYSTEM)).id
    this.projectId = (
      await this.accounts.createProject({ organisationId: this.organisationId, name: 'one' }, SYSTEM)
    ).id
  }
}

/** `accepted`, or the error as its code and words. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  )
