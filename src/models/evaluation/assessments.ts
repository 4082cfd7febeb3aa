import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { Checkpoint } from '../registry/index.ts'
import { conflict, deviation, type EvaluationContext, get } from './context.ts'
import { addMonths } from './due/index.ts'
import type { ParsedLog } from './import/index.ts'
import { type AssessmentVerdict, judgeAssessment, knownFile, pack, suiteTasks } from './judging.ts'
import { ASSESSMENT, DEVIATION, FORECAST, REPORT, RESULT, SUITE, TALLY } from './kinds.ts'
import { type CapabilityReport, reportDigest } from './report.ts'
import {
  type Assessment,
  type Deviation,
  type KeptVouched,
  NewAssessment,
  NewReceipt,
  NewShowing,
  type Result,
  type ShowingName,
  VouchedInput,
} from './schema.ts'
import type { Standing, Standings } from './standing.ts'
import { judgeSuite, totalsOf } from './verdict/index.ts'

/** Told when something is known that others act on. Must not throw. */
export interface EvaluationNews {
  /** Results met a line, or an assessment was concluded. */
  readonly kind: 'line_met' | 'concluded' | 'cleared'
  readonly assessment: Assessment
}

/** Comprehensive assessments, from the day they are opened until they are cleared. */
export class Assessments {
  readonly #context: EvaluationContext
  readonly #standings: Standings
  readonly #listeners = new Set<(news: EvaluationNews) => void>()

  constructor(context: EvaluationContext, standings: Standings) {
    this.#context = context
    this.#standings = standings
  }

  listen(listener: (news: EvaluationNews) => void): void {
    this.#listeners.add(listener)
  }

