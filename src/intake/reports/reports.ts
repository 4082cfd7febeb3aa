import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Actor } from '../../ledger/index.ts'
import { type IntakeContext, notFound } from '../context.ts'
import { REPORT } from '../kinds.ts'
import type { Closing, Report, ReportState } from '../schema.ts'
import { records, reportsBetween } from '../store.ts'
import { Conversation, type Followed } from './conversation.ts'
import { countReports, type ReportCounts } from './counts.ts'
import type { FlagInput, IncomingFile, ReportInput } from './input.ts'
import { type OpenedFile, Reading, type ReportWithWords } from './reading.ts'
import { Retention } from './retention.ts'
import { type Customer, type Receipt, type Sender, Submission } from './submission.ts'

/** What people outside report, what they are answered, and what of it is kept. */
export class Reports {
  readonly #context: IntakeContext
  readonly #submission: Submission
  readonly #conversation: Conversation
  readonly #reading: Reading
  readonly #retention: Retention

  constructor(context: IntakeContext) {
    this.#context = context
    this.#submission = new Submission(context)
    this.#conversation = new Conversation(context)
    this.#reading = new Reading(context)
    this.#retention = new Retention(context)
  }

  /** @throws {AppError} REQUEST_INVALID, REQUEST_TOO_LARGE, LEDGER_UNAVAILABLE */
  submit(input: ReportInput, files: readonly IncomingFile[], sender: Sender): Promise<Receipt> {
    return this.#submission.report(input, files, sender)
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND: no decision of this customer's, LEDGER_UNAVAILABLE */
  flag(input: FlagInput, customer: Customer): Promise<Receipt> {
    return this.#submission.flag(input, customer)
  }

  /** For who holds the receipt. @throws {AppError} NOT_FOUND */
  follow(code: string): Promise<Followed> {
    return this.#conversation.follow(code)
  }

  /** Who reported writes again. @throws {AppError} NOT_FOUND, CONFLICT, RATE_LIMITED, LEDGER_UNAVAILABLE */
  write(code: string, text: string): Promise<Report> {
    return this.#conversation.write(code, text)
  }

  /** Who reported takes it back. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  withdraw(code: string): Promise<Report> {
    return this.#conversation.withdraw(code)
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  answer(id: string, text: string, by: Actor): Promise<Report> {
    return this.#conversation.answer(id, text, by)
  }

  /** Without its words. @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Report> {
    const report = await records.find(this.#context.db.db, REPORT, id)
    if (report === null) throw notFound('report')
    return report
  }

  /** Without their words, newest first. */
  list({ state, after, limit }: PageQuery & { readonly state?: ReportState | undefined }): Promise<Page<Report>> {
    const { db } = this.#context.db
    return readPage(limit, (most) => records.list(db, REPORT, { state, after, order: 'newest', limit: most }))
  }

  /** With its words: that somebody reads them is on record before they do. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  read(id: string, by: Actor): Promise<ReportWithWords> {
    return this.#reading.read(id, by)
  }

  /** @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  openFile(id: string, fileId: string, by: Actor): Promise<OpenedFile> {
    return this.#reading.openFile(id, fileId, by)
  }

  /** Closes some together: all of them, or none. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  close(ids: readonly string[], as: Closing, by: Actor): Promise<Report[]> {
    return this.#retention.close(ids, as, by)
  }

  /** When the words of a report go that is closed now; milliseconds. */
  eraseMs(report: Pick<Report, 'channel'>): number {
    return this.#retention.eraseMs(report)
  }

  /** Of what came from one instant until before another. @param from ISO 8601 */
  async counts(from: string, to: string): Promise<ReportCounts> {
    return countReports(await reportsBetween(this.#context.db.db, new Date(from), new Date(to)))
  }

  /** Erases what has been kept for long enough. To be called when nothing recorded waits to take effect. */
  catchUp(): Promise<void> {
    return this.#retention.catchUp()
  }
}
