export type { StaffDoorDeps } from './deps.ts'
export { STAFF_ROUTES } from './route-actions.ts'
export { actorOf, identityOf, requirePerson } from './session-guard.ts'
export { mountStaff } from './staff-doors.ts'
