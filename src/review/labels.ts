import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import type { KeptExchange } from '../content/index.ts'
import { record, toEvent } from '../journal/index.ts'
import type { Actor, EventLog } from '../ledger/index.ts'
import { HAZARDS, METHODS } from '../screening/index.ts'
import type { ReviewContext } from './context.ts'
import { type LabelRow, listDecidedForLabels } from './labels-store.ts'
import { Basis, LabelJudgements, Outcome, Stage, Verdict } from './schema.ts'
import { readCursor } from './views.ts'

const MAX_ROWS = 1_000
const MAX_ROWS_WITH_TEXT = 100

export const ExportInput = z
  .strictObject({
    since: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }).optional(),
    withText: z
      .boolean()
      .default(false)
      .meta({ description: 'what was said, where it is still kept; for people alone' }),
    cursor: z.string().max(200).optional(),
    limit: z.int().min(1).max(MAX_ROWS).default(100).meta({ description: 'at most 100 with text' }),
  })
  .meta({ id: 'ReviewExportInput' })
export type ExportInput = z.infer<typeof ExportInput>

/** One decided case as labelled data: the fields that `safelevel bench classifier` and the training tools read, and where it came from. */
export const LabelledCase = z
  .object({
    text: z.string().nullable().meta({ description: 'what was judged; null without text, or when nothing is kept' }),
    role: z.enum(['prompt', 'completion', 'pair']),
    prompt: z.string().nullable(),
    completion: z.string().nullable(),
    harmful: z.union([z.literal(0), z.literal(1), z.null()]),
    category: z.string().nullable(),
    kind: z.enum(['direct', 'jailbreak', 'injection', 'benign', 'borderline-benign']).nullable(),
    source: z.literal('safelevel-review'),
    license: z.literal('internal'),
    split: z.literal('review'),
    weak: z.boolean().meta({ description: 'one reader alone' }),
    case: z.string(),
    decision: z.string().nullable(),
    outcome: Outcome,
    labels: LabelJudgements.meta({ description: 'of the reader whose word was final' }),
    decidedAt: z.iso.datetime(),
  })
  .meta({ id: 'ReviewLabelledCase' })
export type LabelledCase = z.infer<typeof LabelledCase>

export const LabelledPage = z
  .object({ items: z.array(LabelledCase), next: z.string().nullable() })
  .meta({ id: 'ReviewLabelledPage' })
export type LabelledPage = z.infer<typeof LabelledPage>

const StoredReadings = z.array(z.object({ stage: Stage, verdict: Verdict, labels: LabelJudgements }))

/** What people decided, for training and measuring classifiers. That it is taken out stands on the ledger before it is given. */
export class LabelExport {
  readonly #context: ReviewContext
  readonly #ledger: EventLog
  constructor(context: ReviewContext, ledger: EventLog) {
    this.#context = context
    this.#ledger = ledger
  }

  /**
   * @param by With text a person: the door sees to it.
   * @throws {AppError} REQUEST_INVALID (the cursor), FORBIDDEN (text for somebody who is no person), LEDGER_UNAVAILABLE
   */
  async page(by: Actor, input: ExportInput): Promise<LabelledPage> {
    const { withText } = input
    if (withText && by.type !== 'staff') throw new AppError('FORBIDDEN', 'text is for people: this needs a person')
    const { db, clock } = this.#context
    const beyond = readCursor(input.cursor)
    const limit = Math.min(input.limit, withText ? MAX_ROWS_WITH_TEXT : MAX_ROWS)
    const until = new Date(input.until ?? clock.now())
    const rows = await listDecidedForLabels(db.db, {
      since: new Date(input.since),
      until,
      beyond: beyond === null ? null : { at: new Date(beyond.number), id: beyond.id },
      limit: limit + 1,
    })
    const shown = rows.slice(0, limit)
    await this.#record(by, { since: input.since, cases: shown.length, withText })
    const items: LabelledCase[] = []
    for (const row of shown) items.push(toLabelled(row, withText ? await this.#kept(row, by) : null))
    const last = shown.at(-1)
    const more = rows.length > limit && last !== undefined
    return { items, next: more ? `${last.decidedAt.getTime()}.${last.id}` : null }
  }

  /** Null when it is no longer kept, or was never. */
  async #kept(row: LabelRow, by: Actor): Promise<KeptExchange | null> {
    if (row.decisionId === null) return null
    try {
      return await this.#context.content.read(row.decisionId, { by, reason: 'quality_check' })
    } catch (error) {
      if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) return null
      throw error
    }
  }

  async #record(by: Actor, data: { since: string; cases: number; withText: boolean }): Promise<void> {
    const subject = { type: 'review', id: 'labels' }
    const event = toEvent(this.#context, by, { kind: 'review.labels_exported', subject, data })
    await record(this.#ledger, [event], 'the export could not be recorded, so nothing was given out')
  }
}

/** A stored case as labelled data. */
export function toLabelled(row: LabelRow, kept: KeptExchange | null): LabelledCase {
  const readings = StoredReadings.parse(JSON.parse(row.readings))
  const outcome = Outcome.parse(row.outcome)
  const final = readings.findLast(({ verdict }) => verdict === outcome)
  const labels = final?.labels ?? {}
  const harmful = harmfulOf(Basis.parse(row.basis), outcome, labels)
  const said = kept === null ? null : textsOf(kept)
  const role = row.side === 'prompt' ? 'prompt' : 'pair'
  return {
    text: said === null ? null : role === 'prompt' ? said.prompt : said.completion,
    role,
    prompt: said?.prompt ?? null,
    completion: said?.completion ?? null,
    harmful,
    category: row.label,
    kind: kindOf(harmful, labels, row.basis),
    source: 'safelevel-review',
    license: 'internal',
    split: 'review',
    weak: readings.filter(({ verdict }) => verdict === outcome).length < 2,
    case: row.id,
    decision: row.decisionId,
    outcome,
    labels,
    decidedAt: row.decidedAt.toISOString(),
  }
}

/**
 * Whether the text is harmful: what the reader saw in it, label by label, goes first; else what the outcome says of the machine's decision.
 * A pattern or report is about an account and says nothing of one text.
 */
export function harmfulOf(basis: Basis, outcome: Outcome, labels: LabelJudgements): 0 | 1 | null {
  const judged = HAZARDS.flatMap((hazard) => labels[hazard] ?? [])
  if (judged.includes('present')) return 1
  if (judged.length > 0) return judged.includes('unsure') ? null : 0
  if (basis === 'pattern' || basis === 'report' || basis === 'dataset') return null
  return (outcome === 'uphold') === (basis === 'allowed') ? 0 : 1
}

function kindOf(harmful: 0 | 1 | null, labels: LabelJudgements, basis: string): LabelledCase['kind'] {
  if (harmful === null) return null
  if (harmful === 0) return basis === 'allowed' ? 'benign' : 'borderline-benign'
  const method = METHODS.find((one) => labels[one] === 'present')
  return method === 'jailbreak' || method === 'injection' ? method : 'direct'
}

/** What the user said, and what the model answered, each as one text. */
function textsOf({ turns, completion }: KeptExchange): { prompt: string; completion: string } {
  const said = turns.filter(({ role }) => role === 'user').flatMap(({ parts }) => parts)
  const prompt = said.flatMap((part) => (part.kind === 'media' ? [] : [part.text]))
  const answer = completion.filter(({ kind }) => kind === 'text').map(({ text }) => text)
  return { prompt: prompt.join('\n\n'), completion: answer.join('\n\n') }
}
