import { z } from 'zod'
import { DatasetManifest, DatasetRecord, EXPORT_FORMATS } from '../constitution/index.ts'
import { Comparison, EvaluationReport, EvaluationRow } from '../evaluation/index.ts'
import { Find, RedTeamReport } from '../redteam/index.ts'

const When = z.iso.datetime()
const Count = z.int().nonnegative()
const Sha256 = z.hash('sha256')
const Short = z.string().max(200)

export const RESULT_KINDS = ['dataset', 'evaluation', 'red_team_run', 'comparison'] as const
export const ResultKind = z.enum(RESULT_KINDS)
export type ResultKind = z.infer<typeof ResultKind>

/** What is known of every result, whatever it is. */
const KEPT = {
  id: z.string(),
  digest: Sha256.meta({ description: 'of the bytes that were sent' }),
  headDigest: Sha256.meta({ description: 'of the head as RFC 8785 canonical JSON: what a card cites' }),
  checkpoint: z.string().nullable().meta({ description: 'of the registry: what the figures are of' }),
  fixture: z.boolean().meta({ description: 'made or measured with the sandbox: never a model’s' }),
  rows: Count,
  madeAt: When.meta({ description: 'when it was made, as far as it says so; else when it came' }),
  recordedAt: When,
  recordedBy: z.string(),
  eraseAt: When.nullable().meta({ description: 'when its rows go; null: it has none, or they are gone' }),
  erased: z
    .object({ at: When, by: z.string(), why: z.enum(['retention', 'asked']) })
    .nullable()
    .meta({ description: 'since when its rows are gone; figures stay' }),
}

export const KeptDataset = z
  .object({ kind: z.literal('dataset'), ...KEPT, head: DatasetManifest })
  .meta({ id: 'KeptDataset' })
export type KeptDataset = z.infer<typeof KeptDataset>

export const KeptEvaluation = z
  .object({ kind: z.literal('evaluation'), ...KEPT, head: EvaluationReport })
  .meta({ id: 'KeptRefusalEvaluation' })
export type KeptEvaluation = z.infer<typeof KeptEvaluation>

export const KeptRedTeamRun = z
  .object({ kind: z.literal('red_team_run'), ...KEPT, head: RedTeamReport })
  .meta({ id: 'KeptRedTeamRun' })
export type KeptRedTeamRun = z.infer<typeof KeptRedTeamRun>

export const KeptComparison = z
  .object({ kind: z.literal('comparison'), ...KEPT, head: Comparison })
  .meta({ id: 'KeptRefusalComparison' })
export type KeptComparison = z.infer<typeof KeptComparison>

export type KeptResult = KeptDataset | KeptEvaluation | KeptRedTeamRun | KeptComparison

/** What who sent a result is told. */
export const Recorded = z
  .object({
    id: z.string(),
    kind: ResultKind,
    digest: Sha256,
    rows: Count,
    fixture: z.boolean(),
    known: z.boolean().meta({ description: 'the same bytes had come before: nothing was added' }),
  })
  .meta({ id: 'RecordedRefusalResult' })
export type Recorded = z.infer<typeof Recorded>

/** A red-team run in a list, without its matrix. */
export const RedTeamRunNote = KeptRedTeamRun.extend({
  head: RedTeamReport.omit({ cells: true, attacks: true }),
}).meta({ id: 'RedTeamRunNote' })
export type RedTeamRunNote = z.infer<typeof RedTeamRunNote>

/** What a row is found by; none of its words. */
export const RowNote = z
  .object({
    position: Count,
    name: Short.meta({ description: 'as who made it calls it' }),
    part: Short.nullable().meta({ description: 'suite, attack, or source of the prompt' }),
    kind: Short.nullable(),
    category: Short.nullable(),
    outcome: Short.nullable(),
    flags: z.array(Short),
  })
  .meta({ id: 'RefusalRowNote' })
export type RowNote = z.infer<typeof RowNote>

export const RowQuery = z.object({
  part: Short.optional(),
  kind: Short.optional(),
  category: Short.optional(),
  outcome: Short.optional(),
  flag: z
    .string()
    .regex(/^[a-z_]{1,60}$/)
    .optional(),
})
export type RowQuery = z.infer<typeof RowQuery>

export const RowPage = z
  .object({
    items: z.array(RowNote),
    next: Count.nullable().meta({ description: 'pass it as `from` for the next page; null at the end' }),
    total: Count.meta({ description: 'rows that match' }),
  })
  .meta({ id: 'RefusalRowPage' })
export type RowPage = z.infer<typeof RowPage>

const Facet = z.array(z.object({ value: z.string(), count: Count }))
export const RowFacets = z
  .object({ part: Facet, kind: Facet, category: Facet, outcome: Facet, flags: Facet })
  .meta({ id: 'RefusalRowFacets' })
export type RowFacets = z.infer<typeof RowFacets>

/** Why somebody reads harmful words. */
export const REVEAL_REASONS = ['spot_check', 'release', 'training', 'investigation', 'audit'] as const
export const MOST_REVEALED = 50

export const NewReveal = z
  .strictObject({
    positions: z.array(Count.max(10_000_000)).min(1).max(MOST_REVEALED),
    reason: z.enum(REVEAL_REASONS),
  })
  .meta({ id: 'NewRefusalReveal' })
export type NewReveal = z.infer<typeof NewReveal>

/** A row with its words. */
export const RevealedRow = z
  .object({ position: Count, row: z.union([DatasetRecord, EvaluationRow, Find]) })
  .meta({ id: 'RevealedRefusalRow' })
export type RevealedRow = z.infer<typeof RevealedRow>

/** Finds of a run that become reports, as if somebody had sent them: from there on they go the way of every report. */
export const NewFindReports = z
  .strictObject({
    positions: z.array(Count.max(10_000_000)).min(1).max(MOST_REVEALED),
    deployment: z
      .string()
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .meta({ description: 'where each is tried again at once, with safeguards or without, as it was found' }),
    n: z.int().min(1).max(100).default(10).meta({ description: 'how often' }),
  })
  .meta({ id: 'NewFindReports' })
export type NewFindReports = z.infer<typeof NewFindReports>

export const FiledFind = z
  .object({
    position: Count,
    report: z.string(),
    already: z.boolean().meta({ description: 'the same find had become a report before' }),
    reproduction: z.string().nullable(),
    problem: z.string().nullable().meta({ description: 'why it is not tried again, where that was asked for' }),
  })
  .meta({ id: 'FiledFind' })
export type FiledFind = z.infer<typeof FiledFind>

export const NewExport = z.strictObject({ format: z.enum(EXPORT_FORMATS) }).meta({ id: 'NewDatasetExport' })
