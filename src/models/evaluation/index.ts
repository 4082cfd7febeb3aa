export {
  type ComputeFacts,
  type ComputeGrowth,
  type Curve,
  computeGrowth,
  type Estimate,
  fitCurve,
} from './compute/index.ts'
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
export { type Missing, type SuiteVerdict, type TaskTally, VERDICTS, type Verdict, worstOf } from './verdict/index.ts'
