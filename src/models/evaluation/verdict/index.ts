export {
  type BoundMethod,
  type Bounds,
  clopperPearson,
  clusterBootstrap,
  clusteredBounds,
  effectiveTrials,
  wilson,
} from './bounds.ts'
export { type Outcome, TallyBook, type TaskTally, type Totals, totalsOf, triesAt, uncertain } from './tally.ts'
export {
  believed,
  ELICITATION,
  type ElicitationStep,
  type RunFacts,
  type ValidityLimits,
  type Vouched,
  validityGaps,
} from './validity.ts'
export {
  judgeSuite,
  judgeTask,
  type Missing,
  type SuiteRule,
  type SuiteTasks,
  type SuiteVerdict,
  VERDICTS,
  type Verdict,
  worstOf,
} from './verdict.ts'
