import { iso, SKEW_MS } from '../../base/clock.ts'
import type { PlacedClaim } from './claims.ts'
import type { Evidence } from './evidence.ts'
import { type Fact, keyOf } from './facts.ts'
import { type CardFinding, error, warning } from './finding.ts'
import type { ModelCard } from './schema.ts'

const DAY_MS = 86_400_000

export interface LintContext {
  readonly card: ModelCard
  /** What each evidence comes to, by `keyOf`; null = there is no such thing. */
  readonly facts: ReadonlyMap<string, Fact | null>
  readonly nowMs: number
}

/** Whether everything that a claim cites is there, is what was read, is about this model, and still holds. */
export function evidenceFindings({ path, evidence, kind }: PlacedClaim, context: LintContext): CardFinding[] {
  if (evidence.length === 0) {
    const what = kind === 'words' ? 'this claim' : 'this figure'
    const words = `nothing bears ${what} out: cite evidence, or say it as a limitation rather than a claim`
    return [error('evidence_missing', path, words)]
  }
  return evidence.flatMap((one, i) => findingsOf(one, `${path}/evidence/${i}`, context))
}

function findingsOf(one: Evidence, path: string, context: LintContext): CardFinding[] {
  if (Date.parse(one.asOf) > context.nowMs + SKEW_MS)
    return [error('evidence_future', path, `it is said to be as of ${one.asOf}, which has not come yet`)]
  if (one.type === 'external') return [...externalFindings(one, path), ...ageFindings(one, path, one.asOf, context)]
  const fact = context.facts.get(keyOf(one)) ?? null
  if (fact === null) {
    const words = `there is no ${one.type} ${one.id} here: cite one that is on record`
    return [error('evidence_unknown', path, words)]
  }
  const found = [...digestFindings(one, path, fact), ...subjectFindings(one, path, fact, context.card)]
  if (fact.newer !== null) {
    const { id, at } = fact.newer
    const words = `${one.id} has been followed by ${id}${at === null ? '' : ` on ${at.slice(0, 10)}`}: renew the card (safelevel card renew)`
    found.push(error('evidence_stale', path, words, at))
  }
  const at = timeOf(fact)
  if (at !== null && at !== one.asOf)
    found.push(error('evidence_misdated', path, `it is as of ${at}, and the card says ${one.asOf}`))
  return [...found, ...(at === null ? [] : ageFindings(one, path, at, context))]
}

function externalFindings({ id, digest }: Evidence, path: string): CardFinding[] {
  if (digest === null) {
    const words = `${id} is not evidence yet: give the SHA-256 of the document that you have read, or measure it here`
    return [error('evidence_external', path, words)]
  }
  return [
    warning('evidence_unchecked', path, `${id} stands outside: nobody here can check it, and readers are told so`),
  ]
}

function digestFindings({ type, id, digest }: Evidence, path: string, fact: Fact): CardFinding[] {
  if (fact.type === 'evaluation' && fact.assessment.state === 'withdrawn')
    return [error('evidence_withdrawn', path, `${id} was withdrawn: it shows nothing`)]
  if (fact.digest === null)
    return [error('evidence_unfinished', path, `${id} has not been concluded: there is no report to rest on yet`)]
  if (digest === null) return [error('evidence_undigested', path, `add the digest of what was read: ${fact.digest}`)]
  if (digest === fact.digest) return []
  const words = `the digest of ${type} ${id} is ${fact.digest}, not ${digest}: this is not what was read`
  return [error('evidence_changed', path, words)]
}

/** Evidence about another model bears nothing out. */
function subjectFindings({ id }: Evidence, path: string, fact: Fact, { identity }: ModelCard): CardFinding[] {
  const foreign = (of: string) => {
    const words = `${id} is about ${of}, and this is the card of ${identity.checkpoint}`
    return [error('evidence_foreign', path, words)]
  }
  if (fact.type === 'evaluation' && fact.assessment.checkpoint !== identity.checkpoint)
    return foreign(fact.assessment.checkpoint)
  if (fact.type === 'refusal' && fact.figures.checkpoint !== identity.checkpoint)
    return foreign(fact.figures.checkpoint ?? 'no checkpoint')
  if (fact.type === 'checkpoint' && fact.checkpoint.id !== identity.checkpoint) return foreign(fact.checkpoint.id)
  if (fact.type === 'deployment' && fact.deployment.checkpoint !== identity.checkpoint)
    return foreign(fact.deployment.checkpoint)
  if (fact.type === 'checkpoint' && fact.undeployed !== null)
    return [
      warning('checkpoint_newer', path, `${fact.undeployed.id} is newer; it is not deployed, so this card stands`),
    ]
  if (fact.type === 'evaluation' && fact.assessment.state !== 'cleared' && fact.digest !== null)
    return [
      warning(
        'evidence_undecided',
        path,
        `${id} is ${fact.assessment.state}: those who decide on it have not all done so`,
      ),
    ]
  return []
}

/** When it was so, where that is on record: what the card says of it must not make old evidence look new. */
function timeOf(fact: Fact): string | null {
  if (fact.type === 'evaluation') return fact.assessment.concludedAt
  if (fact.type === 'refusal') return fact.figures.at
  if (fact.type === 'ledger') return fact.event.time
  return null
}

function ageFindings({ id }: Evidence, path: string, at: string, { card, nowMs }: LintContext): CardFinding[] {
  const { maxAgeDays } = card.freshness
  const until = Date.parse(at) + maxAgeDays * DAY_MS
  if (nowMs <= until) return []
  const words = `${id} is from ${at.slice(0, 10)}, more than ${maxAgeDays} days ago: evaluate again, or look again`
  return [error('evidence_old', path, words, iso(until))]
}
