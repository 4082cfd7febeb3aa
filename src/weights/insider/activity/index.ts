export { type Activity, type Field, type Place, SOURCES, type Source } from './activity.ts'
export { activityOf, isRecord, readActivityLine, writeActivityLine } from './activity-lines.ts'
export { MAX_LINE_BYTES } from './bounds.ts'
export { Fault } from './fault.ts'
export { fromLedger, isOfStaff } from './from-ledger.ts'
export {
  IMPORT_FORMATS,
  type Imported,
  type Importer,
  type ImportFormat,
  importerOf,
  importStream,
  ocsfImporter,
  type PeopleOf,
} from './importers/index.ts'
export { compareMoments, type Moment } from './order.ts'
export { Reorder } from './reorder.ts'
export { type Change, type Checkpoint, type Fold, Timeline, type TimelineOptions } from './timeline.ts'
export { type OcsfActivity, toOcsf } from './to-ocsf.ts'
