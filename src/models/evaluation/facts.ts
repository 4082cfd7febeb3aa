import { records } from '../records/index.ts'
import type { Checkpoint, Elicitation, ModelLine, Registry } from '../registry/index.ts'
import type { EvaluationContext } from './context.ts'
import { Frontier, type FrontierLine } from './frontier.ts'
import { ASSESSMENT, ORDER } from './kinds.ts'
import type { Assessment, Order } from './schema.ts'

/** What is on record of a model line, as far as it is asked whether an evaluation is due. */
export interface LineFacts {
  readonly line: ModelLine
  /** The first checkpoint, and those of which one has grown most; null without any. */
  readonly frontier: FrontierLine | null
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
  readonly #frontier: Frontier
  readonly #held = new Map<string, { readonly version: number; readonly facts: Promise<LineFacts> }>()

  constructor(context: EvaluationContext) {
    this.#context = context
    this.#frontier = new Frontier(context.db.db)
  }

  /** @throws {AppError} NOT_FOUND for a model that is not registered */
  async of(model: string): Promise<LineFacts> {
    const { frontier, version } = await this.#frontier.of(model)
    const held = this.#held.get(model)
    if (held?.version === version) return held.facts
    // Read after `version`: what has changed meanwhile is read again the next time.
    const facts = this.#read(model).then((read) => ({ ...read, frontier }))
    this.#held.set(model, { version, facts })
    try {
      return await facts
    } catch (error) {
      this.#held.delete(model)
      throw error
    }
  }

  /** Of every model line, oldest name first: by a number of queries that doesn't grow with theirs. */
  async all(): Promise<LineFacts[]> {
    const { registry, db } = this.#context
    const { lines: frontiers, version } = await this.#frontier.all()
    const open = newestOf(await records.list(db.db, ASSESSMENT, { state: 'open', order: 'latest' }))
    const cleared = newestOf(await records.list(db.db, ASSESSMENT, { state: 'cleared', order: 'latest' }))
    const orders = Map.groupBy(await records.list(db.db, ORDER, { order: 'latest' }), ({ model }) => model)
    const elicitations = await registry.lines.allElicitations()
    const assessed = [...open.values(), ...cleared.values()].map(({ checkpoint }) => checkpoint)
    const checkpoints = await registry.checkpoints.many(assessed)
    const looking = (assessment: Assessment | undefined) => {
      const checkpoint = checkpoints.get(assessment?.checkpoint ?? '')
      return assessment === undefined || checkpoint === undefined ? null : { assessment, checkpoint }
    }
    const all: LineFacts[] = []
    for (const line of await everyLine(registry)) {
      const { model } = line
      const facts: LineFacts = {
        ...{ line, frontier: frontiers.get(model) ?? null },
        ...{ open: looking(open.get(model)), cleared: looking(cleared.get(model)) },
        orders: (orders.get(model) ?? []).slice(0, MOST_ORDERS),
        elicitations: elicitations.filter((one) => one.model === null || one.model === model),
      }
      this.#held.set(model, { version, facts: Promise.resolve(facts) })
      all.push(facts)
    }
    return all
  }

  async #read(model: string): Promise<Omit<LineFacts, 'frontier'>> {
    const { registry, db } = this.#context
    const line = await registry.lines.get(model)
    const [open] = await records.list(db.db, ASSESSMENT, { model, state: 'open', order: 'latest', limit: 1 })
    const [cleared] = await records.list(db.db, ASSESSMENT, { model, state: 'cleared', order: 'latest', limit: 1 })
    const withCheckpoint = async (assessment: Assessment | undefined) =>
      assessment === undefined
        ? null
        : { assessment, checkpoint: await registry.checkpoints.get(assessment.checkpoint) }
    return {
      line,
      open: await withCheckpoint(open),
      cleared: await withCheckpoint(cleared),
      orders: await records.list(db.db, ORDER, { model, order: 'latest', limit: MOST_ORDERS }),
      elicitations: await registry.lines.elicitations(model),
    }
  }
}

const MOST_ORDERS = 100
const LINES_AT_ONCE = 1_000

async function everyLine({ lines }: Registry): Promise<ModelLine[]> {
  const all: ModelLine[] = []
  for (let after: string | undefined; ; ) {
    const { items, next } = await lines.list({ after, limit: LINES_AT_ONCE })
    all.push(...items)
    if (next === null) return all
    after = next
  }
}

/** The first of each model, of a list that begins with the newest. */
function newestOf(assessments: readonly Assessment[]): Map<string, Assessment> {
  const newest = new Map<string, Assessment>()
  for (const one of assessments) if (!newest.has(one.model)) newest.set(one.model, one)
  return newest
}
