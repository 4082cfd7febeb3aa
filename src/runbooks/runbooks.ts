import { hash } from 'node:crypto'
import { type Clock, iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db, DbHandle } from '../db/index.ts'
import { type Happening, put } from '../journal/index.ts'
import type { EventLog } from '../ledger/index.ts'
import { type Library, loadRunbooks } from './library.ts'
import { ACT, RUN, type RunbooksJournal, records, runbooksJournal } from './records.ts'
import { type Act, checksOf, close, type Found, settle, stepOf, stepsOf, summaryOf, type Worker } from './run.ts'
import {
  Closing,
  NewRun,
  type Run,
  type RunbookView,
  type RunSummary,
  type RunView,
  type Settled,
  StepWork,
} from './schema.ts'

export interface RunbooksDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Of the organisation's own runbooks; null: it has none. */
  readonly folder: string | null
}

/** Looks where a check says. @param since when the run began, ISO 8601 */
export type Look = (name: string, since: string) => Promise<Found>

/** Runs under way, in numbers; exercises apart. */
export interface RunCounts {
  readonly runs: number
  readonly drills: number
  /** Open steps past their time, without those of exercises. */
  readonly lateSteps: number
}

/** An exercise that is over. */
export interface Exercise {
  readonly id: string
  readonly runbook: string
  /** false: it was stopped before its end */
  readonly finished: boolean
  /** When it was closed, ISO 8601. */
  readonly at: string
}

/** A step that is open, and until when it should be settled. */
export interface DueStep {
  readonly run: string
  readonly runbook: string
  readonly step: string
  readonly title: string
  /** ISO 8601 */
  readonly dueAt: string
}

const MOST_ACTS = 200
const MOST_EXERCISES = 500
const MOST_OPEN = 1_000

const KINDS: Readonly<Record<Settled['state'], string>> = {
  done: 'runbooks.step_done',
  skipped: 'runbooks.step_skipped',
  answered: 'runbooks.question_answered',
  holds: 'runbooks.checked',
  fails: 'runbooks.checked',
  unknown: 'runbooks.checked',
}

/** What people do when something happens, step by step, and the record of what they did. */
export class Runbooks {
  readonly #deps: RunbooksDeps
  readonly #journal: RunbooksJournal
  #library: Library | null = null
  #look: Look = async () => ({ state: 'unknown', says: 'nothing can be looked at yet' })

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE; CONFIG_INVALID for a runbook of one's own that is not sound */
  static async open(deps: RunbooksDeps): Promise<Runbooks> {
    const runbooks = new Runbooks(deps)
    // The shipped ones are sound, and are read when somebody asks.
    if (deps.folder !== null) runbooks.library
    await runbooks.#journal.recover()
    return runbooks
  }

  private constructor(deps: RunbooksDeps) {
    this.#deps = deps
    this.#journal = runbooksJournal({ ...deps, db: deps.db.db })
  }

  /** What can be started. @throws {AppError} CONFIG_INVALID */
  get library(): Library {
    this.#library ??= loadRunbooks(this.#deps.folder)
    return this.#library
  }

  /** Gives checks their eyes: before that, each is unknown. */
  lookWith(look: Look): void {
    this.#look = look
  }

