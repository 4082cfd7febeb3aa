import type { Principal } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import { allClauses } from '../policy/index.ts'
import { LABELS, type Label } from '../screening/index.ts'
import type { Call, JudgedCall, UnderstoodCall } from './call.ts'
import type { DecodedRequest } from './dialects/dialect.ts'
import type { Judgement } from './judge.ts'
import type { ServedModel } from './model-directory.ts'
import type { ServeContext } from './serve-context.ts'

/** What is done to a deployment so that those who have it can go on being served. Each only makes it stricter. */
export interface ModelSafeguards {
  /** What the policy would only flag is refused. */
  readonly strict: boolean
  readonly toolsOff: boolean
  /** Streams are held until all of the answer is judged. */
  readonly whole: boolean
  /** By label: the score from which it is refused, whatever the policy says. */
  readonly closed: Readonly<Partial<Record<Label, number>>>
  /** Another model that answers in its place. */
  readonly replaceWith: string | null
  /** By label: the score of a request from which another model answers it. */
  readonly downgrade: Readonly<Partial<Record<Label, { readonly from: number; readonly to: string }>>>
  /** A second judge reads all of it too. */
  readonly judge: boolean
}

/** What the gateway asks of whoever decides which models are open to whom: in memory, synchronous. */
export interface IntakePort {
  admission(
    model: string,
    organisationId: string,
  ): {
    /** Why it is not served, in words for the customer; null = it is. */
    readonly refused: string | null
    readonly safeguards: ModelSafeguards | null
    readonly incident: string | null
  }
}

/**
 * Whether this customer may use this model now, and under what. A running request keeps what held when it came.
 *
 * @throws {AppError} MODEL_CLOSED, MODEL_RESTRICTED
 */
export function admitTo(
  { intake, models }: Pick<ServeContext, 'intake' | 'models'>,
  call: Call,
  principal: Principal,
  request: DecodedRequest,
  model: ServedModel,
): Pick<JudgedCall, 'model' | 'config' | 'safeguards'> {
  const untouched = { model, config: call.config, safeguards: null }
  // A canary is ours: it asks whether what is harmful is found, not for a model.
  if (intake === undefined || principal.canary === true) return untouched
  const { refused, safeguards, incident } = intake.admission(model.name, principal.organisationId)
  if (refused !== null && principal.probe !== true) throw new AppError('MODEL_CLOSED', refused)
  if (safeguards === null) return untouched
  const about = incident === null ? '' : `; incident=${incident}`
  call.headers['x-safelevel-safeguards'] = `additional${about}`
  if (safeguards.toolsOff && bringsTools(request)) {
    throw new AppError(
      'MODEL_RESTRICTED',
      `the model "${model.name}" is served without tools while additional safeguards hold${about}: send the request without them`,
    )
  }
  const { streaming } = call.config
  return {
    safeguards,
    model:
      safeguards.replaceWith === null ? model : standIn(models, intake, call, principal, model, safeguards.replaceWith),
    config: safeguards.whole ? { ...call.config, streaming: { ...streaming, mode: 'whole' } } : call.config,
  }
}

/** Labels that are closed for this deployment refuse from their own score on. */
export function closedLabels(call: UnderstoodCall, judgement: Judgement): Judgement {
  const { decision, policy, assessments } = judgement
  const { closed } = call.safeguards ?? {}
  const isSettled = decision.action !== 'allow' && decision.revisable !== true
  if (closed === undefined || isSettled || judgement.lifted !== undefined) return judgement
  for (const { id, severity, labels } of allClauses(policy.document)) {
    for (const label of labels) {
      const bar = closed[label]
      if (bar === undefined) continue
      const score = Math.max(0, ...assessments.map(({ scores }) => scores[label] ?? 0))
      if (score < bar) continue
      call.record.set('refusedStrictly', true)
      const refusal = {
        action: 'refuse',
        reason: 'threshold',
        label,
        clause: id,
        score,
        threshold: bar,
        severity,
      } as const
      const { revisable: _, ...rest } = decision
      return { ...judgement, decision: { ...rest, ...refusal } }
    }
  }
  return judgement
}

/**
 * The request as it is answered: by another model, where its words score in a domain for which that one stands in.
 *
 * @throws {AppError} MODEL_CLOSED: what stands in is not served to this customer, or not on this route
 */
export function downgraded(
  { intake, models }: Pick<ServeContext, 'intake' | 'models'>,
  call: JudgedCall,
  { assessments }: Pick<Judgement, 'assessments'>,
): JudgedCall {
  const { downgrade } = call.safeguards ?? {}
  if (downgrade === undefined || intake === undefined) return call
  for (const label of LABELS) {
    const bar = downgrade[label]
    if (bar === undefined || !assessments.some(({ scores }) => (scores[label] ?? 0) >= bar.from)) continue
    const model = standIn(models, intake, call, call.principal, call.model, bar.to)
    call.headers['x-safelevel-safeguards'] += `; answered-by=${model.name}`
    return { ...call, model }
  }
  return call
}

/** @throws {AppError} MODEL_CLOSED: what stands in for it is not served to this customer, or not on this route */
function standIn(
  models: ServeContext['models'],
  intake: IntakePort,
  call: Call,
  principal: Principal,
  model: ServedModel,
  name: string,
): ServedModel {
  const found = models.get(name)
  const isOpen = principal.probe === true || intake.admission(name, principal.organisationId).refused === null
  if (isOpen && found?.dialects.has(call.dialect.id) === true) {
    call.record.set('answeredBy', found.name)
    return found
  }
  const why = isOpen ? `that is not served on ${call.path}` : 'that is not open to you'
  throw new AppError('MODEL_CLOSED', `the model "${model.name}" is replaced by one ${why}`)
}

function bringsTools({ exchange }: DecodedRequest): boolean {
  return exchange.turns.some(({ parts }) => parts.some(({ kind }) => kind.startsWith('tool_')))
}
