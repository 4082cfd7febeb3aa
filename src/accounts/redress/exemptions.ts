import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, type Approved, twoPeople } from '../../staff/index.ts'
import type { Principal } from '../schema.ts'
import { conflict, DAY_MS, notFound, type RedressContext } from './context.ts'
import { ExemptionBook, type RefusedUnder } from './exemption-book.ts'
import { type Change, SYSTEM } from './journal.ts'
import type { ClauseFacts } from './ports.ts'
import { EXEMPTION } from './records.ts'
import { Exemption, ExemptionRequest, type ExemptionScope, type ExemptionTerms, Words } from './schema.ts'
import * as store from './store.ts'

/** The name under which two people agree to one. */
export const EXEMPT_ACTION = 'accounts.exempt'

const Reason = Words(2_000)

/**
 * Whether nobody is ever exempted from a clause: where the policy says so, and always where children are harmed.
 */
export function isAbsolute(clause: Pick<ClauseFacts, 'labels' | 'exemptible'>): boolean {
  return clause.exemptible === false || clause.labels.includes('child_exploitation')
}

/**
 * Exemptions: rare, reasoned, for named clauses, agreed by two people, over after days. They stop blocking and nothing else: exempt traffic is
 * screened and recorded as all other is, with what would have been refused.
 */
export class Exemptions {
  readonly #context: RedressContext
  readonly #book = new ExemptionBook()

  constructor(context: RedressContext) {
    this.#context = context
  }

  /** Takes what was read from the store. */
  take(body: string): void {
    this.#book.take(Exemption.parse(JSON.parse(body)))
  }

  /** The exemption of this traffic from this refusal, or null. In memory; takes about a microsecond. */
  find(principal: Principal, endUserId: string | null, refusal: RefusedUnder): string | null {
    return this.#book.find(principal, endUserId, refusal, this.#context.clock.now())
  }

