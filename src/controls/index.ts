export {
  type BundleDeps,
  type BundleReport,
  BundleRequest,
  type ControlsSeen,
  isSampleBundle,
  makeBundle,
  makeSampleBundle,
  type SampleReport,
  verifyBundle,
  verifySampleBundle,
} from './bundle/index.ts'
export { Calendar, type CalendarDeps, CalendarQuery, CLOCK_KINDS, readCalendar, toIcs } from './calendar/index.ts'
export * from './catalogue/index.ts'
export { type GsnGraph, gsnGraph, gsnMermaid } from './gsn/index.ts'
export { type OscalFile, type OscalInput, oscalFiles } from './oscal/index.ts'
export { type Evidence, type Finding, type Probe, STATES, type State } from './probe.ts'
export { allProbes } from './probes/index.ts'
export type { World } from './probes/world.ts'
export * from './reports/index.ts'
export type { Attester } from './standing/attestations.ts'
export type { ControlsConfig } from './standing/context.ts'
export { Controls, type ControlsDeps } from './standing/controls.ts'
export { CONTROL_EXCEPTION_ACTION } from './standing/exceptions.ts'
export { RegimeView, regimeView } from './standing/regime.ts'
export {
  ControlAttestation,
  ControlBoard,
  ControlChange,
  ControlCounts,
  ControlException,
  ControlFinding,
  ControlRow,
  ControlView,
  MOST_EXCEPTION_DAYS,
  NewAttestation,
  NewControlException,
} from './standing/schema.ts'
