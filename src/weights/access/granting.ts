import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import { type ActionDefinition, type ApprovalRule, type Approved, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { modelOf } from './basics.ts'
import type { Canaries } from './canaries.ts'
import { type AccessContext, conflict, DAY_MS, MINUTE_MS, OPENERS, SYSTEM, staffActor } from './context.ts'
import { newCopy } from './copies.ts'
import { type Grant, GrantStatement } from './grant-schema.ts'
import { COPY, GRANT, OVERLAY } from './kinds.ts'
import type { Locks } from './locks.ts'
import { statementFault } from './statement.ts'

/** The name under which access to weights is asked for. */
export const GRANT_ACTION = 'weights.grant'

/** Whoever needs it asks; somebody who approves weights agrees; in the stretch of ASL-3 somebody of another group as well. */
export function grantRule(stretch: boolean): ApprovalRule {
  if (!stretch) return twoPeople(OPENERS, ['weights_approver'])
  return {
    kind: 'quorum',
    requesters: [...OPENERS],
    groups: [
      { name: 'weights approver', roles: ['weights_approver'], count: 1 },
      { name: 'officer', roles: ['ciso', 'rso'], count: 1 },
    ],
    excluded: [],
  }
}

/** How many approvers a grant has at least. */
export function leastApprovers(stretch: boolean): number {
  return stretch ? 2 : 1
}

/** Access as the engine of approvals knows it: what is signed is the whole statement, and the clock starts when the last one signs. */
export function grantAction(
  context: AccessContext,
  { locks, canaries }: { locks: Locks; canaries: Canaries },
): ActionDefinition<GrantStatement> {
  return {
    schema: GrantStatement,
    fresh: true,
    rule: () => grantRule(context.board.overlay.on),
    effectMs: ({ windowMinutes }) => windowMinutes * MINUTE_MS,
    async check(statement, requester) {
      const { version, files, device } = statement
      const touch = { version, paths: files, via: 'request', personId: requester, device, grant: null } as const
      await canaries.touched(touch, staffActor(requester))
      await checkFits(context, locks, statement, requester)
    },
    async execute(statement, approved) {
      await context.refresh()
      // Much may have happened since it was asked for: the same must hold now.
      await checkFits(context, locks, statement, approved.requester)
      await context.journal.make(SYSTEM, (db) => giving(context, db, statement, approved))
      await context.refresh()
    },
  }
}

async function checkFits(
  context: AccessContext,
  locks: Locks,
  statement: GrantStatement,
  requester: string,
): Promise<void> {
  const fault = await statementFault(context, statement, requester)
  if (fault !== null) throw conflict(fault)
  const locked = await locks.reason(modelOf(statement.version), requester)
  if (locked !== null) throw conflict(locked)
}

async function giving(context: AccessContext, db: Db, statement: GrantStatement, approved: Approved) {
  const { id: approval, requester, approvers } = approved
  const [known] = await records.list(db, GRANT, { about: approval, limit: 1 })
  if (known !== undefined) return { events: [], result: undefined }
  const overlay = await records.find(db, OVERLAY, 'asl3-stretch')
  if (new Set(approvers).size < leastApprovers(overlay?.on === true) || approvers.includes(requester))
    throw conflict('more people must agree now: ask again')
  const grant = newGrant(context, statement, {
    approval,
    kind: statement.environment === null ? 'person' : 'standing',
    personId: requester,
    approvers,
    startsAtMs: Date.parse(approved.approvedAt),
  })
  const { copy } = statement
  const made =
    copy === null
      ? null
      : newCopy(context.ids, {
          ...{ version: statement.version, place: copy.place, owner: requester, grant: grant.id, by: requester },
          ...{ nowMs: context.clock.now(), untilMs: Date.parse(approved.approvedAt) + copy.days * DAY_MS },
        })
  const given: Grant = { ...grant, copy: made?.copy.id ?? null }
  return {
    events: [givenEvent(given), ...(made === null ? [] : [made.event])],
    puts: [put(GRANT, given), ...(made === null ? [] : [put(COPY, made.copy)])],
    result: undefined,
  }
}

/** A grant that begins. */
export function newGrant(
  { ids }: Pick<AccessContext, 'ids'>,
  statement: GrantStatement,
  by: Pick<Grant, 'approval' | 'kind' | 'personId'> & { approvers: readonly string[]; startsAtMs: number },
): Grant {
  const { version, manifestDigest, files, purpose, use, destination, device, thumbprint, host, environment } = statement
  const { approval, kind, personId, approvers, startsAtMs } = by
  return {
    ...{ id: ids.next('grt'), approval, kind, use, personId, approvers: [...approvers], device, thumbprint, host },
    ...{ version, manifestDigest, files, purpose, destination, environment, copy: null },
    budgetBytes: statement.budgetBytes,
    startsAt: iso(startsAtMs),
    expiresAt: iso(startsAtMs + statement.windowMinutes * MINUTE_MS),
    ...{ state: 'active', endedAt: null, endedBy: null, endedReason: null },
  }
}

export function givenEvent({ id, ...grant }: Grant) {
  const { approval, kind, use, personId: person, approvers, device, version, budgetBytes, expiresAt, copy } = grant
  return {
    kind: 'weights.grant_given',
    subject: { type: 'weights_grant', id },
    digests: { manifest: grant.manifestDigest },
    data: { approval, grantKind: kind, use, person, approvers, device, version, budgetBytes, expiresAt, copy },
  }
}
