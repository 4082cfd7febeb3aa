import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Approval } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { modelOf } from './basics.ts'
import type { Canaries } from './canaries.ts'
import { type AccessContext, conflict, DAY_MS, forbidden, invalid, notFound, staffActor } from './context.ts'
import type { Devices } from './devices.ts'
import { type Draft, type DraftProgress, type GrantStatement, NewDraft, NewRequest } from './grant-schema.ts'
import { GRANT_ACTION } from './granting.ts'
import type { Grants } from './grants.ts'
import { DRAFT } from './kinds.ts'
import type { Locks } from './locks.ts'
import { statementFault, statementFor } from './statement.ts'

const DRAFT_MS = DAY_MS
const MAX_DRAFTS = 20
const MOST_LISTED = 1_000

/** From what a device or a person asks for to what is signed. */
export class Requests {
  readonly #context: AccessContext
  readonly #devices: Devices
  readonly #grants: Grants
  readonly #canaries: Canaries
  readonly #locks: Locks

  constructor(context: AccessContext, parts: { devices: Devices; grants: Grants; canaries: Canaries; locks: Locks }) {
    this.#context = context
    this.#devices = parts.devices
    this.#grants = parts.grants
    this.#canaries = parts.canaries
    this.#locks = parts.locks
  }

  /** The statement as it would be signed, without asking for it. @throws {AppError} REQUEST_INVALID, NOT_FOUND */
  async statement(input: NewRequest): Promise<GrantStatement> {
    const { device } = NewRequest.pick({ device: true }).loose().parse(input)
    return statementFor(this.#context, input, await this.#devices.get(device))
  }

  /**
   * A person asks, in the console; the door has seen a fresh touch of their key.
   *
   * @param reason for those who are asked, in words; the purpose itself stands in the statement
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND, FORBIDDEN (the role), CONFLICT saying why it can't be given, LEDGER_UNAVAILABLE
   */
  async ask(input: NewRequest, personId: string): Promise<Approval> {
    const statement = await this.statement(input)
    return this.#request(statement, personId)
  }

  /**
   * A device asks for its person, who confirms it (`confirm`). Files nothing that could not be given.
   *
   * @param thumbprint of the key that proved itself
   * @throws {AppError} UNAUTHENTICATED (not let in), REQUEST_INVALID, NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE
   */
  async draft(input: NewDraft, thumbprint: string): Promise<Draft> {
    const device = await this.#devices.require(thumbprint)
    const given = NewDraft.safeParse(input)
    if (!given.success)
      throw invalid(given.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
    const statement = await statementFor(this.#context, { ...given.data, device: device.id }, device)
    const { version, files } = statement
    const by = staffActor(device.personId)
    const touch = {
      version,
      paths: files,
      via: 'request',
      personId: device.personId,
      device: device.id,
      grant: null,
    } as const
    await this.#canaries.touched(touch, by)
    const fault =
      (await statementFault(this.#context, statement, device.personId)) ??
      (await this.#locks.reason(modelOf(statement.version), device.personId))
    if (fault !== null) throw conflict(fault)
    const { journal, clock, ids } = this.#context
    return journal.make(by, async (db) => {
      const open = await records.list(db, DRAFT, { about: device.id, state: 'draft', limit: MAX_DRAFTS })
      if (open.length >= MAX_DRAFTS) throw conflict('too many drafts of this device wait for its person')
      const nowMs = clock.now()
      const draft: Draft = {
        ...{ id: ids.next('wdr'), device: device.id, personId: device.personId, statement, state: 'draft' },
        ...{ approval: null, createdAt: iso(nowMs), expiresAt: iso(nowMs + DRAFT_MS) },
      }
      return { events: [], puts: [put(DRAFT, draft)], result: draft }
    })
  }

  /**
   * The person confirms what their device asked for, and others are asked. Twice is the same as once.
   *
   * @throws {AppError} NOT_FOUND, FORBIDDEN (somebody else's), CONFLICT (expired, withdrawn, or it can't be given), LEDGER_UNAVAILABLE
   */
  async confirm(id: string, personId: string): Promise<Approval> {
    const draft = await this.#mine(this.#context.db.db, id, personId)
    if (draft.approval !== null) return this.#context.approvals.get(draft.approval)
    this.#checkOpen(draft)
    const approval = await this.#request(draft.statement, personId)
    await this.#settle(id, personId, { state: 'sent', approval: approval.id })
    return approval
  }

  /** @throws {AppError} NOT_FOUND, FORBIDDEN, CONFLICT */
  withdraw(id: string, personId: string): Promise<Draft> {
    return this.#settle(id, personId, { state: 'withdrawn', approval: null })
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Draft> {
    return find(this.#context.db.db, id)
  }

  /** Of a person, or all; newest first. */
  async drafts(personId?: string): Promise<Draft[]> {
    const all = await records.list(this.#context.db.db, DRAFT, { order: 'newest', limit: MOST_LISTED })
    return personId === undefined ? all : all.filter((draft) => draft.personId === personId)
  }

  /** How a draft fares, for the device that made it. @throws {AppError} NOT_FOUND (another device's), UNAUTHENTICATED */
  async progress(id: string, thumbprint: string): Promise<DraftProgress> {
    const device = await this.#devices.require(thumbprint)
    const draft = await this.get(id)
    if (draft.device !== device.id) throw notFound('draft')
    return this.#progress(draft)
  }

  /** The same, for the person whose device it is. @throws {AppError} NOT_FOUND, FORBIDDEN */
  async progressFor(id: string, personId: string): Promise<DraftProgress> {
    return this.#progress(await this.#mine(this.#context.db.db, id, personId))
  }

  async #progress(draft: Draft): Promise<DraftProgress> {
    if (draft.approval === null) return { draft, approval: null, grant: null }
    const { id, state, closedReason: reason } = await this.#context.approvals.get(draft.approval)
    return { draft, approval: { id, state, reason }, grant: await this.#grants.byApproval(id) }
  }

  #request(statement: GrantStatement, requester: string): Promise<Approval> {
    const { approvals } = this.#context
    return approvals.request({ action: GRANT_ACTION, payload: statement, reason: statement.purpose, requester })
  }

  #settle(id: string, personId: string, to: Pick<Draft, 'state' | 'approval'>): Promise<Draft> {
    return this.#context.journal.make(staffActor(personId), async (db) => {
      const draft = await this.#mine(db, id, personId)
      this.#checkOpen(draft)
      const settled = { ...draft, ...to }
      return { events: [], puts: [put(DRAFT, settled)], result: settled }
    })
  }

  #checkOpen({ state, expiresAt }: Draft): void {
    if (state !== 'draft') throw conflict(`this draft was ${state}`)
    if (Date.parse(expiresAt) <= this.#context.clock.now())
      throw conflict('this draft is more than a day old: ask again')
  }

  async #mine(db: Db, id: string, personId: string): Promise<Draft> {
    const draft = await find(db, id)
    if (draft.personId !== personId) throw forbidden('only whose device it is confirms or withdraws it')
    return draft
  }
}

async function find(db: Db, id: string): Promise<Draft> {
  const draft = await records.find(db, DRAFT, id)
  if (draft === null) throw notFound('draft')
  return draft
}
