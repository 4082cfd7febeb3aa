export { ALL_SUITES, type ComparisonSettings, compare } from './compare.ts'
export { type EvidenceGap, type EvidenceLimits, evidenceGaps } from './evidence.ts'
export { BuiltInGrader } from './grading/built-in.ts'
export type { Grade, Grader, Question } from './grading/grader.ts'
export { JudgeGrader } from './grading/judge.ts'
export { RefusalModel } from './grading/openings.ts'
export { nonsense } from './grading/sense.ts'
export { comparisonPage, points, pointsOf } from './report/comparison-page.ts'
export { evaluationPage } from './report/evaluation-page.ts'
export { MEASURE_WORDS, VERDICT_WORDS } from './report/words.ts'
export type { Manner } from './run/conversation.ts'
export { type EvaluationDeps, type EvaluationPlan, evaluate } from './run/evaluate.ts'
export { overall, suiteFigures } from './run/figures.ts'
export {
  beginRun,
  PAGE_FILE,
  type Results,
  ROWS_FILE,
  readResults,
  writeReport,
  writeRows,
} from './run/folder.ts'
export {
  AnswerVerdict,
  Comparison,
  EVALUATION_FORMAT,
  EvaluationReport,
  EvaluationRow,
  type Interval,
  ITEM_KINDS,
  ItemKind,
  type PairedFigures,
  type Rate,
  type SuiteFigures,
} from './schema.ts'
export { type Observation, rateOf } from './statistics/rate.ts'
export { freeze } from './suites/frozen.ts'
export type { Suite, SuiteItem } from './suites/item.ts'
export { loadSuite } from './suites/load.ts'
