import {
  type Budget,
  type ChatRequest,
  chatRequest,
  mostUsage,
  type Pace,
  type Reply,
  type Usage,
} from '../../../asking/index.ts'
import type { Clock } from '../../../base/clock.ts'
import { AppError, type ErrorCode } from '../../../base/errors.ts'
import { type Asking, askOf } from './asking.ts'
import { type Known, keyOf, type ResultsFile, type Row } from './results-file.ts'
import { type Scored, scoreOf } from './score.ts'
import type { Task } from './task-file.ts'

/** So many tries that end in an error, one after the other, are the server's doing and not the tasks'. */
const MAX_ERRORS_IN_A_ROW = 10
const MAX_KEPT_ANSWER = 64 * 1024

export interface RunPlan {
  readonly tasks: readonly Task[]
  readonly attempts: number
  /** Under the rule of one in ten nothing more is learnt from a task that was passed once. */
  readonly stopAtSuccess: boolean
  /** Tries that ended in an error are made once more. */
  readonly retryErrors: boolean
  readonly asking: Asking
  readonly concurrency: number
  /** How often one question is sent again, when there was no answer to it. */
  readonly retries: number
  /** The longest that a server may ask to be left alone. */
  readonly maxWaitMs: number
}

export interface RunDeps {
  readonly file: ResultsFile
  readonly budget: Budget
  readonly pace: Pace
  readonly clock: Clock
  /** Sends one request; what comes of it, whatever happens. */
  readonly send: (request: ChatRequest) => Promise<Reply>
  /** No more is asked once it fires; what was asked is waited for. */
  readonly signal: AbortSignal
  readonly onProgress: (done: number, of: number) => void
}

export type RunStatus = 'success' | 'stopped' | 'limit' | 'unavailable'
export interface RunEnd {
  readonly status: RunStatus
  readonly counts: Readonly<Record<Known, number>>
  /** Tries that were not made, or wait for an answer. */
  readonly left: number
  readonly why: string | null
  readonly code: ErrorCode | null
}

/**
 * Asks every task as often as the plan says, and appends what comes of it to the file; what stands there already is not asked again. Ends
 * with the plan, at a limit, when told to, or when the server can't be used.
 */
export async function runSuite(plan: RunPlan, deps: RunDeps): Promise<RunEnd> {
  return new Run(plan, deps).all()
}

interface Stop {
  readonly status: RunStatus
  readonly why: string
  readonly code: ErrorCode | null
}

class Run {
  readonly #plan: RunPlan
  readonly #deps: RunDeps
  readonly #known: Map<string, Known>
  readonly #passed = new Set<string>()
  readonly #queue: Iterator<{ task: Task; attempt: number }>
  readonly #halt = new AbortController()
  #stop: Stop | null = null
  /** Tries that are still to be made. */
  #left: number
  #asked = false
  #errorsInARow = 0
  #running = 0
  /** Told when something was settled, for those who wait for room below a limit. */
  #settled = Promise.withResolvers<void>()

