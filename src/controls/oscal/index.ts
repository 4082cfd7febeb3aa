export { type OscalFile, oscalFiles } from './oscal.ts'
export { type Assessed, assessed, type ControlStanding, type OscalInput } from './standing.ts'
