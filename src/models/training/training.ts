import { Chores } from '../../base/chores.ts'
import { type Clock, iso, SKEW_MS } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { type Happening, put, type RecordKind } from '../../journal/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import { type ModelsJournal, modelsJournal, records } from '../records/index.ts'
import { Checkpoint, type Registry } from '../registry/index.ts'
import { Answers } from './answers.ts'
import { decideGate, type SegmentFacts } from './gate.ts'
import { GateQuestion, Lease, NewSettlement, ReceiptCheck, RunGauge, type SignedLease } from './schema.ts'
import type { LeaseSigner } from './signing.ts'

/** What a trainer plans, up to its end. */
interface Planned {
  readonly model: string
  readonly flops: number
  readonly loss: number | null
  readonly lossSet: string | null
  readonly endMs: number | null
}

/** How segments stand, each at its planned end; what the room of evaluations says. */
export interface SegmentPort {
  /** Of one model, by one look at what is on record. @throws {AppError} NOT_FOUND for a model that is not registered */
  segments(
    model: string,
    planned: readonly Planned[],
  ): Promise<
    readonly {
      readonly answer: SegmentFacts['answer']
      readonly endKHi: number
      readonly standing: {
        readonly due: { readonly calendarMs: number | null; readonly headroom: number | null }
        readonly reference: { readonly basis: 'cleared' | 'baseline'; readonly checkpoint: string } | null
        readonly evaluatingKHi: number | null
      }
    }[]
  >
}

export interface TrainingDeps {
  readonly db: DbHandle
  readonly ledger: EventLog & { readonly origin: string }
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly registry: Registry
  readonly segments: SegmentPort
  readonly signer: LeaseSigner
  readonly config: {
    readonly leaseMinutes: number
    readonly interval: number
    readonly buffer: number
    /** `enforce`: what somebody is concerned about stops training. */
    readonly training?: 'advise' | 'enforce'
  }
  /** Where training of a line stands, and what that means: `run`, `wait`, `stop` or `lock`. */
  readonly stateOf: (model: string) => Promise<{ readonly state: string; readonly effect: string }>
  /** What should be there before a run is trained and is not, in words: its safety review, an officer. */
  readonly concernsOf?: (model: string, run: string) => Promise<readonly string[]>
}

const SYSTEM: Actor = { type: 'system', id: 'training-gate' }
const MINUTE_MS = 60_000
const WATCH_MS = 2_000

const LEASE: RecordKind<Lease> = {
  kind: 'lease',
  schema: Lease,
  columns: ({ id, model, run, answer, issuedAt }) => ({ id, model, about: run, state: answer, at: issuedAt }),
}
const GAUGE: RecordKind<RunGauge> = {
  kind: 'run_gauge',
  schema: RunGauge,
  columns: ({ id, model, run, at }) => ({ id, model, about: run, at }),
}
const CHECK: RecordKind<ReceiptCheck> = {
  kind: 'receipt_check',
  schema: ReceiptCheck,
  columns: ({ id, model, problem, at, settled }) => ({ id, model, state: stateOf(problem, settled), at }),
}

/** Asked before each segment of training: may it run, how far, for how long. */
export class Training implements AsyncDisposable {
  readonly #deps: TrainingDeps
  readonly #journal: ModelsJournal
  readonly #chores: Chores
  readonly #answers: Answers
  #seen = -1
  #openAlarms: readonly string[] = []
  /** By run, in FLOP: what it has said here, also while that is not on record yet. */
  readonly #said = new Map<string, number>()

  static async open(deps: TrainingDeps): Promise<Training> {
    const training = new Training(deps)
    await training.#journal.recover()
    await training.#countAlarms()
    training.#chores.every(WATCH_MS, 'receipts of checkpoints not checked', () => training.checkReceipts())
    return training
  }

  private constructor(deps: TrainingDeps) {
    this.#deps = deps
    const { db, ledger, clock, ids } = deps
    this.#journal = modelsJournal('models.training', { db: db.db, ledger, clock, ids })
    this.#answers = new Answers(this.#journal)
    this.#chores = new Chores(deps.log)
  }

