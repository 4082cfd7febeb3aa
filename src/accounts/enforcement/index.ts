export type { Relaxation, Undone } from './actions.ts'
export type { EnforcementNotice } from './context.ts'
export { Enforcement, type EnforcementDeps } from './enforcement.ts'
export { countsForEnforcement, offenceOf } from './facts.ts'
export type { Link } from './links.ts'
export { rehearsePatterns } from './patterns/rehearsal.ts'
export { shapeOf } from './patterns/shape.ts'
export type { Traffic } from './patterns/traffic.ts'
export { type ActionQuery, type HistoryQuery, Standing, SubjectView } from './readings.ts'
export { REINSTATE, reinstatementAction } from './reinstatement.ts'
export {
  EnforcementAction,
  NewAction,
  NewStrike,
  PatternFound,
  PatternName,
  REASONS,
  Reason,
  Step,
  Strike,
  Subject,
  SubjectType,
} from './schema.ts'
export { ActionEffect, LadderEffect, LadderPatch } from './simulations.ts'
export { type Restriction, refuses } from './standings.ts'
