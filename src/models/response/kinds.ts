import type { RecordKind } from '../../journal/index.ts'
import { DrillReport, Incident, ResponseCase } from './schema.ts'

export const CASE: RecordKind<ResponseCase> = {
  kind: 'response_case',
  schema: ResponseCase,
  columns: ({ id, model, machine, state, changedAt }) => ({ id, model, about: machine, state, at: changedAt }),
}

export const INCIDENT: RecordKind<Incident> = {
  kind: 'incident',
  schema: Incident,
  columns: ({ id, model, openedAt, closedAt }) => ({
    id,
    model,
    state: closedAt === null ? 'open' : 'closed',
    at: openedAt,
  }),
}

export const DRILL: RecordKind<DrillReport> = {
  kind: 'drill_report',
  schema: DrillReport,
  columns: ({ id, model, ok, filedAt }) => ({ id, model, state: ok ? 'passed' : 'failed', at: filedAt }),
}
