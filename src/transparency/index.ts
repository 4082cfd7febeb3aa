export type { Span } from '../base/quarter.ts'
export { quarterName } from './changes.ts'
export { toCsv } from './csv.ts'
export type {
  Acknowledgement,
  PublicDeployment,
  PublishedCard,
  ReportCounts,
  TransparencySources,
} from './ports.ts'
export { reportSchema } from './report-schema.ts'
export {
  Correction,
  EditionView,
  NewCorrection,
  type PublicChange,
  REPORT_FORMAT,
  TransparencyReport,
} from './schema.ts'
export { type Breakdown, cellWords } from './small-counts.ts'
export { type Rooms as TransparencyRooms, sourcesOf } from './sources.ts'
export { CORRECT_ACTION, Transparency, type TransparencyDeps } from './transparency.ts'
