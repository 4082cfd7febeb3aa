import { iso } from '../../base/clock.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { modelOf } from './basics.ts'
import { type AccessContext, conflict, forbidden, notFound, SYSTEM } from './context.ts'
import { deviceFault } from './devices.ts'
import { Endings } from './endings.ts'
import { environmentFault } from './environments.ts'
import { type GrantEnd, grantFault } from './grant-machine.ts'
import type { Grant } from './grant-schema.ts'
import { GRANT } from './kinds.ts'
import { type Locks, lockText } from './locks.ts'
import { personFault } from './statement.ts'

export interface GrantQuery extends PageQuery {
  readonly state?: string | undefined
  readonly model?: string | undefined
}

/** Who may open what, until when: given by approval, taken away by one person. */
export class Grants {
  readonly #context: AccessContext
  readonly #locks: Locks

  constructor(context: AccessContext, locks: Locks) {
    this.#context = context
    this.#locks = locks
  }

  /**
   * The grant, if it opens something at this instant on this device: as the store has it now, whichever replica changed it, and asked again
   * before every lease.
   *
   * @param thumbprint of the key that proved itself
   * @throws {AppError} NOT_FOUND (also for a grant of another device), FORBIDDEN saying why it opens nothing
   */
  async requireActive(id: string, thumbprint: string): Promise<Grant> {
    const { board, refresh, db, clock } = this.#context
    await refresh()
    const known = board.grants.get(id)
    const grant = known ?? (await records.find(db.db, GRANT, id))
    if (grant === null || grant.thumbprint !== thumbprint) throw notFound('grant for this device')
    const ended = known === undefined ? grantFault(grant, clock.now()) : null
    const fault =
      ended ??
      this.faultNow(id) ??
      (await this.#locks.reason(modelOf(grant.version), holderOf(grant))) ??
      (await this.#holderFault(grant))
    if (fault !== null) throw forbidden(`this grant opens nothing now: ${fault}`)
    return grant
  }

  /** Why a grant opens nothing, as far as this replica knows from memory (a quarter of a second old at most); null = nothing is known against it. */
  faultNow(id: string): string | null {
    const { board, clock } = this.#context
    const nowMs = clock.now()
    const grant = board.grants.get(id)
    if (grant === undefined) return 'it has ended'
    const fault = grantFault(grant, nowMs)
    if (fault !== null) return fault
    const device = board.devices.get(grant.device)
    if (device === undefined) return 'its device is no longer let in'
    const [lock] = board.locksOn(modelOf(grant.version), holderOf(grant))
    if (lock !== undefined) return lockText(lock)
    const inEnvironment =
      grant.environment === null ? null : environmentFault(board.environments.get(grant.environment), nowMs)
    return deviceFault(device, nowMs) ?? inEnvironment
  }

  /** One person, at once; open reads of it stop within a second on every replica. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async revoke(id: string, by: Actor, reason: string): Promise<Grant> {
    await this.#end(id, 'revoked', by, reason, 'person')
    return this.get(id)
  }

  /**
   * All of one person, at once. What is granted to an environment, which serves others, stays. Twice is the same as once.
   *
   * @param by stands on the ledger alone: whoever sees the grant learns that it was taken back, not by whom
   * @returns how many ended now
   * @throws {AppError} LEDGER_UNAVAILABLE
   */
  async revokeOf(personId: string, by: Actor, reason: string): Promise<number> {
    const { journal, clock, refresh } = this.#context
    const ended = await journal.make(by, async (db) => {
      const active = await records.list(db, GRANT, { state: 'active' })
      const theirs = active.filter((grant) => holderOf(grant) === personId)
      const endings = await Endings.begin(db)
      for (const { id } of theirs)
        endings.grant(id, 'revoked', { nowMs: clock.now(), by: SYSTEM.id, cause: 'person', reason })
      return { events: endings.events, puts: endings.puts, result: theirs.length }
    })
    await refresh()
    return ended
  }

  /** Its bytes are given out. Twice is the same as once. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async spent(id: string): Promise<void> {
    const { state } = await this.get(id)
    if (state === 'active') await this.#end(id, 'spent', SYSTEM, 'its bytes were given out', 'budget')
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Grant> {
    const grant = await records.find(this.#context.db.db, GRANT, id)
    if (grant === null) throw notFound('grant')
    return grant
  }

  /** Of an approval, once it was carried out. */
  async byApproval(approval: string): Promise<Grant | null> {
    const [grant] = await records.list(this.#context.db.db, GRANT, { about: approval, limit: 1 })
    return grant ?? null
  }

  /** Newest first. */
  list({ state, model, after, limit }: GrantQuery): Promise<Page<Grant>> {
    const { db } = this.#context.db
    return readPage(limit, (most) => records.list(db, GRANT, { state, model, after, order: 'newest', limit: most }))
  }

  /** Active ones, as this replica knows them. */
  active(): Grant[] {
    return [...this.#context.board.grants.values()]
  }

  async #end(id: string, state: 'revoked' | 'spent', by: Actor, reason: string, cause: string): Promise<void> {
    const { journal, clock, refresh } = this.#context
    await journal.make(by, async (db) => {
      const endings = await Endings.begin(db)
      await checkStands(db, endings, id, state)
      endings.grant(id, state, { nowMs: clock.now(), by: by.id, cause, reason })
      return { events: endings.events, puts: endings.puts, result: undefined }
    })
    await refresh()
  }

  /** A person's grant is as good as their job; one of an environment outlives the person for a week (`upkeep`). */
  #holderFault({ kind, personId }: Grant): Promise<string | null> {
    return kind === 'standing' ? Promise.resolve(null) : personFault(this.#context, personId)
  }
}

/** Whose it is; null for that of an environment, which outlives the person who asked. */
function holderOf({ kind, personId }: Grant): string | null {
  return kind === 'standing' ? null : personId
}

async function checkStands(db: Db, endings: Endings, id: string, to: GrantEnd): Promise<void> {
  if (endings.grantOf(id) !== null) return
  const grant = await records.find(db, GRANT, id)
  if (grant === null) throw notFound('grant')
  if (to === 'revoked' && grant.state === 'spent') return endings.recall(grant)
  throw conflict(`this grant is ${grant.state} since ${grant.endedAt ?? iso(0)}`)
}
