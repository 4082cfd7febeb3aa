import { z } from 'zod'
import type { Outcome } from '../verdict/index.ts'
import { type Collector, type ImportOptions, invalid, outcomeOf, toUtc } from './parsed-log.ts'

/** One try, in a format of our own: a line of JSON. */
const PlainRow = z.looseObject({
  task: z.union([z.string().min(1), z.number()]),
  family: z.string().min(1).nullish(),
  passed: z.boolean().nullish(),
  score: z.union([z.number(), z.string(), z.boolean()]).nullish(),
  refused: z.boolean().nullish(),
  error: z.unknown().optional(),
  attempt: z.int().min(0).nullish().meta({ description: 'which try at the task; one that comes twice is flagged' }),
})
/** What the built-in runner writes besides: questions before they leave, and how it ended. */
const PlainNote = z
  .looseObject({
    asked: z.looseObject({ task: z.string() }).optional(),
    end: z.looseObject({ status: z.string() }).optional(),
  })
  .refine(({ asked, end }) => asked !== undefined || end !== undefined)
const PlainHeader = z.looseObject({
  header: z.looseObject({
    began_at: z.string().nullish(),
    model: z.string().nullish(),
    status: z.string().nullish(),
    ends: z.boolean().nullish().meta({ description: 'a last line says how it ended: without one it did not' }),
    suite_file: z.string().nullish().meta({ description: 'SHA-256 of the file of tasks' }),
  }),
})

/** Instance-level records of Every Eval Ever, schema 0.2. */
const EverRow = z.looseObject({
  evaluation_id: z.string(),
  model_id: z.string(),
  evaluation_name: z.string(),
  sample_id: z.string(),
  evaluation: z.looseObject({ score: z.number().nullish(), is_correct: z.boolean().nullish() }).nullish(),
  error: z.string().nullish(),
  metadata: z.looseObject({ family: z.string().min(1).optional() }).nullish(),
})

/** Takes one line after the other. */
export interface RowReader {
  /** @throws {AppError} REQUEST_INVALID */
  row(value: unknown, line: number): void
  end(): void
}

export function plainReader(into: Collector, { passAt }: ImportOptions): RowReader {
  let status: string | null = null
  let ends = false
  return {
    row(value, line) {
      const header = line === 1 ? PlainHeader.safeParse(value) : null
      if (header?.success) {
        into.beganAt = toUtc(header.data.header.began_at)
        into.triedModel = header.data.header.model?.slice(0, 200) ?? null
        into.suiteFile = header.data.header.suite_file?.slice(0, 64) ?? null
        ends = header.data.header.ends === true
        status = ends ? 'started' : (header.data.header.status ?? null)
        return
      }
      // What comes after an end goes on, until the next one.
      if (ends) status = 'started'
      const parsed = PlainRow.safeParse(value)
      const note = parsed.success ? null : PlainNote.safeParse(value)
      if (note?.success) {
        status = note.data.end?.status ?? status
        return
      }
      if (!parsed.success)
        throw invalid(`has no try on line ${line}: {"task": …, "passed": true or false}`, parsed.error)
      const { task, family = null, passed, score, refused, error, attempt } = parsed.data
      const scored: Outcome = typeof passed === 'boolean' ? outcomeOf(passed, passAt) : outcomeOf(score, passAt)
      const outcome = settle(scored, refused === true, error !== undefined && error !== null && error !== false)
      if (typeof attempt === 'number') into.addRetried(String(task), attempt, family ?? null, outcome)
      else into.add(String(task), family ?? null, outcome)
    },
    end() {
      if (status !== null && status !== 'success') into.flag('status', 'the run did not end well')
    },
  }
}

export function everReader(into: Collector, { passAt, scorer }: ImportOptions): RowReader {
  const names = new Set<string>()
  return {
    row(value, line) {
      const parsed = EverRow.safeParse(value)
      if (!parsed.success) throw invalid(`has no record of Every Eval Ever on line ${line}`, parsed.error)
      const {
        evaluation_id: id,
        evaluation_name: name,
        model_id: model,
        sample_id: sample,
        evaluation,
        error,
        metadata,
      } = parsed.data
      if (scorer !== null && name !== scorer) return
      names.add(name)
      if (names.size > 1)
        throw invalid(
          `has several evaluations (${[...names].join(', ').slice(0, 300)}): say with --scorer which one counts`,
        )
      if (into.triedModel !== null && into.triedModel !== model.slice(0, 200))
        into.flag('several_models', 'it holds tries of several models')
      into.triedModel = model.slice(0, 200)
      into.beganAt ??= beganAt(id)
      const scored = outcomeOf(evaluation?.score ?? undefined, passAt)
      const correct = evaluation?.is_correct ?? undefined
      if (correct !== undefined && scored !== 'unscored' && correct !== (scored === 'passed')) {
        into.flag(
          'contradictory_scores',
          'some tries are said to be right and scored as wrong, or the other way: they count as passed',
        )
      }
      const outcome: Outcome =
        correct === true || scored === 'passed' ? 'passed' : correct === undefined ? scored : 'failed'
      into.add(sample, metadata?.family ?? null, settle(outcome, /refus/i.test(error ?? ''), (error ?? null) !== null))
    },
    end() {},
  }
}

/** A success counts, whatever else is said of it. */
function settle(outcome: Outcome, refused: boolean, errored: boolean): Outcome {
  if (outcome === 'passed') return outcome
  if (refused) return 'refused'
  return errored ? 'errored' : outcome
}

/** Evaluation ids end with the Unix time of the run. */
function beganAt(id: string): string | null {
  const seconds = Number(id.slice(id.lastIndexOf('/') + 1))
  return seconds > 1e9 && seconds < 4e9 ? new Date(seconds * 1_000).toISOString() : null
}
