import type { ApprovalState, ApprovalView } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'
import { ALL_ROLES, roleName } from '../people/role-names.ts'

/** What is approved, as the signed statement says it. */
export interface Statement {
  readonly action: string
  readonly payload: unknown
  readonly reason: string
  readonly requester: string
  readonly effectMs: number | null
}

/** Null when the text isn't one, which the server would refuse to sign as well. */
export function statementOf({ statement }: Pick<ApprovalView, 'statement'>): Statement | null {
  try {
    const read: unknown = JSON.parse(statement)
    return typeof read === 'object' && read !== null && 'reason' in read && 'action' in read
      ? (read as Statement)
      : null
  } catch {
    return null
  }
}

/** `staff.grant_role` -> `Give a role`; an action that this page doesn't know keeps its name. */
export function actionName(action: string): string {
  return ACTIONS[action] ?? action
}

/** The same with what it is about, where one word says it: `Give a role: CISO`. */
export function approvalTitle(approval: Pick<ApprovalView, 'action' | 'statement'>): string {
  const name = actionName(approval.action)
  const payload = statementOf(approval)?.payload
  if (typeof payload !== 'object' || payload === null || !('role' in payload)) return name
  const role = ALL_ROLES.find((one) => one === payload.role)
  return role === undefined ? name : `${name}: ${roleName(role)}`
}

const ACTIONS: Record<string, string> = {
  'staff.grant_role': 'Give a role',
  'staff.reset_passkeys': 'Reset somebody’s security keys',
  'policy.publish': 'Publish a policy',
  'accounts.exempt': 'Exempt from clauses',
  'accounts.reinstate': 'Lift an action',
  'evaluations.decide': 'Clear an assessment',
  'models.step': 'Take a step',
  'intake.disable_case': 'Take a regression case out of force',
  'intake.publish_early': 'Publish an advisory early',
  'models.profile': 'Switch the profile',
  'transparency.correct': 'Correct a transparency report',
  'weights.grant': 'Open weights',
  'weights.device': 'Let a device in',
  'weights.environment': 'Attest an environment',
  'weights.unlock': 'Lift a lock on weights',
  'weights.glass': 'New shares for breaking the glass',
  'weights.extend_copy': 'Let a copy of weights stand for longer',
  'weights.overlay': 'Switch asl3-stretch',
  'weights.raise_budget': 'Raise a budget for weights',
  'weights.erase': 'Erase weights',
  'insider.open': 'Learn whom an insider case is about',
  'models.grandfather': 'Let a deployment go on without the gate',
}

export const STATES: Record<ApprovalState, readonly [State, string]> = {
  pending: ['watch', 'waits for people'],
  approved: ['watch', 'approved'],
  executing: ['watch', 'being carried out'],
  executed: ['holds', 'carried out'],
  denied: ['fails', 'denied'],
  withdrawn: ['unknown', 'withdrawn'],
  expired: ['unknown', 'expired'],
  failed: ['fails', 'failed'],
}
