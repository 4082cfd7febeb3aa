import type { RecordKind } from '../../journal/index.ts'
import { RegressionCase, Reproduction, Triage } from './schema.ts'

/** Duplicates are found by what they are duplicates of. */
export const TRIAGE: RecordKind<Triage> = {
  kind: 'triage',
  schema: Triage,
  columns: ({ id, duplicateOf, since, disclosure }) => ({
    id,
    about: duplicateOf,
    at: since,
    state: disclosure.advisory?.state === 'published' ? 'published' : 'private',
  }),
}

/** Found by the regression case that it runs, or else by the report. */
export const REPRODUCTION: RecordKind<Reproduction> = {
  kind: 'reproduction',
  schema: Reproduction,
  columns: ({ id, report, case: of, model, state, requestedAt }) => ({
    id,
    model,
    about: of ?? report,
    state,
    at: requestedAt,
  }),
}

export const REGRESSION_CASE: RecordKind<RegressionCase> = {
  kind: 'regression_case',
  schema: RegressionCase,
  columns: ({ id, report, state, madeAt }) => ({ id, about: report, state, at: madeAt }),
}
