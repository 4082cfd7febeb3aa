import type { RecordKind } from '../records/index.ts'
import { Incident, ResponseCase } from './schema.ts'

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
