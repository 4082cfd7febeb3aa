import type { JsonObject } from '../../base/json.ts'
import type { UnderstoodCall } from '../call.ts'
import type { Judgement } from '../judge.ts'
import { refusalOf } from '../refusal.ts'
import type { ServeContext } from '../serve-context.ts'
import type { ScreenForm } from './form.ts'

/** What was judged of an exchange: null for a side that was not. */
export interface Judged {
  readonly prompt: Judgement | null
  readonly completion: Judgement | null
}

/** The answer to somebody who lets through: nothing was refused, or nothing is withheld here. */
export function allowance(call: UnderstoodCall, judged: Judged): JsonObject {
  const refused = [judged.prompt, judged.completion].find((one) => one?.decision.action === 'refuse') ?? null
  return {
    ...head(call, 'allow'),
    side: null,
    category: null,
    clause: null,
    wording: null,
    refusal: null,
    // Only where the surface is observed: what would have been.
    would_refuse: refused === null ? null : { ...ground(refused) },
    ...rest(judged),
  }
}

/** The answer to somebody who must not let through, with what to say in its place. */
export function refusalVerdict(
  context: ServeContext,
  call: UnderstoodCall,
  form: ScreenForm,
  side: 'prompt' | 'completion',
  judgement: Judgement,
  decision: 'refuse' | 'cut' = 'refuse',
): JsonObject {
  const refusal = refusalOf(context, call, judgement, side)
  return {
    ...head(call, decision),
    side,
    ...ground(judgement),
    wording: refusal.explanation,
    refusal: form.refusal === null ? null : { status: form.refusalStatus, body: form.refusal(refusal, call.request) },
    would_refuse: null,
    ...rest(side === 'prompt' ? { prompt: judgement, completion: null } : { prompt: null, completion: judgement }),
  }
}

function head({ record, observed, policy }: UnderstoodCall, decision: string): JsonObject {
  return { id: record.id, object: 'safelevel.screening', decision, enforced: !observed, policy: policy.version }
}

function ground({ decision }: Judgement): JsonObject {
  return { category: decision.label, clause: decision.clause }
}

function rest({ prompt, completion }: Judged): JsonObject {
  const judgements = [prompt, completion].filter((one) => one !== null)
  const flagged = judgements.flatMap(({ decision }) => decision.flagged)
  return {
    flagged: flagged.map(({ label, clause, score }) => ({ category: label, clause, score })),
    unevaluated: [...new Set(judgements.flatMap(({ decision }) => decision.unevaluated))],
    test_string: judgements.some(({ decision }) => decision.testString),
  }
}
