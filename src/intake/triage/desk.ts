import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put, type SealedText } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { conflict, DAY_MS, notFound } from '../context.ts'
import type { Change } from '../journal.ts'
import { REPORT } from '../kinds.ts'
import { closed, confirmed, givenBack, mitigated, reopened, taken } from '../reports/report-machine.ts'
import type { Report } from '../schema.ts'
import { records } from '../store.ts'
import type { TriageContext } from './context.ts'
import { ReportAct, type SeverityInput } from './inputs.ts'
import { REPRODUCTION, TRIAGE } from './kinds.ts'
import { freshTriage, type Remedy, type Triage } from './schema.ts'
import { severityOf } from './severity.ts'
import { reproducibilityOf } from './severity-factors.ts'
import { sharesOf } from './statistics.ts'
import { tallyOf } from './tally.ts'

export interface Worked {
  readonly report: Report
  readonly triage: Triage
}

/** What an act comes to. */
interface Step {
  readonly report: Report
  readonly triage: Triage
  readonly event: Omit<Happening, 'subject'> | null
  readonly texts?: readonly SealedText[]
}

/** Works on reports: one act at a time, each on the ledger before it is in effect. */
export class Desk {
  readonly #context: TriageContext

  constructor(context: TriageContext) {
    this.#context = context
  }

  /** @throws {AppError} NOT_FOUND */
  async find(id: string): Promise<Worked> {
    return this.#find(this.#context.db.db, id)
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT, FORBIDDEN, LEDGER_UNAVAILABLE */
  async act(id: string, input: unknown, by: Actor): Promise<Worked> {
    const act = ReportAct.parse(input)
    const remedy = act.act === 'mitigate' ? await this.#remedy(act.remedy, by) : null
    return this.change(id, by, (worked, db) => this.#step(worked, act, by, remedy, db))
  }

  /** Changes a report and what triage knows of it together. */
  change(id: string, by: Actor, step: (worked: Worked, db: Db) => Step | Promise<Step>): Promise<Worked> {
    return this.#context.journal.make(by, async (db): Promise<Change<Worked>> => {
      const { report, triage, event, texts = [] } = await step(await this.#find(db, id), db)
      const result = { report, triage }
      if (event === null) return { events: [], result }
      return {
        events: [{ ...event, subject: { type: 'report', id: report.id } }],
        puts: [put(REPORT, report), put(TRIAGE, triage)],
        texts,
        result,
      }
    })
  }

  seal(id: string, part: string, text: string): SealedText {
    return this.#context.texts.seal(id, part, text)
  }

  async #step({ report, triage }: Worked, act: ReportAct, by: Actor, remedy: Remedy | null, db: Db): Promise<Step> {
    const nowMs = this.#context.clock.now()
    const same = { report, triage }
    switch (act.act) {
      case 'take': {
        const next = taken(report, by.id, nowMs)
        return { triage, report: next, event: next === report ? null : happened('taken') }
      }
      case 'give_back':
        return { triage, report: givenBack(report, by.id, nowMs), event: happened('given_back') }
      case 'assess':
        return this.#assessed(same, act.severity, by, 'assessed', db)
      case 'confirm':
        return this.#assessed({ triage, report: confirmed(report, nowMs) }, act.severity, by, 'confirmed', db)
      case 'duplicate':
        return this.#duplicate(same, act.of, db)
      case 'close': {
        const next = closed(report, { as: act.as, nowMs, eraseMs: this.#eraseMs(report) })
        const texts = act.words === null ? [] : [this.seal(report.id, 'closing', act.words)]
        return { triage, report: next, texts, event: happened('closed', { as: act.as }) }
      }
      case 'reopen':
        return {
          report: reopened(report, nowMs),
          triage: { ...triage, duplicateOf: null, remedy: null },
          texts: [this.seal(report.id, `reopening/${iso(nowMs)}`, act.words)],
          event: happened('reopened', { was: report.closedAs }),
        }
      case 'mitigate': {
        if (remedy === null) throw new Error('a mitigation without its remedy')
        const { kind, reference, digest } = remedy
        return {
          report: mitigated(report, nowMs),
          triage: { ...triage, remedy },
          texts: [this.seal(report.id, 'remedy', act.remedy.words)],
          event: happened('mitigated', { remedy: kind, reference, digest }),
        }
      }
      case 'aware': {
        if (Date.parse(act.at) > Date.parse(report.receivedAt))
          throw conflict('one was aware of it at the latest when the report came')
        const awareAt = iso(Date.parse(act.at))
        const texts = [this.seal(report.id, 'awareness', act.words)]
        return { report, texts, triage: { ...triage, awareAt }, event: happened('aware', { at: awareAt }) }
      }
      case 'duty':
      case 'duty_done':
        return dutyStep(same, act, by, nowMs)
    }
  }

  /** How grave it is: by the factors, or with words by a person. */
  async #assessed(
    { report, triage }: Worked,
    { factors: given, reproduction, override }: SeverityInput,
    by: Actor,
    kind: 'assessed' | 'confirmed',
    db: Db,
  ): Promise<Step> {
    if (report.state === 'closed' || report.state === 'received')
      throw conflict(`take this report before you assess it: it is ${report.state}`)
    const at = iso(this.#context.clock.now())
    const factors =
      reproduction === null ? given : { ...given, reproducibility: await this.#measured(report.id, reproduction, db) }
    const { score, band } = severityOf(factors, report.category)
    const next: Triage = {
      ...triage,
      factors,
      reproduction,
      assessed: { by: by.id, at },
      override: override === null ? null : { band: override.band, by: by.id, at },
    }
    const data = { score, computed: band, band: override?.band ?? band, ...factors, reproduction }
    const texts = override === null ? [] : [this.seal(report.id, 'severity', override.words)]
    return { report, texts, triage: next, event: happened(kind, data) }
  }

  /** @throws {AppError} NOT_FOUND; CONFLICT: it has not come to an end, or is of another report */
  async #measured(report: string, id: string, db: Db) {
    const found = await records.find(db, REPRODUCTION, id)
    if (found === null) throw notFound('reproduction')
    if (found.report !== report || found.state !== 'done')
      throw conflict('this reproduction is not one of this report that has ended')
    return reproducibilityOf(sharesOf(tallyOf(found)).errorsHarmful.low)
  }

  /** Who reported it first keeps the credit: what points to a duplicate points on to what that is a duplicate of. */
  async #duplicate({ report, triage }: Worked, of: string, db: Db): Promise<Step> {
    const nowMs = this.#context.clock.now()
    const other = await this.#find(db, of)
    const first = other.triage.duplicateOf === null ? other : await this.#find(db, other.triage.duplicateOf)
    if (first.report.id === report.id) throw conflict('a report is no duplicate of itself')
    if (first.report.id > report.id) throw conflict('the earlier report stays: close the later one as its duplicate')
    if (first.report.closedAs === 'spam' || first.report.closedAs === 'withdrawn')
      throw conflict(`the other report is closed: ${first.report.closedAs}`)
    const pointing = await records.list(db, TRIAGE, { about: report.id, limit: 1 })
    if (pointing.length > 0) throw conflict('other reports are duplicates of this one')
    return {
      report: closed(report, { as: 'duplicate', nowMs, eraseMs: this.#eraseMs(report) }),
      triage: { ...triage, duplicateOf: first.report.id },
      event: happened('closed', { as: 'duplicate', of: first.report.id }),
    }
  }

  /** What it names must be there, where it can be looked up. @throws {AppError} NOT_FOUND */
  async #remedy({ kind, reference }: { kind: Remedy['kind']; reference: string }, by: Actor): Promise<Remedy> {
    const { links, clock, judging } = this.#context
    const at = iso(clock.now())
    if (kind === 'configuration') return { kind, reference, digest: null, at, by: by.id }
    if (kind === 'classifier') {
      if (reference !== judging.classifierId)
        throw new AppError(
          'NOT_FOUND',
          `the classifier in use is ${judging.classifierId}: a remedy names what is in use`,
        )
      return { kind, reference, digest: reference.split('@')[1] ?? null, at, by: by.id }
    }
    const found = await (kind === 'policy' ? links.policyVersion(reference) : links.checkpoint(reference))
    if (found === null) throw notFound(kind === 'policy' ? 'version of the policy' : 'checkpoint')
    return { kind, reference: found.id, digest: found.digest, at, by: by.id }
  }

  #eraseMs({ channel }: Report): number {
    const { config, clock } = this.#context
    return clock.now() + (channel === 'flag' ? config.flagRetentionDays : config.retentionDays) * DAY_MS
  }

  async #find(db: Db, id: string): Promise<Worked> {
    const report = await records.find(db, REPORT, id.slice(0, 100))
    if (report === null) throw notFound('report')
    const triage = (await records.find(db, TRIAGE, report.id)) ?? freshTriage(report.id, report.receivedAt)
    return { report, triage }
  }
}

