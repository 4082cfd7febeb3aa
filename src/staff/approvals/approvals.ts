import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Page, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import { canonicalJson } from '../../ledger/index.ts'
import { bootstrapActive } from '../bootstrap.ts'
import { conflict, DAY_MS, forbidden, notFound, type StaffContext, staffActor } from '../context.ts'
import { SYSTEM } from '../journal.ts'
import { PASSKEY } from '../records.ts'
import { allStandings, findStanding, type Standing } from '../standing.ts'
import * as store from '../store.ts'
import { type Assertion, assertionOptions, relyingParty, verifyAssertion } from '../webauthn.ts'
import { APPROVAL, type Approval, challengeFor, readStatement, Statement, type Vote } from './approval.ts'
import { type ApprovalEvidence, evidenceOf } from './evidence.ts'
import { Executor } from './execution.ts'
import { type ActionDefinition, ActionRegistry } from './registry.ts'
import { type MissingSeats, maySupport, type QuorumRule, type Supporter, seat } from './rule.ts'
import {
  approvedAt,
  approvedEvent,
  checkVoter,
  closed,
  newApproval,
  newVote,
  quorumOf,
  requesterOf,
  toSupporter,
  voteEvent,
  withdrawal,
} from './transitions.ts'

const DEFAULT_EXPIRY_MS = 3 * DAY_MS
const MAX_EXPIRY_MS = 30 * DAY_MS
const MIN_EXPIRY_MS = 60_000
const MAX_OPEN_PER_PERSON = 50

export interface ApprovalRequest {
  readonly action: string
  readonly payload: unknown
  /** For those who are asked; may say why in words, since it stays off the ledger. */
  readonly reason: string
  /** The person who asks. */
  readonly requester: string
  /** 1 min to 30 days; 3 days when absent. */
  readonly expiresInMs?: number | undefined
}

/**
 * Every decision that takes more than a click: asked for, agreed to by people who sign exactly what they agree to, carried out once by the
 * room that registered it. Nothing is ever removed: what was denied, withdrawn or ran out stays to be seen.
 */
export class Approvals {
  readonly #context: StaffContext
  readonly #actions = new ActionRegistry()
  readonly #executor: Executor

  constructor(context: StaffContext) {
    this.#context = context
    this.#executor = new Executor(context, this.#actions)
  }

  /** Lets people ask for an action. Only the engine calls `execute`. @throws {AppError} INTERNAL when the name is taken */
  registerAction<P>(name: string, definition: ActionDefinition<P>): void {
    this.#actions.register(name, definition)
  }

  /** Whether who asks for it must have touched their key lately; the door that takes the request checks. */
  needsFreshKey(action: string): boolean {
    return this.#actions.needsFreshKey(action)
  }

  /** Names of what can be asked for here. */
  actions(): string[] {
    return this.#actions.names()
  }

