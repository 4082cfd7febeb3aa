import type { Principal } from '../accounts/index.ts'
import type { DecisionInput, Policy, PolicyDecision } from '../policy/index.ts'
import { allClauses } from '../policy/index.ts'
import type { Assessment, Label } from '../screening/index.ts'
import type { UnderstoodCall } from './call.ts'
import type { Judgement } from './judge.ts'
import type { ServeContext } from './serve-context.ts'

/** What the gateway asks of the exemptions: in memory, synchronous. */
export interface ExemptionLookup {
  /** The id of the exemption of this traffic from this refusal, or null. @param label null for what no classifier could read. */
  exemptionFrom(
    principal: Principal,
    endUserId: string | null,
    clause: { readonly id: string; readonly labels: readonly string[]; readonly exemptible?: boolean | undefined },
    label: string | null,
  ): string | null
}

/** A refusal that an exemption has lifted. */
export interface Lifted {
  readonly exemption: string
  /** What would have been. */
  readonly refusal: PolicyDecision
}

/**
 * The judgement as it stands for this customer: where everything that refuses is lifted by exemptions, an allowance that carries the refusal
 * that would have been, for the record. Nothing of screening changes: exempt traffic was judged like all other. What could not be judged is
 * never lifted, and a second clause that refuses still does.
 */
export function unlessExempt(
  context: Pick<ServeContext, 'redress' | 'accounts'>,
  call: Pick<UnderstoodCall, 'principal' | 'request'>,
  judgement: Judgement,
): Judgement {
  if (judgement.decision.action !== 'refuse' || context.redress === undefined) return judgement
  const { redress, accounts } = context
  const { principal, request } = call
  const endUserId = request.endUser === null ? null : accounts.endUserId(principal, request.endUser)
  return lift(judgement, (clause, label) => redress.exemptionFrom(principal, endUserId, clause, label))
}

type Find = (clause: ReturnType<Policy['clause']>, label: Label | null) => string | null

function lift(judgement: Judgement, find: Find): Judgement {
  const { policy } = judgement
  let { decision, input } = judgement
  let lifted: Lifted | null = null
  while (decision.action === 'refuse' && decision.reason !== 'unavailable' && decision.clause !== null) {
    const exemption = exemptionOf(policy, decision, decision.clause, find)
    if (exemption === null) break
    lifted ??= { exemption, refusal: decision }
    const rest = without(input, decision)
    if (rest === null) break
    input = rest
    decision = policy.decide(input)
  }
  return lifted === null ? judgement : { ...judgement, decision, lifted }
}

/** A label that another clause rules on as well is lifted only where that one is too. */
function exemptionOf(
  policy: Policy,
  { side, reason, label }: PolicyDecision,
  clauseId: string,
  find: Find,
): string | null {
  const exemption = find(policy.clause(clauseId), label)
  if (exemption === null || reason !== 'threshold' || label === null) return exemption
  const others = allClauses(policy.document).filter(
    (c) => c.id !== clauseId && c[side] !== undefined && c.labels.includes(label),
  )
  return others.every((clause) => find(clause, label) !== null) ? exemption : null
}

/** What is left to decide once this refusal is set aside; null when nothing would change. */
function without(input: DecisionInput, { reason, clause, label }: PolicyDecision): DecisionInput | null {
  if (reason === 'media') return { ...input, media: [] }
  if (reason === 'threshold' && label !== null) {
    return { ...input, assessments: input.assessments.map((assessment) => withoutLabel(assessment, label)) }
  }
  const matches = input.matches?.filter((match) => match.clause !== clause || match.kind === 'unscanned') ?? []
  return matches.length === input.matches?.length ? null : { ...input, matches }
}

function withoutLabel(assessment: Assessment, label: Label): Assessment {
  const { scores, scoresWithoutTestString } = assessment
  return {
    ...assessment,
    scores: { ...scores, [label]: 0 },
    ...(scoresWithoutTestString === undefined
      ? {}
      : { scoresWithoutTestString: { ...scoresWithoutTestString, [label]: 0 } }),
  }
}
