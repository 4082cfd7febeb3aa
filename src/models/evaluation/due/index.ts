export {
  admitSegment,
  CADENCES,
  type Cadence,
  type Due,
  type DueQuestion,
  type DueReason,
  type DueRule,
  dueOf,
  type Reference,
  type SegmentAnswer,
  type SegmentQuestion,
} from './due.ts'
export { addMonths } from './months.ts'
