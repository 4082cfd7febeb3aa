import {
  type Enforcement,
  type Principal,
  type Restriction,
  rateLimitHeaders,
  refuses,
  shapeOf,
  type Traffic,
} from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import type { EventData, EventValue, LedgerEvent } from '../ledger/index.ts'
import { HAZARDS } from '../screening/index.ts'
import type { Call, UnderstoodCall } from './call.ts'
import type { DecodedRequest } from './dialects/dialect.ts'
import type { Judgement } from './judge.ts'
import type { ServeContext } from './serve-context.ts'

/** What the gateway asks and tells of enforcement: in memory, synchronous. */
export type StandingPort = Pick<Enforcement, 'restrictionOf' | 'throttle' | 'observe' | 'onChange'>

/** Who a request comes from and what it looks like, as far as it is understood. */
export interface Holder {
  readonly principal: Principal
  readonly endUserId: string | null
  readonly shape: number
  readonly promptChars: number
}

/** A cut answer that its client does not read to the end is broken off. */
const LAST_WORDS_MS = 500

/**
 * Turns away who is suspended or banned by key, project or organisation, before anything is read.
 *
 * @throws {AppError} ACCOUNT_SUSPENDED, ACCOUNT_BANNED
 */
export function requireStanding(context: ServeContext, call: Call, principal: Principal): void {
  call.holder = { principal, endUserId: null, shape: 0, promptChars: 0 }
  const restriction = context.enforcement?.restrictionOf(principal, null) ?? null
  if (restriction !== null && refuses(restriction)) throw refusal(context, call, restriction)
}

/**
 * The same once the end user and the model are known; and slows down who is throttled.
 *
 * @returns what goes on holding for the request; null for nothing.
 * @throws {AppError} ACCOUNT_SUSPENDED, ACCOUNT_BANNED, ACCOUNT_RESTRICTED (not this model), RATE_LIMITED
 */
export function enterAs(
  context: ServeContext,
  call: Call,
  principal: Principal,
  endUserId: string | null,
  request: DecodedRequest,
): Restriction | null {
  const { enforcement } = context
  if (enforcement === undefined) return null
  const asked = lastWords(request)
  call.holder = { principal, endUserId, shape: shapeOf(asked), promptChars: asked.length }
  const restriction = enforcement.restrictionOf(principal, endUserId)
  if (restriction === null) return null
  call.headers['x-safelevel-standing'] = `${restriction.step}; action=${restriction.action.id}`
  if (refuses(restriction)) throw refusal(context, call, restriction)
  slowDown(context, call, principal, restriction)
  if (restriction.models !== null && !restriction.models.includes(request.model)) {
    const why = `this model is not open while access is restricted; open are: ${restriction.models.join(', ')}.`
    throw new AppError('ACCOUNT_RESTRICTED', `${why} ${reference(context, restriction)}`)
  }
  return restriction
}

/** While access is restricted, what the policy would only flag or have revised is refused. */
export function strictly(call: UnderstoodCall, judgement: Judgement): Judgement {
  const { decision, policy } = judgement
  const isStrict = call.restriction?.strict === true || call.safeguards?.strict === true
  if (isStrict && decision.revisable === true) {
    call.record.set('refusedStrictly', true)
    return outright(judgement)
  }
  if (!isStrict || decision.action !== 'allow' || judgement.lifted !== undefined) return judgement
  const flag = decision.flagged.toSorted((a, b) => b.score - a.score)[0]
  if (flag === undefined) return judgement
  call.record.set('refusedStrictly', true)
  const { severity } = policy.clause(flag.clause)
  const { label, clause, score } = flag
  return {
    ...judgement,
    decision: { ...decision, action: 'refuse', reason: 'threshold', label, clause, score, threshold: score, severity },
  }
}

/** The same refusal, with no revision in its place. */
export function outright(judgement: Judgement): Judgement {
  const { revisable: _, ...decision } = judgement.decision
  return { ...judgement, decision }
}

/**
 * Turns away who has lost the right to go on since the request came in.
 *
 * @throws {AppError} ACCOUNT_SUSPENDED, ACCOUNT_BANNED
 */
