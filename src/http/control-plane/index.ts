export { createControlPlane, describeApi } from './control-plane.ts'
export type { ControlPlaneDeps } from './deps.ts'
export { StatusView } from './schema.ts'
