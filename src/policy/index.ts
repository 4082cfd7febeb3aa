export { type DecisionInput, effectOf, type Flag, type PolicyDecision } from './decide.ts'
export { diffPolicies, type PolicyChange } from './diff.ts'
export {
  type Clause,
  EXPECTATIONS,
  type Overlay,
  PolicyDocument,
  type Requirement,
  type Retention,
  SEVERITIES,
  type Section,
  type Severity,
  type Side,
  type SideRule,
} from './document.ts'
export { Drafts } from './drafts.ts'
export { type ExampleResult, runExamples } from './examples.ts'
export type { ExplainOptions } from './explain.ts'
export type { PolicyContext } from './journal.ts'
export { HIGH_HARM, type LintFinding, lintPolicy } from './lint.ts'
export { openPolicies, Policies, type PoliciesOptions } from './policies.ts'
export { builtInPolicyPath, Policy, type PolicyLoadOptions, type PublicPolicy, readPolicyFile } from './policy.ts'
export { printPolicy } from './print.ts'
export { formatProblem, PolicyInvalidError, type PolicyProblem } from './problem.ts'
export { PUBLISH, publishAction } from './publication.ts'
export { type ReadPolicy, readPolicy } from './read.ts'
export { type ReplayOptions, ReplayReport, type ReplayRow, type ReplaySide, replay } from './replay.ts'
export { type RecordedDecisions, ReplayJobs } from './replay-jobs.ts'
export type { CalibratedThresholds } from './rules.ts'
export {
  DraftEdit,
  LintFindingView,
  NewDraft,
  NewProposal,
  PolicyDraft,
  PolicyReplay,
  PolicyShadow,
  PolicyStatus,
  PolicyVersion,
  Publication,
} from './schema.ts'
export type { Shadow, ShadowDifference } from './shadow.ts'
export type { Scope, TextMatch } from './text-rules.ts'
export { allClauses, clausesOf } from './tree.ts'
export { PolicyView, viewPolicy } from './view.ts'
