import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { DAY_MS, type IntakeContext } from '../context.ts'
import type { Change } from '../journal.ts'
import { FILING, REPORT } from '../kinds.ts'
import type { Report, ReportChannel } from '../schema.ts'
import { records } from '../store.ts'
import { encryptionOfAll } from './armor.ts'
import { checkFiles, keepFile } from './files.ts'
import { contentDigest, filingId, findFiling } from './filing.ts'
import { FlagInput, type IncomingFile, ReportInput } from './input.ts'
import { derivedReceipt, lookupOf, plainReceipt, RECEIPT_BYTES, receiptOf } from './receipt.ts'
import { received } from './report-machine.ts'

/** What who reported is told. */
export interface Receipt {
  readonly id: string
  /** The code to follow it by, shown this once; null when the same was received before, from somebody who had it shown. */
  readonly code: string | null
  /** The same came before, and this made no second report. */
  readonly already: boolean
  readonly receivedAt: string
}

/** By whom a report comes, and how. */
export interface Sender {
  readonly channel: ReportChannel
  readonly by: Actor
  readonly organisationId: string | null
  /** Names one showing of the form, or one sending by a program: sent again, the same report gets the same code. null = each stands alone. */
  readonly showing: string | null
}

/** A customer, by its key. */
export interface Customer {
  readonly keyId: string
  readonly organisationId: string
}

interface Filed {
  readonly id: string
  readonly receipt: string
  readonly expiresAt: string | null
}

/** How reports come in. */
export class Submission {
  readonly #context: IntakeContext

  constructor(context: IntakeContext) {
    this.#context = context
  }

  /**
   * A report in words, with files. What came within a day before makes no second one.
   *
   * @throws {AppError} REQUEST_INVALID, REQUEST_TOO_LARGE, LEDGER_UNAVAILABLE
   */
  async report(given: ReportInput, files: readonly IncomingFile[], sender: Sender): Promise<Receipt> {
    const { clock, ids, macKey } = this.#context
    const input = ReportInput.parse(given)
    const checked = checkFiles(this.#context, files, input.category)
    const content = contentDigest({ ...input, files: checked.map(({ sha256 }) => sha256) })
    const { organisationId, showing } = sender
    const receipt =
      showing === null
        ? receiptOf(ids.bytes(RECEIPT_BYTES))
        : derivedReceipt(macKey, sender.channel, organisationId ?? '', showing, content)
    const filed = {
      id: filingId(this.#context, 'report', organisationId ?? '', content),
      receipt,
      expiresAt: iso(clock.now() + DAY_MS),
    }
    // Kept before it is claimed, so that no report names a file that isn't there.
    const known = await this.#known(filed)
    if (known !== null) return known
    for (const file of checked) await keepFile(this.#context, file)
    const about = { decision: input.decision, model: input.model, surface: null }
    const stored = checked.map(({ id, type, sizeBytes, sha256 }) => ({ id, type, sizeBytes, sha256 }))
    const names = checked.map(({ id, name }) => [`file-name/${id}`, name] as const)
    const { story, steps, output, contact, credit } = input
    const words = { story, steps, output, contact, credit, ...Object.fromEntries(names) }
    return await this.#file(filed, { ...input, about, organisationId, files: stored }, words, sender)
  }

  /**
   * A flag that a product sends with the decision on an answer: once per decision and key.
   *
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND: no decision of this customer's, LEDGER_UNAVAILABLE
   */
  async flag(given: FlagInput, { keyId, organisationId }: Customer): Promise<Receipt> {
    const { decisions, macKey } = this.#context
    const { decision, reason: kind, category, comment } = FlagInput.parse(given)
    const found = await decisions.find(decision)
    if (found === null || found.organisation !== organisationId) {
      throw new AppError(
        'NOT_FOUND',
        'there is no such decision of yours. It can take a few seconds until one can be flagged.',
      )
    }
    const filed = {
      id: filingId(this.#context, 'flag', decision, keyId),
      receipt: derivedReceipt(macKey, 'flag', decision, keyId),
      expiresAt: null,
    }
    const about = { decision, model: found.model, surface: found.surface }
    const sender: Sender = { channel: 'flag', by: { type: 'key', id: keyId }, organisationId, showing: null }
    return await this.#file(filed, { kind, category, about, organisationId, files: [] }, { story: comment }, sender)
  }

  async #known({ id, receipt }: Filed, db = this.#context.db.db): Promise<Receipt | null> {
    const lookup = lookupOf(plainReceipt(receipt) ?? '')
    // However long ago: a code opens one report, as long as that has words.
    const [own] = await records.list(db, REPORT, { about: lookup, order: 'newest', limit: 1 })
    if (own !== undefined && !own.erased)
      return { id: own.id, code: receipt, already: true, receivedAt: own.receivedAt }
    const filing = await findFiling(db, id, this.#context.clock.now())
    const report = filing === null ? null : await records.find(db, REPORT, filing.report)
    if (report === null) return null
    // It may have come between the two looks.
    const code = report.lookup === lookup ? receipt : null
    return { id: report.id, code, already: true, receivedAt: report.receivedAt }
  }

  #file(
    filed: Filed,
    about: Pick<Report, 'kind' | 'category' | 'about' | 'organisationId' | 'files'>,
    words: Readonly<Record<string, string | null>>,
    { channel, by }: Sender,
  ): Promise<Receipt> {
    const { journal, clock, ids, texts, signatureOf } = this.#context
    return journal.make(by, async (db): Promise<Change<Receipt>> => {
      const known = await this.#known(filed, db)
      if (known !== null) return { events: [], result: known }
      const id = ids.next('rep')
      const nowMs = clock.now()
      const written = Object.entries(words).flatMap(([part, text]) => (text === null ? [] : [{ part, text }]))
      const compared = ['story', 'steps', 'output'].flatMap((part) => words[part] ?? [])
      const encryption = encryptionOfAll(compared)
      const { kind, category, organisationId, files } = about
      const report = received({
        id,
        channel,
        kind,
        category,
        about: about.about,
        organisationId,
        anonymous: (words.contact ?? null) === null,
        encryption: files.some(({ type }) => type === 'age') && encryption === 'none' ? 'age' : encryption,
        lookup: lookupOf(plainReceipt(filed.receipt) ?? ''),
        files,
        signature: encryption === 'none' && compared.length > 0 ? signatureOf(compared.join('\n\n')) : null,
        nowMs,
      })
      const filing = { id: filed.id, report: id, filedAt: report.receivedAt, expiresAt: filed.expiresAt }
      return {
        events: [this.#receivedEvent(report, compared)],
        puts: [put(REPORT, report), put(FILING, filing)],
        texts: written.map(({ part, text }) => texts.seal(id, part, text)),
        keepFiles: files.map((file) => ({ id: file.id, recordId: id })),
        result: { id, code: filed.receipt, already: false, receivedAt: report.receivedAt },
      }
    })
  }

  /** Nothing of what who reported wrote: a model that they name could be anything. */
  #receivedEvent(
    { id, channel, kind, category, encryption, files, about, organisationId }: Report,
    words: readonly string[],
  ) {
    const { digest } = this.#context
    const flagged = channel === 'flag' ? { decision: about.decision, model: about.model } : {}
    return {
      kind: 'intake.report_received',
      subject: { type: 'report', id },
      digests: words.length === 0 ? {} : { words: digest(words.join('\n')) },
      data: { channel, kind, category, encryption, files: files.length, organisation: organisationId, ...flagged },
    }
  }
}
