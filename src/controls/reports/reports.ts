import { hash } from 'node:crypto'
import { type Clock, iso, SKEW_MS } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { DAY_MS, quarterOf, spanOf } from '../../base/quarter.ts'
import type { Db, DbHandle } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import { staffActor } from '../../staff/index.ts'
import { compileDocument, documentDigest, emptyRedactions, keepWords, missingIn, summaryOf } from './document.ts'
import type { ReportSources } from './facts.ts'
import { aboutOf, REPORT, type ReportsJournal, records, reportsJournal } from './records.ts'
import { publicEdition } from './redact.ts'
import {
  NewControlReport,
  NewReportRedaction,
  type Reader,
  type ReportDocument,
  type ReportKind,
  ReportSigning,
  type ReportSummary,
  ReportWriting,
  type StoredReport,
} from './schema.ts'
import { TEMPLATES } from './templates.ts'

export interface ControlReportsDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly organisation: () => string
  /** When this installation began, ISO 8601. */
  readonly begunAt: () => Promise<string>
  readonly sources: ReportSources
}

/** What was compiled so long ago is not signed any more. */
const FRESH_MS = 7 * DAY_MS
const MOST_LISTED = 200
const MOST_REDACTIONS = 200

/**
 * Reports on how the commitments are kept: compiled from what stands on record, with words of people where they must speak; signed by one person whose
 * key is fresh; delivered to those who must read it, whose opening it is the receipt.
 */
export class ControlReports {
  readonly #deps: ControlReportsDeps
  readonly #journal: ReportsJournal

  constructor(deps: ControlReportsDeps) {
    const { db, ledger, clock, ids } = deps
    this.#deps = deps
    this.#journal = reportsJournal({ db: db.db, ledger, clock, ids })
  }

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  recover(): Promise<void> {
    return this.#journal.recover()
  }

