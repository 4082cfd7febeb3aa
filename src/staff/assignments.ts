import { z } from 'zod'
import { iso } from '../base/clock.ts'
import type { Db } from '../db/index.ts'
import type { Actor } from '../ledger/index.ts'
import type { ActionDefinition } from './approvals/registry.ts'
import { twoPeople } from './approvals/rule.ts'
import { conflict, DAY_MS, forbidden, notFound, type StaffContext, staffActor } from './context.ts'
import { type Change, SYSTEM } from './journal.ts'
import { endEvent } from './people.ts'
import { ASSIGNMENT, type Assignment, PASSKEY, PERSON } from './records.ts'
import { conflictsWith, LEADERS, Role, SENSITIVE_ROLES } from './roles.ts'
import { findStanding } from './standing.ts'
import * as store from './store.ts'

const MAX_DEPUTY_DAYS = 30

/** A role for somebody; as a deputy, in the stead of who asks for it. */
export const RoleGrant = z
  .strictObject({
    personId: z.string().max(100),
    role: Role,
    expiresAt: z.iso.datetime().nullable().default(null),
    deputyFor: z.string().max(100).nullable().default(null).meta({ description: 'a deputyship ends within 30 days' }),
  })
  .meta({ id: 'RoleGrant' })
export type RoleGrant = z.output<typeof RoleGrant>

/** A role that begins now; training is due soon, review later. */
export function newAssignment(
  { ids, clock, config }: StaffContext,
  about: Pick<Assignment, 'personId' | 'role' | 'source'> & Partial<Assignment>,
): Assignment {
  const nowMs = clock.now()
  return {
    id: ids.next('asg'),
    grantedAt: iso(nowMs),
    expiresAt: null,
    trainingDueAt: iso(nowMs + config.firstTrainingDays * DAY_MS),
    reviewDueAt: iso(nowMs + config.reviewValidDays * DAY_MS),
    deputyFor: null,
    approvalId: null,
    endedAt: null,
    endedReason: null,
    ...about,
  }
}

/** Roles in people's hands: given by approval, looked at again, taken away by one person. */
export class Assignments {
  readonly #context: StaffContext
  constructor(context: StaffContext) {
    this.#context = context
  }

