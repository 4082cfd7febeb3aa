import { Chores } from '../base/chores.ts'
import type { AuditContext } from './context.ts'
import { auditJournal } from './records.ts'
import { EvidenceRequests } from './requests.ts'
import { Samples } from './samples.ts'

export type AuditDeps = Omit<AuditContext, 'journal'>

const OVERDUE_MS = 60_000

/** What an auditor works with: samples of the ledger that nobody could steer, and requests for what the ledger doesn't show. */
export class Audit implements AsyncDisposable {
  readonly samples: Samples
  readonly requests: EvidenceRequests
  readonly #chores: Chores

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: AuditDeps): Promise<Audit> {
    const { db, ledger, clock, ids } = deps
    const journal = auditJournal({ db: db.db, ledger, clock, ids })
    await journal.recover()
    return new Audit({ ...deps, journal })
  }

  private constructor(context: AuditContext) {
    this.samples = new Samples(context)
    this.requests = new EvidenceRequests(context)
    this.#chores = new Chores(context.log)
  }

  /** Begins to look which requests are late. */
  start(): void {
    const look = () => this.requests.noteOverdue()
    this.#chores.every(OVERDUE_MS, 'requests for evidence that are late were not noted', look, { first: 'now' })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#chores.close()
  }
}