export function requireStillStanding(context: ServeContext, call: Call): void {
  if (!call.holder) return
  const { principal, endUserId } = call.holder
  const restriction = context.enforcement?.restrictionOf(principal, endUserId) ?? null
  if (restriction !== null && refuses(restriction)) throw refusal(context, call, restriction)
}

/** Ends the running requests of who may have none any more. A stream ends as its dialect ends a failed one. */
export function cutRestricted(context: ServeContext, calls: Iterable<Call>): void {
  for (const call of calls) {
    if (!call.holder || call.abort.signal.aborted) continue
    const { principal, endUserId } = call.holder
    const restriction = context.enforcement?.restrictionOf(principal, endUserId) ?? null
    if (restriction === null || !refuses(restriction)) continue
    call.abort.abort(refusal(context, call, restriction))
    const { res } = call
    setTimeout(() => {
      if (!res.writableFinished) res.destroy()
    }, LAST_WORDS_MS).unref()
  }
}

/** Tells of a judged request, for patterns; null for what does not count. */
export function trafficOf(event: LedgerEvent, { holder, address }: Pick<Call, 'holder' | 'address'>): Traffic | null {
  const { data } = event
  if (!holder || data.enforced !== true || data.canary === true || event.policy === undefined) return null
  const sides = [data.prompt, data.completion].filter(isData)
  if (sides.some((side) => side.testString === true)) return null
  const { principal, endUserId, shape, promptChars } = holder
  const labels: string[] = []
  let score = 0
  for (const side of sides) {
    if (typeof side.label === 'string') labels.push(side.label)
    if (Array.isArray(side.flagged)) {
      for (const flag of side.flagged) if (isData(flag) && typeof flag.label === 'string') labels.push(flag.label)
    }
    if (!isData(side.scores)) continue
    for (const hazard of HAZARDS) {
      const given = side.scores[hazard]
      if (typeof given === 'number' && given > score) score = given
    }
  }
  const usage = isData(data.usage) ? data.usage.outputTokens : 0
  return {
    principal,
    endUserId,
    decisionId: event.id,
    atMs: Date.parse(event.time),
    refused: (data.outcome === 'refuse' || data.outcome === 'cut') && sides.some((side) => COUNTED.has(side.reason)),
    labels,
    score,
    shape,
    promptChars,
    outputTokens: typeof usage === 'number' ? usage : 0,
    address,
  }
}

const COUNTED: ReadonlySet<EventValue | undefined> = new Set(['threshold', 'rule'])

function isData(value: EventValue | undefined): value is EventData {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function slowDown(context: ServeContext, call: Call, principal: Principal, restriction: Restriction): void {
  const tokens = Math.ceil(Number(call.req.headers['content-length'] ?? 0) / 4)
  const admission = context.enforcement?.throttle(restriction, principal, tokens) ?? null
  if (admission === null) return
  Object.assign(call.headers, rateLimitHeaders(admission, call.dialect.vendor, context.clock.now()))
  if (admission.admitted) return
  throw new AppError('RATE_LIMITED', `access is throttled; wait for retry-after. ${reference(context, restriction)}`)
}

const HELD: Readonly<Record<string, string>> = {
  end_user: 'this end user',
  key: 'this API key',
  project: 'this project',
  organisation: 'this organisation',
}

function refusal(context: ServeContext, call: Call, restriction: Restriction): AppError {
  const { action, step } = restriction
  call.headers['x-safelevel-standing'] = `${step}; action=${action.id}`
  const who = HELD[action.subject.type] ?? 'this account'
  const code = step === 'ban' ? 'ACCOUNT_BANNED' : 'ACCOUNT_SUSPENDED'
  const what = step === 'ban' ? 'banned' : 'suspended'
  return new AppError(code, `${who} is ${what}. ${reference(context, restriction)}`)
}

/** The action, the category of its reason, and where to appeal. */
function reference(context: ServeContext, { action }: Restriction): string {
  const reason = action.reason.replaceAll('_', ' ')
  return `Action ${action.id}, reason: ${reason}. If you think this is wrong, quote the action at ${context.publicUrl()}/appeal`
}

/** The text that the last turn of the user begins with. */
function lastWords({ exchange }: DecodedRequest): string {
  const turn = exchange.turns.findLast(({ role }) => role === 'user')
  const part = turn?.parts.find(({ kind }) => kind === 'text')
  return part !== undefined && 'text' in part ? part.text : ''
}
