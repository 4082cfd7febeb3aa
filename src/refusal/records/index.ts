export type { RecordsConfig } from './context.ts'
export { MAX_ROWS } from './receive.ts'
export { RefusalRecords, type RefusalRecordsDeps } from './refusal-records.ts'
export {
  FiledFind,
  KeptComparison,
  KeptDataset,
  KeptEvaluation,
  KeptRedTeamRun,
  MOST_REVEALED,
  NewExport,
  NewFindReports,
  NewReveal,
  REVEAL_REASONS,
  Recorded,
  RedTeamRunNote,
  ResultKind,
  RevealedRow,
  RowFacets,
  RowNote,
  RowPage,
  RowQuery,
} from './schema.ts'
export { Standing } from './standing.ts'