  /**
   * Asks for an action. Under a `single` rule it is carried out before this resolves, or retried by itself.
   *
   * @throws {AppError} NOT_FOUND (the action), REQUEST_INVALID, FORBIDDEN (not for the requester), CONFLICT, LEDGER_UNAVAILABLE
   */
  async request(request: ApprovalRequest): Promise<Approval> {
    const { requester, expiresInMs = DEFAULT_EXPIRY_MS } = request
    if (!(expiresInMs >= MIN_EXPIRY_MS && expiresInMs <= MAX_EXPIRY_MS)) {
      throw new AppError('REQUEST_INVALID', 'expiresInMs: between one minute and 30 days')
    }
    const prepared = this.#actions.prepare(request.action, request.payload)
    await prepared.check(requester)
    const approval = await this.#context.journal.make(staffActor(requester), async (db) => {
      const bootstrap = await bootstrapActive(db, this.#context.clock.now())
      const rule = prepared.rule({ bootstrap })
      const relaxed = bootstrap && canonicalJson(rule) !== canonicalJson(prepared.rule({ bootstrap: false }))
      const asking = await this.#standing(db, requester)
      if (!rule.requesters.some((role) => asking.roles.has(role))) {
        throw forbidden(`this can be asked for by: ${rule.requesters.join(', ')}`)
      }
      const mine = await store.list(db, APPROVAL, { personId: requester, state: 'pending' })
      if (mine.length >= MAX_OPEN_PER_PERSON) throw conflict('this person has too many open requests')
      const { clock, ids, installation } = this.#context
      const made = newApproval({
        id: ids.next('apr'),
        installation,
        nowMs: clock.now(),
        action: request.action,
        payload: prepared.payload,
        reason: request.reason,
        requester: asking.person,
        rule,
        effectMs: prepared.effectMs,
        expiresInMs,
        bootstrap: relaxed,
      })
      const subject = { type: 'approval', id: made.id }
      const data = {
        action: made.action,
        statement: made.digest,
        expiresAt: made.expiresAt,
        rule: rule.kind,
        bootstrap: relaxed,
      }
      const events: Happening[] = [{ kind: 'approvals.requested', subject, data }]
      if (made.state === 'approved') events.push(approvedEvent(made))
      return { events, puts: [store.put(APPROVAL, made)], result: made }
    })
    return approval.state === 'approved' ? this.#carryOut(approval.id) : approval
  }

  /** What the browser needs so that this person can sign. @throws {AppError} NOT_FOUND, FORBIDDEN, CONFLICT */
  async options(id: string, personId: string): Promise<Record<string, unknown>> {
    const approval = await this.#open(id, personId)
    const { db } = this.#context.db
    checkVoter(approval, toSupporter(await this.#standing(db, personId)))
    const passkeys = await store.list(db, PASSKEY, { personId, state: 'active' })
    return assertionOptions(this.#context.config, Buffer.from(approval.digest, 'hex'), passkeys)
  }

  /**
   * One person agrees, by signing the digest of the statement. The last one needed sets it going; its clock starts now.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT (decided, expired, already given), FORBIDDEN, UNAUTHENTICATED (the signature),
   *   VERIFICATION_FAILED (it was changed), LEDGER_UNAVAILABLE
   */
  async approve(id: string, personId: string, assertion: Assertion): Promise<Approval> {
    await this.#open(id, personId)
    const approval = await this.#context.journal.make(staffActor(personId), async (db) => {
      const approval = await this.#pending(db, id)
      const voter = toSupporter(await this.#standing(db, personId))
      const rule = checkVoter(approval, voter)
      readStatement(approval)
      const passkey = await store.findBy(db, PASSKEY, assertion.id)
      if (passkey === null || passkey.removedAt !== null || passkey.personId !== personId) {
        throw new AppError('UNAUTHENTICATED', 'this security key is not one of yours')
      }
      const counter = await verifyAssertion(this.#context.config, challengeFor(approval), assertion, passkey)
      const at = iso(this.#context.clock.now())
      const vote: Vote = {
        ...newVote(approval, rule, voter, at),
        decision: 'approve',
        passkeyId: passkey.id,
        publicKey: passkey.publicKey,
        assertion,
      }
      const voted = await this.#count(db, { ...approval, votes: [...approval.votes, vote] }, rule, at)
      const events: Happening[] = [voteEvent('approvals.given', voted, vote)]
      if (voted.state === 'approved') events.push(approvedEvent(voted))
      const used = { ...passkey, counter, lastUsedAt: at }
      return { events, puts: [store.put(APPROVAL, voted), store.put(PASSKEY, used)], result: voted }
    })
    return approval.state === 'approved' ? this.#carryOut(id) : approval
  }

  /** One person of those who are asked says no, and that is that. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  async deny(id: string, personId: string, reason: string): Promise<Approval> {
    await this.#open(id, personId)
    return this.#context.journal.make(staffActor(personId), async (db) => {
      const approval = await this.#pending(db, id)
      const voter = toSupporter(await this.#standing(db, personId))
      const rule = quorumOf(approval)
      if (!maySupport(rule, requesterOf(approval), voter)) throw forbidden('you are not asked here')
      const at = iso(this.#context.clock.now())
      const vote: Vote = { ...newVote(approval, rule, voter, at), decision: 'deny', reason }
      const denied: Approval = {
        ...approval,
        votes: [...approval.votes, vote],
        state: 'denied',
        closedAt: at,
        closedBy: personId,
        closedReason: reason,
      }
      return {
        events: [voteEvent('approvals.denied', denied, vote)],
        puts: [store.put(APPROVAL, denied)],
        result: denied,
      }
    })
  }

  /** Who asked takes it back, as long as it isn't being carried out. @throws {AppError} NOT_FOUND, CONFLICT, FORBIDDEN */
  withdraw(id: string, personId: string, reason: string): Promise<Approval> {
    return this.#context.journal.make(staffActor(personId), async (db) => {
      const approval = await this.#find(db, id)
      if (approval.requester !== personId) throw forbidden('only who asked can take it back')
      if (approval.state !== 'pending' && approval.state !== 'approved') throw closed(approval)
      return withdrawal(approval, { at: iso(this.#context.clock.now()), by: personId, reason })
    })
  }

  /** @param viewer from whom it may have to be kept; null = nobody in particular. @throws {AppError} NOT_FOUND */
  async get(id: string, viewer: string | null = null): Promise<Approval> {
    const approval = await this.#find(this.#context.db.db, id)
    await this.#checkThere(approval, viewer)
    return approval
  }

  /** Newest first, less what is to be kept from the viewer: a page may have fewer than asked for. */
  async list(query: {
    state?: string | undefined
    before?: string | undefined
    limit: number
    viewer?: string | null
  }): Promise<Page<Approval>> {
    const { state, before, limit, viewer = null } = query
    const wanted = { ...(state === undefined ? {} : { state }), beyond: before, newestFirst: true }
    const page = await readPage(limit, (most) => store.list(this.#context.db.db, APPROVAL, { ...wanted, limit: most }))
    const concealed = await Promise.all(page.items.map((approval) => this.#isConcealed(approval, viewer)))
    return { ...page, items: page.items.filter((_, i) => !concealed[i]) }
  }

  /** What waits for this person's signature. */
  async inbox(personId: string): Promise<Approval[]> {
    const { db } = this.#context.db
    const voter = toSupporter(await this.#standing(db, personId))
    const pending = await store.list(db, APPROVAL, { state: 'pending' })
    const theirs = pending.filter(
      (approval) =>
        approval.rule.kind === 'quorum' &&
        !this.#isOver(approval) &&
        maySupport(approval.rule, requesterOf(approval), voter) &&
        !approval.votes.some((vote) => vote.personId === personId),
    )
    const concealed = await Promise.all(theirs.map((approval) => this.#isConcealed(approval, personId)))
    return theirs.filter((_, i) => !concealed[i])
  }

  /** Whose agreement is still missing; empty once it is decided. */
  async missing(approval: Approval): Promise<MissingSeats[]> {
    if (approval.state !== 'pending' || approval.rule.kind !== 'quorum') return []
    return seat(approval.rule, requesterOf(approval), await this.#supporters(this.#context.db.db, approval)).missing
  }

  /** How many people could still fill a seat of this rule, besides who asks; tells whether a quorum is lost. */
  async candidates(rule: QuorumRule, requester: string | null): Promise<number> {
    const { db } = this.#context.db
    const standings = await allStandings(db, this.#now())
    const subject = standings.find(({ person }) => person.id === requester)?.person.subject ?? null
    const asking = { personId: requester ?? '', subject }
    return standings.filter((person) => maySupport(rule, asking, toSupporter(person))).length
  }

  /** For an auditor, to check offline. @throws {AppError} NOT_FOUND */
  async evidence(id: string, viewer: string | null = null): Promise<ApprovalEvidence> {
    return evidenceOf(await this.get(id, viewer), relyingParty(this.#context.config))
  }

  /** Closes what ran out and carries out what waits. Runs every few seconds. */
  async catchUp(): Promise<void> {
    for (const approval of await store.list(this.#context.db.db, APPROVAL, { state: 'pending' })) {
      if (this.#isOver(approval)) await this.#expire(approval.id)
    }
    await this.#executor.runDue()
  }

  /** Waits for what is being carried out. */
  close(): Promise<void> {
    return this.#executor.idle()
  }

  async #count(db: Db, approval: Approval, rule: QuorumRule, at: string): Promise<Approval> {
    const { missing, seated } = seat(rule, requesterOf(approval), await this.#supporters(db, approval))
    return missing.length === 0 ? approvedAt({ ...approval, approvers: seated }, Date.parse(at)) : approval
  }

  /** Those who agreed, with what they hold now: who has left since counts no more. */
  async #supporters(db: Db, approval: Approval): Promise<Supporter[]> {
    const supporters: Supporter[] = []
    for (const { decision, personId } of approval.votes) {
      const found = decision === 'approve' ? await findStanding(db, personId, this.#now()) : null
      if (found?.person.active) supporters.push(toSupporter(found))
    }
    return supporters
  }

  async #carryOut(id: string): Promise<Approval> {
    await this.#executor.run(id)
    return this.get(id)
  }

  /** Open to votes, as far as can be seen; what has run out is closed first, so that it stays closed whatever the clock does. */
  async #open(id: string, viewer: string): Promise<Approval> {
    const approval = await this.get(id, viewer)
    if (approval.state === 'pending' && this.#isOver(approval)) await this.#expire(id)
    return this.#pending(this.#context.db.db, id)
  }

  /** @throws {AppError} NOT_FOUND */
  async #checkThere(approval: Approval, viewer: string | null): Promise<void> {
    if (await this.#isConcealed(approval, viewer)) throw notFound('approval')
  }

  async #isConcealed({ action, statement }: Approval, viewer: string | null): Promise<boolean> {
    if (viewer === null || !this.#actions.mayConceal(action)) return false
    const { payload } = Statement.parse(JSON.parse(statement))
    return this.#actions.prepare(action, payload).conceals(viewer)
  }

  async #pending(db: Db, id: string): Promise<Approval> {
    const approval = await this.#find(db, id)
    if (approval.state !== 'pending') throw closed(approval)
    if (this.#isOver(approval)) throw conflict('this request has expired: ask again')
    return approval
  }

  #isOver({ expiresAt }: Approval): boolean {
    return Date.parse(expiresAt) <= this.#context.clock.now()
  }

  #expire(id: string): Promise<void> {
    return this.#context.journal.make(SYSTEM, async (db) => {
      const approval = await store.find(db, APPROVAL, id)
      if (approval?.state !== 'pending' || !this.#isOver(approval)) return { events: [], result: undefined }
      const at = iso(this.#context.clock.now())
      const expired: Approval = { ...approval, state: 'expired', closedAt: at, closedReason: 'nobody decided in time' }
      const data = { action: approval.action, statement: approval.digest }
      const event = { kind: 'approvals.expired', subject: { type: 'approval', id }, data }
      return { events: [event], puts: [store.put(APPROVAL, expired)], result: undefined }
    })
  }

  async #find(db: Db, id: string): Promise<Approval> {
    const approval = await store.find(db, APPROVAL, id)
    if (approval === null) throw notFound('approval')
    return approval
  }

  async #standing(db: Db, personId: string): Promise<Standing> {
    const found = await findStanding(db, personId, this.#now())
    if (!found?.person.active) throw forbidden('this person is not on the staff')
    return found
  }

  #now(): { nowMs: number; development: boolean } {
    return { nowMs: this.#context.clock.now(), development: this.#context.config.developmentLogin }
  }
}
