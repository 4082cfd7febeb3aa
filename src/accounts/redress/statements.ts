import { mapPage, type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { RecordedDecision } from '../../decisions/index.ts'
import { notFound, type RedressContext } from './context.ts'
import { type DsaStatement, toDsa } from './dsa.ts'
import { SYSTEM } from './journal.ts'
import type { PolicyFacts } from './ports.ts'
import { type Redress, reasonsForAction, reasonsForRefusal } from './reasons.ts'
import { STATEMENT } from './records.ts'
import { type ContestedAction, KeptStatement, type Statement } from './schema.ts'
import * as store from './store.ts'

const ACTIONS_PER_PAGE = 100
const DECISION_ID = /^dec_[0-9A-HJKMNP-TV-Z]{26}$/
const ACTION_ID = /^act_[0-9A-HJKMNP-TV-Z]{26}$/

/** A statement with whom it is for. */
export interface OwnedStatement {
  readonly organisationId: string | null
  readonly statement: Statement
}

/**
 * Statements of reasons. For an action against an account one is made when the action is, and kept as it was. For a refusal there are far too
 * many to write down twice: it is worked out from the decision record, which doesn't change.
 */
export class Statements {
  readonly #context: RedressContext
  readonly #redress: () => Redress
  readonly #policyUrl: () => string

  /** @param url Where the public reaches the data plane. */
  constructor(context: RedressContext, url: () => string) {
    this.#context = context
    this.#redress = () => ({ windowDays: context.config.appealWindowDays, url: `${url()}/appeal` })
    this.#policyUrl = () => `${url()}/policy`
  }

  /** Makes the statement for an action, once, and tells whoever sends messages. @throws {AppError} LEDGER_UNAVAILABLE */
  async make(action: ContestedAction): Promise<Statement> {
    const { journal, policies, digest, notify } = this.#context
    const policy = action.policy === null ? null : await policies.find(action.policy.digest)
    const statement = reasonsForAction(action, policy, this.#redress())
    const made = await journal.make<KeptStatement | null>(SYSTEM, async (db) => {
      if ((await store.find(db, STATEMENT, statement.id)) !== null) return { events: [], result: null }
      const kept = KeptStatement.parse({ id: statement.id, organisationId: action.organisationId, action, statement })
      const event = {
        kind: 'redress.statement_made',
        subject: { type: 'statement', id: statement.id },
        digests: { statement: digest(JSON.stringify(statement)) },
        data: {
          action: action.id,
          measure: action.kind,
          organisation: action.organisationId,
          clause: action.clause,
          automatic: action.automatic,
        },
      }
      return { events: [event], puts: [store.put(STATEMENT, kept)], result: kept }
    })
    if (made === null) return (await this.#kept(statement.id)).statement
    const { organisationId } = action
    notify({
      kind: 'redress.statement_made',
      id: statement.id,
      at: statement.at,
      organisationId: organisationId ?? undefined,
    })
    return statement
  }

  /** Makes the statements that are missing for actions, newest first, until a page of actions has them all. */
  async catchUp(): Promise<void> {
    const { db, enforcement } = this.#context
    for (let before: string | null = null; ; ) {
      const actions = await enforcement.recent(before, ACTIONS_PER_PAGE)
      const ids = actions.map(({ id }) => id)
      const known = await store.aboutsKnown(db.db, STATEMENT, ids)
      for (const action of actions.toReversed()) if (!known.has(action.id)) await this.make(action)
      if (actions.length < ACTIONS_PER_PAGE || known.size === ids.length) return
      before = ids.at(-1) ?? null
    }
  }

  /**
   * By the id of a decision, an action or a statement.
   *
   * @returns null when there is none, or nothing was refused: the two look alike from outside.
   */
  async find(id: string): Promise<OwnedStatement | null> {
    if (DECISION_ID.test(id)) {
      const decision = await this.#context.decisions.find(id)
      return decision === null ? null : this.#ofDecision(decision)
    }
    const { db } = this.#context.db
    const kept = id.startsWith('sor_')
      ? await store.find(db, STATEMENT, id)
      : ((await store.list(db, STATEMENT, { about: id, limit: 1 }))[0] ?? null)
    if (kept !== null) return { organisationId: kept.organisationId, statement: kept.statement }
    // Asked for sooner than the clockwork has come to it.
    const action = ACTION_ID.test(id) ? await this.#context.enforcement.describe(id) : null
    return action === null ? null : { organisationId: action.organisationId, statement: await this.make(action) }
  }

  /** What a customer is told of its own. @throws {AppError} NOT_FOUND, also for somebody else's */
  async forCustomer(id: string, organisationId: string): Promise<Statement> {
    const found = await this.find(id)
    if (found === null || found.organisationId !== organisationId) throw notFound('refusal or action')
    return found.statement
  }

  /** The statements about actions, newest first. */
  async actions(query: PageQuery & { readonly organisationId?: string | undefined }): Promise<Page<Statement>> {
    const { organisationId, after, limit } = query
    const { db } = this.#context.db
    const page = await readPage(limit, (most) =>
      store.list(db, STATEMENT, { organisationId, beyond: after, limit: most }),
    )
    return mapPage(page, ({ statement }) => statement)
  }

  /** The statements about a customer's refusals, newest first. */
  async refusals(query: PageQuery & { readonly organisationId: string }): Promise<Page<Statement>> {
    const { items, next } = await this.#context.decisions.refusals(query)
    const statements: Statement[] = []
    for (const decision of items) {
      const found = await this.#ofDecision(decision)
      if (found !== null) statements.push(found.statement)
    }
    return { items: statements, next }
  }

  /** Those about actions in the form that the EU's database takes; at most 100, as one call of it does. */
  async exportDsa(query: PageQuery): Promise<{ statements: DsaStatement[]; next: string | null }> {
    const { items, next } = await this.actions({ after: query.after, limit: Math.min(query.limit, 100) })
    return { statements: items.flatMap((statement) => toDsa(statement, this.#policyUrl()) ?? []), next }
  }

  /** @returns null for a warning, a test and what was not enforced, which are no restrictions. */
  toDsa(statement: Statement): DsaStatement | null {
    return toDsa(statement, this.#policyUrl())
  }

  async #ofDecision(decision: RecordedDecision): Promise<OwnedStatement | null> {
    const statement = reasonsForRefusal(decision, await this.#policyOf(decision.policyDigest), this.#redress())
    return statement === null ? null : { organisationId: decision.organisation, statement }
  }

  async #policyOf(digest: string | null): Promise<PolicyFacts | null> {
    return digest === null ? null : this.#context.policies.find(digest)
  }

  async #kept(id: string): Promise<KeptStatement> {
    const kept = await store.find(this.#context.db.db, STATEMENT, id)
    if (kept === null) throw notFound('statement')
    return kept
  }
}
