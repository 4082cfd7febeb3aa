export type { EvaluationNews } from './assessments.ts'
export {
  type ComputeFacts,
  type ComputeGrowth,
  type Curve,
  computeGrowth,
  type Estimate,
  fitCurve,
} from './compute/index.ts'
export { DECIDE_ACTION, decideAction } from './decision.ts'
export {
  addMonths,
  admitSegment,
  CADENCES,
  type Cadence,
  type Due,
  type DueReason,
  type DueRule,
  dueOf,
  type Reference,
  type SegmentAnswer,
} from './due/index.ts'
export { Evaluations, type EvaluationsDeps } from './evaluations.ts'
export {
  ForecastCurve,
  forecastChart,
  forecastRows,
  forecastSvg,
  forecastWords,
} from './forecast/index.ts'
export { CapabilityReport, reportDigest } from './report.ts'
export { REPORT_STYLE_HASH, reportHtml } from './report-html.ts'
export { reportMarkdown } from './report-markdown.ts'
export {
  type Asking,
  checkSameRun,
  ResultsFile,
  RUN_FORMAT,
  type RunEnd,
  type RunHeader,
  readTaskFile,
  runSuite,
  type TaskFile,
} from './run/index.ts'
export {
  Assessment,
  AssessmentState,
  Deviation,
  DueView,
  Forecast,
  NewAssessment,
  NewForecast,
  NewOrder,
  NewReceipt,
  NewShowing,
  NewSuite,
  NewThreatModel,
  Order,
  Result,
  ShowingName,
  Suite,
  ThreatModel,
  VerdictView,
  VouchedInput,
} from './schema.ts'
export type { Segment, Standing } from './standing.ts'
export { Timeline } from './timeline.ts'
export { type Missing, type SuiteVerdict, type TaskTally, VERDICTS, type Verdict, worstOf } from './verdict/index.ts'
