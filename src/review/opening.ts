import { isLabel } from '../screening/index.ts'
import { type ReviewConfig, SEVERITIES, Severity } from './config.ts'
import { deskOf, marginOf, queueOf, RESTRICTED_LABEL, rankOf } from './queues.ts'
import type { Basis, Desk } from './schema.ts'

const CHANCES = 2 ** 32

/** What opening a case needs to know of a decision; the view over decisions has more. */
export interface DecidedRequest {
  readonly id: string
  readonly at: string
  readonly outcome: string
  readonly organisation: string | null
  readonly project: string | null
  readonly key: string | null
  readonly endUser: string | null
  readonly model: string | null
  readonly side: 'prompt' | 'completion' | null
  readonly label: string | null
  readonly clause: string | null
  readonly severity: string | null
  readonly policyVersion: string | null
  readonly testString: boolean
  /** Made by the installation itself to see whether screening works. */
  readonly canary?: boolean | undefined
  readonly prompt: DecidedSide | null
  readonly completion: DecidedSide | null
}

export interface DecidedSide {
  readonly action: 'allow' | 'refuse'
  readonly score: number | null
  readonly threshold: number | null
  readonly flagged: readonly { readonly label: string; readonly score: number; readonly clause: string }[]
}

/** A case that another room asks for: a pattern over an account's traffic, a report, or a record of a dataset that was drawn for people. */
export interface CaseRequest {
  /** Names what the case is about for ever; the same one opens no second case. */
  readonly source: string
  readonly basis: 'pattern' | 'report' | 'dataset'
  readonly severity: Severity
  readonly at: string
  readonly label?: string | null
  readonly clause?: string | null
  readonly organisation?: string | null
  readonly project?: string | null
  readonly key?: string | null
  readonly endUser?: string | null
  readonly decisionId?: string | null
}

/** A case as it is opened. */
export interface NewCase {
  readonly source: string
  readonly decisionId: string | null
  readonly mergeKey: string | null
  readonly basis: Basis
  readonly queue: string
  readonly desk: Desk
  readonly severity: Severity
  readonly label: string | null
  readonly clause: string | null
  readonly side: string | null
  readonly score: number | null
  readonly threshold: number | null
  readonly organisation: string | null
  readonly project: string | null
  readonly key: string | null
  readonly endUser: string | null
  readonly model: string | null
  readonly policyVersion: string | null
  readonly secondRead: boolean
  readonly rank: number
  readonly openedAt: Date
  readonly dueAt: Date
}

export interface OpeningRules {
  readonly config: ReviewConfig
  /** HMAC under the installation's key, hex: draws that nobody outside can foresee and anybody inside can repeat. */
  readonly digest: (text: string) => string
  /** How grave a clause of the policy in force is; null for one that it doesn't have. */
  readonly severityOf: (clause: string) => Severity | null
}

interface Found {
  readonly basis: Basis
  readonly side: string | null
  readonly label: string | null
  readonly clause: string | null
  readonly severity: Severity
  readonly score: number | null
  readonly threshold: number | null
}

/** The case that a decision opens; null where the rules want none. Test strings and canaries never open one. */
export function caseOf(decision: DecidedRequest, rules: OpeningRules): NewCase | null {
  if (decision.testString || decision.canary === true) return null
  const found = suspected(decision) ?? refused(decision, rules) ?? flagged(decision, rules) ?? sampled(decision, rules)
  if (found === null) return null
  const { organisation, project, key, endUser, model, policyVersion, at, id } = decision
  const about = { source: id, decisionId: id, organisation, project, key, endUser, model, policyVersion }
  return complete({ ...found, ...about }, Date.parse(at), rules)
}

/** The case that another room asks for. */
export function caseOfRequest(request: CaseRequest, rules: OpeningRules): NewCase {
  const { source, basis, severity, at, label = null, clause = null } = request
  const { organisation = null, project = null, key = null, endUser = null, decisionId = null } = request
  const found = { basis, severity, label, clause, side: null, score: null, threshold: null }
  const about = { source, decisionId, organisation, project, key, endUser, model: null, policyVersion: null }
  return complete({ ...found, ...about }, Date.parse(at), rules)
}

