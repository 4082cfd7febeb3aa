export { ACTIONS, type Action, ActionView, listActions, needsFreshKey, roleMay } from './actions.ts'
export { Approval, ApprovalState, Vote } from './approvals/approval.ts'
export type { ApprovalRequest, Approvals } from './approvals/approvals.ts'
export { ApprovalEvidence } from './approvals/evidence.ts'
export type { ActionDefinition, Approved } from './approvals/registry.ts'
export { ApprovalGroup, ApprovalRule, type MissingSeats, twoPeople } from './approvals/rule.ts'
export { RoleGrant } from './assignments.ts'
export { endBootstrap, readBootstrap } from './bootstrap.ts'
export { parseStaffConfig, StaffConfig, type StaffSecrets } from './config.ts'
export { type Notice, staffActor } from './context.ts'
export { courseView, lintCourse, loadCourses } from './courses/catalogue.ts'
export {
  Answers,
  AttemptResult,
  AttemptView,
  COURSE_STATES,
  Completion,
  Course,
  CourseStanding,
  type CourseState,
  CourseView,
  TrainingRow,
} from './courses/schema.ts'
export { type IssuedToken, SetupInput } from './enrolment.ts'
export { sourceOf } from './lock-out.ts'
export type { Started } from './passkeys.ts'
export { NewPerson } from './people.ts'
export { Assignment, Bootstrap, Person, Recovery } from './records.ts'
export { NewRecovery, OPERATOR } from './recovery.ts'
export { LEADERS, ROLES, Role, SENSITIVE_ROLES, SEPARATED_ROLES } from './roles.ts'
export type { Scim, ScimUser } from './scim.ts'
export {
  authorise,
  FRESH_MS,
  type Origin,
  requireFreshKey,
  type StaffIdentity,
  type StartedSession,
} from './sessions.ts'
export { Staff, type StaffDeps } from './staff.ts'
export { type AssignmentState, assignmentState } from './standing.ts'
export { Assertion, Attestation, relyingParty, WebAuthnOptions } from './webauthn.ts'
