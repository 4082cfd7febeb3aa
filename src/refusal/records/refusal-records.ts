import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import { loadOrCreateKey } from '../../base/keys.ts'
import type { Log } from '../../base/log.ts'
import { mapPage, type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { DbHandle } from '../../db/index.ts'
import type { RecordKind } from '../../journal/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import { DAY_MS, notFound, type RecordsConfig, type RecordsContext } from './context.ts'
import { refusalJournal } from './journal.ts'
import { COMPARISON, DATASET, EVALUATION, RED_TEAM_RUN } from './kinds.ts'
import { Rows } from './reading.ts'
import { receive } from './receive.ts'
import { Retention } from './retention.ts'
import type {
  KeptComparison,
  KeptDataset,
  KeptEvaluation,
  KeptRedTeamRun,
  KeptResult,
  Recorded,
  RedTeamRunNote,
  ResultKind,
} from './schema.ts'
import { type Standing, standingOf } from './standing.ts'
import * as store from './store.ts'
import { NOTHING, type Tally, tallied } from './tally.ts'

export interface RefusalRecordsDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where `refusal.key` is, or is made. */
  readonly keysDir: string
  readonly config: RecordsConfig
  readonly knowsCheckpoint: RecordsContext['knowsCheckpoint']
}

const KEY_BYTES = 32
const CLOCKWORK_MS = 60_000
/** More of one checkpoint than anybody makes. */
const LOOKED_AT = 200

/** What was made and measured about refusals: datasets, evaluations, red-team runs, comparisons. */
export class RefusalRecords implements AsyncDisposable {
  /** Rows of results, and their words. */
  readonly rows: Rows
  readonly #context: RecordsContext
  readonly #retention: Retention
  readonly #chores: Chores
  #tally: Tally = NOTHING

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE, CONFIG_INVALID */
  static async open({ keysDir, ledger, ...deps }: RefusalRecordsDeps): Promise<RefusalRecords> {
    const { db, clock, ids } = deps
    const root = loadOrCreateKey(join(keysDir, 'refusal.key'), KEY_BYTES, ids)
    const rowKey = Buffer.from(hkdfSync('sha256', root, '', 'safelevel.refusal/rows', KEY_BYTES))
    const journal = refusalJournal({ db: db.db, ledger, clock, ids })
    await journal.recover()
    const records = new RefusalRecords({ ...deps, journal, rowKey })
    records.#tally = await tallied(db.db, NOTHING)
    return records
  }

  private constructor(context: RecordsContext) {
    this.#context = context
    this.rows = new Rows(context)
    this.#retention = new Retention(context)
    this.#chores = new Chores(context.log)
  }

  start(): void {
    this.#chores.every(CLOCKWORK_MS, 'results about refusals not caught up', () => this.catchUp(), { first: 'now' })
  }

  /** Finishes and erases whatever is due. Runs every minute. @throws {AppError} LEDGER_UNAVAILABLE */
  async catchUp(): Promise<void> {
    await this.#context.journal.recover()
    await this.#retention.catchUp()
    this.#tally = await tallied(this.#context.db.db, this.#tally)
  }

  /** How many results there are, and the last evaluation; at most a minute old. */
  tally(): Tally {
    return this.#tally
  }

  /**
   * Takes a result in: a line with its head, then its rows. All of it is kept, or nothing; the same bytes again are the same result.
   *
   * @param body hostile; read as it comes
   * @throws {AppError} REQUEST_INVALID by its line, or for figures that don't come of their rows; NOT_FOUND for a checkpoint that nobody
   *   recorded; LEDGER_UNAVAILABLE: it is kept once the ledger records again
   */
  record(kind: ResultKind, body: ReadableStream<Uint8Array> | null, by: Actor): Promise<Recorded> {
    return receive(this.#context, kind, body, by)
  }

  /** Newest first, as the others. */
  datasets(page: PageQuery): Promise<Page<KeptDataset>> {
    return this.#list(DATASET, page)
  }

  evaluations(page: PageQuery & { readonly checkpoint?: string | undefined }): Promise<Page<KeptEvaluation>> {
    return this.#list(EVALUATION, page)
  }

  /** Without their matrices. */
  async redTeamRuns(page: PageQuery): Promise<Page<RedTeamRunNote>> {
    return mapPage(await this.#list(RED_TEAM_RUN, page), ({ head: { cells: _, attacks: __, ...head }, ...rest }) => ({
      ...rest,
      head,
    }))
  }

  comparisons(page: PageQuery): Promise<Page<KeptComparison>> {
    return this.#list(COMPARISON, page)
  }

  /** @throws {AppError} NOT_FOUND, as the others */
  dataset(id: string): Promise<KeptDataset> {
    return this.#get(DATASET, id)
  }

  evaluation(id: string): Promise<KeptEvaluation> {
    return this.#get(EVALUATION, id)
  }

  redTeamRun(id: string): Promise<KeptRedTeamRun> {
    return this.#get(RED_TEAM_RUN, id)
  }

  comparison(id: string): Promise<KeptComparison> {
    return this.#get(COMPARISON, id)
  }

  /** Removes the words of a result before their time; what was measured stays. @throws {AppError} NOT_FOUND */
  erase(id: string, by: Actor): Promise<KeptResult> {
    return this.#retention.erase(id, by)
  }

  /** Evaluations of a checkpoint that count, the last one first: never the sandbox's. */
  async evaluationsOf(checkpoint: string): Promise<KeptEvaluation[]> {
    const all = await store.records.list(this.#context.db.db, EVALUATION, {
      ...{ about: checkpoint, order: 'latest', limit: LOOKED_AT },
    })
    return all.filter(({ fixture }) => !fixture)
  }

  /** Whether a checkpoint is shown to refuse what it should, and no more. */
  async standing(checkpoint: string): Promise<Standing> {
    const { config, clock } = this.#context
    return standingOf(await this.evaluationsOf(checkpoint), config.evaluation, clock.now())
  }

  /** For the gate of deployments. */
  async finding({
    checkpoint,
  }: {
    readonly checkpoint: string
  }): Promise<{ readonly met: boolean; readonly says: string }> {
    const { met, says } = await this.standing(checkpoint)
    return { met, says }
  }

  /** How long rows are kept, in milliseconds. */
  get retentionMs(): number {
    return this.#context.config.retentionDays * DAY_MS
  }

  async close(): Promise<void> {
    await this.#chores.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #list<T extends { readonly id: string }>(
    kind: RecordKind<T>,
    { limit, after, checkpoint }: PageQuery & { readonly checkpoint?: string | undefined },
  ): Promise<Page<T>> {
    return readPage(limit, (most) =>
      store.records.list(this.#context.db.db, kind, { about: checkpoint, after, order: 'newest', limit: most }),
    )
  }

  async #get<T>(kind: RecordKind<T>, id: string): Promise<T> {
    const found = await store.records.find(this.#context.db.db, kind, id)
    if (found === null) throw notFound(`${kind.kind.replaceAll('_', ' ')} here`)
    return found
  }
}
