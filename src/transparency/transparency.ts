import { createHash } from 'node:crypto'
import { Chores } from '../base/chores.ts'
import { type Clock, iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { DAY_MS, daysOf, QuarterId, quarterOf, spanOf } from '../base/quarter.ts'
import type { Db, DbHandle } from '../db/index.ts'
import type { Decisions } from '../decisions/index.ts'
import { put } from '../journal/index.ts'
import { type Actor, canonicalJson, type EventLog } from '../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../staff/index.ts'
import { changesOf } from './changes.ts'
import { compile, endedQuarters } from './compile.ts'
import { differences } from './differences.ts'
import { SYSTEM, type TransparencyJournal, transparencyJournal } from './journal.ts'
import { DAY, EDITION, editionId, records } from './kinds.ts'
import { Lately } from './lately.ts'
import type { Acknowledgement, PublicDeployment, TransparencySources } from './ports.ts'
import {
  type Correction,
  type Edition,
  type EditionView,
  NewCorrection,
  type PublicChange,
  TransparencyReport,
} from './schema.ts'
import { tally } from './tally.ts'

export interface TransparencyDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly decisions: Pick<Decisions, 'follow' | 'lag'>
  readonly sources: TransparencySources
}

/** The name under which two people correct a report. */
export const CORRECT_ACTION = 'transparency.correct'

/** Follows decisions under this name: kept for as long as the room is. */
const FOLLOWER = 'transparency'
const LOOK_MS = 60_000
/** For so long after its end a quarter waits for what is still on its way into the counts. */
const SETTLE_MS = DAY_MS
/** And for so long it must have been over without a break, by a clock that doesn't jump: the other one may be wrong, and be set right. */
const SEEN_MS = 3_600_000
const LATELY_MS = 60_000
const MOST_EDITIONS = 1_000
const MOST_CHANGES = 100
const MOST_AT_ONCE = 8

/** The public record: each quarter's numbers, and what has changed. */
export class Transparency implements AsyncDisposable {
  readonly #deps: TransparencyDeps
  readonly #journal: TransparencyJournal
  readonly #chores: Chores
  /** The quarter that is to be published next, and since when it has been seen to be over. */
  #seen: { readonly quarter: string; readonly sinceMs: number } | null = null
  readonly #running: Lately<TransparencyReport>
  readonly #deployments: Lately<readonly PublicDeployment[]>
  readonly #editions: Lately<readonly EditionView[]>
  readonly #changes: Lately<readonly PublicChange[]>
  readonly #acknowledgements: Lately<readonly Acknowledgement[]>

