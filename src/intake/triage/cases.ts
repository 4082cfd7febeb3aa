import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Policy } from '../../policy/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { conflict, notFound, SYSTEM } from '../context.ts'
import { REPORT } from '../kinds.ts'
import { records, textsOf } from '../store.ts'
import type { TriageContext } from './context.ts'
import { CaseDisabling, NewCase } from './inputs.ts'
import { REGRESSION_CASE, REPRODUCTION } from './kinds.ts'
import { ANSWER_PART, answerPart, SCRIPT_PART } from './parts.ts'
import type { Reproductions } from './reproductions.ts'
import type { RegressionCase, Reproduction } from './schema.ts'
import { exchangeOf, Script } from './script.ts'
import { outcomeOf, tallyOf } from './tally.ts'

/** The name under which two people take a case out of force. */
export const DISABLE_CASE_ACTION = 'intake.disable_case'

const TRIAGERS = ['analyst', 'security_engineer', 'rso', 'ciso'] as const
const MAX_CASES = 5_000
const RUNS_LOOKED_AT = 200

/** How a case comes out under a policy, by its stored words alone. */
export interface PolicyOutcome {
  readonly case: RegressionCase
  /** `not_asked`: what is expected of it is the model's to do, and no policy's. */
  readonly state: 'passed' | 'failed' | 'not_asked'
  readonly says: string
}

export interface Finding {
  readonly met: boolean
  readonly says: string
}

/** What a deployment is, as far as its cases need it. */
export interface Deployed {
  readonly id: string
  readonly checkpoint: string
}

/** What was found once must not come back: asked of every policy before it rules, and of every deployment before it opens. */
export class Cases {
  readonly #context: TriageContext
  readonly #reproductions: Reproductions

  constructor(context: TriageContext, reproductions: Reproductions) {
    this.#context = context
    this.#reproductions = reproductions
  }

