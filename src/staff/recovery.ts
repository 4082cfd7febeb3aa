import { z } from 'zod'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import type { Actor } from '../ledger/index.ts'
import type { Approvals } from './approvals/approvals.ts'
import { type Assignments, RoleGrant } from './assignments.ts'
import { conflict, forbidden, notFound, type StaffContext } from './context.ts'
import type { Enrolment, IssuedToken } from './enrolment.ts'
import { type Change, SYSTEM } from './journal.ts'
import { PASSKEY, RECOVERY, type Recovery } from './records.ts'
import { LEADERS, Role } from './roles.ts'
import { allStandings } from './standing.ts'
import * as store from './store.ts'

export const NewRecovery = z
  .strictObject({
    grant: z
      .strictObject({ personId: z.string().max(100), role: Role })
      .nullable()
      .meta({ description: 'null: a new link for a first administrator, for the operator alone' }),
    reason: z.string().trim().min(1).max(2_000),
  })
  .meta({ id: 'NewRecovery' })
export type NewRecovery = z.infer<typeof NewRecovery>

const OPERATOR_ID = 'operator'

/**
 * The way out when too few people are left to agree. One custodian starts it, only where the ordinary way is really closed; everybody hears
 * of it; it waits for days; anybody who holds a role stops it. The operator of the machine may start one thing alone: when no leader with a
 * security key is left, a link for a new first administrator, after the same delay.
 */
export class Recoveries {
  readonly #context: StaffContext
  readonly #parts: { approvals: Approvals; assignments: Assignments; enrolment: Enrolment }
  constructor(context: StaffContext, parts: { approvals: Approvals; assignments: Assignments; enrolment: Enrolment }) {
    this.#context = context
    this.#parts = parts
  }

  /** Oldest first, those that are over too. */
  list(): Promise<Recovery[]> {
    return store.list(this.#context.db.db, RECOVERY)
  }

  /** @throws {AppError} FORBIDDEN, CONFLICT (the ordinary way is open; one waits already), NOT_FOUND */
  async start(input: NewRecovery, by: Actor): Promise<Recovery> {
    const { grant, reason } = NewRecovery.parse(input)
    if ((grant === null) !== (by.type === 'operator')) {
      throw forbidden(grant === null ? 'only the operator of the machine asks for this' : 'a person must ask for this')
    }
    await this.#checkLost(grant, by)
    const recovery = await this.#context.journal.make(by, async (db) => {
      const waiting = await store.list(db, RECOVERY, { state: 'waiting' })
      if (waiting.length > 0) throw conflict('a recovery is under way already')
      if (grant !== null) await this.#parts.assignments.check(db, RoleGrant.parse(grant), by.id)
      const nowMs = this.#context.clock.now()
      const recovery: Recovery = {
        id: this.#context.ids.next('rec'),
        startedBy: by,
        startedAt: iso(nowMs),
        dueAt: iso(nowMs + this.#context.config.recoveryDelayMs),
        reason,
        grant,
        state: 'waiting',
        closedAt: null,
        closedBy: null,
      }
      const data = {
        dueAt: recovery.dueAt,
        grant: grant === null ? null : { person: grant.personId, role: grant.role },
      }
      return {
        events: [this.#event('started', recovery, data)],
        puts: [store.put(RECOVERY, recovery)],
        result: recovery,
      }
    })
    this.#loud('staff.recovery_started', recovery)
    return recovery
  }

  /** Anybody who holds a role may, and the operator. @throws {AppError} NOT_FOUND, CONFLICT (over already) */
  async cancel(id: string, by: Actor): Promise<Recovery> {
    const recovery = await this.#context.journal.make(by, async (db) =>
      this.#close(await this.#waiting(db, id), 'cancelled', by),
    )
    this.#loud('staff.recovery_cancelled', recovery)
    return recovery
  }