  /**
   * Begins one, of a checkpoint that is on record. What it will be worth counts from now: methods that become known later were not in it.
   *
   * @throws {AppError} NOT_FOUND; CONFLICT while another of the model is open
   */
  async open(input: Parameters<typeof NewAssessment.parse>[0], by: Actor): Promise<Assessment> {
    const { checkpoint, suites } = NewAssessment.parse(input)
    const { clock, ids, journal, registry } = this.#context
    const taken = await registry.checkpoints.get(checkpoint)
    const { model } = taken
    const standing = await this.#standings.of(model)
    return journal.make(by, async (db) => {
      for (const suite of suites) await get(db, SUITE, suite)
      const [other] = await records.list(db, ASSESSMENT, { model, state: 'open', limit: 1 })
      if (other !== undefined) throw conflict(`${other.id} of this model is open: conclude or withdraw it first`)
      const now = clock.now()
      const lateness = lateWords(standing, this.#context.cadence.interval, now)
      const unforeseen = await unforeseenWords(db, taken)
      const assessment: Assessment = {
        ...{ id: ids.next('asm'), model, checkpoint, suites: [...new Set(suites)], state: 'open' },
        ...{ openedAt: iso(now), openedBy: by.id, targetAt: iso(addMonths(now, 1)) },
        ...{ reasons: standing.due.reasons.map(({ rule }) => rule), late: lateness !== null },
        showings: { threatModels: null, evaluations: null, elicitation: null, forecast: null },
        ...{ vouched: {}, lineMet: null, verdict: null, missing: [], reportDigest: null },
        ...{ concludedAt: null, concludedBy: null, decision: null, receipts: [], clearedAt: null },
      }
      const data = { model, checkpoint, suites: assessment.suites, reasons: assessment.reasons, late: assessment.late }
      const opened = this.#event('evaluations.assessment_opened', assessment, data)
      const deviations = [
        ...(lateness === null ? [] : [deviation(this.#context, by, { model, kind: 'late', words: lateness })]),
        ...(unforeseen === null
          ? []
          : [deviation(this.#context, by, { model, kind: 'no_forecast', words: unforeseen })]),
      ]
      return {
        events: [opened, ...deviations.map(({ event }) => event)],
        puts: [put(ASSESSMENT, assessment), ...deviations.map(({ row }) => row)],
        result: assessment,
      }
    })
  }

  /** Keeps what was read from a file of results. @throws {AppError} NOT_FOUND, CONFLICT for a file that stands there, or when it is closed */
  async keep(
    id: string,
    { suite: name, snapshot }: { suite: string; snapshot: string },
    log: ParsedLog,
    by: Actor,
  ): Promise<Result> {
    const { clock, ids, journal } = this.#context
    const { result, met } = await journal.make(by, async (db) => {
      const assessment = await this.#opened(db, id)
      if (!assessment.suites.includes(name)) throw conflict(`${id} does not ask for the suite ${name}`)
      const known = await knownFile(db, id, log.fileDigest)
      if (known !== null) throw conflict(`this file is in ${id} already, as ${known.id}`)
      const suite = await get(db, SUITE, name)
      const at = iso(clock.now())
      const verdict = judgeSuite(suiteTasks(suite), log.tallies)
      const result: Result = {
        ...{ id: ids.next('res'), assessment: id, model: assessment.model, suite: name, snapshot },
        ...{ format: log.format, fileDigest: log.fileDigest, beganAt: log.beganAt, triedModel: log.triedModel },
        ...{
          totals: totalsOf(log.tallies),
          flags: [...log.flags],
          verdict: { ...verdict, missing: [...verdict.missing] },
        },
        ...{ importedAt: at, importedBy: by.id },
      }
      const isFirst = verdict.verdict === 'MET' && assessment.lineMet === null
      const next = isFirst ? { ...assessment, lineMet: { suite: name, result: result.id, at } } : assessment
      const events: Happening[] = [
        {
          kind: 'evaluations.results_imported',
          subject: { type: 'result', id: result.id },
          digests: { file: log.fileDigest },
          data: {
            assessment: id,
            suite: name,
            snapshot,
            format: log.format,
            verdict: verdict.verdict,
            ...result.totals,
          },
        },
      ]
      if (isFirst)
        events.push(this.#event('evaluations.line_met', next, { model: next.model, suite: name, result: result.id }))
      const tally = { result: result.id, at, packed: pack(log.tallies) }
      const puts = [put(RESULT, result), put(TALLY, tally), put(ASSESSMENT, next)]
      return { events, puts, result: { result, met: isFirst ? next : null } }
    })
    if (met !== null) this.#tell({ kind: 'line_met', assessment: met })
    return result
  }

  /** What people answer for about the results of one suite, by name. What is left out stays as it was. */
  vouch(id: string, suite: string, input: VouchedInput, by: Actor): Promise<Assessment> {
    const { elicitation, transcripts, contamination, grader, spend } = VouchedInput.parse(input)
    return this.#change(id, by, 'evaluations.vouched', { suite }, (assessment) => {
      if (!assessment.suites.includes(suite)) throw conflict(`${id} does not ask for the suite ${suite}`)
      const before = assessment.vouched[suite]
      const vouched: KeptVouched = {
        elicitation: elicitation ?? before?.elicitation ?? null,
        transcripts: transcripts ?? before?.transcripts ?? null,
        contamination: contamination ?? before?.contamination ?? null,
        grader: grader ?? before?.grader ?? null,
        spend: spend === undefined ? (before?.spend ?? null) : { ...spend, earlyStop: spend.earlyStop ?? null },
        by: [...new Set([...(before?.by ?? []), by.id])],
      }
      return { ...assessment, vouched: { ...assessment.vouched, [suite]: vouched } }
    })
  }

  show(id: string, name: ShowingName, input: Parameters<typeof NewShowing.parse>[0], by: Actor): Promise<Assessment> {
    const { words, evidence } = NewShowing.parse(input)
    return this.#change(id, by, 'evaluations.showing_made', { showing: name, evidence }, (assessment, at) => ({
      ...assessment,
      showings: { ...assessment.showings, [name]: { words, evidence, madeAt: at, madeBy: by.id } },
    }))
  }

  /** What it would come to now. */
  async verdict(id: string): Promise<AssessmentVerdict> {
    const { db } = this.#context
    return judgeAssessment(db.db, await get(db.db, ASSESSMENT, id))
  }

  /** Says what it has come to, for good, and keeps the report of it. @param reportFor from what stands at that moment, read by `db` */
  async conclude(
    id: string,
    reportFor: (db: Db, assessment: Assessment, verdict: AssessmentVerdict) => Promise<CapabilityReport>,
    by: Actor,
  ): Promise<Assessment> {
    const { clock, journal } = this.#context
    const concluded = await journal.make(by, async (db) => {
      const assessment = await this.#opened(db, id)
      const judged = await judgeAssessment(db, assessment)
      const at = iso(clock.now())
      if (at < assessment.openedAt) {
        // Whether it is late could not be told, and what is counted from it would lie before it began.
        throw conflict(`the clock says ${at}, before ${id} was opened (${assessment.openedAt}): set it right`)
      }
      const late = at > assessment.targetAt
      const next: Assessment = {
        ...assessment,
        ...{ state: 'concluded', verdict: judged.verdict, missing: [...judged.missing], concludedAt: at },
        ...{ concludedBy: by.id, late: assessment.late || late },
      }
      const report = await reportFor(db, next, judged)
      const digest = reportDigest(report)
      const result = { ...next, reportDigest: digest }
      const kept = put(REPORT, { assessment: id, model: next.model, at, text: JSON.stringify(report) })
      const data = {
        model: next.model,
        verdict: judged.verdict,
        missing: [...new Set(judged.missing.map(({ code }) => code))],
      }
      const event = { ...this.#event('evaluations.concluded', result, data), digests: { report: digest } }
      if (!late) return { events: [event], puts: [put(ASSESSMENT, result), kept], result }
      const words = `${id} was concluded after its target of ${assessment.targetAt}`
      const deviated = deviation(this.#context, by, { model: next.model, kind: 'late', words })
      return { events: [event, deviated.event], puts: [put(ASSESSMENT, result), kept, deviated.row], result }
    })
    this.#tell({ kind: 'concluded', assessment: concluded })
    return concluded
  }

  /** Ends one without a verdict: nothing is counted from it. One whose results met a line can't be. */
  withdraw(id: string, by: Actor): Promise<Assessment> {
    return this.#change(id, by, 'evaluations.assessment_withdrawn', {}, (assessment) => {
      if (assessment.lineMet !== null) throw conflict('its results met a line: conclude it')
      return { ...assessment, state: 'withdrawn' }
    })
  }

  /** @throws {AppError} CONFLICT unless it was concluded as BELOW on this very report */
  async checkDecidable(id: string, reportDigest: string): Promise<Assessment> {
    return decidable(await get(this.#context.db.db, ASSESSMENT, id), reportDigest)
  }

  /** Two people have agreed: the CEO and the Responsible Scaling Officer. */
  async decide(
    id: string,
    reportDigest: string,
    approved: { id: string; people: readonly string[] },
    by: Actor,
  ): Promise<void> {
    const { clock, journal } = this.#context
    await journal.make(by, async (db) => {
      const assessment = await get(db, ASSESSMENT, id)
      if (assessment.decision?.approval === approved.id) return { events: [], result: undefined }
      decidable(assessment, reportDigest)
      const decision = { approval: approved.id, people: [...approved.people], decidedAt: iso(clock.now()) }
      const next: Assessment = { ...assessment, state: 'decided', decision }
      const data = { model: next.model, approval: approved.id, people: decision.people }
      return {
        events: [this.#event('evaluations.decided', next, data)],
        puts: [put(ASSESSMENT, next)],
        result: undefined,
      }
    })
  }

  /** Says that a governing body has the decision and the report. Cleared once the board has. */
  async deliver(id: string, input: Parameters<typeof NewReceipt.parse>[0], by: Actor): Promise<Assessment> {
    const { body, reference } = NewReceipt.parse(input)
    const { clock, journal } = this.#context
    const next = await journal.make(by, async (db) => {
      const assessment = await get(db, ASSESSMENT, id)
      if (assessment.decision === null)
        throw conflict(`${id} is ${assessment.state}: the CEO and the RSO decide on it first`)
      const at = iso(clock.now())
      const receipts = [...assessment.receipts, { body, reference, at, by: by.id }]
      const cleared = assessment.state === 'decided' && receipts.some((receipt) => receipt.body === 'board')
      const result: Assessment = { ...assessment, receipts, ...(cleared ? { state: 'cleared', clearedAt: at } : {}) }
      const events = [this.#event('evaluations.delivered', result, { body })]
      if (cleared)
        events.push(this.#event('evaluations.cleared', result, { model: result.model, checkpoint: result.checkpoint }))
      return { events, puts: [put(ASSESSMENT, result)], result }
    })
    if (next.state === 'cleared') this.#tell({ kind: 'cleared', assessment: next })
    return next
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Assessment> {
    return get(this.#context.db.db, ASSESSMENT, id)
  }

  list({
    model,
    state,
    after,
    limit,
  }: PageQuery & { model?: string | undefined; state?: string | undefined }): Promise<Page<Assessment>> {
    return readPage(limit, (most) =>
      records.list(this.#context.db.db, ASSESSMENT, { model, state, after, limit: most }),
    )
  }

  results(id: string): Promise<Result[]> {
    return records.list(this.#context.db.db, RESULT, { about: id })
  }

  /** Newest first. */
  deviations(model?: string): Promise<Deviation[]> {
    return records.list(this.#context.db.db, DEVIATION, { model, order: 'latest', limit: 200 })
  }

  #change(
    id: string,
    by: Actor,
    kind: string,
    data: NonNullable<Happening['data']>,
    next: (assessment: Assessment, at: string) => Assessment,
  ): Promise<Assessment> {
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      const result = next(await this.#opened(db, id), iso(clock.now()))
      return { events: [this.#event(kind, result, data)], puts: [put(ASSESSMENT, result)], result }
    })
  }

  async #opened(db: Db, id: string): Promise<Assessment> {
    const assessment = await get(db, ASSESSMENT, id)
    if (assessment.state !== 'open') throw conflict(`${id} is ${assessment.state}: open a new assessment`)
    return assessment
  }

  #event(kind: string, { id }: Assessment, data: NonNullable<Happening['data']>): Happening {
    return { kind, subject: { type: 'assessment', id }, data }
  }

  #tell(news: EvaluationNews): void {
    for (const listener of this.#listeners) listener(news)
  }
}

function decidable(assessment: Assessment, reportDigest: string): Assessment {
  const { id, state, verdict } = assessment
  if (state !== 'concluded') throw conflict(`${id} is ${state}: only what is concluded is decided on`)
  if (verdict !== 'BELOW') throw conflict(`${id} came to ${verdict}: what isn't shown to be below counts as crossed`)
  if (assessment.reportDigest !== reportDigest)
    throw new AppError('CONFLICT', 'the report is another one: read it again')
  return assessment
}

/** Before a run somebody writes down what is expected of it (RSP 1.0); null = somebody has, or it belongs to none. */
async function unforeseenWords(db: Db, { id, model, run, takenAt }: Checkpoint): Promise<string | null> {
  if (run === null) return null
  const forecasts = await records.list(db, FORECAST, { model, about: run })
  if (forecasts.some(({ madeAt }) => madeAt <= takenAt)) return null
  return `nobody had written down what was expected of the run ${run} before ${id} was taken`
}

/** What makes it late already, in words; null = it is in time. */
function lateWords({ due, reference }: Standing, interval: number, nowMs: number): string | null {
  if (reference === null) return null
  const { kHi, calendarMs } = due
  const late: string[] = []
  if (kHi !== null && !(kHi <= interval)) late.push(`compute had grown beyond ${interval} times`)
  if (calendarMs !== null && nowMs > calendarMs) late.push(`it was due on ${iso(calendarMs).slice(0, 10)}`)
  return late.length === 0 ? null : `the assessment was opened late: ${late.join('; ')}`
}
