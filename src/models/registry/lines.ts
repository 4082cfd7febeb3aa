import { z } from 'zod'
import { iso } from '../../base/clock.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { conflict, lineOf, pastTime, type RegistryContext } from './context.ts'
import { ELICITATION, MODEL } from './kinds.ts'
import { CurveFamily, type Elicitation, Flops, type ModelLine, NewElicitation, NewModel, Words } from './schema.ts'

export const Extrapolation = z.strictObject({ toFlops: Flops, reason: Words(2_000) }).meta({ id: 'NewExtrapolation' })

/** Model lines: their curves, and what has become known of drawing more out of them. */
export class Lines {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /** @throws {AppError} CONFLICT for a name that stands already */
  register(input: NewModel, by: Actor): Promise<ModelLine> {
    const given = NewModel.parse(input)
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      if ((await records.find(db, MODEL, given.model)) !== null)
        throw conflict(`the model ${given.model} is registered already`)
      const line = newLine(given, clock.now(), by)
      return { events: [registered(line)], puts: [put(MODEL, line)], result: line }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  get(model: string): Promise<ModelLine> {
    return lineOf(this.#context.db.db, model)
  }

  async known(model: string): Promise<boolean> {
    return (await records.find(this.#context.db.db, MODEL, model)) !== null
  }

  async list({ after, limit }: PageQuery): Promise<Page<ModelLine>> {
    const page = await readPage(limit, async (most) => {
      const lines = await records.list(this.#context.db.db, MODEL, { after, limit: most })
      return lines.map((line) => ({ id: line.model, line }))
    })
    return { items: page.items.map(({ line }) => line), next: page.next }
  }

  /** The measured points that compute is read off from. A curve never lowers an estimate: the largest one counts. */
  setFamily(model: string, input: CurveFamily, by: Actor): Promise<ModelLine> {
    const family = CurveFamily.parse(input)
    const { journal } = this.#context
    return journal.make(by, async (db) => {
      const line = { ...(await lineOf(db, model)), family, extrapolation: null }
      const data = { points: family.points.length, lossSet: family.lossSet }
      const event = { kind: 'models.curve_set', subject: { type: 'model', id: model }, data }
      return { events: [event], puts: [put(MODEL, line)], result: line }
    })
  }

  /** The RSO lets the curve be read beyond its points, so far and no further. */
  allowExtrapolation(model: string, input: z.infer<typeof Extrapolation>, by: Actor): Promise<ModelLine> {
    const { toFlops, reason } = Extrapolation.parse(input)
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      const before = await lineOf(db, model)
      const line = { ...before, extrapolation: { toFlops, reason, by: by.id, at: iso(clock.now()) } }
      const event = { kind: 'models.extrapolation_allowed', subject: { type: 'model', id: model }, data: { toFlops } }
      return { events: [event], puts: [put(MODEL, line)], result: line }
    })
  }

  /** A method has become known that draws more out of models than they were assessed with. */
  noteElicitation(input: NewElicitation, by: Actor): Promise<Elicitation> {
    const given = NewElicitation.parse(input)
    const { clock, ids, journal } = this.#context
    const learnedAt = pastTime(clock, given.learnedAt, 'learnedAt')
    return journal.make(by, async (db) => {
      if (given.model !== null) await lineOf(db, given.model)
      const { model, method, factor, title } = given
      const recordedAt = iso(clock.now())
      const noted = { id: ids.next('eli'), model, method, factor, title, learnedAt, recordedAt, recordedBy: by.id }
      const data = { model, method, factor, learnedAt }
      const event = { kind: 'models.elicitation_noted', subject: { type: 'elicitation', id: noted.id }, data }
      return { events: [event], puts: [put(ELICITATION, noted)], result: noted }
    })
  }

  /** Methods that concern a model, oldest first: its own and those of all. */
  async elicitations(model: string): Promise<Elicitation[]> {
    return (await this.allElicitations()).filter((one) => one.model === null || one.model === model)
  }

  /** Whomever they concern. */
  allElicitations(): Promise<Elicitation[]> {
    return records.list(this.#context.db.db, ELICITATION)
  }
}

export function newLine(input: NewModel, nowMs: number, by: Actor): ModelLine {
  const { model, title = model, multiplier } = NewModel.parse(input)
  const registeredAt = iso(nowMs)
  return { model, title, multiplier, family: null, extrapolation: null, registeredAt, registeredBy: by.id }
}

export function registered({ model, multiplier }: ModelLine): Happening {
  return { kind: 'models.registered', subject: { type: 'model', id: model }, data: { multiplier } }
}