  /** Gives the roles whose time has come. Runs every few seconds. */
  async catchUp(): Promise<void> {
    for (const { id, grant, dueAt } of await store.list(this.#context.db.db, RECOVERY, { state: 'waiting' })) {
      if (grant !== null && this.#context.clock.now() >= Date.parse(dueAt)) await this.#complete(id)
    }
  }

  /**
   * The operator takes the link that they waited for.
   *
   * @throws {AppError} FORBIDDEN, NOT_FOUND, CONFLICT (too early, over, or leaders are back)
   */
  async claim(id: string, by: Actor): Promise<IssuedToken> {
    if (by.type !== 'operator') throw forbidden('only the operator of the machine asks for this')
    await this.#checkLost(null, by)
    await this.#context.journal.make(by, async (db) => {
      const recovery = await this.#waiting(db, id)
      if (recovery.grant !== null) throw notFound('recovery of this kind')
      if (this.#context.clock.now() < Date.parse(recovery.dueAt)) throw conflict(`this waits until ${recovery.dueAt}`)
      return this.#close(recovery, 'done', by)
    })
    const issued = await this.#parts.enrolment.issueSetup({ again: true })
    if (issued === null) throw conflict('no link could be made')
    return issued
  }

  /** @throws {AppError} CONFLICT while anybody could still agree in the ordinary way */
  async #checkLost(grant: NewRecovery['grant'], by: Actor): Promise<void> {
    const { approvals, assignments } = this.#parts
    if (grant !== null) {
      const rule = assignments.grantAction().rule(RoleGrant.parse(grant), { bootstrap: false })
      const open = rule.kind === 'single' ? 1 : await approvals.candidates(rule, by.id)
      if (open > 0) throw conflict('the ordinary way is open: ask for an approval')
      return
    }
    const { db } = this.#context.db
    const query = { nowMs: this.#context.clock.now(), development: this.#context.config.developmentLogin }
    for (const { person, roles } of await allStandings(db, query)) {
      if (!LEADERS.some((role) => roles.has(role))) continue
      const keys = await store.list(db, PASSKEY, { personId: person.id, state: 'active' })
      if (keys.length > 0) throw conflict('somebody here can still sign in and give roles')
    }
  }

  async #complete(id: string): Promise<void> {
    const done = await this.#context.journal.make(SYSTEM, async (db) => {
      const recovery = await this.#waiting(db, id)
      const grant = RoleGrant.parse(recovery.grant)
      const refused = await this.#parts.assignments.check(db, grant, recovery.startedBy.id).then(
        () => false,
        (error: unknown) => {
          if (error instanceof AppError && error.status < 500) return true
          throw error
        },
      )
      const closed = this.#close(recovery, refused ? 'cancelled' : 'done', SYSTEM)
      if (refused) return closed
      const granted = this.#parts.assignments.granting({ ...grant, source: 'recovery' })
      return {
        ...closed,
        events: [...closed.events, ...granted.events],
        puts: [...(closed.puts ?? []), ...(granted.puts ?? [])],
      }
    })
    this.#loud(`staff.recovery_${done.state}`, done)
  }

  #close(recovery: Recovery, state: 'cancelled' | 'done', by: Actor): Change<Recovery> {
    const closed: Recovery = { ...recovery, state, closedAt: iso(this.#context.clock.now()), closedBy: by }
    return { events: [this.#event(state, closed, {})], puts: [store.put(RECOVERY, closed)], result: closed }
  }

  async #waiting(db: Db, id: string): Promise<Recovery> {
    const recovery = await store.find(db, RECOVERY, id)
    if (recovery === null) throw notFound('recovery')
    if (recovery.state !== 'waiting') throw conflict(`this recovery is ${recovery.state}`)
    return recovery
  }

  #event(
    what: 'started' | 'cancelled' | 'done',
    { id }: Recovery,
    data: Record<string, string | null | { person: string; role: string }>,
  ) {
    return { kind: `staff.recovery_${what}`, subject: { type: 'recovery', id }, data }
  }

  #loud(kind: string, { id }: Recovery): void {
    this.#context.log.warn({ recovery: id, kind }, 'recovery of a lost quorum')
    this.#context.notify({ kind, id, at: iso(this.#context.clock.now()) })
  }
}

/** How the operator's token stands on the ledger here. */
export const OPERATOR: Actor = { type: 'operator', id: OPERATOR_ID }
