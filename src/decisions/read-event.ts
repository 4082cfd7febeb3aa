import { z } from 'zod'
import type { LedgerEvent } from '../ledger/index.ts'
import { OUTCOMES, type RecordedDecision, type RecordedSide } from './schema.ts'

export const DECISION_KIND = 'gateway.decision'

const text = z.string().nullish()
const number = z.number().nullish()
const int = z.int().nullish()

/** A side as the gateway writes it: what is nothing is left out. */
const SideData = z.object({
  action: z.enum(['allow', 'refuse']),
  label: text,
  clause: text,
  score: number,
  threshold: number,
  severity: text,
  reason: text,
  flagged: z.array(z.object({ label: z.string(), score: z.number(), clause: z.string() })).nullish(),
  unevaluated: z.array(z.string()).nullish(),
  scores: z.record(z.string(), z.number()).nullish(),
  classifiers: z.array(z.string()).nullish(),
  testString: z.boolean().nullish(),
})

const DecisionData = z.object({
  outcome: z.enum(OUTCOMES),
  enforced: z.boolean(),
  route: z.string(),
  dialect: text,
  model: text,
  surface: text,
  organisation: text,
  project: text,
  endUser: text,
  canary: z.boolean().nullish(),
  code: text,
  durationMs: number,
  turns: int,
  usage: z.object({ inputTokens: int, outputTokens: int }).nullish(),
  prompt: SideData.nullish(),
  completion: SideData.nullish(),
})

/** The decision that an event tells of; null for every other event, and for one that this version can't read. */
export function readDecision(event: LedgerEvent, position: number): RecordedDecision | null {
  if (event.kind !== DECISION_KIND) return null
  const parsed = DecisionData.safeParse(event.data)
  if (!parsed.success) return null
  const { data } = parsed
  const prompt = readSide(data.prompt)
  const completion = readSide(data.completion)
  return {
    id: event.subject.id,
    position,
    at: event.time,
    outcome: data.outcome,
    enforced: data.enforced,
    route: data.route,
    dialect: data.dialect ?? null,
    model: data.model ?? null,
    surface: data.surface ?? null,
    organisation: data.organisation ?? null,
    project: data.project ?? null,
    key: event.actor.type === 'key' ? event.actor.id : null,
    endUser: data.endUser ?? null,
    ...gist(prompt, completion),
    policyVersion: event.policy?.version ?? null,
    policyDigest: event.policy?.digest ?? null,
    testString: prompt?.testString === true || completion?.testString === true,
    canary: data.canary ?? false,
    code: data.code ?? null,
    durationMs: data.durationMs ?? null,
    inputTokens: data.usage?.inputTokens ?? null,
    outputTokens: data.usage?.outputTokens ?? null,
    turns: data.turns ?? null,
    prompt,
    completion,
  }
}

function readSide(side: z.infer<typeof SideData> | null | undefined): RecordedSide | null {
  if (side === null || side === undefined) return null
  return {
    action: side.action,
    label: side.label ?? null,
    clause: side.clause ?? null,
    score: side.score ?? null,
    threshold: side.threshold ?? null,
    severity: side.severity ?? null,
    reason: side.reason ?? null,
    flagged: side.flagged ?? [],
    unevaluated: side.unevaluated ?? [],
    scores: side.scores ?? {},
    classifiers: side.classifiers ?? [],
    testString: side.testString ?? false,
  }
}

/** What a decision is known by: the refusal, and where there is none, its highest flag. */
function gist(
  prompt: RecordedSide | null,
  completion: RecordedSide | null,
): Pick<RecordedDecision, 'side' | 'label' | 'clause' | 'severity'> {
  const sides = [
    { side: 'prompt', said: prompt },
    { side: 'completion', said: completion },
  ] as const
  for (const { side, said } of sides) {
    if (said?.action === 'refuse') return { side, label: said.label, clause: said.clause, severity: said.severity }
  }
  let best: { side: 'prompt' | 'completion'; label: string; clause: string; score: number } | null = null
  for (const { side, said } of sides) {
    for (const flag of said?.flagged ?? []) if (best === null || flag.score > best.score) best = { side, ...flag }
  }
  if (best === null) return { side: null, label: null, clause: null, severity: null }
  return { side: best.side, label: best.label, clause: best.clause, severity: null }
}
