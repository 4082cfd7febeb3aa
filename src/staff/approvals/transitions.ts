import { iso } from '../../base/clock.ts'
import type { AppError } from '../../base/errors.ts'
import type { Happening } from '../../journal/index.ts'
import { conflict, forbidden } from '../context.ts'
import type { Change } from '../journal.ts'
import type { Person } from '../records.ts'
import type { Standing } from '../standing.ts'
import * as store from '../store.ts'
import { APPROVAL, type Approval, type Vote, writeStatement } from './approval.ts'
import { type ApprovalRule, type Identity, maySupport, type QuorumRule, type Supporter, samePerson } from './rule.ts'

/** A request as it begins; under a `single` rule it is approved at once. @throws {AppError} REQUEST_INVALID */
export function newApproval(from: {
  readonly id: string
  readonly installation: string
  readonly nowMs: number
  readonly action: string
  readonly payload: unknown
  readonly reason: string
  readonly requester: Pick<Person, 'id' | 'subject'>
  readonly rule: ApprovalRule
  readonly effectMs: number | null
  readonly expiresInMs: number
  readonly bootstrap: boolean
}): Approval {
  const { id, installation, nowMs, action, payload, reason, requester, rule, effectMs, expiresInMs, bootstrap } = from
  const requestedAt = iso(nowMs)
  const about = { action, requester: requester.id, rule, requestedAt, expiresAt: iso(nowMs + expiresInMs), effectMs }
  const format = 'safelevel-approval/v1'
  const pending: Approval = {
    id,
    ...about,
    ...writeStatement({ format, installation, approval: id, payload, reason, ...about }),
    requesterSubject: requester.subject,
    bootstrap,
    state: 'pending',
    votes: [],
    approvers: [],
    approvedAt: null,
    effectiveUntil: null,
    closedAt: null,
    closedBy: null,
    closedReason: null,
    attempts: 0,
    holder: null,
    leaseUntil: null,
    retryAt: null,
  }
  return rule.kind === 'single' ? approvedAt(pending, nowMs) : pending
}

/** @throws {AppError} FORBIDDEN, CONFLICT: this person can't agree to this */
export function checkVoter(approval: Approval, voter: Supporter): QuorumRule {
  const rule = quorumOf(approval)
  const requester = requesterOf(approval)
  if (samePerson(voter, requester)) throw forbidden('nobody approves their own request')
  if (approval.votes.some((vote) => samePerson(vote, voter))) throw conflict('you have already approved this')
  if (!maySupport(rule, requester, voter)) throw forbidden('you hold no role that is asked here')
  return rule
}

/** A vote without its signature, with a role by which this person may give it. */
export function newVote(approval: Approval, rule: QuorumRule, voter: Supporter, at: string): Vote {
  const asked = new Set(rule.groups.flatMap(({ roles }) => roles))
  const own = [...voter.roles].find((role) => asked.has(role))
  const stands = voter.deputises.find(({ role, principal }) => asked.has(role) && principal !== approval.requester)
  return {
    personId: voter.personId,
    subject: voter.subject,
    decision: 'approve',
    at,
    reason: null,
    role: own ?? stands?.role ?? null,
    deputyFor: own === undefined ? (stands?.principal ?? null) : null,
    passkeyId: null,
    publicKey: null,
    assertion: null,
  }
}

/** Takes a request back; also when who asked leaves. */
export function withdrawal(
  approval: Approval,
  { at, by, reason }: { at: string; by: string | null; reason: string },
): Change<Approval> {
  const withdrawn: Approval = { ...approval, state: 'withdrawn', closedAt: at, closedBy: by, closedReason: reason }
  const data = { action: approval.action, statement: approval.digest }
  const event = { kind: 'approvals.withdrawn', subject: { type: 'approval', id: approval.id }, data }
  return { events: [event], puts: [store.put(APPROVAL, withdrawn)], result: withdrawn }
}

export function toSupporter({ person, active }: Standing): Supporter {
  return {
    personId: person.id,
    subject: person.subject,
    roles: new Set(active.filter(({ deputyFor }) => deputyFor === null).map(({ role }) => role)),
    deputises: active.flatMap(({ role, deputyFor }) => (deputyFor === null ? [] : [{ role, principal: deputyFor }])),
  }
}

export function requesterOf(approval: Approval): Identity {
  return { personId: approval.requester, subject: approval.requesterSubject }
}

export function quorumOf({ rule }: Approval): QuorumRule {
  if (rule.kind !== 'quorum') throw conflict('one person decided this: there is nothing to approve')
  return rule
}

/** The clock of the effect starts here, not when it was asked for. */
export function approvedAt(approval: Approval, nowMs: number): Approval {
  const effectiveUntil = approval.effectMs === null ? null : iso(nowMs + approval.effectMs)
  return { ...approval, state: 'approved', approvedAt: iso(nowMs), effectiveUntil }
}

export function closed({ state }: Approval): AppError {
  return conflict(`this request is ${state}: nothing can be added to it`)
}

export function approvedEvent(approval: Approval): Happening {
  const { id, action, digest: statement, effectiveUntil } = approval
  const data = { action, statement, requester: approval.requester, approvers: [...approval.approvers], effectiveUntil }
  return { kind: 'approvals.approved', subject: { type: 'approval', id }, data }
}

export function voteEvent(kind: string, approval: Approval, vote: Vote): Happening {
  const { passkeyId: passkey, role, deputyFor } = vote
  const data = { action: approval.action, statement: approval.digest, passkey, role, deputyFor }
  return { kind, subject: { type: 'approval', id: approval.id }, data }
}
