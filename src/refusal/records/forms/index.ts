import type { ResultKind } from '../schema.ts'
import { comparisonForm } from './comparison.ts'
import { datasetForm } from './dataset.ts'
import { evaluationForm } from './evaluation.ts'
import type { Form } from './form.ts'
import { redTeamForm } from './red-team-run.ts'

export type { FoundBy, ReadHead } from './form.ts'

export const FORMS: Readonly<Record<ResultKind, Form>> = {
  dataset: datasetForm,
  evaluation: evaluationForm,
  red_team_run: redTeamForm,
  comparison: comparisonForm,
}
