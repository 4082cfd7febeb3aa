import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { conflict, notFound } from '../context.ts'
import { REPORT } from '../kinds.ts'
import { encryptionOf } from '../reports/armor.ts'
import { records, textsOf } from '../store.ts'
import type { TriageContext } from './context.ts'
import { NewReproduction, Overruling } from './inputs.ts'
import { REPRODUCTION } from './kinds.ts'
import { answerPart, overrulingPart, SCRIPT_PART } from './parts.ts'
import type { Target } from './ports.ts'
import type { Attempt, Reproduction } from './schema.ts'
import { digestOf, type Sampling, Script } from './script.ts'

/** Those that wait or run: more of them would only wait. */
const MAX_OPEN = 200
const OPEN: readonly Reproduction['state'][] = ['queued', 'running']

export interface Plan {
  readonly report: string
  readonly case: string | null
  readonly deployment: string
  readonly through: Reproduction['through']
  readonly n: number
  readonly script: Script
  readonly sampling: Sampling
}

/** What was said in one try, for who asks to read it. */
export interface ReadAttempt {
  readonly attempt: Attempt
  readonly answer: string | null
  readonly overruling: string | null
}

/** Whether something can be seen again: n tries against what is deployed, of which k were harmful. */
export class Reproductions {
  readonly #context: TriageContext
  readonly #onQueued: () => void

  /** @param onQueued is told that one waits */
  constructor(context: TriageContext, onQueued: () => void) {
    this.#context = context
    this.#onQueued = onQueued
  }

