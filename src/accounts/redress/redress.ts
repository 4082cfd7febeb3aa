import { join } from 'node:path'
import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import { loadOrCreateKey } from '../../base/keys.ts'
import type { Log } from '../../base/log.ts'
import type { RedressConfig } from '../../base/redress-config.ts'
import type { DbHandle } from '../../db/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import type { Principal } from '../schema.ts'
import { Acceptances } from './acceptances.ts'
import { Appeals } from './appeals.ts'
import type { RedressContext, RedressNotice } from './context.ts'
import type { RefusedUnder } from './exemption-book.ts'
import { EXEMPT_ACTION, Exemptions, isAbsolute } from './exemptions.ts'
import { Hearing } from './hearing.ts'
import { redressJournal } from './journal.ts'
import type { ClauseFacts, DecisionSource, EnforcementPort, PeoplePort, PolicySource } from './ports.ts'
import { ACCEPTANCE, ANNOUNCEMENT, EXEMPTION } from './records.ts'
import { Statements } from './statements.ts'
import * as store from './store.ts'
import { redressTexts } from './texts.ts'
import { Undoings } from './undoings.ts'

export interface RedressDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where `appeals.key` is, or is made. */
  readonly keysDir: string
  readonly config: RedressConfig
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly decisions: DecisionSource
  readonly policies: PolicySource
  readonly enforcement: EnforcementPort
  readonly people: PeoplePort
  /** Must not throw. */
  readonly notify?: (notice: RedressNotice) => void
}

/** Takes the action `accounts.exempt`; the engine of approvals of the staff room. */
export interface ActionRegistrar {
  registerAction(name: string, definition: ReturnType<Exemptions['action']>): void
}

const POLL_MS = 400
const CLOCKWORK_MS = 5_000
const IN_MEMORY = [EXEMPTION.kind, ACCEPTANCE.kind, ANNOUNCEMENT.kind] as const

/** What customers are owed when they are refused: reasons, a hearing, exemptions by exception, and rules that they have agreed to. */
export class Redress implements AsyncDisposable {
  readonly exemptions: Exemptions
  readonly statements: Statements
  readonly appeals: Appeals
  readonly acceptances: Acceptances
  readonly #undoings: Undoings
  readonly #context: RedressContext
  readonly #chores: Chores
  #publicUrl: () => string = () => ''
  #stopListening = (): void => {}
  #version = -1
  #organisationsSince = new Date(0)

  /** Finishes what a crash cut off, and reads into memory what requests are held against. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: RedressDeps): Promise<Redress> {
    const redress = new Redress(deps)
    await redress.#context.journal.recover()
    await redress.refresh()
    return redress
  }

  private constructor(deps: RedressDeps) {
    const { keysDir, notify = () => {}, ledger, ...rest } = deps
    const context: RedressContext = {
      ...rest,
      notify,
      journal: redressJournal({ db: deps.db.db, ledger, clock: deps.clock, ids: deps.ids }),
      texts: redressTexts(loadOrCreateKey(join(keysDir, 'appeals.key'), 32, deps.ids), deps.ids),
    }
    this.#context = context
    this.#chores = new Chores(deps.log)
    this.exemptions = new Exemptions(context)
    this.statements = new Statements(context, () => this.#publicUrl())
    this.acceptances = new Acceptances(context)
    this.appeals = new Appeals(context, this.statements, new Hearing(context, this.exemptions, this.statements))
    this.#undoings = new Undoings(context)
  }

  /** Tells where the public reaches the data plane, without a slash at its end; known once that listens. */
  reachedAt(publicUrl: () => string): void {
    this.#publicUrl = publicUrl
  }

  /** Lets people ask for exemptions; to be called before the approvals start. */
  register(approvals: ActionRegistrar): void {
    approvals.registerAction(EXEMPT_ACTION, this.exemptions.action())
  }

  /** Begins the clockwork; the policy in force is announced if it is new. */
  async start(): Promise<void> {
    await this.catchUp()
    this.#stopListening = this.#context.enforcement.onChange(() => this.#makeStatements())
    this.#chores.every(POLL_MS, 'exemptions not refreshed', () => this.refresh())
    this.#chores.every(CLOCKWORK_MS, 'redress not caught up', () => this.catchUp())
  }

  /**
   * The exemption of this traffic from this refusal, or null. In memory. An absolute clause has none, whatever was granted.
   *
   * @param endUserId `eu_…`, or null when the customer names none.
   */
  exemptionFrom(
    principal: Principal,
    endUserId: string | null,
    clause: Pick<ClauseFacts, 'id' | 'labels' | 'exemptible'>,
    label: RefusedUnder['label'],
  ): string | null {
    if (isAbsolute(clause)) return null
    return this.exemptions.find(principal, endUserId, { clause: clause.id, label })
  }

  /** @throws {AppError} FORBIDDEN where the installation requires that the policy is accepted, and it was not in time */
  requireAccepted(principal: Principal): void {
    this.acceptances.requireAccepted(principal)
  }

  /** Reads what other processes changed; one short query when nothing did. Runs every 0.4 s. */
  async refresh(): Promise<void> {
    const { db } = this.#context.db
    await this.#readOrganisations()
    const head = await store.headVersion(db)
    if (head === this.#version) return
    for (const { kind, body } of await store.changedSince(db, IN_MEMORY, this.#version)) {
      if (kind === EXEMPTION.kind) this.exemptions.take(body)
      else this.acceptances.take(kind, body)
    }
    this.#version = head
  }

  /** Finishes, expires, undoes, erases and tells whatever is due. Runs every five seconds. */
  async catchUp(): Promise<void> {
    await this.#context.journal.recover()
    await this.refresh()
    await this.acceptances.announce()
    await this.exemptions.catchUp()
    await this.statements.catchUp()
    await this.#undoings.catchUp()
  }

  async close(): Promise<void> {
    this.#stopListening()
    await this.#chores.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** At once, not at the next turn of the clockwork. */
  #makeStatements(): void {
    this.#chores.now('statements of reasons not made yet', () => this.statements.catchUp())
  }

  /** Only where grace counts from when a customer came. */
  async #readOrganisations(): Promise<void> {
    if (!this.#context.config.requireAcceptance) return
    for (const { id, createdAt } of await store.organisationsSince(this.#context.db.db, this.#organisationsSince)) {
      this.acceptances.takeOrganisation(id, createdAt.getTime())
      if (createdAt > this.#organisationsSince) this.#organisationsSince = createdAt
    }
  }
}
