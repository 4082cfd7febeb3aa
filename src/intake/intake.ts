import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { IntakeConfig } from '../base/intake-config.ts'
import { loadOrCreateKey } from '../base/keys.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { SealedTexts } from '../journal/index.ts'
import type { EventLog } from '../ledger/index.ts'
import { Similarity } from '../screening/index.ts'
import type { DecisionPort, IntakeContext } from './context.ts'
import { intakeJournal } from './journal.ts'
import { AgeIdentity } from './reports/age.ts'
import type { ReportCounts } from './reports/counts.ts'
import { FormTokens } from './reports/form-token.ts'
import { readPgpKey } from './reports/pgp-key.ts'
import { Reports } from './reports/reports.ts'
import { tallyReports } from './store.ts'
import { openTriage, type TriagePorts } from './triage/open.ts'
import type { Triage } from './triage/triage.ts'

export interface IntakeDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where `intake.key` and `intake-age.key` are, or are made. */
  readonly keysDir: string
  readonly config: IntakeConfig
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly decisions: DecisionPort
  /** What triage asks of other rooms; without it reports are taken in and answered, and nothing more. */
  readonly triage?: TriagePorts | undefined
}

/** A name that is thanked in public, by agreement. */
export interface Acknowledgement {
  /** null: somebody who would not be named. */
  readonly name: string | null
  readonly reportId: string
  readonly publishedAt: string
}

const KEY_BYTES = 32
const CLOCKWORK_MS = 60_000

/** What people report, from outside and inside: taken in, kept, answered, looked into. */
export class Intake implements AsyncDisposable {
  readonly reports: Reports
  /** Of the public form. */
  readonly tokens: FormTokens
  /** What people encrypt under: an age recipient, and an OpenPGP key where one is configured. */
  readonly keys: { readonly ageRecipient: string; readonly pgp: string | null }
  readonly #context: IntakeContext
  readonly #triage: Triage | null
  readonly #chores: Chores
  #tally: readonly { kind: string; state: string; count: number }[] = []

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE, CONFIG_INVALID */
  static async open(deps: IntakeDeps): Promise<Intake> {
    const { keysDir, ledger, triage, ...rest } = deps
    const key = (name: string) => loadOrCreateKey(join(keysDir, name), KEY_BYTES, deps.ids)
    const root = key('intake.key')
    const similarity = new Similarity(derived(root, 'likeness'))
    const context: IntakeContext = {
      ...rest,
      journal: intakeJournal({ db: deps.db.db, ledger, clock: deps.clock, ids: deps.ids }),
      texts: new SealedTexts('safelevel.intake', root, deps.ids),
      fileKey: derived(root, 'files'),
      macKey: derived(root, 'marks'),
      ageIdentity: AgeIdentity.of(key('intake-age.key')),
      signatureOf: (text) => similarity.signatureOf(text),
    }
    const intake = new Intake(context, triage ?? null)
    await context.journal.recover()
    intake.#tally = await tallyReports(deps.db.db)
    return intake
  }

  private constructor(context: IntakeContext, ports: TriagePorts | null) {
    this.#context = context
    this.#chores = new Chores(context.log)
    this.reports = new Reports(context)
    this.tokens = new FormTokens(context)
    this.#triage = ports === null ? null : openTriage(context, ports, this.reports)
    const { ageIdentity, config } = context
    this.keys = {
      ageRecipient: ageIdentity.recipient,
      pgp: config.pgpKey === undefined ? null : readPgpKey(config.pgpKey),
    }
  }

  /** What becomes of reports. @throws {AppError} INTERNAL where this was opened without what it asks */
  get triage(): Triage {
    if (this.#triage === null) throw new AppError('INTERNAL', 'triage was not opened')
    return this.#triage
  }

  /** Begins the clockwork. */
  start(): void {
    this.#triage?.start()
    this.#chores.every(CLOCKWORK_MS, 'intake not caught up', () => this.catchUp(), { first: 'now' })
  }

  /** Finishes and erases whatever is due. Runs every minute. @throws {AppError} LEDGER_UNAVAILABLE */
  async catchUp(): Promise<void> {
    await this.#context.journal.recover()
    await this.reports.catchUp()
    this.#tally = await tallyReports(this.#context.db.db)
  }

  /** Of reports that came from one instant until before another. @param from ISO 8601 */
  counts(from: string, to: string): Promise<ReportCounts> {
    return this.reports.counts(from, to)
  }

  /** Whom to thank in public, newest first. */
  async acknowledgements(): Promise<readonly Acknowledgement[]> {
    const advisories = (await this.#triage?.disclosures.published()) ?? []
    return advisories.map(({ credit, report, publishedAt }) => ({ name: credit, reportId: report, publishedAt }))
  }

  /** How many reports there are, by kind and state; at most a minute old. */
  tally(): readonly { readonly kind: string; readonly state: string; readonly count: number }[] {
    return this.#tally
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.#triage?.[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A key of its own for each use, so that none weakens another. @see RFC 5869 */
function derived(root: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, '', `safelevel.intake/${use}`, KEY_BYTES))
}
