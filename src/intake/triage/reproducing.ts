import { setTimeout as wait } from 'node:timers/promises'
import { Pace, type Reply, readReply } from '../../asking/index.ts'
import { Chores } from '../../base/chores.ts'
import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import { SYSTEM } from '../context.ts'
import { REPORT } from '../kinds.ts'
import { records } from '../store.ts'
import type { TriageContext } from './context.ts'
import type { Judged } from './judging.ts'
import { REPRODUCTION } from './kinds.ts'
import { answerPart } from './parts.ts'
import type { Target } from './ports.ts'
import type { Reproductions } from './reproductions.ts'
import type { Attempt, Reproduction } from './schema.ts'
import { exchangeOf, type Script } from './script.ts'
import { tallyOf } from './tally.ts'
import { wireRequest } from './wire.ts'

const POLL_MS = 2_000
/** Of different reports, in one process. */
const MAX_RUNNING = 2
/** How often a question is sent again that got no answer. */
const RETRIES = 3
const MAX_KEPT_CHARS = 64_000

interface Tried {
  readonly judged: Judged
  readonly answer: string | null
  readonly decision: string | null
}

/**
 * Carries out reproductions. Every try is stored before the next one of its worker begins, and one process at a time holds a reproduction, by a
 * lease: after a crash whoever finds it goes on with the tries that are missing, and makes none twice that was stored.
 */
export class Reproducing implements AsyncDisposable {
  readonly #context: TriageContext
  readonly #reproductions: Pick<Reproductions, 'scriptOf'>
  readonly #chores: Chores
  readonly #holder: string
  readonly #stopping = new AbortController()
  readonly #running = new Map<string, Promise<void>>()
  #turns: Promise<void> = Promise.resolve()

  constructor(context: TriageContext, reproductions: Pick<Reproductions, 'scriptOf'>) {
    this.#context = context
    this.#reproductions = reproductions
    this.#chores = new Chores(context.log)
    this.#holder = context.ids.next('prc')
  }

  start(): void {
    this.#chores.every(POLL_MS, 'reproductions not looked for', () => this.turn(), { first: 'now' })
  }

