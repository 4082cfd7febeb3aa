import type { EventValue, LedgerEvent } from '../ledger/index.ts'
import { OUTCOMES, type RecordedDecision, type RecordedRevision, type RecordedSide } from './schema.ts'

export const DECISION_KIND = 'gateway.decision'

type Data = { readonly [key: string]: EventValue }

/** Thrown within this file alone. */
class Unreadable extends Error {}
const UNREADABLE = new Unreadable('not a decision that this version can read')

/**
 * The decision that an event tells of; null for every other event, and for one that this version can't read. By hand, since every
 * decision passes here: a schema says the same at ten times the cost, and a test holds the two together.
 */
export function readDecision(event: LedgerEvent, position: number): RecordedDecision | null {
  if (event.kind !== DECISION_KIND) return null
  try {
    return toDecision(event, position)
  } catch (error) {
    if (error === UNREADABLE) return null
    throw error
  }
}

function toDecision({ actor, data, policy, subject, time }: LedgerEvent, position: number): RecordedDecision {
  const outcome = OUTCOMES.find((one) => one === data.outcome)
  const { enforced, route } = data
  if (outcome === undefined || typeof enforced !== 'boolean' || typeof route !== 'string') throw UNREADABLE
  const prompt = side(data.prompt)
  const completion = side(data.completion)
  const usage = members(data.usage)
  const gist = gistOf(prompt, completion)
  return {
    id: subject.id,
    position,
    at: time,
    outcome,
    enforced,
    route,
    dialect: text(data.dialect),
    model: text(data.model),
    surface: text(data.surface),
    tier: text(data.tier),
    organisation: text(data.organisation),
    project: text(data.project),
    key: actor.type === 'key' ? actor.id : null,
    endUser: text(data.endUser),
    side: gist.side,
    label: gist.label,
    clause: gist.clause,
    severity: gist.severity,
    policyVersion: policy?.version ?? null,
    policyDigest: policy?.digest ?? null,
    testString: prompt?.testString === true || completion?.testString === true,
    canary: flag(data.canary),
    code: text(data.code),
    durationMs: number(data.durationMs),
    inputTokens: usage === null ? null : int(usage.inputTokens),
    outputTokens: usage === null ? null : int(usage.outputTokens),
    turns: int(data.turns),
    prompt,
    completion,
    revised: revision(data.revised),
    unrevised: reason(data.unrevised),
  }
}

/** A side as the gateway writes it: what is nothing is left out. */
function side(value: EventValue | undefined): RecordedSide | null {
  const said = members(value)
  if (said === null) return null
  const { action } = said
  if (action !== 'allow' && action !== 'refuse') throw UNREADABLE
  return {
    action,
    label: text(said.label),
    clause: text(said.clause),
    score: number(said.score),
    threshold: number(said.threshold),
    severity: text(said.severity),
    reason: text(said.reason),
    flagged: list(said.flagged).map(flagged),
    unevaluated: list(said.unevaluated).map(word),
    scores: scores(said.scores),
    classifiers: list(said.classifiers).map(word),
    testString: flag(said.testString),
  }
}

function revision(value: EventValue | undefined): RecordedRevision | null {
  const said = members(value)
  if (said === null) return null
  return { clause: word(said.clause), model: word(said.model), rounds: count(said.rounds), ms: count(said.ms) }
}

function reason(value: EventValue | undefined): string | null {
  const said = members(value)
  return said === null ? null : word(said.why)
}

function flagged(value: EventValue): RecordedSide['flagged'][number] {
  const found = members(value)
  if (found === null) throw UNREADABLE
  const score = number(found.score)
  if (score === null) throw UNREADABLE
  return { label: word(found.label), score, clause: word(found.clause) }
}

function scores(value: EventValue | undefined): Record<string, number> {
  const found: Record<string, number> = {}
  const given = members(value)
  if (given === null) return found
  for (const label of Object.keys(given)) {
    const score = number(given[label])
    if (score === null) throw UNREADABLE
    found[label] = score
  }
  return found
}

function members(value: EventValue | undefined): Data | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) throw UNREADABLE
  return value
}

const NOTHING: readonly EventValue[] = []

function list(value: EventValue | undefined): readonly EventValue[] {
  if (value === undefined || value === null) return NOTHING
  if (!Array.isArray(value)) throw UNREADABLE
  return value
}

function text(value: EventValue | undefined): string | null {
  return value === undefined || value === null ? null : word(value)
}

function word(value: EventValue | undefined): string {
  if (typeof value !== 'string') throw UNREADABLE
  return value
}

function number(value: EventValue | undefined): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isFinite(value)) throw UNREADABLE
  return value
}

function int(value: EventValue | undefined): number | null {
  const found = number(value)
  if (found !== null && !Number.isSafeInteger(found)) throw UNREADABLE
  return found
}

function count(value: EventValue | undefined): number {
  const found = int(value)
  if (found === null) throw UNREADABLE
  return found
}

function flag(value: EventValue | undefined): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw UNREADABLE
  return value
}

type Gist = Pick<RecordedDecision, 'side' | 'label' | 'clause' | 'severity'>
const NO_GIST: Gist = { side: null, label: null, clause: null, severity: null }

/** What a decision is known by: the refusal, and where there is none, its highest flag. */
function gistOf(prompt: RecordedSide | null, completion: RecordedSide | null): Gist {
  if (prompt?.action === 'refuse') return refusal('prompt', prompt)
  if (completion?.action === 'refuse') return refusal('completion', completion)
  let best = NO_GIST
  let highest = Number.NEGATIVE_INFINITY
  const look = (side: 'prompt' | 'completion', said: RecordedSide | null): void => {
    for (const { label, clause, score } of said?.flagged ?? NO_FLAGS) {
      if (score <= highest) continue
      highest = score
      best = { side, label, clause, severity: null }
    }
  }
  look('prompt', prompt)
  look('completion', completion)
  return best
}

const NO_FLAGS: RecordedSide['flagged'] = []

function refusal(side: 'prompt' | 'completion', { label, clause, severity }: RecordedSide): Gist {
  return { side, label, clause, severity }
}