  /**
   * Queues one about a report; another one of the same report must have ended.
   *
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT, OVERLOADED, LEDGER_UNAVAILABLE
   */
  async start(report: string, input: unknown, by: Actor): Promise<Reproduction> {
    const { deployment, through, n, script, sampling } = NewReproduction.parse(input)
    const { db } = this.#context.db
    if ((await records.find(db, REPORT, report)) === null) throw notFound('report')
    const said = script ?? (await this.#stepsOf(report))
    return this.queue({ report, case: null, deployment, through, n, script: said, sampling }, by)
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, OVERLOADED, LEDGER_UNAVAILABLE */
  async queue(plan: Plan, by: Actor): Promise<Reproduction> {
    const { models, journal, clock, ids } = this.#context
    const target = await models.target(plan.deployment)
    const made = await journal.make(by, async (db) => {
      await this.#requireRoom(db, plan)
      const made = this.#fresh(ids.next('rpn'), plan, target, by, clock.now())
      const { id, report, deployment, checkpoint, through, n, policy, classifier, digests } = made
      const event = {
        kind: 'intake.reproduction_started',
        subject: { type: 'reproduction', id },
        digests: present(digests),
        data: { report, case: plan.case, deployment, checkpoint, through, n, policy: policy.digest, classifier },
      }
      const texts = [this.#context.texts.seal(id, SCRIPT_PART, JSON.stringify(plan.script))]
      return { events: [event], puts: [put(REPRODUCTION, made)], texts, result: made }
    })
    this.#onQueued()
    return made
  }

  /** No further try begins; those that were made stay. @throws {AppError} NOT_FOUND, CONFLICT: it has ended */
  cancel(id: string, by: Actor): Promise<Reproduction> {
    return this.#context.journal.make(by, async (db) => {
      const found = await this.#find(db, id)
      if (!OPEN.includes(found.state)) throw conflict(`this reproduction is ${found.state}`)
      const next: Reproduction = {
        ...found,
        state: 'cancelled',
        endedAt: iso(this.#context.clock.now()),
        holder: null,
        leaseUntil: null,
      }
      const event = {
        kind: 'intake.reproduction_cancelled',
        subject: { type: 'reproduction', id },
        data: { report: found.report, tried: found.attempts.length },
      }
      return { events: [event], puts: [put(REPRODUCTION, next)], result: next }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Reproduction> {
    return this.#find(this.#context.db.db, id)
  }

  /** Newest first. @param about id of a report, or of a regression case */
  list(about: string, limit = 50): Promise<Reproduction[]> {
    return records.list(this.#context.db.db, REPRODUCTION, { about, order: 'newest', limit })
  }

  /** What is said in it; that a person reads it is on record before they do. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async readScript(id: string, by: Actor): Promise<Script> {
    await this.get(id)
    await this.#context.journal.note(by, { kind: 'intake.script_read', subject: { type: 'reproduction', id } })
    return this.scriptOf(id)
  }

  /** For the machine. @throws {AppError} NOT_FOUND: its words are erased */
  async scriptOf(id: string): Promise<Script> {
    const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, id))
    const script = words.get(SCRIPT_PART)
    if (script === undefined) throw notFound('conversation any more: its words are erased')
    return Script.parse(JSON.parse(script))
  }

  /** One try with its answer; on record as `readScript`. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async readAttempt(id: string, nth: number, by: Actor): Promise<ReadAttempt> {
    const attempt = attemptOf(await this.get(id), nth)
    await this.#context.journal.note(by, {
      kind: 'intake.answer_read',
      subject: { type: 'reproduction', id },
      data: { nth },
    })
    const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, id))
    return { attempt, answer: words.get(answerPart(nth)) ?? null, overruling: words.get(overrulingPart(nth)) ?? null }
  }

  /** A person says what a try came to, with reasons; what the machine said stays beside it. @throws {AppError} NOT_FOUND */
  overrule(id: string, nth: number, input: unknown, by: Actor): Promise<Reproduction> {
    const { outcome, words } = Overruling.parse(input)
    const { journal, texts, clock } = this.#context
    return journal.make(by, async (db) => {
      const found = await this.#find(db, id)
      const attempt = attemptOf(found, nth)
      const overruled = { outcome, by: by.id, at: iso(clock.now()) }
      const attempts = found.attempts.map((one) => (one.nth === nth ? { ...one, overruled } : one))
      const next = { ...found, attempts }
      const event = {
        kind: 'intake.attempt_overruled',
        subject: { type: 'reproduction', id },
        data: { report: found.report, nth, was: attempt.outcome, outcome },
      }
      return {
        events: [event],
        puts: [put(REPRODUCTION, next)],
        texts: [texts.seal(id, overrulingPart(nth), words)],
        result: next,
      }
    })
  }

  #fresh(id: string, plan: Plan, target: Target, by: Actor, nowMs: number): Reproduction {
    const { deployment, checkpoint, model, api } = target
    const { report, through, n, sampling, script } = plan
    const { version, digest } = this.#context.policies.current()
    const keyed = (part: unknown) => {
      const plain = digestOf(part)
      return plain === null ? null : this.#context.digest(plain)
    }
    return {
      ...{ id, report, case: plan.case, deployment, model, checkpoint, api, through, n, sampling },
      digests: { conversation: keyed(script.turns) ?? '', system: keyed(script.system), tools: keyed(script.tools) },
      policy: { version, digest },
      classifier: this.#context.judging.classifierId,
      state: 'queued',
      problem: null,
      attempts: [],
      requestedBy: by.id,
      requestedAt: iso(nowMs),
      startedAt: null,
      endedAt: null,
      holder: null,
      leaseUntil: null,
    }
  }

  async #requireRoom(db: Db, plan: Plan): Promise<void> {
    const open: Reproduction[] = []
    for (const state of OPEN) open.push(...(await records.list(db, REPRODUCTION, { state, limit: MAX_OPEN })))
    if (open.length >= MAX_OPEN) throw new AppError('OVERLOADED', `${MAX_OPEN} reproductions wait already`)
    const same = open.find((one) =>
      plan.case === null
        ? one.case === null && one.report === plan.report
        : one.case === plan.case && one.deployment === plan.deployment,
    )
    if (same !== undefined) throw conflict(`${same.id} has not ended yet: wait for it, or cancel it`)
  }

  /** As they were written; what was encrypted for us is opened. */
  async #stepsOf(report: string): Promise<Script> {
    const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, report))
    const written = words.get('steps')
    const text =
      written !== undefined && encryptionOf(written) === 'age'
        ? await this.#context.ageIdentity.openText(written)
        : written
    if (text === undefined || text === null || encryptionOf(text) !== 'none')
      throw new AppError(
        'REQUEST_INVALID',
        'script: the report came without steps that can be read, so write down the conversation',
      )
    return Script.parse({ turns: [{ role: 'user', text }] })
  }

  async #find(db: Db, id: string): Promise<Reproduction> {
    const found = await records.find(db, REPRODUCTION, id.slice(0, 100))
    if (found === null) throw notFound('reproduction')
    return found
  }
}

function attemptOf({ attempts }: Reproduction, nth: number): Attempt {
  const found = attempts.find((one) => one.nth === nth)
  if (found === undefined) throw notFound('try')
  return found
}

function present(digests: Reproduction['digests']): Record<string, string> {
  return Object.fromEntries(Object.entries(digests).filter((entry): entry is [string, string] => entry[1] !== null))
}