  /** Those that have not ended, of one person or of all; the sleeping ones too. */
  list(personId?: string): Promise<Assignment[]> {
    return store.list(this.#context.db.db, ASSIGNMENT, {
      state: 'current',
      ...(personId === undefined ? {} : { personId }),
    })
  }

  /** Takes a role away. One person may, also their own. @throws {AppError} NOT_FOUND */
  end(id: string, by: Actor, reason: string): Promise<void> {
    return this.#context.journal.make(by, async (db) => {
      const assignment = await this.#current(db, id)
      const ended = { ...assignment, endedAt: iso(this.#context.clock.now()), endedReason: reason }
      return { events: [endEvent(assignment, 'ended')], puts: [store.put(ASSIGNMENT, ended)], result: undefined }
    })
  }

  /** Somebody else looked at it and finds that the job still needs it. @throws {AppError} NOT_FOUND, FORBIDDEN (one's own) */
  review(id: string, reviewer: string): Promise<Assignment> {
    return this.#context.journal.make(staffActor(reviewer), async (db) => {
      const assignment = await this.#current(db, id)
      if (assignment.personId === reviewer) throw forbidden('somebody else must review your roles')
      const reviewDueAt = iso(this.#context.clock.now() + this.#context.config.reviewValidDays * DAY_MS)
      const reviewed = { ...assignment, reviewDueAt }
      const data = { person: assignment.personId, role: assignment.role, reviewDueAt }
      const event = { kind: 'staff.role_reviewed', subject: { type: 'assignment', id }, data }
      return { events: [event], puts: [store.put(ASSIGNMENT, reviewed)], result: reviewed }
    })
  }

  /** The action `staff.grant_role`: sensitive roles by two people, the others by one. */
  grantAction(): ActionDefinition<RoleGrant> {
    return {
      schema: RoleGrant,
      fresh: true,
      rule: ({ personId, role, deputyFor }, { bootstrap }) => {
        const requesters = deputyFor === null ? [...LEADERS] : [role]
        if (!SENSITIVE_ROLES.has(role) && deputyFor === null) return { kind: 'single', requesters }
        if (bootstrap && deputyFor === null) return { kind: 'single', requesters: ['administrator'] }
        return twoPeople(requesters, LEADERS, [personId])
      },
      check: async (grant, requester) => this.check(this.#context.db.db, grant, requester),
      execute: async (grant, { id, requester }) => {
        await this.#context.journal.make(SYSTEM, async (db) => {
          const given = (await store.list(db, ASSIGNMENT, { personId: grant.personId })).some(
            (a) => a.approvalId === id,
          )
          if (given) return { events: [], result: undefined }
          await this.check(db, grant, requester)
          return this.granting({ ...grant, source: 'approval', approvalId: id })
        })
      },
    }
  }

  /** As part of a change that the caller makes. */
  granting(about: Pick<Assignment, 'personId' | 'role' | 'source'> & Partial<Assignment>): Change<undefined> {
    const assignment = newAssignment(this.#context, about)
    const { personId: person, role, source, expiresAt, deputyFor, approvalId: approval } = assignment
    const data = { person, role, source, expiresAt, deputyFor, approval }
    const event = { kind: 'staff.role_granted', subject: { type: 'assignment', id: assignment.id }, data }
    return { events: [event], puts: [store.put(ASSIGNMENT, assignment)], result: undefined }
  }

  /** What forbids this role to this person, or nothing. @throws {AppError} CONFLICT, FORBIDDEN, NOT_FOUND */
  async check(db: Db, { personId, role, expiresAt, deputyFor }: RoleGrant, requester: string): Promise<void> {
    const nowMs = this.#context.clock.now()
    const query = { nowMs, development: this.#context.config.developmentLogin }
    const found = await findStanding(db, personId, query)
    if (!found?.person.active) throw notFound('person')
    if (personId === requester) throw forbidden('nobody gives themselves a role')
    if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) throw conflict('this role would have ended already')
    const held = found.assignments.filter((a) => a.expiresAt === null || Date.parse(a.expiresAt) > nowMs)
    if (held.some((a) => a.role === role && a.deputyFor === deputyFor))
      throw conflict('this person holds the role already')
    const against = conflictsWith(
      role,
      held.map((a) => a.role),
    )
    if (against.length > 0) throw conflict(`nobody holds ${role} together with ${against.join(', ')}`)
    const keys = await store.list(db, PASSKEY, { personId, state: 'active' })
    // Else whoever made the link could take the key, and with it the role.
    if (keys.length === 0 && SENSITIVE_ROLES.has(role)) throw conflict('this person must register a security key first')
    if (deputyFor !== null) await this.#checkDeputy(db, { role, expiresAt, deputyFor }, requester)
  }

  async #checkDeputy(
    db: Db,
    { role, expiresAt, deputyFor }: { role: Role; expiresAt: string | null; deputyFor: string },
    requester: string,
  ): Promise<void> {
    const nowMs = this.#context.clock.now()
    if (deputyFor !== requester) throw forbidden('a deputy is asked for by the person whom they stand in for')
    if (expiresAt === null || Date.parse(expiresAt) > nowMs + MAX_DEPUTY_DAYS * DAY_MS) {
      throw conflict(`a deputyship ends within ${MAX_DEPUTY_DAYS} days: give expiresAt`)
    }
    const principal = await findStanding(db, deputyFor, { nowMs, development: this.#context.config.developmentLogin })
    const own = principal?.active.some((a) => a.role === role && a.deputyFor === null) ?? false
    if (!own) throw conflict('who is stood in for must hold the role themselves')
  }

  async #current(db: Db, id: string): Promise<Assignment> {
    const assignment = await store.find(db, ASSIGNMENT, id)
    if (assignment === null || assignment.endedAt !== null) throw notFound('role of a person')
    if ((await store.find(db, PERSON, assignment.personId)) === null) throw notFound('person')
    return assignment
  }
}
