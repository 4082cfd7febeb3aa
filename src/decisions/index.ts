export { Decisions, type DecisionsDeps } from './decisions.ts'
export type { FollowHandler } from './followers.ts'
export { liveStream } from './live-stream.ts'
export { measureDecisions } from './metrics.ts'
export { settleDays } from './partitions.ts'
export {
  DecisionFilter,
  type DecisionQuery,
  DecisionSummary,
  OUTCOMES,
  RECORDED_SCORE_FLOOR,
  RecordedDecision,
  RecordedSide,
  SummaryStep,
} from './schema.ts'
