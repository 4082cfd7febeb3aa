export { actorOf, identityOf, isOperator } from './access.ts'
export type { StaffDoorDeps } from './deps.ts'
export {
  body,
  created,
  done,
  EVENT_STREAM_HEADERS,
  eventStreamResponses,
  IdParam,
  json,
  listOf,
  ok,
  PageQuery,
  pageOf,
  SECURITY,
  SECURITY_OPERATOR,
} from './describe.ts'
export { type RouteAction, type RouteActions, STAFF_ROUTES } from './route-actions.ts'
export { ApprovalView } from './schema.ts'
export { mountStaff } from './staff-doors.ts'
export { approvalView } from './views.ts'