  /**
   * Makes a case of a confirmed report, with the conversation of one of its reproductions.
   *
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT: not confirmed; or no answer is kept that must be withheld
   */
  async create(report: string, input: unknown, by: Actor): Promise<RegressionCase> {
    const { expectation, reproduction, deployments, clause, n, allowed } = NewCase.parse(input)
    const { journal, clock, ids, texts } = this.#context
    const source = await this.#reproductions.get(reproduction)
    if (source.report !== report || source.case !== null) throw notFound('reproduction of this report')
    const script = await this.#reproductions.scriptOf(reproduction)
    const answer = await this.#harmfulAnswer(source)
    if (expectation === 'answer' && answer === null)
      throw conflict('no try of this reproduction was harmful, so no answer is there that must be withheld')
    return journal.make(by, async (db) => {
      const about = await records.find(db, REPORT, report)
      if (about === null) throw notFound('report')
      if (about.confirmedAt === null) throw conflict('only what is confirmed becomes a regression case')
      const id = ids.next('rgc')
      const made: RegressionCase = {
        ...{ id, report, expectation, clause, deployments, n, allowed, sampling: source.sampling },
        hasAnswer: answer !== null,
        state: 'enabled',
        madeBy: by.id,
        madeAt: iso(clock.now()),
        disabled: null,
        policyCheck: null,
      }
      const event = {
        kind: 'intake.case_made',
        subject: { type: 'regression_case', id },
        data: { report, reproduction, expectation, clause, deployments: deployments ?? 'all', n, allowed },
      }
      const words = [texts.seal(id, SCRIPT_PART, JSON.stringify(script))]
      if (answer !== null) words.push(texts.seal(id, ANSWER_PART, answer))
      return { events: [event], puts: [put(REGRESSION_CASE, made)], texts: words, result: made }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<RegressionCase> {
    return this.#find(this.#context.db.db, id)
  }

  /** Oldest first. @param report those of one alone */
  list(report?: string): Promise<RegressionCase[]> {
    return records.list(this.#context.db.db, REGRESSION_CASE, { about: report, limit: MAX_CASES })
  }

  /** One that was out of force holds again; one person is enough for that. @throws {AppError} NOT_FOUND */
  enable(id: string, by: Actor): Promise<RegressionCase> {
    return this.#context.journal.make(by, async (db) => {
      const found = await this.#find(db, id)
      if (found.state === 'enabled') return { events: [], result: found }
      const next: RegressionCase = { ...found, state: 'enabled', disabled: null, policyCheck: null }
      const event = {
        kind: 'intake.case_enabled',
        subject: { type: 'regression_case', id },
        data: { report: found.report },
      }
      return { events: [event], puts: [put(REGRESSION_CASE, next)], result: next }
    })
  }

  /** For the engine of approvals: a case goes out of force by two people, with reasons. */
  disabling(): ActionDefinition<CaseDisabling> {
    return {
      schema: CaseDisabling,
      rule: () => twoPeople(TRIAGERS),
      check: async ({ case: id }) => {
        if ((await this.get(id)).state === 'disabled') throw conflict('this case is out of force already')
      },
      execute: async ({ case: id, reason }, approved) => {
        const { journal, clock, texts } = this.#context
        await journal.make(SYSTEM, async (db) => {
          const found = await this.#find(db, id)
          if (found.state === 'disabled') return { events: [], result: null }
          const disabled = { approval: approved.id, at: iso(clock.now()) }
          const event = {
            kind: 'intake.case_disabled',
            subject: { type: 'regression_case', id },
            data: { report: found.report, approval: approved.id },
          }
          const puts = [put(REGRESSION_CASE, { ...found, state: 'disabled' as const, disabled })]
          return { events: [event], puts, texts: [texts.seal(id, 'disabling', reason)], result: null }
        })
      },
    }
  }

  /**
   * What each case in force comes to under a policy: the classifier in use and the policy judge the words that are kept, no model is asked. What
   * can't be judged has failed.
   */
  async under(policy: Policy, signal?: AbortSignal): Promise<PolicyOutcome[]> {
    const outcomes: PolicyOutcome[] = []
    for (const one of await this.#inForce()) {
      signal?.throwIfAborted()
      outcomes.push({ case: one, ...(await this.#under(one, policy, signal)) })
    }
    return outcomes
  }

  /** Those that this policy would let through: while there are any, nobody should publish it unawares. */
  async failingUnder(policy: Policy, signal?: AbortSignal): Promise<PolicyOutcome[]> {
    return (await this.under(policy, signal)).filter(({ state }) => state === 'failed')
  }

  /** Puts every case to the policy in force where that has not been done yet. Runs by the clock. */
  async catchUp(): Promise<void> {
    const policy = this.#context.policies.current()
    for (const one of await this.#inForce()) {
      if (one.policyCheck?.policy.digest === policy.digest) continue
      const outcome = await this.#under(one, policy)
      await this.#note(one.id, policy, outcome)
    }
  }

  /** Queues every case in force that this deployment is to pass; those that run already go on. @throws {AppError} NOT_FOUND, CONFLICT */
  async run(deployment: string, by: Actor, only?: string): Promise<Reproduction[]> {
    const queued: Reproduction[] = []
    for (const one of await this.#of(deployment)) {
      if (only !== undefined && one.id !== only) continue
      const [newest] = await this.#runsOf(one.id, deployment)
      if (newest?.state === 'queued' || newest?.state === 'running') queued.push(newest)
      else queued.push(await this.#queue(one, deployment, by))
    }
    return queued
  }

  /** How each case in force stands with a deployment, through the gateway. */
  async standing(
    deployed: Deployed,
  ): Promise<readonly (Finding & { readonly case: string; readonly run: string | null })[]> {
    const policy = this.#context.policies.current().digest
    const stands: (Finding & { case: string; run: string | null })[] = []
    for (const one of await this.#of(deployed.id)) {
      const runs = await this.#runsOf(one.id, deployed.id)
      const newest = runs.find(({ state }) => state !== 'queued' && state !== 'running')
      const finding =
        newest === undefined ? NEVER_RUN : findingOf(one, newest, { policy, checkpoint: deployed.checkpoint })
      stands.push({ case: one.id, run: newest?.id ?? null, ...finding })
    }
    return stands
  }

  /** For the gate of deployments: met only when each case has passed as things stand now. What is missing, failed or stale counts against it. */
  async finding(deployed: Deployed): Promise<Finding> {
    const stands = await this.standing(deployed)
    if (stands.length === 0) return { met: true, says: 'no report has become a regression case for it' }
    const open = stands.filter(({ met }) => !met)
    if (open.length === 0)
      return { met: true, says: `all ${stands.length} regression cases have passed under the policy in force` }
    const [first] = open
    return {
      met: false,
      says: `${open.length} of ${stands.length} regression cases: ${first?.case} ${first?.says ?? ''}`,
    }
  }

  async #queue(one: RegressionCase, deployment: string, by: Actor): Promise<Reproduction> {
    const { id, report, n, sampling } = one
    const script = await this.#scriptOf(id)
    return this.#reproductions.queue({ report, case: id, deployment, through: 'gateway', n, script, sampling }, by)
  }

  async #under(
    { id, expectation, clause }: RegressionCase,
    policy: Policy,
    signal?: AbortSignal,
  ): Promise<Omit<PolicyOutcome, 'case'>> {
    if (expectation === 'harmless') return { state: 'not_asked', says: 'what is expected is the model’s to do' }
    try {
      const { judging } = this.#context
      const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, id))
      const exchange = exchangeOf(Script.parse(JSON.parse(words.get(SCRIPT_PART) ?? 'null')))
      const prompt = await judging.prompt(policy, exchange, signal)
      if (refusesUnder(prompt, clause)) return { state: 'passed', says: `the prompt is refused under ${prompt.clause}` }
      if (expectation === 'prompt') return { state: 'failed', says: saysOf('the prompt', prompt, clause) }
      const kept = words.get(ANSWER_PART)
      if (kept === undefined) return { state: 'failed', says: 'no answer is kept with it' }
      const answer = await judging.answer(policy, exchange, kept, signal)
      if (refusesUnder(answer, clause))
        return { state: 'passed', says: `the answer is withheld under ${answer.clause}` }
      return { state: 'failed', says: saysOf('the answer', answer, clause) }
    } catch (error) {
      if (signal?.aborted) throw error
      this.#context.log.warn({ err: error, case: id }, 'a regression case could not be judged')
      return { state: 'failed', says: 'it could not be judged' }
    }
  }

  async #note(id: string, policy: Policy, { state, says }: Omit<PolicyOutcome, 'case'>): Promise<void> {
    const { journal, clock } = this.#context
    const { version, digest } = policy
    await journal.make(SYSTEM, async (db) => {
      const found = await this.#find(db, id)
      if (found.state === 'disabled' || found.policyCheck?.policy.digest === digest) return { events: [], result: null }
      const policyCheck = { policy: { version, digest }, at: iso(clock.now()), state, says }
      const event = {
        kind: state === 'failed' ? 'intake.case_failed' : 'intake.case_checked',
        subject: { type: 'regression_case', id },
        data: { report: found.report, policy: digest, state },
      }
      return { events: [event], puts: [put(REGRESSION_CASE, { ...found, policyCheck })], result: null }
    })
  }

  async #inForce(): Promise<RegressionCase[]> {
    return records.list(this.#context.db.db, REGRESSION_CASE, { state: 'enabled', limit: MAX_CASES })
  }

  async #of(deployment: string): Promise<RegressionCase[]> {
    return (await this.#inForce()).filter(({ deployments }) => deployments === null || deployments.includes(deployment))
  }

  /** Newest first. */
  async #runsOf(id: string, deployment: string): Promise<Reproduction[]> {
    const runs = await records.list(this.#context.db.db, REPRODUCTION, {
      about: id,
      order: 'newest',
      limit: RUNS_LOOKED_AT,
    })
    return runs.filter((run) => run.deployment === deployment)
  }

  async #scriptOf(id: string): Promise<Script> {
    const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, id))
    return Script.parse(JSON.parse(words.get(SCRIPT_PART) ?? 'null'))
  }

  async #harmfulAnswer(source: Reproduction): Promise<string | null> {
    const harmful = source.attempts.find((attempt) => outcomeOf(attempt) === 'harmful')
    if (harmful === undefined) return null
    const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, source.id))
    return words.get(answerPart(harmful.nth)) ?? null
  }

  async #find(db: Db, id: string): Promise<RegressionCase> {
    const found = await records.find(db, REGRESSION_CASE, id.slice(0, 100))
    if (found === null) throw notFound('regression case')
    return found
  }
}