  /** @throws {AppError} NOT_FOUND; FORBIDDEN for who would not see the run; REQUEST_INVALID; LEDGER_UNAVAILABLE */
  async start(input: NewRun, by: Worker): Promise<RunView> {
    const { runbook: id, about, drill } = NewRun.parse(input)
    const { digest, own: _, ...runbook } = this.library.get(id)
    if (!maySee(runbook, by))
      throw new AppError('FORBIDDEN', `runs of ${id} are seen by these roles alone: ${runbook.readers?.join(', ')}`)
    const { clock, ids } = this.#deps
    const run: Run = {
      ...{ id: ids.next('rbr'), runbook, digest, about, drill },
      ...{ startedBy: by.actor.id, startedAt: iso(clock.now()), settled: {}, closed: null },
    }
    await this.#journal.make(by.actor, async () => ({
      events: [
        {
          ...{ kind: 'runbooks.run_started', subject: subjectOf(run) },
          digests: { runbook: digest, ...digestsOf({ about }) },
          data: { runbook: id, ...marksOf(run) },
        },
      ],
      puts: [put(RUN, run)],
      result: null,
    }))
    return this.#view(this.#deps.db.db, run)
  }

  /** Newest first, at most `limit`; those that somebody may see. */
  async list(
    { state, limit }: { state?: 'open' | 'closed' | undefined; limit: number },
    by: Worker,
  ): Promise<RunSummary[]> {
    const runs = await records.list(this.#deps.db.db, RUN, { state, order: 'newest', limit })
    return runs.filter(({ runbook }) => maySee(runbook, by)).map((run) => summaryOf(run, this.#deps.clock.now()))
  }

  /** @throws {AppError} NOT_FOUND, also for a run that somebody may not see */
  async get(id: string, by: Worker): Promise<RunView> {
    const { db } = this.#deps.db
    return this.#view(db, await this.#find(db, id, by))
  }

  /**
   * What a person says of a step: that it is done, why it is passed over, what the answer is.
   *
   * @throws {AppError} as `settle`; LEDGER_UNAVAILABLE
   */
  work(id: string, step: string, input: StepWork, by: Worker): Promise<RunView> {
    return this.#act(id, step, StepWork.parse(input), by)
  }

  /** Looks now, for a check. @throws {AppError} as `settle`; LEDGER_UNAVAILABLE */
  async look(id: string, step: string, by: Worker): Promise<RunView> {
    const run = await this.#find(this.#deps.db.db, id, by)
    const of = stepOf(run, step)
    if (of.kind !== 'check') throw new AppError('REQUEST_INVALID', `${step} is for people: there is nothing to look at`)
    return this.#act(id, step, { act: 'look', found: await this.#found(of.look, run) }, by)
  }

  /**
   * Ends a run, after every check has been looked at once more.
   *
   * @throws {AppError} NOT_FOUND, FORBIDDEN, CONFLICT as `close`; LEDGER_UNAVAILABLE
   */
  async close(id: string, input: Closing, by: Worker): Promise<RunView> {
    const closing = Closing.parse(input)
    const before = await this.#find(this.#deps.db.db, id, by)
    const looked = await Promise.all(
      checksOf(before).map(async (step) => ({ id: step.id, found: await this.#found(step.look, before) })),
    )
    return await this.#journal.make(by.actor, async (db) => {
      const at = iso(this.#deps.clock.now())
      let run = await this.#find(db, id, by)
      const asked = new Set(checksOf(run).map((step) => step.id))
      // A question that was answered otherwise meanwhile may ask for other checks; those are as they were found before.
      const news = looked.filter((one) => asked.has(one.id))
      for (const one of run.closed === null ? news : [])
        run = settle(run, one.id, { act: 'look', found: one.found }, by, at)
      run = close(run, closing, by, at)
      const acts = news.map((one) => this.#acted(run, one.id))
      const { outcome, summary, despite } = closing
      const event: Happening = {
        ...{ kind: 'runbooks.run_closed', subject: subjectOf(run) },
        digests: digestsOf({ summary, despite: despite ?? null }),
        data: { outcome, despite: run.closed?.despite != null, ...marksOf(run) },
      }
      return {
        events: [...acts.map(({ event: one }) => one), event],
        puts: [...acts.map(({ act }) => put(ACT, act)), put(RUN, run)],
        result: await this.#view(
          db,
          run,
          acts.map(({ act }) => act),
        ),
      }
    })
  }

  /** Runs under way and what is late in them, whoever may see them: numbers alone. */
  async counts(): Promise<RunCounts> {
    const nowMs = this.#deps.clock.now()
    const open = (await this.#open()).map((run) => summaryOf(run, nowMs))
    const real = open.filter(({ drill }) => !drill)
    const lateSteps = real.reduce((sum, { late }) => sum + late, 0)
    return { runs: real.length, drills: open.length - real.length, lateSteps }
  }

  /** Exercises that are over, newest first: whoever may see them, by identifiers alone. */
  async exercises(): Promise<Exercise[]> {
    const runs = await records.list(this.#deps.db.db, RUN, { state: 'closed', order: 'newest', limit: MOST_EXERCISES })
    return runs.flatMap(({ id, runbook, drill, closed }) =>
      drill && closed !== null
        ? [{ id, runbook: runbook.id, finished: closed.outcome === 'finished', at: closed.at }]
        : [],
    )
  }

  /** Open steps that have a time, without those of exercises and of runs that only some may see. */
  async due(): Promise<DueStep[]> {
    const nowMs = this.#deps.clock.now()
    return (await this.#open())
      .filter(({ drill, runbook }) => !drill && runbook.readers === null)
      .flatMap((run) =>
        stepsOf(run, nowMs).flatMap(({ step, open, dueAt }) =>
          open && dueAt !== null
            ? [{ run: run.id, runbook: run.runbook.id, step: step.id, title: step.title, dueAt }]
            : [],
        ),
      )
  }

  #open(): Promise<Run[]> {
    return records.list(this.#deps.db.db, RUN, { state: 'open', order: 'newest', limit: MOST_OPEN })
  }

  #act(id: string, step: string, act: Act, by: Worker): Promise<RunView> {
    return this.#journal.make(by.actor, async (db) => {
      const run = settle(await this.#find(db, id, by), step, act, by, iso(this.#deps.clock.now()))
      const { act: made, event } = this.#acted(run, step)
      return { events: [event], puts: [put(RUN, run), put(ACT, made)], result: await this.#view(db, run, [made]) }
    })
  }

  /** What has just become of a step, for the store and for the ledger: words stay here, the ledger has their digest. */
  #acted(run: Run, step: string) {
    const settled = run.settled[step]
    if (settled === undefined) throw new AppError('INTERNAL', 'a step was settled and is not')
    const { state, answer, words } = settled
    const id = this.#deps.ids.next('evt')
    const event: Happening = {
      ...{ kind: KINDS[state], eventId: id, subject: subjectOf(run) },
      digests: digestsOf({ words }),
      data: { step, state, answer, ...marksOf(run) },
    }
    return { act: { id, run: run.id, step, ...settled }, event }
  }

  async #found(look: string, { startedAt }: Run): Promise<Found> {
    try {
      return await this.#look(look, startedAt)
    } catch (error) {
      // Somewhere else something is wrong, which is likely while an incident lasts: then nobody can say.
      this.#deps.log.warn({ err: error, look }, 'a check of a runbook could not be looked at')
      return { state: 'unknown', says: 'it could not be looked at: see the log' }
    }
  }

  async #find(db: Db, id: string, by: Worker): Promise<Run> {
    const run = await records.find(db, RUN, id)
    if (run === null || !maySee(run.runbook, by))
      throw new AppError('NOT_FOUND', `there is no run ${id}: see safelevel runbook runs`)
    return run
  }

  /** @param made what is not in the store yet */
  async #view(db: Db, run: Run, made: RunView['acts'] = []): Promise<RunView> {
    const nowMs = this.#deps.clock.now()
    const kept = await records.list(db, ACT, { about: run.id, order: 'newest', limit: MOST_ACTS })
    const acts = [...made, ...kept].slice(0, MOST_ACTS).map(({ id, step, state, answer, words, by, at, since }) => ({
      ...{ id, step, state, answer, words, by, at, since },
    }))
    const { when, lead, readers } = run.runbook
    return { ...summaryOf(run, nowMs), digest: run.digest, when, lead, readers, steps: stepsOf(run, nowMs), acts }
  }
}

/** Whether somebody sees runs of a runbook. */
export function maySee({ readers }: Pick<RunbookView, 'readers'>, { roles }: Worker): boolean {
  return readers === null || readers.some((role) => roles.has(role))
}

function subjectOf({ id }: Run): Happening['subject'] {
  return { type: 'runbook_run', id }
}

/** `restricted`: the ledger's readers don't hear of it, as they don't see the run. */
function marksOf({ drill, runbook: { readers } }: Run) {
  return { drill, restricted: readers !== null }
}

/** Of what is there. */
function digestsOf(words: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([name, text]) => (text === null ? [] : [[name, hash('sha256', text)] as const])),
  )
}