function happened(kind: string, data: NonNullable<Happening['data']> = {}): Omit<Happening, 'subject'> {
  return { kind: `intake.report_${kind}`, data }
}

/** Whether a duty to tell an authority applies is for people to say; that it was done is on record. */
function dutyStep(
  { report, triage }: Worked,
  act: Extract<ReportAct, { act: 'duty' | 'duty_done' }>,
  by: Actor,
  nowMs: number,
): Step {
  const known = triage.duties.find(({ id }) => id === act.id)
  if (act.act === 'duty_done') {
    if (known === undefined) throw conflict('this duty was not said to apply')
    if (Date.parse(act.at) > nowMs) throw conflict('that is in the future')
    const reportedAt = iso(Date.parse(act.at))
    const duties = triage.duties.map((one) => (one.id === act.id ? { ...one, reportedAt } : one))
    return { report, triage: { ...triage, duties }, event: happened('duty_done', { duty: act.id, at: reportedAt }) }
  }
  if (act.on === (known !== undefined)) return { report, triage, event: null }
  const duties = act.on
    ? [...triage.duties, { id: act.id, by: by.id, at: iso(nowMs), reportedAt: null }]
    : triage.duties.filter(({ id }) => id !== act.id)
  return { report, triage: { ...triage, duties }, event: happened('duty', { duty: act.id, on: act.on }) }
}
