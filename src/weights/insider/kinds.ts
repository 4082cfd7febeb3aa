import type { RecordKind } from '../../journal/index.ts'
import { Alert, Case } from './cases/schema.ts'
import { DrillReport } from './drill-schema.ts'

export const CASE: RecordKind<Case> = {
  kind: 'case',
  schema: Case,
  columns: ({ id, tag, state, startedAt }) => ({ id, about: tag, state, at: startedAt }),
}

export const ALERT: RecordKind<Alert> = {
  kind: 'alert',
  schema: Alert,
  columns: ({ id, case: about, level, noticedAt }) => ({ id, about, state: level, at: noticedAt }),
}

export const DRILL: RecordKind<DrillReport> = {
  kind: 'drill',
  schema: DrillReport,
  columns: ({ id, startedAt, ok }) => ({ id, state: ok === null ? 'waiting' : 'ended', at: startedAt }),
}
