import { AppError } from '../base/errors.ts'
import type { Actor } from '../ledger/index.ts'
import type { Policies } from './policies.ts'
import { ReplayReport, type ReplayRow, replay } from './replay.ts'
import type { PolicyReplay } from './schema.ts'
import * as store from './store.ts'

/** Recorded decisions, oldest first or newest first: the order makes no difference. */
export interface RecordedDecisions {
  stream(query: { since: string; until: string }): AsyncIterable<ReplayRow>
  /** Scores below it were not recorded. */
  readonly scoreFloor: number
}

const MAX_RUNNING = 2
const MAX_LISTED = 20
/** A job that has not been heard of for so long died with its process. */
const SILENT_MS = 30_000
const REPORT_EVERY_MS = 500
/** Rows between two pauses in which requests are served. */
const BREATHE_EVERY = 2_000
const MAX_SINCE_MS = 400 * 86_400_000

/** Replays that run beside the traffic of this process, with their progress in the store, where every replica reads it. */
export class ReplayJobs {
  readonly #policies: Policies
  readonly #decisions: RecordedDecisions
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>()

  constructor(policies: Policies, decisions: RecordedDecisions) {
    this.#policies = policies
    this.#decisions = decisions
  }

  /**
   * Starts one over everything recorded from `since` on.
   *
   * @throws {AppError} NOT_FOUND, REQUEST_INVALID, POLICY_INVALID (the draft), OVERLOADED (too many run)
   */
  async start(draftId: string, since: string, by: Actor): Promise<PolicyReplay> {
    const { db, clock, ids } = this.#policies.context
    const now = clock.now()
    const sinceMs = Date.parse(since)
    if (!(sinceMs < now && sinceMs > now - MAX_SINCE_MS)) {
      throw new AppError('REQUEST_INVALID', 'since: a time in the past, at most 400 days ago')
    }
    const row = await store.findDraft(db.db, draftId)
    const draft = this.#policies.load(row.document, `draft ${draftId}`)
    if ((await store.runningReplays(db.db, new Date(now - SILENT_MS))) >= MAX_RUNNING) {
      throw new AppError('OVERLOADED', `${MAX_RUNNING} replays run already: wait for them`)
    }
    const id = ids.next('prp')
    await store.insertReplay(db.db, {
      id,
      draftId,
      revision: row.revision,
      since: new Date(sinceMs),
      state: 'running',
      rows: 0,
      startedAt: new Date(now),
      startedBy: by.id,
      updatedAt: new Date(now),
    })
    const abort = new AbortController()
    const current = this.#policies.current()
    const query = { since: new Date(sinceMs).toISOString(), until: new Date(now).toISOString() }
    const done = this.#run(id, { current, draft }, query, abort.signal).finally(() => this.#running.delete(id))
    this.#running.set(id, { abort, done })
    return this.get(id)
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<PolicyReplay> {
    const row = await store.findReplay(this.#policies.context.db.db, id)
    if (row === undefined) throw new AppError('NOT_FOUND', 'there is no such replay')
    const { report, ...head } = row
    return { ...this.#view(head), report: report === null ? null : ReplayReport.parse(JSON.parse(report)) }
  }

  /** The newest of a draft, newest first; `report` is null in all of them. @throws {AppError} NOT_FOUND (the draft) */
  async list(draftId: string): Promise<PolicyReplay[]> {
    const { db } = this.#policies.context.db
    await store.findDraft(db, draftId)
    const rows = await store.listReplays(db, draftId, MAX_LISTED)
    return rows.map((row) => ({ ...this.#view(row), report: null }))
  }

  #view(row: Omit<store.ReplayRow, 'report'>): Omit<PolicyReplay, 'report'> {
    const { id, draftId, revision, since, rows, startedAt, startedBy, updatedAt } = row
    const isSilent = row.state === 'running' && updatedAt.getTime() < this.#policies.context.clock.now() - SILENT_MS
    return {
      id,
      draftId,
      revision,
      since: since.toISOString(),
      state: isSilent ? 'failed' : row.state === 'done' ? 'done' : row.state === 'running' ? 'running' : 'failed',
      rows,
      problem: isSilent ? 'the process that ran it has stopped: start it again' : row.problem,
      startedAt: startedAt.toISOString(),
      startedBy,
    }
  }

  /** Breaks off what runs here; it stays to be seen as failed. */
  async close(): Promise<void> {
    const jobs = [...this.#running.values()]
    for (const { abort } of jobs) abort.abort(new AppError('SHUTTING_DOWN', 'the server is stopping'))
    await Promise.all(jobs.map(({ done }) => done))
  }

  async #run(
    id: string,
    policies: Pick<Parameters<typeof replay>[1], 'current' | 'draft'>,
    query: { since: string; until: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { db, clock, log } = this.#policies.context
    let rows = 0
    let reportedMs = clock.monotonic()
    const paced = this.#paced(query, signal, async (read) => {
      rows = read
      if (clock.monotonic() - reportedMs < REPORT_EVERY_MS) return
      reportedMs = clock.monotonic()
      await store.updateReplay(db.db, id, { rows, updatedAt: new Date(clock.now()) })
    })
    try {
      const report = await replay(paced, { ...policies, floor: this.#decisions.scoreFloor, signal })
      const done = { state: 'done', rows: report.decisions, report: JSON.stringify(report) }
      await store.updateReplay(db.db, id, { ...done, updatedAt: new Date(clock.now()) })
    } catch (error) {
      const problem = error instanceof AppError ? error.message : 'the recorded decisions could not be read'
      if (!(error instanceof AppError)) log.error({ err: error, replay: id }, 'a replay failed')
      await store
        .updateReplay(db.db, id, { state: 'failed', rows, problem, updatedAt: new Date(clock.now()) })
        .catch((err: unknown) => log.error({ err, replay: id }, 'the end of a replay could not be stored'))
    }
  }

  /** The rows, with a pause now and then in which this process serves requests. */
  async *#paced(
    query: { since: string; until: string },
    signal: AbortSignal,
    onRows: (rows: number) => Promise<void>,
  ): AsyncGenerator<ReplayRow> {
    let rows = 0
    for await (const row of this.#decisions.stream(query)) {
      yield row
      if (++rows % BREATHE_EVERY !== 0) continue
      signal.throwIfAborted()
      await onRows(rows)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
