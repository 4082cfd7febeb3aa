export type { DecisionInput, Flag, PolicyDecision } from './decide.ts'
export {
  type Clause,
  PolicyDocument,
  SEVERITIES,
  type Section,
  type Severity,
  type Side,
  type SideRule,
} from './document.ts'
export type { ExplainOptions } from './explain.ts'
export { builtInPolicyPath, Policy, type PolicyLoadOptions, type PublicPolicy, readPolicyFile } from './policy.ts'
export { formatProblem, PolicyInvalidError, type PolicyProblem } from './problem.ts'
export { type ReadPolicy, readPolicy } from './read.ts'
export type { CalibratedThresholds } from './rules.ts'
