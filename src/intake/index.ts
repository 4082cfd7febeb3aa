export type { DecisionPort, FlaggedDecision } from './context.ts'
export { type Acknowledgement, Intake, type IntakeDeps } from './intake.ts'
export { measureIntake } from './metrics.ts'
export { digestMarkdown } from './noncompliance/digest.ts'
export { Noncompliance, type NoncomplianceDeps, type OfficesPort } from './noncompliance/noncompliance.ts'
export {
  ConcernView,
  ConcernWithWords,
  Digest,
  NewAction,
  NewConcern,
  OUTSIDE,
  Proposal,
  RECIPIENTS,
  type Recipient,
  TOPICS,
  type Topic,
  Words,
} from './noncompliance/schema.ts'
export { maySee, recipientsOf, type Viewer } from './noncompliance/visibility.ts'
export type { Followed } from './reports/conversation.ts'
export type { ReportCounts } from './reports/counts.ts'
export type { FormTokens } from './reports/form-token.ts'
export {
  DecisionId,
  FlagInput,
  type IncomingFile,
  MessageInput,
  MOST_CHARS,
  MOST_FILE_BYTES,
  MOST_FILES,
  ReportInput,
} from './reports/input.ts'
export type { OpenedFile, ReportWithWords, Written } from './reports/reading.ts'
export type { Reports } from './reports/reports.ts'
export type { Customer, Receipt, Sender } from './reports/submission.ts'
export {
  CLOSINGS,
  Closing,
  REPORT_KINDS,
  REPORT_STATES,
  Report,
  ReportFile,
  ReportKind,
  ReportState,
} from './schema.ts'
export {
  type Deployed,
  DISABLE_CASE_ACTION,
  type Finding,
  type PolicyOutcome,
  regressionWarning,
} from './triage/cases.ts'
export { DUTIES, STATUTES } from './triage/clocks.ts'
export { type Advisory, EARLY_RELEASE_ACTION } from './triage/disclosures.ts'
export {
  CaseDisabling,
  DisclosureAct,
  EarlyRelease,
  NewCase,
  NewReproduction,
  Overruling,
  ReportAct,
} from './triage/inputs.ts'
export type { TriagePorts } from './triage/open.ts'
export type { Found, LinkPort, ModelPort, Target, Through } from './triage/ports.ts'
export { Attempt, RegressionCase, type Reproduction } from './triage/schema.ts'
export { Script } from './triage/script.ts'
export { BANDS, Band, Severity, SeverityFactors } from './triage/severity.ts'
export { FACTORS } from './triage/severity-factors.ts'
export { type LinkSources, linkPort, type ModelSources, modelPort, Probe, type ServedAs } from './triage/sources.ts'
export type { QueueQuery, Triage } from './triage/triage.ts'
export { CaseView, QueuedReport, ReportDetail, ReproductionView } from './triage/views.ts'
