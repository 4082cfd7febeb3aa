import { createHmac } from 'node:crypto'
import { Accounts, Enforcement, type Principal, type Traffic } from '../../src/accounts/index.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { EnforcementConfig } from '../../src/base/enforcement-config.ts'
import { seededIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { MemoryLog } from './staff-world.ts'

/** A ledger in memory that can be read again, as the real one can. */
export class ReadableLog extends MemoryLog {
  readonly origin = 'test.example/log'

  get size(): number {
    return this.events.length
  }

  async recorded(from: number, limit: number): Promise<{ event: LedgerEvent }[]> {
    return this.events.slice(from, from + limit).map((event) => ({ event }))
  }
}

export const digest = (text: string): string => createHmac('sha256', 'test').update(text).digest('hex')

export interface OffenceGiven {
  readonly endUser?: string | null
  readonly severity?: string
  readonly score?: number
  readonly clause?: string
  readonly principal?: Principal
  readonly data?: LedgerEvent['data']
}

let seed = 1

/** One customer with two keys, and enforcement over one store; emptied at the start. */
export class EnforcementWorld implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly log = new ReadableLog()
  readonly ids = seededIds(this.clock, seed++ * 7907)
  readonly handle: DbHandle
  readonly notices: string[] = []
  config: EnforcementConfig
  accounts!: Accounts
  enforcement!: Enforcement
  /** First and second key of one project. */
  principals!: readonly [Principal, Principal]
  readonly #opened: AsyncDisposable[] = []

  private constructor(handle: DbHandle, config: EnforcementConfig) {
    this.handle = handle
    this.config = config
  }

  static async open(handle: DbHandle, config: unknown = {}): Promise<EnforcementWorld> {
    const { db } = handle
    for (const table of ['enforcementRecord', 'enforcementCursor'] as const) {
      await db.deleteFrom(table).execute()
    }
    for (const table of ['apiKey', 'project', 'organisation', 'journalIntent'] as const) {
      await db.deleteFrom(table).execute()
    }
    const world = new EnforcementWorld(handle, EnforcementConfig.parse(config))
    const { ids, clock, log } = world
    const defaults = { requestsPerMinute: 100, tokensPerMinute: 100_000 }
    world.accounts = await Accounts.open({ db: handle, ledger: log, clock, ids, log: silentLog, digest, defaults })
    world.#opened.push(world.accounts)
    await world.accounts.ensureDefaultProject()
    const by = { type: 'operator', id: 'operator' } as const
    const keys = [await world.accounts.createKey({}, by), await world.accounts.createKey({}, by)]
    const [first, second] = keys.map(({ key }) => world.accounts.authenticate(key))
    if (!first || !second) throw new Error('no keys')
    world.principals = [first, second]
    await world.reopen()
    return world
  }

  /** As another process, or this one after a restart, opens it. */
  async reopen(): Promise<Enforcement> {
    this.enforcement = await this.another()
    return this.enforcement
  }

  async another(): Promise<Enforcement> {
    const { handle: db, log: ledger, clock, ids, config, accounts, notices } = this
    const limitsOf = (id: string) => accounts.limitsOf(id)
    const notify = ({ kind }: { kind: string }) => void notices.push(kind)
    const opened = await Enforcement.open({ db, ledger, clock, ids, log: silentLog, config, limitsOf, digest, notify })
    this.#opened.push(opened)
    return opened
  }

  user(name: string): string {
    return this.accounts.endUserId(this.principals[0], name)
  }

  /** A refusal as the gateway records it, on the ledger; it counts at the next `catchUp`. @returns its id */
  refused(given: OffenceGiven = {}): string {
    const { endUser = null, severity = 'moderate', score = 0.9, clause = '4.2', principal = this.principals[0] } = given
    const id = this.ids.next('dec')
    const refusal = { action: 'refuse', label: 'cyber_operations', clause, score, threshold: 0.5, severity }
    this.log.events.push({
      id,
      time: new Date(this.clock.now()).toISOString(),
      kind: 'gateway.decision',
      actor: { type: 'key', id: principal.keyId },
      subject: { type: 'request', id },
      digests: {},
      policy: { version: '1', digest: 'd' },
      data: {
        organisation: principal.organisationId,
        project: principal.projectId,
        ...(endUser === null ? {} : { endUser: this.user(endUser) }),
        outcome: 'refuse',
        enforced: true,
        prompt: { ...refusal, reason: 'threshold' },
        ...given.data,
      },
    })
    return id
  }

  traffic(given: Partial<Traffic> = {}): Traffic {
    return {
      principal: this.principals[0],
      endUserId: null,
      decisionId: this.ids.next('dec'),
      atMs: this.clock.now(),
      refused: false,
      labels: [],
      score: 0,
      shape: 1,
      promptChars: 100,
      outputTokens: 100,
      address: null,
      ...given,
    }
  }

  /** Events that enforcement wrote. */
  events(): LedgerEvent[] {
    return this.log.events.filter(({ kind }) => kind.startsWith('enforcement.'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened.splice(0).reverse()) await opened[Symbol.asyncDispose]()
  }
}
