export { type OscalFile, oscalFiles } from './oscal.ts'
export type { ControlStanding, OscalInput } from './standing.ts'
