import { list } from '../records/index.ts'
import type { Checkpoint, Elicitation, ModelLine } from '../registry/index.ts'
import type { EvaluationContext } from './context.ts'
import { Frontier } from './frontier.ts'
import { ASSESSMENT, ORDER } from './kinds.ts'
import type { Assessment, Order } from './schema.ts'

/** What is on record of a model line, as far as it is asked whether an evaluation is due. */
export interface LineFacts {
  readonly line: ModelLine
  /** The first checkpoint, and those of which one has grown most; null without any. */
  readonly frontier: { readonly first: Checkpoint; readonly best: readonly Checkpoint[] } | null
  readonly open: { readonly assessment: Assessment; readonly checkpoint: Checkpoint } | null
  readonly cleared: { readonly assessment: Assessment; readonly checkpoint: Checkpoint } | null
  readonly orders: readonly Order[]
  readonly elicitations: readonly Elicitation[]
}

/**
 * What is on record, kept in memory for as long as none of it changes: the gate of training asks at every checkpoint, and what it asks about
 * changes a few times a day. One short query says whether anything has.
 */
export class Facts {
  readonly #context: EvaluationContext
  readonly #frontier = new Frontier()
  readonly #held = new Map<string, { readonly version: number; readonly facts: LineFacts }>()

  constructor(context: EvaluationContext) {
    this.#context = context
  }

  /** @throws {AppError} NOT_FOUND for a model that is not registered */
  async of(model: string): Promise<LineFacts> {
    const { frontier, version } = await this.#frontier.of(this.#context.db.db, model)
    const held = this.#held.get(model)
    if (held?.version === version) return held.facts
    // Read after `version`: what has changed meanwhile is read again the next time.
    const facts = { ...(await this.#read(model)), frontier }
    this.#held.set(model, { version, facts })
    return facts
  }

  async #read(model: string): Promise<Omit<LineFacts, 'frontier'>> {
    const { registry, db } = this.#context
    const line = await registry.lines.get(model)
    const [open] = await list(db.db, ASSESSMENT, { model, state: 'open', order: 'latest', limit: 1 })
    const [cleared] = await list(db.db, ASSESSMENT, { model, state: 'cleared', order: 'latest', limit: 1 })
    const withCheckpoint = async (assessment: Assessment | undefined) =>
      assessment === undefined
        ? null
        : { assessment, checkpoint: await registry.checkpoints.get(assessment.checkpoint) }
    return {
      line,
      open: await withCheckpoint(open),
      cleared: await withCheckpoint(cleared),
      orders: await list(db.db, ORDER, { model, order: 'latest', limit: 100 }),
      elicitations: await registry.lines.elicitations(model),
    }
  }
}
