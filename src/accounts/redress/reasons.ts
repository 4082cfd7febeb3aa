import { iso } from '../../base/clock.ts'
import type { RecordedDecision, RecordedSide } from '../../decisions/index.ts'
import { DAY_MS } from './context.ts'
import { categoryOf } from './dsa.ts'
import type { PolicyFacts } from './ports.ts'
import type { ContestedAction, Statement } from './schema.ts'

/** What a statement says about contesting. */
export interface Redress {
  /** Days after the decision within which it can be contested. */
  readonly windowDays: number
  /** Where. */
  readonly url: string
}

/**
 * Why a request was refused, from its decision record alone: it holds nothing of what was said, and nobody's name.
 *
 * @param policy The version under which it was refused, where its text is kept.
 * @returns null for a decision that refused nothing.
 */
export function reasonsForRefusal(
  decision: RecordedDecision,
  policy: PolicyFacts | null,
  redress: Redress,
): Statement | null {
  const refused = refusedSide(decision)
  if (refused === null || (decision.outcome !== 'refuse' && decision.outcome !== 'cut')) return null
  const { side, said } = refused
  const measure = decision.outcome === 'cut' ? 'cut' : side === 'prompt' ? 'refused' : 'withheld'
  return {
    id: decision.id,
    about: { type: 'decision', id: decision.id },
    at: decision.at,
    measure,
    until: null,
    facts: refusalFacts(side, measure, said, decision.enforced),
    ground: groundOf(policy, { version: decision.policyVersion, digest: decision.policyDigest }, said.clause),
    label: said.label,
    category: categoryOf(said.label),
    automatedDetection: true,
    automatedDecision: 'fully',
    test: said.testString,
    enforced: decision.enforced,
    contestUntil: iso(Date.parse(decision.at) + redress.windowDays * DAY_MS),
    contestUrl: redress.url,
  }
}

/** Why an account was restricted. */
export function reasonsForAction(action: ContestedAction, policy: PolicyFacts | null, redress: Redress): Statement {
  const rests = action.decisions.length
  return {
    id: `sor_${action.id.slice(action.id.indexOf('_') + 1)}`,
    about: { type: 'action', id: action.id },
    at: action.at,
    measure: action.kind,
    until: action.until,
    facts: `${MEASURES[action.kind]} ${basis(rests)} ${action.automatic ? 'No person took part in the decision.' : 'A person decided it.'}`,
    ground: groundOf(policy, action.policy, action.clause),
    label: action.label,
    category: categoryOf(action.label),
    automatedDetection: rests > 0,
    automatedDecision: action.automatic ? 'fully' : rests > 0 ? 'partially' : 'not',
    test: false,
    enforced: true,
    contestUntil: iso(Date.parse(action.at) + redress.windowDays * DAY_MS),
    contestUrl: redress.url,
  }
}

const MEASURES = {
  warn: 'A warning was given; nothing is restricted.',
  throttle: 'Requests are admitted more slowly.',
  restrict: 'Part of the service is withheld.',
  suspend: 'The service is suspended.',
  ban: 'The service was ended.',
} as const

function basis(decisions: number): string {
  if (decisions === 0) return 'It does not rest on single refusals.'
  return decisions === 1 ? 'It rests on one refused request.' : `It rests on ${decisions} refused requests.`
}

function refusedSide(decision: RecordedDecision): { side: 'prompt' | 'completion'; said: RecordedSide } | null {
  for (const side of ['completion', 'prompt'] as const) {
    const said = decision[side]
    if (said?.action === 'refuse' && said.reason !== 'unavailable') return { side, said }
  }
  return null
}

function refusalFacts(
  side: 'prompt' | 'completion',
  measure: 'refused' | 'withheld' | 'cut',
  said: RecordedSide,
  enforced: boolean,
): string {
  const what = side === 'prompt' ? 'The request' : 'The answer of the model'
  const found = said.testString
    ? `${what} contains the standard test string, which harms nobody and counts against nobody.`
    : said.reason === 'media'
      ? `${what} holds images, sound or files, which can’t be checked here and which the policy does not let pass unchecked.`
      : `${what} was checked automatically, and the score for this category reached the threshold from which the policy refuses.`
  const done = {
    refused: 'The request was not answered.',
    withheld: 'The answer was withheld; the request itself was allowed.',
    cut: 'The answer was ended before its end; the request itself was allowed.',
  }[measure]
  return `${found} ${enforced ? done : 'It was recorded and passed on all the same.'}`
}

function groundOf(
  policy: PolicyFacts | null,
  named: { readonly version: string | null; readonly digest: string | null } | null,
  clauseId: string | null,
): Statement['ground'] {
  const clause = policy !== null && clauseId !== null ? policy.clause(clauseId) : null
  return {
    policyVersion: named?.version ?? null,
    policyDigest: named?.digest ?? null,
    clause: clauseId,
    title: clause?.title ?? null,
    wording: clause?.wording ?? null,
  }
}
