import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { DAY_MS, type IntakeContext, notFound, SYSTEM } from '../context.ts'
import { FILING, REPORT } from '../kinds.ts'
import type { Closing, Report } from '../schema.ts'
import { records } from '../store.ts'
import { recordsWithWordsOf } from '../triage/erasing.ts'
import { sweepFiles } from './files.ts'
import { dropping } from './filing.ts'
import { closed, erased } from './report-machine.ts'

const AT_ONCE = 100

/** How reports end, and how their words go. */
export class Retention {
  readonly #context: IntakeContext

  constructor(context: IntakeContext) {
    this.#context = context
  }

  /** When the words of a report go that is closed now; milliseconds. */
  eraseMs({ channel }: Pick<Report, 'channel'>): number {
    const { clock, config } = this.#context
    return clock.now() + (channel === 'flag' ? config.flagRetentionDays : config.retentionDays) * DAY_MS
  }

  /** Closes some together, such as a flood of spam: all of them, or none. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  close(reportIds: readonly string[], as: Closing, by: Actor): Promise<Report[]> {
    const { journal, clock } = this.#context
    return journal.make(by, async (db) => {
      const found = await records.findMany(db, REPORT, reportIds)
      const nowMs = clock.now()
      const next = [...new Set(reportIds)].map((id) => {
        const report = found.get(id)
        if (report === undefined) throw notFound('report')
        return closed(report, { as, nowMs, eraseMs: this.eraseMs(report) })
      })
      const events = next.map(({ id }) => ({
        kind: 'intake.report_closed',
        subject: { type: 'report', id },
        data: { as, together: next.length },
      }))
      return { events, puts: next.map((report) => put(REPORT, report)), result: next }
    })
  }

  /** Erases what has been kept for long enough, and what belongs to nothing. To be called when nothing recorded waits to take effect. */
  async catchUp(): Promise<void> {
    while ((await this.#eraseSome()) === AT_ONCE);
    while ((await this.#dropSome()) === AT_ONCE);
    await sweepFiles(this.#context)
  }

  #eraseSome(): Promise<number> {
    const { journal, clock } = this.#context
    return journal.make(SYSTEM, async (db) => {
      const due = await records.list(db, REPORT, { dueBy: new Date(clock.now()), limit: AT_ONCE })
      const events = due.map(({ id }) => ({ kind: 'intake.report_erased', subject: { type: 'report', id } }))
      const filings = await Promise.all(due.map(({ id }) => records.list(db, FILING, { about: id })))
      return {
        events,
        puts: due.map((report) => put(REPORT, erased(report))),
        forget: await recordsWithWordsOf(
          db,
          due.map(({ id }) => id),
        ),
        drops: dropping(filings.flat()),
        result: due.length,
      }
    })
  }

  /** Marks by which the same is known again, after their day. They tell of nothing, so no event does. */
  #dropSome(): Promise<number> {
    const { journal, clock } = this.#context
    return journal.make(SYSTEM, async (db) => {
      const old = await records.list(db, FILING, { dueBy: new Date(clock.now()), limit: AT_ONCE })
      return { events: [], drops: dropping(old), result: old.length }
    })
  }
}