  /**
   * Compiles a report: a draft that there is already is compiled anew and keeps what people wrote; once it is signed, the next one is another edition.
   *
   * @throws {AppError} REQUEST_INVALID for a quarter that has not begun; LEDGER_UNAVAILABLE
   */
  async compile(input: NewControlReport, by: Actor): Promise<ReportSummary> {
    const { clock, ids, organisation, sources } = this.#deps
    const nowMs = clock.now()
    const { kind, quarter = quarterOf(spanOf(quarterOf(nowMs)).fromMs - 1) } = NewControlReport.parse(input)
    if (spanOf(quarter).fromMs > nowMs) throw new AppError('REQUEST_INVALID', `quarter: ${quarter} has not begun`)
    const about = { id: ids.next('crp'), kind, quarter, edition: 1, organisation: organisation(), nowMs }
    // Before the change begins, which has the embedded store's one connection.
    const fresh = await compileDocument(sources, about)
    return this.#journal.make(by, async (db) => {
      const newest = await this.#newest(db, kind, quarter)
      const edition = (newest?.document.edition ?? 0) + 1
      const document = newest?.signature === null ? keepWords(fresh, newest.document) : { ...fresh, edition }
      return this.#kept(
        'compiled',
        { document, signature: null, receipts: [] },
        { kind, quarter, edition: document.edition },
      )
    })
  }

  /** Newest first, at most 200. */
  async list(kind?: ReportKind): Promise<ReportSummary[]> {
    const all = await records.list(this.#deps.db.db, REPORT, { order: 'newest', limit: MOST_LISTED })
    return all.filter(({ document }) => kind === undefined || document.kind === kind).map(summaryOf)
  }

  /** @throws {AppError} NOT_FOUND */
  async summary(id: string): Promise<ReportSummary> {
    return summaryOf(await this.#find(this.#deps.db.db, id))
  }

  /** For those who write it. @throws {AppError} NOT_FOUND; CONFLICT once it is signed: then it is opened */
  async draft(id: string): Promise<ReportDocument> {
    return (await this.#draft(this.#deps.db.db, id)).document
  }

  /** Says something where people must. @throws {AppError} NOT_FOUND, CONFLICT (signed, or somebody else has written meanwhile) */
  write(id: string, section: string, input: ReportWriting, by: Actor): Promise<ReportSummary> {
    const { text, was } = ReportWriting.parse(input)
    return this.#change(id, by, 'written', { section }, (document) => {
      const before = document.written.find((one) => one.id === section)
      if (before === undefined) throw new AppError('NOT_FOUND', `nobody writes a section ${section.slice(0, 40)} here`)
      const stood = before.text === null ? null : hash('sha256', before.text)
      if (stood !== was) throw conflict('somebody has written here meanwhile: read it again')
      const said = { ...before, text: text === '' ? null : text, by: by.id, at: iso(this.#deps.clock.now()) }
      return { ...document, written: document.written.map((one) => (one.id === section ? said : one)) }
    })
  }

  /** Takes a passage, or a section, out of the public edition. @throws {AppError} NOT_FOUND, CONFLICT, REQUEST_INVALID */
  redact(id: string, input: NewReportRedaction, by: Actor): Promise<ReportSummary> {
    const given = NewReportRedaction.parse(input)
    const made = { ...given, id: this.#deps.ids.next('red'), by: by.id, at: iso(this.#deps.clock.now()) }
    return this.#change(id, by, 'redacted', { redaction: made.id, reason: made.reason }, (document) => {
      if (!TEMPLATES[document.kind].public) throw conflict('this kind of report has no public edition')
      if (document.redactions.length >= MOST_REDACTIONS) throw conflict(`more than ${MOST_REDACTIONS} redactions`)
      const next = { ...document, redactions: [...document.redactions, made] }
      if (emptyRedactions(next).includes(made.id))
        throw new AppError('REQUEST_INVALID', 'passage: this stands nowhere in the section, as people wrote it')
      return next
    })
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT */
  unredact(id: string, redaction: string, by: Actor): Promise<ReportSummary> {
    return this.#change(id, by, 'unredacted', { redaction }, (document) => {
      const redactions = document.redactions.filter((one) => one.id !== redaction)
      if (redactions.length === document.redactions.length)
        throw new AppError('NOT_FOUND', 'there is no such redaction')
      return { ...document, redactions }
    })
  }

  /**
   * Signs what was read. Whoever lets people in has seen to it that they touched their security key.
   *
   * @throws {AppError} FORBIDDEN for who doesn't hold a role that signs it; CONFLICT: it is another one by now, it was compiled too long ago, or something is
   *   missing; NOT_FOUND; LEDGER_UNAVAILABLE
   */
  sign(id: string, input: ReportSigning, { person, roles }: Reader): Promise<ReportSummary> {
    const { digest, role } = ReportSigning.parse(input)
    const { clock } = this.#deps
    return this.#journal.make(staffActor(person), async (db) => {
      const { document } = await this.#draft(db, id)
      const { signers, public: isPublic } = TEMPLATES[document.kind]
      if (!signers.includes(role) || !roles.has(role))
        throw new AppError('FORBIDDEN', `this report is signed by one who holds a role of ${signers.join(', ')}`)
      if (documentDigest(document) !== digest) throw conflict('the report is another one by now: read it again')
      const nowMs = clock.now()
      const age = nowMs - Date.parse(document.compiledAt)
      if (age > FRESH_MS || age < -SKEW_MS) throw conflict('it was compiled more than a week ago: compile it anew')
      const missing = missingIn(document)
      if (missing.length > 0) throw conflict(`nobody has written ${missing.join(', ')}`)
      if (emptyRedactions(document).length > 0)
        throw conflict('a redaction names words that are not there any more: take it back, or name others')
      const signature = { by: person, role, at: iso(nowMs), digest }
      const { kind, quarter, edition } = document
      const shown = isPublic ? { public: documentDigest(publicEdition(document)) } : {}
      return this.#kept(
        'signed',
        { document, signature, receipts: [] },
        { kind, quarter, edition, role },
        { report: digest, ...shown },
      )
    })
  }

  /**
   * Gives out what was signed. That somebody who must receive it opens it is the receipt, which is on record before they read.
   *
   * @throws {AppError} NOT_FOUND; CONFLICT while nobody has signed it; LEDGER_UNAVAILABLE
   */
  async open(id: string, { person, roles }: Reader): Promise<{ summary: ReportSummary; document: ReportDocument }> {
    const { clock } = this.#deps
    return this.#journal.make(staffActor(person), async (db) => {
      const stored = await this.#find(db, id)
      if (stored.signature === null) throw conflict('nobody has signed it yet')
      const owed = summaryOf(stored).waitsFor.filter((role) => roles.has(role))
      const at = iso(clock.now())
      const next = { ...stored, receipts: [...stored.receipts, ...owed.map((role) => ({ role, by: person, at }))] }
      const result = { summary: summaryOf(next), document: stored.document }
      if (owed.length === 0) return { events: [], result }
      const { kind, quarter } = stored.document
      const digests = { report: stored.signature.digest }
      const events = [this.#event('received', id, { kind, quarter, roles: owed }, digests)]
      if (result.summary.state === 'delivered') events.push(this.#event('delivered', id, { kind, quarter }, digests))
      return { events, puts: [put(REPORT, next)], result }
    })
  }

  /** Without what is redacted. @throws {AppError} NOT_FOUND where there is no public edition, or nobody has signed it yet */
  async public(id: string): Promise<{ summary: ReportSummary; document: ReportDocument }> {
    const stored = await this.#find(this.#deps.db.db, id)
    if (stored.signature === null || !TEMPLATES[stored.document.kind].public)
      throw new AppError('NOT_FOUND', 'this report has no public edition')
    return { summary: summaryOf(stored), document: publicEdition(stored.document) }
  }

  /**
   * What each quarter owes and is not delivered: of the quarter before, where this installation was there, and of the one that runs. A report that was
   * compiled before its quarter was over settles nothing.
   */
  async owed(): Promise<{ id: string; title: string; dueAt: string }[]> {
    const running = quarterOf(this.#deps.clock.now())
    const before = quarterOf(spanOf(running).fromMs - 1)
    const begunMs = Date.parse(await this.#deps.begunAt())
    const owed: { id: string; title: string; dueAt: string }[] = []
    for (const [kind, { title, dueDays }] of Object.entries(TEMPLATES)) {
      if (dueDays === null) continue
      for (const quarter of [before, running]) {
        const { untilMs } = spanOf(quarter)
        const newest = await this.#newest(this.#deps.db.db, kind, quarter)
        const isWhole = newest !== null && Date.parse(newest.document.compiledAt) >= untilMs
        if (begunMs >= untilMs || (isWhole && summaryOf(newest).state === 'delivered')) continue
        owed.push({ id: aboutOf(kind, quarter), title: `${title}, ${quarter}`, dueAt: iso(untilMs + dueDays * DAY_MS) })
      }
    }
    return owed
  }

  #change(
    id: string,
    by: Actor,
    what: string,
    data: Record<string, string>,
    next: (document: ReportDocument) => ReportDocument,
  ): Promise<ReportSummary> {
    return this.#journal.make(by, async (db) => {
      const stored = await this.#draft(db, id)
      return this.#kept(what, { ...stored, document: next(stored.document) }, data)
    })
  }

  #kept(what: string, stored: StoredReport, data: NonNullable<Happening['data']>, digests?: Record<string, string>) {
    const { document } = stored
    const happening = this.#event(what, document.id, data, digests ?? { report: documentDigest(document) })
    return { events: [happening], puts: [put(REPORT, stored)], result: summaryOf(stored) }
  }

  #event(what: string, id: string, data: NonNullable<Happening['data']>, digests: Record<string, string>): Happening {
    return { kind: `controls.report_${what}`, subject: { type: 'control_report', id }, digests, data }
  }

  async #draft(db: Db, id: string): Promise<StoredReport> {
    const stored = await this.#find(db, id)
    if (stored.signature !== null) throw conflict('it is signed: what is to be said otherwise is another edition')
    return stored
  }

  async #find(db: Db, id: string): Promise<StoredReport> {
    const found = await records.find(db, REPORT, id)
    if (found === null) throw new AppError('NOT_FOUND', 'there is no such report')
    return found
  }

  async #newest(db: Db, kind: string, quarter: string): Promise<StoredReport | null> {
    const [newest = null] = await records.list(db, REPORT, { about: aboutOf(kind, quarter), order: 'newest', limit: 1 })
    return newest
  }
}

function conflict(why: string): AppError {
  return new AppError('CONFLICT', why)
}
