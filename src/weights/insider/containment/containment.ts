import { iso } from '../../../base/clock.ts'
import { AppError } from '../../../base/errors.ts'
import { SharedTurn } from '../../../base/shared-turn.ts'
import { put } from '../../../journal/index.ts'
import { noted, withStep } from '../cases/case-machine.ts'
import type { Cases } from '../cases/cases.ts'
import type { Case, Containment as Step } from '../cases/schema.ts'
import { happening, openCases } from '../cases/taking.ts'
import { type InsiderContext, SYSTEM } from '../context.ts'
import { CASE } from '../kinds.ts'
import { records } from '../records.ts'

type Done = Pick<Step, 'lock' | 'grants'>
/** So many times a step is tried at every turn. */
const QUICK_TRIES = 10
const MAX_PAUSE_MS = 300_000
const NOTHING: Done = { lock: null, grants: null }

/**
 * Does what cases want done about the person. What is wanted stands in the case from the moment of the alert, and each step is the same when it is
 * done twice: so whatever crashes in between, and however many replicas are at it, it is done, once as far as anybody can see.
 */
export class Containing {
  readonly #context: InsiderContext
  readonly #cases: Pick<Cases, 'personOf'>
  readonly #turn = new SharedTurn(() => this.#work())
  /** By case and step, monotonic milliseconds. */
  readonly #nextTry = new Map<string, number>()

  constructor(context: InsiderContext, cases: Pick<Cases, 'personOf'>) {
    this.#context = context
    this.#cases = cases
  }

  /** Carries out what waits. What fails is noted in its case and tried again at the next turn. */
  catchUp(): Promise<void> {
    return this.#turn.run()
  }

  async #work(): Promise<void> {
    const { db } = this.#context.db
    const closed = await records.list(db, CASE, { state: 'closed', order: 'latest', limit: 100 })
    for (const one of [...(await openCases(db)), ...closed]) {
      const waiting = one.containment.filter(({ state }) => state === 'pending')
      if (waiting.length === 0) continue
      const due = waiting.filter((step) => this.#isDue(one, step))
      if (due.length === 0) continue
      const person = await this.#cases.personOf(one.id)
      for (const step of due) await this.#carryOut(one, step, person)
    }
  }

  /** A lock was lifted: the case that wanted it says so. */
  async released(lock: string): Promise<void> {
    const isReleased = ({ state, lock: of }: Step) => of === lock && state === 'done'
    await this.#context.journal.make(SYSTEM, async (db) => {
      const states = ['waiting', 'opened', 'queued', 'closed'] as const
      for (const state of states) {
        const one = (await records.list(db, CASE, { state })).find(({ containment }) => containment.some(isReleased))
        const step = one?.containment.find(isReleased)
        if (one === undefined || step === undefined) continue
        const next = noted(
          withStep(one, step.number, { state: 'released' }),
          'released',
          null,
          this.#context.clock.now(),
        )
        const event = happening('insider.released', next, { step: step.step, lock })
        return { events: [event], puts: [put(CASE, next)], result: undefined }
      }
      return { events: [], result: undefined }
    })
  }

  /** What keeps failing is tried ever more rarely, at least every five minutes. */
  #isDue({ id }: Case, { number, attempts }: Step): boolean {
    const key = `${id}/${number}`
    const nowMs = this.#context.clock.monotonic()
    if (nowMs < (this.#nextTry.get(key) ?? 0)) return false
    const pauseMs = attempts < QUICK_TRIES ? 0 : Math.min(MAX_PAUSE_MS, 1_000 * 2 ** (attempts - QUICK_TRIES))
    if (pauseMs > 0) this.#nextTry.set(key, nowMs + pauseMs)
    return true
  }

  async #carryOut(one: Case, step: Step, person: string | null): Promise<void> {
    try {
      if (person === null) throw new AppError('NOT_FOUND', 'nobody knows any more whom this case is about')
      await this.#note(one.id, step, { done: await this.#do(one, step, person) })
      this.#nextTry.delete(`${one.id}/${step.number}`)
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'INTERNAL'
      this.#context.log.error({ err: error, case: one.id, step: step.step }, 'containment failed; it is tried again')
      await this.#note(one.id, step, { problem: code })
    }
  }

  async #do({ pseudonym }: Case, { step }: Step, person: string): Promise<Done> {
    const { containment } = this.#context
    if (step === 'step_up') {
      await containment.stepUp(person)
      return NOTHING
    }
    if (step === 'revoke_grants') return { ...NOTHING, grants: await containment.revokeGrants(person) }
    return { ...NOTHING, lock: await containment.lock(person, pseudonym) }
  }

  async #note(id: string, { number, step }: Step, outcome: { done: Done } | { problem: string }): Promise<void> {
    const { journal, clock } = this.#context
    await journal.make(SYSTEM, async (db) => {
      const one = await records.find(db, CASE, id)
      const now = one?.containment.find((known) => known.number === number)
      // Another replica was quicker.
      if (one === null || now === undefined || now.state !== 'pending') return { events: [], result: undefined }
      const at = clock.now()
      if ('problem' in outcome) {
        const next = withStep(one, number, { attempts: now.attempts + 1, problem: outcome.problem })
        const isNews = now.problem !== outcome.problem
        const event = happening('insider.containment_failed', next, { step, code: outcome.problem })
        return { events: isNews ? [event] : [], puts: [put(CASE, next)], result: undefined }
      }
      const done = { state: 'done' as const, doneAt: iso(at), attempts: now.attempts + 1, problem: null }
      const next = noted(withStep(one, number, { ...done, ...outcome.done }), 'contained', now.by, at)
      const { grants, lock } = outcome.done
      const data = { step, by: now.by === 'policy' ? 'policy' : 'person', grants, lock }
      return { events: [happening('insider.contained', next, data)], puts: [put(CASE, next)], result: undefined }
    })
  }
}
