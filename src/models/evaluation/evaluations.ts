import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db, DbHandle } from '../../db/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import { modelsJournal, records } from '../records/index.ts'
import type { Registry } from '../registry/index.ts'
import { Assessments } from './assessments.ts'
import { type EvaluationContext, get, notFound } from './context.ts'
import { doubtsOf } from './doubts.ts'
import type { Cadence } from './due/index.ts'
import { importLog } from './import/index.ts'
import { DEVIATION, FORECAST, REPORT, RESULT, SUITE, THREAT } from './kinds.ts'
import { CapabilityReport, reportOf } from './report.ts'
import type { Assessment, DueView, Result, Suite } from './schema.ts'
import { dueView, type Segment, Standings } from './standing.ts'
import { Suites } from './suites.ts'
import { type Timeline, timelineOf } from './timeline.ts'

export interface EvaluationsDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly registry: Registry
  readonly cadence: Cadence
}

/** Whether a model may be able to more than it was held to be: what is due, what was found, what it comes to. */
export class Evaluations {
  readonly suites: Suites
  readonly assessments: Assessments
  readonly standings: Standings
  readonly #context: EvaluationContext

  private constructor(context: EvaluationContext) {
    this.#context = context
    this.standings = new Standings(context)
    this.suites = new Suites(context)
    this.assessments = new Assessments(context, this.standings)
  }

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open({ db, ledger, clock, ids, registry, cadence }: EvaluationsDeps): Promise<Evaluations> {
    const journal = modelsJournal('models.evaluation', { db: db.db, ledger, clock, ids })
    await journal.recover()
    return new Evaluations({ db, journal, clock, ids, registry, cadence })
  }

  get cadence(): Cadence {
    return this.#context.cadence
  }

  /** @throws {AppError} NOT_FOUND for a model that is not registered */
  async due(model: string): Promise<DueView> {
    return dueView(this.#context, await this.standings.of(model))
  }

  /** Of every model line. */
  async dueList(): Promise<DueView[]> {
    return (await this.standings.all()).map((standing) => dueView(this.#context, standing))
  }

  /** A model line as it is drawn. @throws {AppError} NOT_FOUND for a model that is not registered */
  timeline(model: string): Promise<Timeline> {
    return timelineOf(this.#context, this.standings, model)
  }

  /** Whether a segment may be trained, as of what is on record; signs nothing. @throws {AppError} NOT_FOUND */
  async segment(segment: Segment) {
    const { answer, standing, endKHi } = await this.standings.segment(segment)
    return { answer, due: dueView(this.#context, standing), endKHi }
  }

  /** Reads a file of results into an assessment. @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT */
  async importFile(
    assessment: string,
    path: string,
    about: { readonly suite: string; readonly snapshot: string; readonly scorer: string | null },
    by: Actor,
  ): Promise<Result> {
    const suite = await this.suites.get(about.suite)
    const { checkpoint } = await this.assessments.get(assessment)
    const { takenAt } = await this.#context.registry.checkpoints.get(checkpoint)
    const log = await importLog(path, { passAt: suite.passAt, scorer: about.scorer })
    const doubts = doubtsOf(log, suite, { takenAt, nowMs: this.#context.clock.now() })
    return this.assessments.keep(assessment, about, { ...log, flags: [...log.flags, ...doubts] }, by)
  }

  /** Says what an assessment has come to, for good, on the report as it stands. */
  async conclude(id: string, by: Actor): Promise<Assessment> {
    const { model, checkpoint } = await this.assessments.get(id)
    const fixed = await this.#fixedFacts(model, checkpoint)
    return this.assessments.conclude(
      id,
      async (db, assessment, verdict) =>
        reportOf({ ...fixed, ...(await recordedFacts(db, assessment)), assessment, verdict }),
      by,
    )
  }

  /** The capability report: as it was concluded on, or as it would be now. */
  async report(id: string): Promise<CapabilityReport> {
    const { db } = this.#context.db
    const kept = await records.find(db, REPORT, id)
    if (kept !== null) return CapabilityReport.parse(JSON.parse(kept.text))
    const [assessment, verdict] = [await this.assessments.get(id), await this.assessments.verdict(id)]
    const fixed = await this.#fixedFacts(assessment.model, assessment.checkpoint)
    return reportOf({ ...fixed, ...(await recordedFacts(db, assessment)), assessment, verdict })
  }

  /**
   * What compute to come is expected to come to, as far as the curve may be read.
   *
   * @param planned FLOP, cumulative, or the run whose plan says so; the open run that is planned furthest, when left out.
   * @throws {AppError} NOT_FOUND for a model, or a run, that is not registered
   */
  async forecast(model: string, planned: { readonly flops?: number | undefined; readonly run?: string | undefined }) {
    const { runs } = this.#context.registry
    const standing = await this.standings.of(model)
    if (planned.flops !== undefined) return this.standings.forecast(standing, planned.flops)
    if (planned.run !== undefined) {
      const run = await runs.find(`${model}/${planned.run}`)
      if (run === null) throw notFound(`run ${model}/${planned.run}`)
      return this.standings.forecast(standing, run.plannedFlops)
    }
    const open = (await runs.list(model)).filter(({ endedAt }) => endedAt === null)
    const furthest = open.length === 0 ? null : Math.max(...open.map(({ plannedFlops }) => plannedFlops))
    return this.standings.forecast(standing, furthest)
  }

  async #fixedFacts(model: string, checkpoint: string) {
    const taken = await this.#context.registry.checkpoints.get(checkpoint)
    return { checkpoint: taken, forecast: await this.forecast(model, {}) }
  }
}

/** What a report is made of that others may change meanwhile: read while nobody does. */
async function recordedFacts(db: Db, { id, model, suites: names }: Assessment) {
  const suites: Suite[] = []
  for (const name of names) suites.push(await get(db, SUITE, name))
  const threats = (await records.list(db, THREAT, { limit: 1_000 })).filter(({ suites: led }) =>
    led.some((one) => names.includes(one)),
  )
  const results = await records.list(db, RESULT, { about: id })
  const forecasts = await records.list(db, FORECAST, { model, order: 'latest', limit: 20 })
  const superseded = new Set(suites.map(({ suite }) => suite))
  const deviations = (await records.list(db, DEVIATION, { order: 'latest', limit: 1_000 })).filter(
    (one) => one.model === model || (one.suite !== undefined && superseded.has(one.suite)),
  )
  return { suites, threats, results, forecasts, deviations }
}
