import type { Action } from '../../staff/index.ts'

export interface RouteAction {
  /** `open` routes are the ways in, for who is not signed in yet. */
  readonly action: Action | 'open'
  /** The operator's token may do it as well as a person who holds the role. */
  readonly operator?: true
}

/** Which action each route is: `METHOD /path/:parameter` -> action. A route that is not listed is open to nobody. */
export type RouteActions = ReadonlyMap<string, RouteAction>

export const STAFF_ROUTES: RouteActions = new Map<string, RouteAction>([
  ['POST /api/v1/staff/enrolment/options', { action: 'open' }],
  ['POST /api/v1/staff/enrolment', { action: 'open' }],
  ['POST /api/v1/staff/login/options', { action: 'open' }],
  ['POST /api/v1/staff/login', { action: 'open' }],
  ['POST /api/v1/staff/login/development', { action: 'open' }],
  ['GET /api/v1/staff/ways-in', { action: 'open' }],

  ['GET /api/v1/staff/session', { action: 'self.manage' }],
  ['DELETE /api/v1/staff/session', { action: 'self.manage' }],
  ['POST /api/v1/staff/session/touch/options', { action: 'self.manage' }],
  ['POST /api/v1/staff/session/touch', { action: 'self.manage' }],
  ['GET /api/v1/staff/sessions', { action: 'self.manage' }],
  ['DELETE /api/v1/staff/sessions/:id', { action: 'self.manage' }],
  ['GET /api/v1/staff/passkeys', { action: 'self.manage' }],
  ['POST /api/v1/staff/passkeys/options', { action: 'self.manage' }],
  ['POST /api/v1/staff/passkeys', { action: 'self.manage' }],
  ['DELETE /api/v1/staff/passkeys/:id', { action: 'self.remove_passkey' }],
  ['POST /api/v1/staff/oidc/link', { action: 'self.manage' }],

  ['GET /api/v1/staff/actions', { action: 'roles.read' }],
  ['GET /api/v1/staff/people', { action: 'people.read' }],
  ['POST /api/v1/staff/people', { action: 'people.invite' }],
  ['GET /api/v1/staff/people/:id', { action: 'people.read' }],
  ['POST /api/v1/staff/people/:id/link', { action: 'people.invite' }],
  ['POST /api/v1/staff/people/:id/deactivate', { action: 'people.deactivate' }],
  ['POST /api/v1/staff/people/:id/training', { action: 'people.record_training' }],
  ['GET /api/v1/staff/courses', { action: 'roles.read', operator: true }],
  ['POST /api/v1/staff/courses/:id/attempts', { action: 'self.manage' }],
  ['POST /api/v1/staff/attempts/:id', { action: 'self.manage' }],
  ['GET /api/v1/staff/training', { action: 'self.manage' }],
  ['GET /api/v1/staff/training/people', { action: 'people.read', operator: true }],
  ['DELETE /api/v1/staff/people/:id/sessions', { action: 'sessions.revoke' }],
  ['DELETE /api/v1/staff/assignments/:id', { action: 'roles.end' }],
  ['POST /api/v1/staff/assignments/:id/review', { action: 'roles.review' }],
  ['GET /api/v1/staff/bootstrap', { action: 'roles.read' }],
  ['DELETE /api/v1/staff/bootstrap', { action: 'bootstrap.end' }],
  ['GET /api/v1/staff/recoveries', { action: 'roles.read', operator: true }],
  ['POST /api/v1/staff/recoveries', { action: 'recovery.start', operator: true }],
  ['DELETE /api/v1/staff/recoveries/:id', { action: 'recovery.cancel', operator: true }],
  ['POST /api/v1/staff/recoveries/:id/claim', { action: 'recovery.start', operator: true }],

  ['GET /api/v1/approvals', { action: 'approvals.read' }],
  ['POST /api/v1/approvals', { action: 'approvals.request' }],
  ['GET /api/v1/approvals/inbox', { action: 'approvals.give' }],
  ['GET /api/v1/approvals/:id', { action: 'approvals.read' }],
  ['GET /api/v1/approvals/:id/evidence', { action: 'approvals.read' }],
  ['POST /api/v1/approvals/:id/options', { action: 'approvals.give' }],
  ['POST /api/v1/approvals/:id/approve', { action: 'approvals.give' }],
  ['POST /api/v1/approvals/:id/deny', { action: 'approvals.deny' }],
  ['POST /api/v1/approvals/:id/withdraw', { action: 'approvals.withdraw' }],
])
