import { z } from 'zod'
import type { Report } from '../schema.ts'
import type { LinkPort } from './ports.ts'
import type { RegressionCase, Triage } from './schema.ts'

export const ChainLink = z
  .object({
    step: z.enum(['report', 'case', 'remedy', 'card']),
    title: z.string(),
    id: z.string().nullable(),
    state: z.enum(['holds', 'missing', 'differs', 'waits']).meta({
      description:
        'holds: it is there, as it was named; differs: it is not what it was; missing: it is gone; waits: not yet due',
    }),
    says: z.string(),
    digest: z.string().nullable(),
    positions: z
      .array(z.object({ position: z.int().nonnegative(), kind: z.string() }))
      .meta({ description: 'where the ledger tells of it, oldest first, as far as was looked' }),
  })
  .meta({ id: 'ReportChainLink' })
export type ChainLink = z.infer<typeof ChainLink>

type Bare = Omit<ChainLink, 'positions'>

/** Report -> case -> rule or retraining -> card: each link looked up now, by what it names. */
export async function chainOf(
  report: Report,
  triage: Triage,
  cases: readonly RegressionCase[],
  links: LinkPort,
): Promise<ChainLink[]> {
  const bare: Bare[] = [
    reportLink(report),
    ...(cases.length === 0 ? [noCase(report)] : cases.map(caseLink)),
    await remedyLink(report, triage, links),
    await cardLink(report, triage, links),
  ]
  const positions = await links.positions(bare.flatMap(({ id }) => id ?? []))
  return bare.map((link) => ({
    ...link,
    positions: positions.filter(({ id }) => id === link.id).map(({ position, kind }) => ({ position, kind })),
  }))
}

function reportLink({ id, state, confirmedAt, closedAs }: Report): Bare {
  const says = confirmedAt === null ? `${state}: not confirmed` : `confirmed on ${confirmedAt.slice(0, 10)}`
  const isConfirmed = confirmedAt !== null
  return {
    ...{ step: 'report', title: 'Report', id, digest: null },
    state: isConfirmed ? 'holds' : 'waits',
    says: closedAs === null || isConfirmed ? says : `closed: ${closedAs.replaceAll('_', ' ')}`,
  }
}

function noCase({ state }: Report): Bare {
  const isOwed = state === 'confirmed' || state === 'mitigated'
  const says = isOwed ? 'confirmed, and no regression case was made of it' : 'none'
  return { step: 'case', title: 'Regression case', id: null, digest: null, state: isOwed ? 'missing' : 'waits', says }
}

function caseLink({ id, state, policyCheck, expectation }: RegressionCase): Bare {
  const base = { step: 'case' as const, title: 'Regression case', id, digest: null }
  if (state === 'disabled') return { ...base, state: 'missing', says: 'taken out of force by two people' }
  if (expectation === 'harmless') return { ...base, state: 'holds', says: 'in force; it is run against deployments' }
  if (policyCheck === null) return { ...base, state: 'waits', says: 'in force; not yet put to the policy' }
  const { policy, says } = policyCheck
  return {
    ...base,
    state: policyCheck.state === 'failed' ? 'differs' : 'holds',
    says: `policy ${policy.version}: ${says}`,
  }
}

async function remedyLink({ state }: Report, { remedy }: Triage, links: LinkPort): Promise<Bare> {
  const base = { step: 'remedy' as const, title: 'Rule or retraining' }
  if (remedy === null)
    return { ...base, id: null, digest: null, state: 'waits', says: state === 'confirmed' ? 'none yet' : 'none' }
  const { kind, reference, digest } = remedy
  const named = { ...base, id: reference, digest }
  if (kind === 'classifier' || kind === 'configuration')
    return { ...named, state: 'holds', says: `${kind}, as it was named on ${remedy.at.slice(0, 10)}` }
  const found = await (kind === 'policy' ? links.policyVersion(reference) : links.checkpoint(reference))
  if (found === null) return { ...named, state: 'missing', says: `${WORDS[kind]} ${reference} is not there any more` }
  if (found.digest !== digest) return { ...named, state: 'differs', says: 'its digest is not the one that was named' }
  return { ...named, state: 'holds', says: `${WORDS[kind]}, as it was named` }
}

const WORDS = { policy: 'version of the policy', checkpoint: 'checkpoint' } as const

/** What the public reads of the model must be newer than the remedy. */
async function cardLink({ about, mitigatedAt }: Report, { remedy }: Triage, links: LinkPort): Promise<Bare> {
  const base = { step: 'card' as const, title: 'Model card', digest: null }
  if (mitigatedAt === null) return { ...base, id: null, state: 'waits', says: 'once it is mitigated' }
  const checkpoint = remedy?.kind === 'checkpoint' ? remedy.reference : null
  const model = checkpoint?.split('/')[0] ?? about.model
  if (model === null || model === undefined)
    return { ...base, id: null, state: 'waits', says: 'the report names no model' }
  const card = await links.card(model, checkpoint)
  if (card === null) return { ...base, id: null, state: 'missing', says: `no card of ${model} is published` }
  const isNewer = card.at !== null && Date.parse(card.at) >= Date.parse(mitigatedAt)
  const says = isNewer ? 'published after it was mitigated' : 'published before it was mitigated: it can’t tell of it'
  return { ...base, id: card.id, digest: card.digest, state: isNewer ? 'holds' : 'waits', says }
}