  constructor(plan: RunPlan, deps: RunDeps) {
    this.#plan = plan
    this.#deps = deps
    const { answered } = deps.file.kept
    this.#known = new Map([...answered].filter(([, known]) => !(plan.retryErrors && known === 'errored')))
    for (const { id } of plan.tasks) {
      for (let n = 1; n <= plan.attempts; n++) if (this.#known.get(keyOf(id, n)) === 'passed') this.#passed.add(id)
    }
    this.#left = plan.tasks.reduce((sum, { id }) => sum + this.#openOf(id), 0)
    this.#queue = this.#open()
  }

  async all(): Promise<RunEnd> {
    const { signal, file, clock } = this.#deps
    const stop = () => this.#end({ status: 'stopped', why: 'stopped', code: null })
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    this.#progress()
    try {
      await Promise.all(Array.from({ length: this.#plan.concurrency }, () => this.#work()))
    } finally {
      signal.removeEventListener('abort', stop)
    }
    const left = this.#left
    const { status, why, code }: { status: RunStatus; why: string | null; code: ErrorCode | null } =
      left === 0 || this.#stop === null ? { status: 'success', why: null, code: null } : this.#stop
    // A file that is complete stays as it is: it may have been imported.
    if (this.#asked || file.kept.ended !== status) {
      await file.append({ end: { status, at: new Date(clock.now()).toISOString() } })
    }
    return { status, counts: this.#counts(), left, why, code }
  }

  /** First tries of all tasks, then the second ones: what was passed meanwhile is left out. */
  *#open(): Generator<{ task: Task; attempt: number }> {
    for (let attempt = 1; attempt <= this.#plan.attempts; attempt++) {
      for (const task of this.#plan.tasks) if (this.#isOpen(task.id, attempt)) yield { task, attempt }
    }
  }

  #isOpen(task: string, attempt: number): boolean {
    return !this.#known.has(keyOf(task, attempt)) && !(this.#plan.stopAtSuccess && this.#passed.has(task))
  }

  #openOf(task: string): number {
    let open = 0
    for (let attempt = 1; attempt <= this.#plan.attempts; attempt++) if (this.#isOpen(task, attempt)) open += 1
    return open
  }

  async #work(): Promise<void> {
    while (this.#stop === null) {
      const next = this.#queue.next()
      if (next.done) return
      this.#running += 1
      try {
        await this.#try(next.value)
      } catch (error) {
        // A disk that is full, say: nobody goes on.
        this.#end({ status: 'unavailable', why: 'the results can’t be written', code: null })
        throw error
      } finally {
        this.#running -= 1
        this.#tellSettled()
      }
    }
  }

  async #try({ task, attempt }: { task: Task; attempt: number }): Promise<void> {
    const { pace } = this.#deps
    let tokens: Usage = { input: 0, output: 0 }
    for (let sent = 0; ; sent++) {
      await pace.turn(this.#halt.signal)
      if (!(await this.#room(task))) return
      const { reply, used } = await this.#send(task, attempt)
      tokens = { input: tokens.input + used.input, output: tokens.output + used.output }
      if (reply.kind === 'said') {
        return this.#keep(task, attempt, tokens, scoreOf(task.pass, reply.said), reply.said.text)
      }
      if (reply.kind === 'stop') return this.#end({ status: 'unavailable', why: reply.why, code: reply.code })
      const failed: Scored = { outcome: 'errored', why: reply.why }
      if (reply.kind === 'failed') return this.#keep(task, attempt, tokens, failed, '')
      const tooLong = (reply.afterMs ?? 0) > this.#plan.maxWaitMs
      if (tooLong || (reply.busy && sent >= this.#plan.retries)) {
        const wait = tooLong ? ` and asks to be left alone for ${Math.ceil((reply.afterMs ?? 0) / 60_000)} minutes` : ''
        return this.#end({ status: 'unavailable', why: `${reply.why}${wait}`, code: 'UPSTREAM_UNAVAILABLE' })
      }
      if (sent >= this.#plan.retries) return this.#keep(task, attempt, tokens, failed, '')
      await pace.again(sent, reply, this.#halt.signal)
      if (this.#stop !== null) return
    }
  }

  /** Sets aside what the request may cost; waits for others where there is room only once they are settled. */
  async #room(task: Task): Promise<boolean> {
    const most = mostUsage(askOf(this.#plan.asking, task))
    while (this.#stop === null) {
      const limit = this.#deps.budget.take(most)
      if (limit === null) return true
      if (limit === 'requests' || this.#running <= 1) {
        this.#end({ status: 'limit', why: `the limit of ${limit} is reached`, code: null })
        return false
      }
      this.#running -= 1
      await this.#settled.promise
      this.#running += 1
    }
    return false
  }

  async #send(task: Task, attempt: number): Promise<{ reply: Reply; used: Usage }> {
    const { file, budget, clock, send } = this.#deps
    const { asking } = this.#plan
    const ask = askOf(asking, task)
    const most = mostUsage(ask)
    let used: Usage = most
    this.#asked = true
    try {
      await file.append({ asked: { task: task.id, attempt, at: new Date(clock.now()).toISOString(), most } })
      const reply = await send(chatRequest(asking.api, asking.model, ask, asking.tokensAs))
      // What a server turned down costs nothing; what it may have worked on counts at its most.
      if (reply.kind === 'said') used = reply.said.usage ?? most
      else if (reply.kind !== 'later' || reply.busy) used = { input: 0, output: 0 }
      return { reply, used }
    } finally {
      budget.settle(most, used)
      this.#tellSettled()
    }
  }

  async #keep(task: Task, attempt: number, tokens: Usage, { outcome, why }: Scored, answer: string): Promise<void> {
    const row: Row = {
      ...{ task: task.id, family: task.cluster, attempt },
      ...(outcome === 'passed' || outcome === 'failed' ? { passed: outcome === 'passed' } : {}),
      ...(outcome === 'refused' ? { refused: true } : {}),
      ...(outcome === 'errored' ? { error: why ?? 'error' } : {}),
      ...(outcome === 'unscored' ? { unscored: why ?? 'not scored' } : {}),
      ...{ tokens, at: new Date(this.#deps.clock.now()).toISOString(), answer: answer.slice(0, MAX_KEPT_ANSWER) },
    }
    await this.#deps.file.append(row)
    const before = this.#openOf(task.id)
    this.#known.set(keyOf(task.id, attempt), outcome)
    if (outcome === 'passed') this.#passed.add(task.id)
    this.#left -= before - this.#openOf(task.id)
    this.#errorsInARow = outcome === 'errored' ? this.#errorsInARow + 1 : 0
    if (this.#errorsInARow >= MAX_ERRORS_IN_A_ROW) {
      const words = `${MAX_ERRORS_IN_A_ROW} tries in a row ended in an error, the last one: ${why}`
      this.#end({ status: 'unavailable', why: words, code: 'UPSTREAM_UNAVAILABLE' })
    }
    this.#progress()
  }

  #progress(): void {
    const of = this.#plan.tasks.length * this.#plan.attempts
    this.#deps.onProgress(of - this.#left, of)
  }

  #counts(): Record<Known, number> {
    const counts = { passed: 0, failed: 0, refused: 0, errored: 0, unscored: 0 }
    for (const known of this.#known.values()) counts[known] += 1
    return counts
  }

  #end(stop: Stop): void {
    this.#stop ??= stop
    this.#halt.abort()
    this.#tellSettled()
  }

  #tellSettled(): void {
    const { resolve } = this.#settled
    this.#settled = Promise.withResolvers<void>()
    resolve()
  }
}

/** @throws {AppError} CONFLICT when the file belongs to a run with other settings */
export function checkSameRun(kept: object, now: object): void {
  const [before, after] = [Object.entries(kept), new Map(Object.entries(now))]
  const changed = before.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(after.get(key)))
  if (changed.length === 0 && before.length === after.size) return
  const names = changed.map(([key]) => key).join(', ')
  throw new AppError('CONFLICT', `the file of results is of another run (${names}): name another --out`)
}
