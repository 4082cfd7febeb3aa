import type { Config } from '../base/config.ts'
import type { UnderstoodCall } from './call.ts'
import { unlessExempt } from './exempt.ts'
import { closedLabels } from './intake.ts'
import { assertDecided, type Judgement } from './judge.ts'
import type { ServeContext } from './serve-context.ts'
import { strictly } from './standing.ts'

/**
 * Whether what the policy refuses is withheld on a surface. `observe`: all is judged and recorded, nothing is withheld, or not in time:
 * streams in `tail` leave before they are judged.
 */
export type EnforcementMode = 'enforce' | 'observe'

/** How a surface stands towards everybody who asks: in force on all of its traffic, or not. */
export function enforcementMode(config: Pick<Config, 'streaming' | 'surfaces'>, surface: string): EnforcementMode {
  return isObserved(config, surface) || config.streaming.mode === 'tail' ? 'observe' : 'enforce'
}

/** Whether refusals of this surface are recorded only. */
export function isObserved({ surfaces }: Pick<Config, 'surfaces'>, surface: string): boolean {
  return Object.hasOwn(surfaces, surface) && surfaces[surface]?.mode === 'observe'
}

/** Marks a request, its record and its answer as one from which nothing is withheld in time. */
export function observe({ record, headers }: Pick<UnderstoodCall, 'record' | 'headers'>): void {
  record.enforced = false
  headers['x-safelevel-enforcement'] = 'observe'
}

/** The judgement as it stands for this customer: with exemptions, restrictions and safeguards. */
export function asItStands(context: ServeContext, call: UnderstoodCall, judgement: Judgement): Judgement {
  return closedLabels(call, strictly(call, unlessExempt(context, call, judgement)))
}

/**
 * Whether the request ends here. On an observed surface nothing ends, not even what nobody could judge.
 *
 * @throws {AppError} POLICY_UNDECIDED
 */
export function mustRefuse(call: UnderstoodCall, judgement: Judgement): boolean {
  if (call.observed) return false
  assertDecided(judgement)
  return judgement.decision.action === 'refuse'
}
