import { z } from 'zod'
import type { RecordKind } from '../../journal/index.ts'
import { Assessment, Deviation, Forecast, Order, Result, Suite, ThreatModel } from './schema.ts'

export const THREAT: RecordKind<ThreatModel> = {
  kind: 'threat',
  schema: ThreatModel,
  columns: ({ threat, threshold, recordedAt }) => ({ id: threat, about: threshold, at: recordedAt }),
}

export const SUITE: RecordKind<Suite> = {
  kind: 'suite',
  schema: Suite,
  columns: ({ suite, threshold, frozenAt }) => ({ id: suite, about: threshold, at: frozenAt }),
}

export const RESULT: RecordKind<Result> = {
  kind: 'result',
  schema: Result,
  columns: ({ id, model, assessment, importedAt }) => ({ id, model, about: assessment, at: importedAt }),
}

const Tally = z.object({
  result: z.string(),
  at: z.string(),
  packed: z.string().meta({ description: 'base64 of compressed JSON: the tries, task by task' }),
})

/** Apart from the result that it belongs to: it is large, and read only to judge again. */
export const TALLY: RecordKind<z.infer<typeof Tally>> = {
  kind: 'tally',
  schema: Tally,
  columns: ({ result, at }) => ({ id: result, at }),
}

const ConcludedReport = z.object({
  assessment: z.string(),
  model: z.string(),
  at: z.string(),
  text: z.string().meta({ description: 'the report as it was decided on, JSON' }),
})

/** The report of an assessment that was concluded: what it was made from may change, the report doesn't. */
export const REPORT: RecordKind<z.infer<typeof ConcludedReport>> = {
  kind: 'capability_report',
  schema: ConcludedReport,
  columns: ({ assessment, model, at }) => ({ id: assessment, model, at }),
}

export const ORDER: RecordKind<Order> = {
  kind: 'order',
  schema: Order,
  columns: ({ id, model, orderedAt }) => ({ id, model, at: orderedAt }),
}

export const FORECAST: RecordKind<Forecast> = {
  kind: 'forecast',
  schema: Forecast,
  columns: ({ id, model, run, madeAt }) => ({ id, model, about: run, at: madeAt }),
}

/** While it is open it is due at its target. */
export const ASSESSMENT: RecordKind<Assessment> = {
  kind: 'assessment',
  schema: Assessment,
  columns: ({ id, model, checkpoint, state, openedAt, targetAt }) => ({
    id,
    model,
    about: checkpoint,
    state,
    at: openedAt,
    dueAt: state === 'open' ? targetAt : null,
  }),
}

export const DEVIATION: RecordKind<Deviation> = {
  kind: 'deviation',
  schema: Deviation,
  columns: ({ id, model, at }) => ({ id, model, at }),
}