  /** For the engine of approvals: who asks, a second person, and what follows. */
  action(): ActionDefinition<ExemptionRequest> {
    return {
      schema: ExemptionRequest,
      fresh: true,
      rule: () => twoPeople(['analyst', 'rso'], ['rso', 'ciso', 'ceo']),
      effectMs: ({ days }) => days * DAY_MS,
      check: async (request) => {
        this.#checkTerms(request)
        if ((await this.#owner(request.scope)) === null)
          throw notFound(request.scope.type === 'key' ? 'key' : 'project')
      },
      execute: async (request, approved) => {
        await this.#grant(request, approved)
      },
    }
  }

  /** One person is enough to end one. Effective here at once, on every replica within a second. @throws {AppError} NOT_FOUND, CONFLICT */
  async end(id: string, by: Actor, reason: string): Promise<Exemption> {
    const why = Reason.parse(reason)
    const ended = await this.#context.journal.make(by, async (db) => {
      const exemption = await store.find(db, EXEMPTION, id)
      if (exemption === null) throw notFound('exemption')
      if (exemption.state !== 'active')
        throw conflict(`this exemption is over since ${exemption.endedAt ?? exemption.expiresAt}`)
      return this.#over(exemption, { state: 'ended', by: by.id, reason: why })
    })
    this.#book.take(ended)
    this.#context.notify({
      kind: 'redress.exemption_ended',
      id,
      at: ended.endedAt ?? '',
      organisationId: ended.organisationId,
    })
    return ended
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Exemption> {
    const exemption = await store.find(this.#context.db.db, EXEMPTION, id)
    if (exemption === null) throw notFound('exemption')
    return exemption
  }

  async list(query: PageQuery & { readonly state?: string | undefined }): Promise<Page<Exemption>> {
    const { after, limit, state } = query
    const { db } = this.#context.db
    return readPage(limit, (most) => store.list(db, EXEMPTION, { state, beyond: after, limit: most }))
  }

  /** Which clauses of the policy in force one can be asked for, and for how long. */
  terms(): ExemptionTerms {
    const { config, policies } = this.#context
    const policy = policies.current()
    const clauses = policy.clauses().map((clause) => ({
      id: clause.id,
      title: clause.title,
      severity: clause.severity,
      labels: [...clause.labels],
      exemptible: !isAbsolute(clause),
    }))
    return { policyVersion: policy.version, maxDays: config.exemptionMaxDays, clauses }
  }

  /** Those that a customer has had, whoever's of its projects they were. */
  ofOrganisation(organisationId: string): Promise<Exemption[]> {
    return store.list(this.#context.db.db, EXEMPTION, { organisationId })
  }

  /** Records the end of those whose time is over. They stopped counting by themselves. */
  async catchUp(): Promise<void> {
    const { db, clock, journal } = this.#context
    const due = await store.list(db.db, EXEMPTION, { state: 'active', dueBy: new Date(clock.now()) })
    for (const { id } of due) {
      const expired = await journal.make<Exemption | null>(SYSTEM, async (tx) => {
        const exemption = await store.find(tx, EXEMPTION, id)
        if (exemption?.state !== 'active' || Date.parse(exemption.expiresAt) > clock.now())
          return { events: [], result: null }
        return this.#over(exemption, { state: 'expired', by: null, reason: 'its time was over' })
      })
      if (expired !== null) this.#book.take(expired)
    }
  }

  async #grant(request: ExemptionRequest, approved: Approved): Promise<void> {
    this.#checkTerms(request)
    const { journal, db } = this.#context
    // Derived from the approval, so that carrying it out twice makes one.
    const id = `exm_${approved.id.slice(approved.id.indexOf('_') + 1)}`
    if ((await store.find(db.db, EXEMPTION, id)) !== null) return
    const owner = await this.#owner(request.scope)
    if (owner === null) throw notFound('project')
    const granted = await journal.make(SYSTEM, async (tx) => {
      const known = await store.find(tx, EXEMPTION, id)
      if (known !== null) return { events: [], result: known }
      const { reason, riskNote, scope, clauses, days } = request
      const policy = this.#context.policies.current()
      const labels = [...new Set(clauses.flatMap((clause) => policy.clause(clause)?.labels ?? []))]
      const exemption: Exemption = {
        id,
        approvalId: approved.id,
        scope,
        ...owner,
        clauses,
        labels,
        reason,
        riskNote,
        requestedBy: approved.requester,
        approvedBy: [...approved.approvers],
        grantedAt: approved.approvedAt,
        expiresAt: approved.effectiveUntil ?? iso(Date.parse(approved.approvedAt) + days * DAY_MS),
        state: 'active',
        endedAt: null,
        endedBy: null,
        endedReason: null,
      }
      const data = {
        approval: approved.id,
        scope: scope.type,
        scopeId: scope.id,
        project: owner.projectId,
        organisation: owner.organisationId,
        clauses,
        requestedBy: approved.requester,
        approvedBy: [...approved.approvers],
        expiresAt: exemption.expiresAt,
      }
      const event = { kind: 'redress.exemption_granted', subject: { type: 'exemption', id }, data }
      return { events: [event], puts: [store.put(EXEMPTION, exemption)], result: exemption }
    })
    this.#book.take(granted)
    this.#context.notify({
      kind: 'redress.exemption_granted',
      id,
      at: granted.grantedAt,
      organisationId: granted.organisationId,
    })
  }

  /** @throws {AppError} REQUEST_INVALID, FORBIDDEN */
  #checkTerms({ clauses, days }: ExemptionRequest): void {
    const { config, policies } = this.#context
    if (days > config.exemptionMaxDays) {
      throw new AppError('REQUEST_INVALID', `days: an exemption lasts at most ${config.exemptionMaxDays} days here`)
    }
    const policy = policies.current()
    for (const id of clauses) {
      const clause = policy.clause(id)
      if (clause === null)
        throw new AppError('REQUEST_INVALID', `clauses: policy ${policy.version} has no clause ${id}`)
      if (isAbsolute(clause)) throw new AppError('FORBIDDEN', `nobody can be exempted from clause ${id}`)
    }
  }

  #owner(scope: ExemptionScope): Promise<{ organisationId: string; projectId: string } | null> {
    const { db } = this.#context.db
    return scope.type === 'key' ? store.ownerOf(db, 'key', scope.id) : store.ownerOf(db, 'project', projectOf(scope))
  }

  #over(
    exemption: Exemption,
    end: { state: 'ended' | 'expired'; by: string | null; reason: string },
  ): Change<Exemption> {
    const over: Exemption = {
      ...exemption,
      state: end.state,
      endedAt: iso(this.#context.clock.now()),
      endedBy: end.by,
      endedReason: end.reason,
    }
    const data = { organisation: exemption.organisationId, project: exemption.projectId, clauses: exemption.clauses }
    const event = { kind: `redress.exemption_${end.state}`, subject: { type: 'exemption', id: exemption.id }, data }
    return { events: [event], puts: [store.put(EXEMPTION, over)], result: over }
  }
}

function projectOf(scope: Exclude<ExemptionScope, { type: 'key' }>): string {
  return scope.type === 'end_user' ? scope.projectId : scope.id
}
