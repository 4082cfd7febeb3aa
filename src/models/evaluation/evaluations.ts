import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import { modelsJournal } from '../records/index.ts'
import type { Registry } from '../registry/index.ts'
import { Assessments } from './assessments.ts'
import type { EvaluationContext } from './context.ts'
import type { Cadence } from './due/index.ts'
import { importLog } from './import/index.ts'
import { type CapabilityReport, reportDigest, reportOf } from './report.ts'
import type { Assessment, DueView, Result } from './schema.ts'
import { dueView, type Segment, Standings } from './standing.ts'
import { Suites } from './suites.ts'

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
    const views: DueView[] = []
    for (let after: string | undefined; ; ) {
      const { items, next } = await this.#context.registry.lines.list({ after, limit: 200 })
      for (const { model } of items) views.push(await this.due(model))
      if (next === null) return views
      after = next
    }
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
    const { passAt } = await this.suites.get(about.suite)
    const log = await importLog(path, { passAt, scorer: about.scorer })
    return this.assessments.keep(assessment, about, log, by)
  }

  /** Says what an assessment has come to, for good, on the report as it stands. */
  async conclude(id: string, by: Actor): Promise<Assessment> {
    const facts = await this.#reportFacts(id)
    return this.assessments.conclude(
      id,
      (assessment, verdict) => reportDigest(reportOf({ ...facts, assessment, verdict })),
      by,
    )
  }

  /** The capability report: as it was concluded on, or as it would be now. */
  async report(id: string): Promise<CapabilityReport> {
    const facts = await this.#reportFacts(id)
    const [assessment, verdict] = [await this.assessments.get(id), await this.assessments.verdict(id)]
    return reportOf({ ...facts, assessment, verdict })
  }

  async #reportFacts(id: string) {
    const assessment = await this.assessments.get(id)
    const suites = await Promise.all(assessment.suites.map((suite) => this.suites.get(suite)))
    const threats = (await this.suites.threats()).filter((threat) =>
      threat.suites.some((one) => assessment.suites.includes(one)),
    )
    const results = await this.assessments.results(id)
    const checkpoint = await this.#context.registry.checkpoints.get(assessment.checkpoint)
    return { suites, threats, results, checkpoint }
  }
}
