import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import { modelsJournal, records } from '../records/index.ts'
import type { Registry } from '../registry/index.ts'
import { type Admission, Board } from './board.ts'
import { Cases, type StepBy, stepped } from './cases.ts'
import type { ResponseConfig } from './config.ts'
import { type ResponseContext, SYSTEM } from './context.ts'
import { Drills } from './drills.ts'
import { Incidents } from './incidents.ts'
import { CASE } from './kinds.ts'
import { TRAINING_MACHINE } from './machine/index.ts'
import type { ResponseCase } from './schema.ts'
import { addCustomers, allCustomers } from './store.ts'

export interface ResponseDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly registry: Registry
  readonly config: ResponseConfig
  /** Names of the models that the gateway serves. */
  readonly served: () => readonly string[]
  /** Whether a model is the built-in one, which is no real model and passes no gate. */
  readonly isFixture: (model: string) => boolean
  /** Whether a second judge is configured, that safeguards could put beside the classifier. */
  readonly hasJudge?: boolean
  /** How many people hold one of these roles; absent = nobody can say. */
  readonly candidates?: ResponseContext['candidates']
  /** Which vault obeys locks, in words; null or absent = none. */
  readonly vault?: ResponseContext['vault']
}

const POLL_MS = 250
const HOUSEKEEPING_MS = 5_000

/** What the policy prescribes when a threshold is met, as machines that run: training and deployments. */
export class Response implements AsyncDisposable {
  readonly cases: Cases
  readonly incidents: Incidents
  readonly drills: Drills
  readonly #context: ResponseContext
  readonly #chores: Chores
  /** By model line: where its training stands, of those to which anything has happened. */
  readonly #training = new Map<string, string>()
  #version = 0

  /** Finishes what a crash cut off and reads who is served by what into memory. @throws {AppError} LEDGER_UNAVAILABLE */
  static async open(deps: ResponseDeps): Promise<Response> {
    const response = new Response(deps)
    await response.#context.journal.recover()
    response.#context.board.know(await allCustomers(deps.db.db))
    await response.refresh()
    response.#start()
    return response
  }

  private constructor(deps: ResponseDeps) {
    const { db, ledger, clock, ids, log, registry, config, served, isFixture, hasJudge = false } = deps
    const { candidates, vault } = deps
    const board = new Board((model) => config.release === 'enforce' && !isFixture(model))
    const journal = modelsJournal('models.response', { db: db.db, ledger, clock, ids })
    this.#context = { db, journal, clock, ids, log, registry, board, config, served, hasJudge, candidates, vault }
    this.cases = new Cases(this.#context, () => this.refresh())
    this.incidents = new Incidents(this.#context, {
      before: () => this.noteCustomers(),
      after: () => this.refresh(),
    })
    this.drills = new Drills(this.#context, this.cases, this.incidents)
    this.#chores = new Chores(log)
  }

  /** Whether this organisation may use this model of the gateway now. In memory, synchronous. */
  admission(model: string, organisationId: string): Admission {
    return this.#context.board.admission(model, organisationId)
  }

  /** Models of the gateway that somebody has a say about. */
  intake(): { model: string; state: string; effect: string; customers: number }[] {
    return this.#context.board.list()
  }

  /** Whether training of a model line may run: `run`, `wait`, `stop` or `lock`, and why. */
  async trainingOf(model: string): Promise<ResponseCase> {
    return this.cases.training(model)
  }

  /** The same from memory, for who asks at every checkpoint: at once what changed here, within a quarter of a second what changed elsewhere. */
  trainingNow(model: string): Pick<ResponseCase, 'machine' | 'state'> {
    return { machine: 'training', state: this.#training.get(model) ?? TRAINING_MACHINE.initial }
  }

  /**
   * A threshold is met: training of the line stops, and what is deployed of it is halted (2d). The one way in, whoever finds it: results that
   * were imported, or a person.
   *
   * @returns where training stands then
   * @throws {AppError} CONFLICT where a person may not find it, or not from where it stands; LEDGER_UNAVAILABLE
   */
  async meet(model: string, by: StepBy): Promise<ResponseCase> {
    const of = await this.cases.training(model)
    // Tried without effect: who may not stop training halts nothing either.
    if (by.takers !== 'system') stepped(of, 'find_met', by, this.#context.clock.now())
    const { reason, takers, actor } = by
    // What is deployed first: cut off in between, the step is still to be taken, and taking it halts what is left.
    await possible(() => this.incidents.halt({ model, reason }, takers, actor))
    const met = await possible(() => this.cases.take(of.id, 'find_met', by))
    return met ?? this.cases.training(model)
  }

  /** Which vault obeys locks, in words; null = none is installed. */
  get vault(): string | null {
    return this.#context.vault?.() ?? null
  }

  /** Whether nobody may open the weights of this line: what a vault obeys. */
  async isLocked(model: string): Promise<boolean> {
    const { state } = await this.cases.training(model)
    return LOCKED.has(state)
  }

  /** Reads what changed here or on another replica: one short query when nothing did. Runs four times a second. */
  async refresh(): Promise<void> {
    const { db, board } = this.#context
    const version = await records.headVersion(db.db)
    if (version === this.#version) return
    const rows = await records.changedSince(db.db, [CASE.kind], this.#version)
    const cases = rows.map(({ body }) => CASE.schema.parse(JSON.parse(body)))
    board.place(cases)
    for (const { machine, model, state, drill } of cases) {
      if (machine === 'training' && !drill) this.#training.set(model, state)
    }
    // Changes get their numbers in the order in which they take effect: none that comes later has a lower one.
    this.#version = rows.reduce((latest, row) => Math.max(latest, row.version), version)
  }

  /** Puts on record who has become a customer. Runs four times a second. */
  async noteCustomers(): Promise<void> {
    const { board, db, clock } = this.#context
    const news = board.takeNews(clock.now())
    if (news.length === 0) return
    try {
      await addCustomers(db.db, news)
    } catch (error) {
      board.giveBack(news)
      throw error
    }
  }

  /** Closes incidents that are over, ends exceptions that have run out. */
  async housekeep(): Promise<void> {
    const { db, journal, clock } = this.#context
    if (db.kind === 'postgres') await journal.recover()
    await this.incidents.catchUp()
    const now = clock.now()
    for (const { id, state, expiresAt } of await this.cases.list({ machine: 'deployment' })) {
      if (state !== 'grandfathered' || expiresAt === null || Date.parse(expiresAt) > now) continue
      const reason = 'the exception has run out'
      await this.cases.take(id, 'lapse', { takers: 'system', actor: SYSTEM, approval: null, reason })
    }
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.noteCustomers().catch((error: unknown) => this.#context.log.warn({ err: error }, 'customers not noted'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #start(): void {
    this.#chores.every(POLL_MS, 'halts of other replicas not read', () => this.refresh())
    this.#chores.every(POLL_MS, 'customers not noted', () => this.noteCustomers())
    this.#chores.every(HOUSEKEEPING_MS, 'responses not caught up', () => this.housekeep())
  }
}

/** What can't be done from where things stand needs no doing. */
async function possible<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && (error.code === 'CONFLICT' || error.code === 'NOT_FOUND')) return null
    throw error
  }
}

const LOCKED: ReadonlySet<string> = new Set(['locked', 'convened', 'retained', 'deleted', 'closed'])