  /** Counts decisions from the first one on; to be opened before they are followed. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: TransparencyDeps): Promise<Transparency> {
    const transparency = new Transparency(deps)
    await transparency.#journal.recover()
    await deps.decisions.follow(FOLLOWER, tally, 'start')
    return transparency
  }

  private constructor(deps: TransparencyDeps) {
    const { db, ledger, clock, ids, log, sources } = deps
    this.#deps = deps
    this.#journal = transparencyJournal({ db: db.db, ledger, clock, ids })
    this.#chores = new Chores(log)
    const lately = <T>(read: () => Promise<T>) => new Lately(clock, LATELY_MS, read)
    this.#running = lately(() => this.#compile(db.db, quarterOf(clock.now()), null))
    this.#deployments = lately(() => sources.deployments())
    this.#acknowledgements = lately(async () => (await sources.acknowledgements?.()) ?? [])
    this.#editions = lately(() => this.#published())
    this.#changes = lately(async () => changesOf({ sources, editions: await this.editions(), nowMs: clock.now() }))
  }

  /** Begins the clockwork: what is due is published. */
  start(): void {
    this.#chores.every(LOOK_MS, 'the transparency report of a quarter was not published', () => this.catchUp(), {
      first: 'now',
    })
  }

  /** The quarter that runs, as it stands: at most a minute old. */
  running(): Promise<TransparencyReport> {
    return this.#running.get()
  }

  /** Every edition of every quarter, the newest quarter first, and of each the newest edition: what others published, a minute late. */
  async editions(quarter?: string): Promise<EditionView[]> {
    const all = await this.#editions.get()
    return all.filter((one) => quarter === undefined || one.quarter === quarter)
  }

  /**
   * One as it was published, with the bytes that its digest is of.
   *
   * @param edition the newest, when left out
   * @throws {AppError} NOT_FOUND
   */
  async edition(
    quarter: string,
    edition?: number,
  ): Promise<{ about: EditionView; report: TransparencyReport; bytes: string }> {
    const found = QuarterId.safeParse(quarter).success ? await this.#find(this.#deps.db.db, quarter, edition) : null
    if (found === null) throw new AppError('NOT_FOUND', 'there is no such transparency report')
    const { bytes, ...about } = found
    return { about, bytes, report: TransparencyReport.parse(JSON.parse(bytes)) }
  }

  /** What runs here, as the public may know it: at most a minute old. */
  deployments(): Promise<readonly PublicDeployment[]> {
    return this.#deployments.get()
  }

  /** Who helped, the latest first. */
  acknowledgements(): Promise<readonly Acknowledgement[]> {
    return this.#acknowledgements.get()
  }

  /** What followers of the public record hear of, the latest first, at most 100. */
  async changes(): Promise<readonly PublicChange[]> {
    return (await this.#changes.get()).slice(0, MOST_CHANGES)
  }

  /** Finishes what a crash cut off and publishes the oldest quarter that is due: a day after its end, seen over for an hour. Runs every minute. */
  async catchUp(): Promise<void> {
    const { clock, decisions } = this.#deps
    await this.#journal.recover()
    this.#forget()
    const { failing, ms } = decisions.lag()
    // What the view doesn't have yet would be missing for good.
    if (failing || ms > SETTLE_MS / 2) return
    const overMs = clock.now() - SETTLE_MS
    const [next] = await this.#unpublished(overMs)
    const seen = this.#seen
    if (next === undefined) this.#seen = null
    else if (seen?.quarter !== next) this.#seen = { quarter: next, sinceMs: clock.monotonic() }
    else if (clock.monotonic() - seen.sinceMs >= SEEN_MS) await this.#publish(next, SYSTEM)
  }

  /** Publishes quarters that are over and were not, without waiting: the eight oldest. @returns what was published @throws {AppError} LEDGER_UNAVAILABLE */
  async publish(by: Actor): Promise<EditionView[]> {
    const made: EditionView[] = []
    for (const quarter of (await this.#unpublished(this.#deps.clock.now())).slice(0, MOST_AT_ONCE)) {
      const edition = await this.#publish(quarter, by)
      if (edition !== null) made.push(edition)
    }
    return made
  }

  /**
   * What the records say otherwise than the newest edition: what a correction would change.
   *
   * @throws {AppError} NOT_FOUND where nothing is published about this quarter
   */
  async differences(quarter: string): Promise<Correction['changes']> {
    const { about, report } = await this.edition(quarter)
    return differences(report, await this.#compile(this.#deps.db.db, quarter, about.edition + 1))
  }

  /** For the engine of approvals: a correction is a new edition, and the one before stays. */
  correcting(): ActionDefinition<NewCorrection> {
    return {
      schema: NewCorrection,
      fresh: true,
      rule: () => twoPeople(['rso'], ['rso', 'ceo', 'ciso']),
      check: async (correction) => {
        await this.#corrected(correction)
      },
      execute: async (correction, { id: approval }) => {
        const { quarter, replaces, reason } = correction
        if ((await this.#published(quarter)).some((one) => one.approval === approval)) return
        const report = await this.#corrected(correction)
        await this.#journal.make(SYSTEM, async (db) => {
          const newest = await this.#find(db, quarter)
          if (newest?.digest !== replaces) throw new AppError('CONFLICT', 'another edition has come since')
          return this.#publication(report, { approval, reason })
        })
        this.#forget()
      },
    }
  }

  async close(): Promise<void> {
    await this.#chores.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #published(quarter?: string): Promise<EditionView[]> {
    const { db } = this.#deps.db
    const found = await records.list(db, EDITION, { about: quarter, order: 'newest', limit: MOST_EDITIONS })
    return found.map(({ bytes: _, ...view }) => view)
  }

  /** Who asks next is told what stands now. */
  #forget(): void {
    this.#editions.forget()
    this.#changes.forget()
  }

  /** Quarters that were over at this time and have no report, oldest first. */
  async #unpublished(overMs: number): Promise<string[]> {
    const published = new Set((await this.#published()).map(({ quarter }) => quarter))
    const ended = endedQuarters(this.#deps.sources.begunAt(), overMs)
    return [...ended].filter((quarter) => !published.has(quarter))
  }

  /** @returns null when another process was quicker */
  async #publish(quarter: string, by: Actor): Promise<EditionView | null> {
    const report = await this.#compile(this.#deps.db.db, quarter, 1)
    const made = await this.#journal.make(by, async (tx) => {
      if ((await this.#find(tx, quarter)) !== null) return { events: [], result: null }
      return this.#publication(report, { approval: null, reason: null })
    })
    this.#forget()
    return made
  }

  async #compile(db: Db, quarter: string, edition: number | null): Promise<TransparencyReport> {
    const { sources, clock } = this.#deps
    const days = [...(await records.findMany(db, DAY, daysOf(spanOf(quarter)))).values()]
    return compile({ quarter, days, sources, nowMs: clock.now(), edition })
  }

  /** @throws {AppError} NOT_FOUND; CONFLICT where another edition is the newest, or nothing would change */
  async #corrected({ quarter, replaces, reason }: NewCorrection): Promise<TransparencyReport> {
    const { db } = this.#deps.db
    const newest = await this.#find(db, quarter)
    if (newest === null) throw new AppError('NOT_FOUND', 'nothing is published about this quarter')
    if (newest.digest !== replaces) {
      throw new AppError('CONFLICT', `edition ${newest.edition} has come since: read it, and correct that one`)
    }
    const report = await this.#compile(db, quarter, newest.edition + 1)
    const changes = differences(TransparencyReport.parse(JSON.parse(newest.bytes)), report)
    if (changes.length === 0) {
      throw new AppError('CONFLICT', 'the records give what is published: there is nothing to correct')
    }
    return { ...report, correction: { replaces, reason, changes } }
  }

  #publication(report: TransparencyReport, { approval, reason }: Pick<Edition, 'approval' | 'reason'>) {
    const bytes = canonicalJson(TransparencyReport.parse(report))
    const digest = createHash('sha256').update(bytes).digest('hex')
    const { quarter, edition } = report
    const number = edition ?? 1
    const about = { quarter, edition: number, digest, publishedAt: iso(this.#deps.clock.now()), approval, reason }
    const event = {
      kind: 'transparency.report_published',
      subject: { type: 'transparency_report', id: quarter },
      digests: { report: digest },
      data: { edition: number, approval },
    }
    return { events: [event], puts: [put(EDITION, { ...about, bytes })], result: about }
  }

  async #find(db: Db, quarter: string, edition?: number): Promise<Edition | null> {
    if (edition !== undefined) return records.find(db, EDITION, editionId(quarter, edition))
    const [newest = null] = await records.list(db, EDITION, { about: quarter, order: 'newest', limit: 1 })
    return newest
  }
}