/** Whatever else it was refused or flagged for: who may not see such content must not come upon it under another label. */
function suspected({ outcome, side, label, clause, prompt, completion }: DecidedRequest): Found | null {
  const flags = [...(prompt?.flagged ?? []), ...(completion?.flagged ?? [])]
  const flag = flags.find((one) => one.label === RESTRICTED_LABEL)
  if (label !== RESTRICTED_LABEL && flag === undefined) return null
  const basis = outcome === 'refuse' ? 'refused' : outcome === 'cut' ? 'cut' : 'flagged'
  const found = { basis, label: RESTRICTED_LABEL, severity: 'extreme' } as const
  if (label !== RESTRICTED_LABEL) {
    return { ...found, side: null, clause: flag?.clause ?? null, score: flag?.score ?? null, threshold: null }
  }
  const judged = side === null ? null : side === 'prompt' ? prompt : completion
  return { ...found, side, clause, score: judged?.score ?? null, threshold: judged?.threshold ?? null }
}

function refused(decision: DecidedRequest, { config, severityOf }: OpeningRules): Found | null {
  if (decision.outcome !== 'refuse' && decision.outcome !== 'cut') return null
  const severity = readSeverity(decision.severity) ?? fromClause(decision.clause, severityOf)
  const basis = decision.outcome === 'refuse' ? 'refused' : 'cut'
  if (!wants(config.open[basis], severity)) return null
  const { side, label, clause } = decision
  const judged = side === null ? null : decision[side]
  return { basis, side, label, clause, severity, score: judged?.score ?? null, threshold: judged?.threshold ?? null }
}

/** The gravest flag of either side. */
function flagged(decision: DecidedRequest, { config, severityOf }: OpeningRules): Found | null {
  const found: Found[] = []
  for (const side of ['prompt', 'completion'] as const) {
    for (const { label, score, clause } of decision[side]?.flagged ?? []) {
      const severity = fromClause(clause, severityOf)
      if (!wants(config.open.flagged, severity)) continue
      found.push({ basis: 'flagged', side, label, clause, severity, score, threshold: null })
    }
  }
  const weight = ({ severity, score }: Found) => SEVERITIES.indexOf(severity) + (score ?? 0) / 2
  return found.sort((a, b) => weight(b) - weight(a))[0] ?? null
}

function sampled(decision: DecidedRequest, { config, digest }: OpeningRules): Found | null {
  if (decision.outcome !== 'allow') return null
  if (!isDrawn(digest(`review-sample\n${decision.id}`), config.open.allowedShare)) return null
  return { basis: 'allowed', side: null, label: null, clause: null, severity: 'low', score: null, threshold: null }
}

type About = Found &
  Pick<NewCase, 'source' | 'decisionId' | 'organisation' | 'project' | 'key' | 'endUser' | 'model' | 'policyVersion'>

function complete(about: About, openedAtMs: number, { config, digest }: OpeningRules): NewCase {
  const queue = queueOf(about)
  const margin = marginOf(about.score, about.threshold)
  const { severity, label, source } = about
  return {
    ...about,
    label: label !== null && isLabel(label) ? label : null,
    mergeKey: mergeKeyOf(about, queue, openedAtMs, config.mergeWindowMs),
    queue,
    desk: deskOf(queue),
    secondRead: severity === 'extreme' || isDrawn(digest(`review-second\n${source}`), config.secondReadShare),
    rank: rankOf({ severity, openedAtMs, margin, overdue: false, slaMs: config.slaMs }),
    openedAt: new Date(openedAtMs),
    dueAt: new Date(openedAtMs + config.slaMs[severity]),
  }
}

/** Same subject, same queue, same stretch of time; null for what stands alone. A sample is drawn one by one, a report says one thing. */
function mergeKeyOf(about: About, queue: string, atMs: number, windowMs: number): string | null {
  const subject = about.endUser ?? about.key
  if (
    windowMs === 0 ||
    subject === null ||
    about.basis === 'allowed' ||
    about.basis === 'report' ||
    about.basis === 'dataset'
  )
    return null
  return `${subject} ${about.basis} ${queue} ${Math.floor(atMs / windowMs)}`
}

/** Whether a keyed digest falls into a share of all. */
function isDrawn(digest: string, share: number): boolean {
  return Number.parseInt(digest.slice(0, 8), 16) < share * CHANCES
}

function wants(from: ReviewConfig['open']['refused'], severity: Severity): boolean {
  return from !== 'never' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(from)
}

function readSeverity(text: string | null): Severity | null {
  const parsed = Severity.safeParse(text)
  return parsed.success ? parsed.data : null
}

/** A clause of another version that the policy in force doesn't have counts as `high`: rather seen early than late. */
function fromClause(clause: string | null, severityOf: OpeningRules['severityOf']): Severity {
  return (clause === null ? null : severityOf(clause)) ?? 'high'
}
