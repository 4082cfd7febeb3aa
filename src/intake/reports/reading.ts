import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type IntakeContext, notFound } from '../context.ts'
import { REPORT } from '../kinds.ts'
import type { ENCRYPTIONS, Report, ReportFile } from '../schema.ts'
import { records, textsOf } from '../store.ts'
import { encryptionOf } from './armor.ts'
import { messagesIn } from './conversation.ts'
import { openFile } from './files.ts'
import { seen } from './report-machine.ts'

/** Words as somebody wrote them. */
export interface Written {
  /** What can be read: opened where it was encrypted for the installation, else as it came. */
  readonly text: string
  readonly encryption: (typeof ENCRYPTIONS)[number]
  /** false: it is encrypted for somebody else, or damaged; with OpenPGP the reader opens it with tools of their own. */
  readonly opened: boolean
}

/** A report with its words; all null or empty once they are erased. */
export interface ReportWithWords {
  readonly report: Report
  readonly story: Written | null
  readonly steps: Written | null
  readonly output: Written | null
  readonly contact: string | null
  readonly credit: string | null
  readonly files: readonly (ReportFile & { readonly name: string })[]
  readonly messages: readonly (Written & {
    readonly from: 'reporter' | 'staff'
    readonly by: string | null
    readonly at: string
  })[]
}

/** A file for somebody's own machine: never shown by ours. */
export interface OpenedFile {
  readonly name: string
  readonly bytes: Buffer
  readonly sha256: string
}

const AGE_ARMORED = Buffer.from('-----BEGIN AGE')

/** How staff read. That they do is on record before they can. */
export class Reading {
  readonly #context: IntakeContext

  constructor(context: IntakeContext) {
    this.#context = context
  }

  /** With its words. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE, VERIFICATION_FAILED */
  async read(id: string, by: Actor): Promise<ReportWithWords> {
    const { journal, texts, db } = this.#context
    const report = await journal.make(by, async (tx) => {
      const found = await records.find(tx, REPORT, id)
      if (found === null) throw notFound('report')
      const next = seen(found, 'staff')
      const event = { kind: 'intake.report_read', subject: { type: 'report', id } }
      return { events: found.erased ? [] : [event], puts: next === found ? [] : [put(REPORT, next)], result: next }
    })
    const parts = texts.openAll(await textsOf(db.db, id))
    const written = async (part: string) => {
      const text = parts.get(part)
      return text === undefined ? null : await this.#written(text)
    }
    return {
      report,
      story: await written('story'),
      steps: await written('steps'),
      output: await written('output'),
      contact: parts.get('contact') ?? null,
      credit: parts.get('credit') ?? null,
      files: report.files.map((file) => ({ ...file, name: parts.get(`file-name/${file.id}`) ?? 'file' })),
      messages: await Promise.all(
        messagesIn(parts).map(async ({ text, ...message }) => ({ ...message, ...(await this.#written(text)) })),
      ),
    }
  }

  /** @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE, VERIFICATION_FAILED */
  async openFile(id: string, fileId: string, by: Actor): Promise<OpenedFile> {
    const { journal, texts, db, ageIdentity } = this.#context
    const report = await records.find(db.db, REPORT, id)
    const file = report?.files.find((one) => one.id === fileId)
    if (file === undefined) throw notFound('file; it may have been erased')
    await journal.note(by, { kind: 'intake.file_opened', subject: { type: 'report', id }, data: { file: fileId } })
    const bytes = await openFile(this.#context, id, fileId)
    const names = texts.openAll((await textsOf(db.db, id)).filter(({ part }) => part === `file-name/${fileId}`))
    const name = names.get(`file-name/${fileId}`) ?? 'file'
    const armored = bytes.subarray(0, AGE_ARMORED.length).equals(AGE_ARMORED)
    const opened = armored
      ? await ageIdentity.openArmored(bytes.toString('latin1'))
      : file.type === 'age'
        ? await ageIdentity.open(bytes)
        : null
    if (opened === null) return { name, bytes, sha256: file.sha256 }
    return { name: name.replace(/\.(age|asc|txt)$/i, '') || 'file', bytes: opened, sha256: file.sha256 }
  }

  async #written(text: string): Promise<Written> {
    const encryption = encryptionOf(text)
    if (encryption === 'none') return { text, encryption, opened: true }
    const opened = encryption === 'age' ? await this.#context.ageIdentity.openText(text) : null
    return { text: opened ?? text, encryption, opened: opened !== null }
  }
}