  /** That one waits; the caller doesn't. */
  wake(): void {
    if (!this.#stopping.signal.aborted) this.#chores.now('reproductions not looked for', () => this.turn())
  }

  /** Takes up what waits, and what somebody left behind who is gone: one turn after the other, so that no more run than may. */
  turn(): Promise<void> {
    const turn = this.#turns.then(() => this.#takeUp())
    this.#turns = turn.catch(() => {})
    return turn
  }

  async #takeUp(): Promise<void> {
    const { db } = this.#context.db
    for (const state of ['running', 'queued'] as const) {
      for (const found of await records.list(db, REPRODUCTION, { state, limit: 50 })) {
        if (this.#stopping.signal.aborted || this.#running.size >= MAX_RUNNING) return
        if (!this.#running.has(found.id)) await this.#take(found.id)
      }
    }
  }

  /** Until nothing runs here; for tests and for who waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
  }

  /** No try begins any more; those under way are broken off, and are made again by who goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#chores.close()
    await this.idle()
  }

  async #take(id: string): Promise<void> {
    const taken = await this.#change(id, (found) => (this.#isFree(found) ? { ...found, ...this.#held(found) } : null))
    if (taken === null) return
    const done = this.#run(taken)
      .catch((error: unknown) => this.#context.log.error({ err: error, reproduction: id }, 'a reproduction broke off'))
      .finally(() => this.#running.delete(id))
    this.#running.set(id, done)
  }

  /** The embedded store has one process: whoever held it before is gone. */
  #isFree({ state, holder, leaseUntil }: Reproduction): boolean {
    if (state === 'queued') return true
    if (state !== 'running') return false
    if (holder === null || leaseUntil === null) return true
    if (this.#context.db.kind === 'embedded') return holder !== this.#holder
    return Date.parse(leaseUntil) <= this.#context.clock.now()
  }

  #held({ startedAt }: Reproduction) {
    const nowMs = this.#context.clock.now()
    const { tryTimeoutSeconds } = this.#context.config.triage
    return {
      state: 'running' as const,
      holder: this.#holder,
      leaseUntil: iso(nowMs + 2_000 * tryTimeoutSeconds + 60_000),
      startedAt: startedAt ?? iso(nowMs),
    }
  }

  async #run(begun: Reproduction): Promise<void> {
    const { models, config } = this.#context
    let target: Target
    let script: Script
    try {
      script = await this.#reproductions.scriptOf(begun.id)
      target = await models.target(begun.deployment)
    } catch (error) {
      return this.#end(begun.id, 'failed', error instanceof Error ? error.message : 'it can’t be asked')
    }
    const moved = movedSince(begun, target, this.#context.policies.current().digest)
    if (moved !== null) return this.#end(begun.id, 'failed', moved)
    const made = new Set(begun.attempts.map(({ nth }) => nth))
    const left = Array.from({ length: begun.n }, (_, i) => i + 1).filter((nth) => !made.has(nth))
    const pace = new Pace({
      ...this.#context,
      sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
    })
    const worker = async () => {
      for (let nth = left.shift(); nth !== undefined; nth = left.shift()) {
        if (this.#stopping.signal.aborted) return
        const stillOurs = await this.#attempt(begun, target, script, nth, pace)
        if (!stillOurs) left.length = 0
      }
    }
    await Promise.all(Array.from({ length: Math.min(config.triage.concurrency, left.length) }, worker))
    if (this.#stopping.signal.aborted) return this.#letGo(begun.id)
    await this.#finish(begun.id)
  }

  /** @returns whether to go on */
  async #attempt(of: Reproduction, target: Target, script: Script, nth: number, pace: Pace): Promise<boolean> {
    const { clock, texts, policies } = this.#context
    const began = clock.monotonic()
    const { judged, answer, decision } = await this.#try(of, target, script, nth, pace)
    if (this.#stopping.signal.aborted) return false
    const moved = movedSince(
      of,
      await this.#context.models.target(of.deployment).catch(() => target),
      policies.current().digest,
    )
    if (moved !== null) {
      await this.#end(of.id, 'failed', moved)
      return false
    }
    const ms = Math.max(0, Math.round(clock.monotonic() - began))
    const attempt: Attempt = { nth, at: iso(clock.now()), ms, ...judged, decision, overruled: null }
    const kept = await this.#context.journal.make(SYSTEM, async (db) => {
      const found = await records.find(db, REPRODUCTION, of.id)
      if (found === null || found.state !== 'running' || found.holder !== this.#holder)
        return { events: [], result: false }
      // Who reported has taken it back meanwhile: nothing of it is kept.
      const report = await records.find(db, REPORT, of.report)
      if (of.case === null && report?.erased === true) return { events: [], result: false }
      if (found.attempts.some((one) => one.nth === nth)) return { events: [], result: true }
      const attempts = [...found.attempts, attempt].toSorted((a, b) => a.nth - b.nth)
      const { outcome, clause } = attempt
      const event = {
        kind: 'intake.reproduction_tried',
        subject: { type: 'reproduction', id: of.id },
        data: { report: of.report, nth, outcome, clause, decision },
      }
      return {
        events: [event],
        puts: [put(REPRODUCTION, { ...found, ...this.#held(found), attempts })],
        texts: answer === null ? [] : [texts.seal(of.id, answerPart(nth), answer)],
        result: true,
      }
    })
    return kept
  }

  /** Asks, again where there was no answer, and judges. Whatever happens comes to an outcome. */
  async #try(of: Reproduction, target: Target, script: Script, nth: number, pace: Pace): Promise<Tried> {
    const { tryTimeoutSeconds } = this.#context.config.triage
    const signal = AbortSignal.any([AbortSignal.timeout(2_000 * tryTimeoutSeconds), this.#stopping.signal])
    const { reply, decision } = await this.#ask(of, target, script, nth, pace, signal)
    if (reply.kind !== 'said') return { judged: error(reply.why), answer: null, decision }
    const { said } = reply
    const answer = said.text.slice(0, MAX_KEPT_CHARS)
    try {
      const policy = this.#context.policies.current()
      const judged = await this.#context.judging.outcome(policy, exchangeOf(script), said, signal)
      return { judged, answer, decision }
    } catch (thrown) {
      this.#context.log.warn({ err: thrown, reproduction: of.id }, 'an answer could not be judged')
      return { judged: error('the classifier failed'), answer, decision }
    }
  }

  async #ask(of: Reproduction, target: Target, script: Script, nth: number, pace: Pace, signal: AbortSignal) {
    const { models, log } = this.#context
    const { tryTimeoutSeconds } = this.#context.config.triage
    const model = of.through === 'gateway' ? target.model : target.upstreamModel
    const request = wireRequest(target.api, model, script, of.sampling, nth - 1)
    let decision: string | null = null
    let reply: Reply = { kind: 'failed', why: 'nobody answered' }
    for (let again = 0; again <= RETRIES && !signal.aborted; again++) {
      await pace.turn(signal)
      try {
        const once = AbortSignal.any([signal, AbortSignal.timeout(1_000 * tryTimeoutSeconds)])
        const answer = await models.ask(target, request, of.through, once)
        decision = answer.headers['x-safelevel-decision'] ?? null
        reply = readReply(target.api, answer)
      } catch (thrown) {
        if (!signal.aborted) log.warn({ err: thrown, reproduction: of.id }, 'a try was not answered')
        reply = { kind: 'later', busy: false, why: 'nobody answered', afterMs: null }
      }
      if (reply.kind !== 'later' || again === RETRIES) break
      await pace.again(again, reply, signal)
    }
    return { reply, decision }
  }

  async #finish(id: string): Promise<void> {
    await this.#change(id, (found) => {
      if (found.holder !== this.#holder || found.state !== 'running' || found.attempts.length < found.n) return null
      return ended(found, 'done', null, this.#context.clock.now())
    })
  }

  async #end(id: string, state: 'failed', problem: string): Promise<void> {
    await this.#change(id, (found) =>
      found.holder === this.#holder && found.state === 'running'
        ? ended(found, state, problem.slice(0, 500), this.#context.clock.now())
        : null,
    )
  }

  /** So that the next process need not wait for the lease. */
  async #letGo(id: string): Promise<void> {
    await this.#change(id, (found) =>
      found.holder === this.#holder ? { ...found, holder: null, leaseUntil: null } : null,
    )
  }

  /** @param step null = it stays as it is @returns as it is now; null = it stayed */
  #change(id: string, step: (found: Reproduction) => Reproduction | null): Promise<Reproduction | null> {
    return this.#context.journal.make(SYSTEM, async (db) => {
      const found = await records.find(db, REPRODUCTION, id)
      const next = found === null ? null : step(found)
      if (next === null) return { events: [], result: null }
      return { events: next.endedAt === null ? [] : [endEvent(next)], puts: [put(REPRODUCTION, next)], result: next }
    })
  }
}

function error(why: string): Judged {
  return { outcome: 'error', why, clause: null, label: null, score: null }
}

function ended(found: Reproduction, state: 'done' | 'failed', problem: string | null, nowMs: number): Reproduction {
  return { ...found, state, problem, endedAt: iso(nowMs), holder: null, leaseUntil: null }
}

function endEvent(next: Reproduction) {
  const { id, report, case: of, deployment, checkpoint, through, n, state } = next
  return {
    kind: `intake.reproduction_${state}`,
    subject: { type: 'reproduction', id },
    data: { report, case: of, deployment, checkpoint, through, n, ...tallyOf(next) },
  }
}

/** Tries before and after a change are no tries of the same. */
function movedSince({ checkpoint, policy }: Reproduction, target: Target, policyDigest: string): string | null {
  if (target.checkpoint !== checkpoint) return 'the deployment serves another checkpoint now: start it again'
  return policyDigest === policy.digest ? null : 'another policy came into force meanwhile: start it again'
}