  /**
   * Answers, signed and on record. A run that says less than it has said before is taken at its word for nothing: the larger counts.
   *
   * @throws {AppError} NOT_FOUND for a model line without a checkpoint; REQUEST_INVALID; CONFLICT when the clock has run back;
   *   LEDGER_UNAVAILABLE: then nothing is let through
   */
  async ask(input: GateQuestion, by: Actor): Promise<SignedLease> {
    const given = GateQuestion.parse(input)
    const { model, run, loss, lossSet } = given
    if (given.untilFlops !== undefined && given.untilFlops < given.flops) {
      throw new AppError('REQUEST_INVALID', 'untilFlops are cumulative: they can’t be below flops')
    }
    const { db, clock, config, stateOf, ids, ledger, signer } = this.#deps
    const id = `${model}/${run}`
    const [gauge, { state, effect }, concerns] = await Promise.all([
      records.find(db.db, GAUGE, id),
      stateOf(model),
      this.#deps.concernsOf?.(model, run) ?? [],
    ])
    const now = clock.now()
    if (gauge !== null && Date.parse(gauge.at) > now + SKEW_MS) {
      throw new AppError(
        'CONFLICT',
        `the clock says ${iso(now)}, before this run asked last (${gauge.at}): set it right`,
      )
    }
    const flops = Math.max(given.flops, gauge?.flops ?? 0, this.#said.get(id) ?? 0)
    this.#said.set(id, flops)
    const fell = flops > given.flops
    const untilFlops = given.untilFlops === undefined ? null : Math.max(given.untilFlops, flops)
    const endMs = given.until === undefined ? null : Date.parse(given.until)
    const planned = { model, flops, loss, lossSet, endMs }
    const ends = untilFlops === null ? [planned] : [planned, { ...planned, flops: untilFlops }]
    const [at, end = at] = await this.#stand(model, ends)
    if (at === undefined || end === undefined) throw new Error('a segment without an answer')
    const worst = at.answer.answer === 'pause' || end.answer.answer === 'continue' ? at : end
    const { due, reference, evaluatingKHi } = at.standing
    const judged = decideGate({
      ...{ effect, state, flops, untilFlops, nowMs: now, leaseMs: config.leaseMinutes * MINUTE_MS },
      ...{ interval: config.interval, buffer: config.buffer },
      segment: { answer: worst.answer, endKHi: end.endKHi, evaluatingKHi, calendarMs: due.calendarMs },
    })
    const stops = config.training === 'enforce' && concerns.length > 0 && judged.answer === 'continue'
    const decided = stops ? { ...judged, answer: 'pause' as const, maxFlops: null, expiresMs: null } : judged
    const back = `this run has said ${flops} FLOP before: a restart from an earlier checkpoint is a run of its own`
    const k = Number.isFinite(at.endKHi) ? at.endKHi : null
    const lease: Lease = {
      ...{ format: 'safelevel-lease/1', id: ids.next('lse'), installation: ledger.origin, model, run },
      ...{ answer: decided.answer, reasons: [...decided.reasons, ...concerns, ...(fell ? [back] : [])] },
      ...{ flops, maxFlops: decided.maxFlops, issuedAt: iso(now) },
      expiresAt: decided.expiresMs === null ? null : iso(decided.expiresMs),
      ...{ k, headroom: k === null ? null : config.buffer / k },
      ...{ reference: reference?.checkpoint ?? null, basis: reference?.basis ?? null, state },
    }
    const { answer, maxFlops, expiresAt } = lease
    const data = { model, run, answer, flops, maxFlops, expiresAt, k, state, fell }
    const event: Happening = { kind: 'training.gate_answered', subject: { type: 'lease', id: lease.id }, data }
    await this.#answers.keep({
      by,
      event,
      puts: [put(LEASE, lease), put(GAUGE, { id, model, run, flops, at: iso(now) })],
    })
    return signer.sign(lease)
  }

  /** @throws {AppError} NOT_FOUND */
  async #stand(model: string, ends: readonly Planned[]) {
    try {
      return await this.#deps.segments.segments(model, ends)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error
      throw new AppError(
        'NOT_FOUND',
        `the model ${model} is not registered: record the checkpoint that is counted from with safelevel checkpoint record --model ${model} --checkpoint NAME --flops N`,
      )
    }
  }

  /** Leases of one run or line, newest first. */
  leases(model: string, run: string | undefined, limit: number): Promise<Lease[]> {
    return records.list(this.#deps.db.db, LEASE, { model, about: run, order: 'latest', limit })
  }

  /** Checkpoints of runs that no lease had let through. */
  alarms(model?: string): Promise<ReceiptCheck[]> {
    return records.list(this.#deps.db.db, CHECK, { model, state: 'alarm', limit: 1_000 })
  }

  /** In memory, at most two seconds old: checkpoints over which an alarm stands. */
  openAlarms(): readonly string[] {
    return this.#openAlarms
  }

  /**
   * Somebody has looked into an alarm. It is over then; the checkpoint is let through as little as before.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT when none stands, LEDGER_UNAVAILABLE
   */
  async settle(input: NewSettlement, by: Actor): Promise<ReceiptCheck> {
    const { checkpoint: id, reason } = NewSettlement.parse(input)
    const settled = await this.#journal.make(by, async (db) => {
      const check = await records.find(db, CHECK, id)
      if (check === null || check.problem === null) throw new AppError('NOT_FOUND', `no alarm stands over ${id}`)
      if (check.settled !== null) throw new AppError('CONFLICT', `this was settled at ${check.settled.at}`)
      const next: ReceiptCheck = { ...check, settled: { at: iso(this.#deps.clock.now()), by: by.id, reason } }
      const event: Happening = {
        kind: 'training.alarm_settled',
        subject: { type: 'checkpoint', id },
        data: { model: check.model, problem: check.problem },
      }
      return { events: [event], puts: [put(CHECK, next)], result: next }
    })
    await this.#countAlarms()
    return settled
  }

  /** Whether a checkpoint had been let through: what a vault asks before it takes one in. null = nobody has looked yet */
  async receiptOf(checkpoint: string): Promise<ReceiptCheck | null> {
    return records.find(this.#deps.db.db, CHECK, checkpoint)
  }

  /** Looks at checkpoints that are new: each of a run must have been let through. Runs every two seconds. */
  async checkReceipts(): Promise<void> {
    const changed = await records.changedSince(this.#deps.db.db, ['checkpoint', CHECK.kind], this.#seen)
    const looked = new Set(
      changed.flatMap(({ kind, body }) => (kind === CHECK.kind ? [ReceiptCheck.parse(JSON.parse(body)).id] : [])),
    )
    for (const { kind, body, version } of changed) {
      if (kind !== CHECK.kind) {
        const checkpoint = Checkpoint.parse(JSON.parse(body))
        // What comes under no run, such as what was there before the gate was, is nobody's answer to give.
        if (checkpoint.run !== null && !looked.has(checkpoint.id)) await this.#check(checkpoint)
      }
      // Past what was written here too, or every turn would read it again.
      this.#seen = Math.max(this.#seen, version)
    }
    if (changed.length > 0) await this.#countAlarms()
  }

  async #check(checkpoint: Checkpoint): Promise<void> {
    await this.#journal.make(SYSTEM, async (tx) => {
      if ((await records.find(tx, CHECK, checkpoint.id)) !== null) return { events: [], result: null }
      const lease = checkpoint.receipt === null ? null : await records.find(tx, LEASE, checkpoint.receipt)
      const problem = problemOf(checkpoint, lease)
      const { id, model, run } = checkpoint
      const event = {
        kind: 'training.checkpoint_without_receipt',
        subject: { type: 'checkpoint', id },
        data: { model, run, problem },
      }
      const check: ReceiptCheck = { id, model, problem, at: iso(this.#deps.clock.now()), settled: null }
      return { events: problem === null ? [] : [event], puts: [put(CHECK, check)], result: null }
    })
  }

  async #countAlarms(): Promise<void> {
    this.#openAlarms = (await this.alarms()).map(({ id }) => id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }
}

function stateOf(problem: string | null, settled: ReceiptCheck['settled']): string {
  if (problem === null) return 'met'
  return settled === null ? 'alarm' : 'settled'
}

function problemOf({ model, run, flops, takenAt, receipt }: Checkpoint, lease: Lease | null): string | null {
  if (receipt === null) return 'it names no receipt of the gate'
  if (lease === null) return 'its receipt is none that this gate has given'
  if (lease.model !== model || lease.run !== run) return 'its receipt was given to another run'
  if (lease.answer !== 'continue' || lease.maxFlops === null || lease.expiresAt === null)
    return `its receipt says ${lease.answer}`
  if (flops > lease.maxFlops) return 'it was trained beyond what its receipt allows'
  if (Date.parse(takenAt) > Date.parse(lease.expiresAt) + SKEW_MS) return 'its receipt had expired when it was taken'
  return null
}
