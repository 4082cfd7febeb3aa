import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { conflict, lineOf, notFound, type RegistryContext } from './context.ts'
import { CHECKPOINT, RUN } from './kinds.ts'
import { NewRun, type Run } from './schema.ts'

/** Training runs, declared before they begin. */
export class Runs {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /** @throws {AppError} NOT_FOUND for a model or parent that is not registered; CONFLICT for a name that stands, or a plan below its parent */
  declare(input: NewRun, by: Actor): Promise<Run> {
    const { model, run, parent, plannedFlops, safetyReview } = NewRun.parse(input)
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      await lineOf(db, model)
      const id = `${model}/${run}`
      if ((await records.find(db, RUN, id)) !== null) throw conflict(`the run ${id} is declared already`)
      if (parent !== null) {
        const from = await records.find(db, CHECKPOINT, parent)
        if (from === null) throw notFound(`the checkpoint ${parent}`)
        if (plannedFlops < from.flops)
          throw conflict(`plannedFlops are cumulative: ${parent} has ${from.flops} already`)
      }
      const at = iso(clock.now())
      const review = safetyReview === null ? null : { reference: safetyReview, by: by.id, at }
      const declared: Run = {
        ...{ id, model, run, parent, plannedFlops },
        ...{ safetyReview: review, declaredAt: at, declaredBy: by.id, endedAt: null },
      }
      const data = { plannedFlops, parent, reviewed: review !== null }
      const event = { kind: 'models.run_declared', subject: { type: 'run', id }, data }
      return { events: [event], puts: [put(RUN, declared)], result: declared }
    })
  }

  /** Where the safety review of a run is on record. The first stands. @throws {AppError} NOT_FOUND; CONFLICT when there is one */
  review(id: string, reference: string, by: Actor): Promise<Run> {
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      const run = await records.find(db, RUN, id)
      if (run === null) throw notFound(`the run ${id}`)
      if (run.safetyReview !== null) throw conflict(`its review is on record since ${run.safetyReview.at}`)
      const reviewed = { ...run, safetyReview: { reference, by: by.id, at: iso(clock.now()) } }
      return {
        events: [{ kind: 'models.run_reviewed', subject: { type: 'run', id } }],
        puts: [put(RUN, reviewed)],
        result: reviewed,
      }
    })
  }

  /** @param id model/run. @throws {AppError} NOT_FOUND; CONFLICT when it has ended */
  end(id: string, by: Actor): Promise<Run> {
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      const run = await records.find(db, RUN, id)
      if (run === null) throw notFound(`the run ${id}`)
      if (run.endedAt !== null) throw conflict(`the run ${id} ended at ${run.endedAt}`)
      const ended = { ...run, endedAt: iso(clock.now()) }
      return {
        events: [{ kind: 'models.run_ended', subject: { type: 'run', id } }],
        puts: [put(RUN, ended)],
        result: ended,
      }
    })
  }

  /** @param id model/run. null = nobody declared it */
  find(id: string): Promise<Run | null> {
    return records.find(this.#context.db.db, RUN, id)
  }

  list(model?: string): Promise<Run[]> {
    return records.list(this.#context.db.db, RUN, { model, limit: 1_000 })
  }
}
