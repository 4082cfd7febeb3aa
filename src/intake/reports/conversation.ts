import { z } from 'zod'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { ANONYMOUS, type IntakeContext, notFound } from '../context.ts'
import type { Change } from '../journal.ts'
import { FILING, REPORT } from '../kinds.ts'
import type { Report } from '../schema.ts'
import { records, textsOf } from '../store.ts'
import { recordsWithWordsOf } from '../triage/erasing.ts'
import { dropping } from './filing.ts'
import { lookupOf, plainReceipt, sameLookup } from './receipt.ts'
import { answered, messaged, seen, withdrawn } from './report-machine.ts'

/** One message of the conversation about a report, as it is sealed. */
const StoredMessage = z.object({
  from: z.enum(['reporter', 'staff']),
  by: z.string().nullable(),
  at: z.iso.datetime(),
  text: z.string(),
})
export type StoredMessage = z.infer<typeof StoredMessage>

/** What who reported sees again: their own words as they sent them, and the answers, without who wrote them. */
export interface Followed {
  readonly report: Report
  readonly words: ReadonlyMap<string, string>
  readonly messages: readonly Omit<StoredMessage, 'by'>[]
}

/** Between who reported, known by their receipt alone, and staff. */
export class Conversation {
  readonly #context: IntakeContext

  constructor(context: IntakeContext) {
    this.#context = context
  }

  /** For who holds the receipt. What was new to them is no longer. @throws {AppError} NOT_FOUND: no such code, or none at all */
  async follow(code: string): Promise<Followed> {
    const { db, journal } = this.#context
    const found = await this.#under(db.db, code)
    if (found.unreadBy === 'reporter') {
      // Without an event: when somebody who may be anonymous looks is their own affair.
      await journal.make(ANONYMOUS, async (tx) => ({
        events: [],
        puts: [put(REPORT, seen(await this.#under(tx, code), 'reporter'))],
        result: null,
      }))
    }
    const report = await this.#under(db.db, code)
    const parts = this.#context.texts.openAll(await textsOf(db.db, report.id))
    const messages = messagesIn(parts).map(({ by: _, ...message }) => message)
    const own = [...parts].filter(([part]) => /^(story|steps|output|contact|credit|file-name\/.*)$/.test(part))
    return { report, words: new Map(own), messages }
  }

  /** Who reported writes again. @throws {AppError} NOT_FOUND, CONFLICT, RATE_LIMITED, LEDGER_UNAVAILABLE */
  write(code: string, text: string, by: Actor = ANONYMOUS): Promise<Report> {
    const { journal } = this.#context
    return journal.make(by, async (db): Promise<Change<Report>> => {
      const report = await this.#under(db, code)
      const last = messagesIn(this.#context.texts.openAll(await textsOf(db, report.id))).at(-1)
      // A page that is loaded again sends its form again.
      if (last?.from === 'reporter' && last.text === text) return { events: [], result: report }
      return this.#add(messaged(report, this.#context.clock.now()), { from: 'reporter', by: null, text })
    })
  }

  /** Staff answer; whoever holds the receipt reads it. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  answer(id: string, text: string, by: Actor): Promise<Report> {
    const { journal, clock } = this.#context
    return journal.make(by, async (db) => {
      const report = await records.find(db, REPORT, id)
      if (report === null) throw notFound('report')
      return this.#add(answered(report, clock.now()), { from: 'staff', by: by.id, text })
    })
  }

  /** Who reported takes it back: its words and files go at once. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  withdraw(code: string, by: Actor = ANONYMOUS): Promise<Report> {
    const { journal, clock } = this.#context
    return journal.make(by, async (db) => {
      const report = await this.#under(db, code)
      const next = withdrawn(report, clock.now())
      if (next === report) return { events: [], result: report }
      const event = {
        kind: 'intake.report_withdrawn',
        subject: { type: 'report', id: report.id },
        data: { was: report.state },
      }
      const filings = await records.list(db, FILING, { about: report.id })
      return {
        events: [event],
        puts: [put(REPORT, next)],
        forget: await recordsWithWordsOf(db, [report.id]),
        drops: dropping(filings),
        result: next,
      }
    })
  }

  /** @param next the report with this message counted */
  #add(next: Report, { from, by, text }: Omit<StoredMessage, 'at'>) {
    const { texts, digest } = this.#context
    const { id, messages: number, lastAt: at } = next
    const event = {
      kind: from === 'staff' ? 'intake.report_answered' : 'intake.report_message',
      subject: { type: 'report', id },
      digests: { text: digest(text) },
      data: { number },
    }
    const sealed = texts.seal(id, messagePart(number), JSON.stringify({ from, by, at, text } satisfies StoredMessage))
    return { events: [event], puts: [put(REPORT, next)], texts: [sealed], result: next }
  }

  /** The same work and the same answer for a code that is none, one that is nobody's, and one that is somebody's. */
  async #under(db: Db, code: string): Promise<Report> {
    const lookup = lookupOf(plainReceipt(code) ?? '')
    const [report] = await records.list(db, REPORT, { about: lookup, order: 'newest', limit: 1 })
    if (!sameLookup(lookup, report?.lookup ?? '0'.repeat(64)) || report === undefined) {
      throw notFound('report: the receipt code is mistyped, or was never given')
    }
    return report
  }
}

function messagePart(number: number): string {
  return `message/${String(number).padStart(4, '0')}`
}

/** In their order. */
export function messagesIn(parts: ReadonlyMap<string, string>): StoredMessage[] {
  return [...parts]
    .filter(([part]) => part.startsWith('message/'))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, text]) => StoredMessage.parse(JSON.parse(text)))
}