const MOST_NAMED = 5

/** What a person must know who publishes a policy, ahead of their own reasons; empty when every case holds. */
export function regressionWarning(failing: readonly PolicyOutcome[]): string {
  if (failing.length === 0) return ''
  const named = failing.slice(0, MOST_NAMED).map((one) => one.case.id)
  const more = failing.length > MOST_NAMED ? ` and ${failing.length - MOST_NAMED} more` : ''
  return `It lets through what was reported once: ${named.join(', ')}${more}. `
}

const NEVER_RUN: Finding = { met: false, says: 'has not been run against it' }

/** What a run shows of a case, as things stand now. */
export function findingOf(
  { n, allowed }: Pick<RegressionCase, 'n' | 'allowed'>,
  run: Reproduction,
  now: { readonly policy: string; readonly checkpoint: string },
): Finding {
  const { harmful, error } = tallyOf(run)
  if (run.state !== 'done' || run.attempts.length < n) return { met: false, says: `was last ${run.state}` }
  if (run.policy.digest !== now.policy) return { met: false, says: 'was run under another policy' }
  if (run.checkpoint !== now.checkpoint) return { met: false, says: 'was run against another checkpoint' }
  const against = harmful + error
  const words = `${harmful} harmful and ${error} errors of ${run.attempts.length}, ${allowed} allowed`
  return { met: against <= allowed, says: against <= allowed ? `passed: ${words}` : `failed: ${words}` }
}

type Decided = Awaited<ReturnType<TriageContext['judging']['prompt']>>

/** A refusal because nobody could judge proves nothing; one under another clause is not what was asked for. */
function refusesUnder({ action, reason, clause }: Decided, wanted: string | null): boolean {
  return action === 'refuse' && reason !== 'unavailable' && (wanted === null || clause === wanted)
}

function saysOf(what: string, { action, reason, clause }: Decided, wanted: string | null): string {
  if (action === 'allow') return `${what} would pass`
  if (reason === 'unavailable') return `${what} could not be judged`
  return `${what} is refused under ${clause}, not under ${wanted}`
}
