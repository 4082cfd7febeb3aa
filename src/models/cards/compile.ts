import { iso } from '../../base/clock.ts'
import type { Checkpoint, Deployment } from '../registry/index.ts'
import type { Evidence } from './evidence.ts'
import { deploymentDigest, type Fact, type Facts, type FactsDeps, recordDigest } from './facts.ts'
import { CARD_FORMAT, ModelCard } from './schema.ts'

export interface CompileDeps extends FactsDeps {
  readonly facts: Facts
  readonly nowMs: number
}

/** Whose card it is: the checkpoint of the deployment, of the last assessment, or the newest one. */
export interface Subject {
  readonly title: string
  readonly checkpoint: Checkpoint
  readonly deployments: readonly Deployment[]
}

/** @param deployment of this one, where the line has several. @throws {AppError} NOT_FOUND for a model, deployment or checkpoint that isn't there */
export async function subjectOf(
  { registry, facts }: CompileDeps,
  model: string,
  deployment: string | null,
): Promise<Subject | null> {
  const { title } = await registry.lines.get(model)
  const all = (await registry.deployments.list(model)).filter(({ withdrawnAt }) => withdrawnAt === null)
  const named = deployment === null ? all.at(-1) : await registry.deployments.get(deployment)
  const assessed = (await facts.assessments(model)).find(({ concludedAt }) => concludedAt !== null)
  const id = named?.checkpoint ?? assessed?.checkpoint
  const checkpoint = id === undefined ? await registry.checkpoints.latest(model) : await registry.checkpoints.get(id)
  if (checkpoint === null || checkpoint.model !== model) return null
  return { title, checkpoint, deployments: all.filter((one) => one.checkpoint === checkpoint.id) }
}

/** Everything in a card that comes from records and not from people. */
export async function compiled(
  deps: CompileDeps,
  { checkpoint, deployments }: Subject,
): Promise<
  Pick<ModelCard, 'evaluations'> & {
    flops: ModelCard['compute']['flops']
    thresholds: ModelCard['risks']['thresholds']
    policy: ModelCard['safeguards']['policy']
    places: ModelCard['deployment']['places']
  }
> {
  const asOf = iso(deps.nowMs)
  const evidence = (type: Evidence['type'], id: string, digest: string | null, at = asOf): Evidence[] => [
    { type, id, digest, asOf: at },
  ]
  const { version, digest } = deps.policy.current()
  const fact = await lastAssessment(deps, checkpoint)
  const assessed =
    fact === null ? [] : evidence('evaluation', fact.assessment.id, fact.digest, fact.assessment.concludedAt ?? asOf)
  const date = (fact?.assessment.concludedAt ?? asOf).slice(0, 10)
  const refusal = await deps.facts.lastRefusal(checkpoint.id)
  return {
    evaluations: [
      ...(fact?.measured ?? []).map((one) => ({ ...one, date, conditions: null, by: null, evidence: assessed })),
      ...(refusal?.measured ?? []).map((one) => ({
        ...one,
        ...{ date: (refusal?.at ?? asOf).slice(0, 10), conditions: null, by: null },
        evidence: refusal === null ? [] : evidence('refusal', refusal.id, refusal.digest, refusal.at),
      })),
    ],
    thresholds: (fact?.thresholds ?? []).map((one) => ({ ...one, words: null, date, evidence: assessed })),
    flops: { value: checkpoint.flops, evidence: evidence('checkpoint', checkpoint.id, recordDigest(checkpoint)) },
    policy: { version, evidence: evidence('policy', version, digest) },
    places: deployments.map((one) => ({
      deployment: one.id,
      surfaces: one.surfaces.map(({ kind, name }) => ({ kind, name })),
      evidence: evidence('deployment', one.id, deploymentDigest(one)),
    })),
  }
}

/** The one that was concluded last on this very checkpoint. */
async function lastAssessment(
  { facts }: CompileDeps,
  { id, model }: Checkpoint,
): Promise<Extract<Fact, { type: 'evaluation' }> | null> {
  const last = (await facts.assessments(model)).find(
    ({ concludedAt, checkpoint }) => concludedAt !== null && checkpoint === id,
  )
  const fact = last === undefined ? null : await facts.find('evaluation', last.id)
  return fact?.type === 'evaluation' ? fact : null
}

/** A card with everything that is on record, for people to write the rest. */
export async function prefill(deps: CompileDeps, subject: Subject, defaults: CardDefaults): Promise<ModelCard> {
  const { checkpoint, title } = subject
  const { flops, evaluations, thresholds, policy, places } = await compiled(deps, subject)
  return ModelCard.parse({
    format: CARD_FORMAT,
    identity: {
      model: checkpoint.model,
      checkpoint: checkpoint.id,
      title,
      developer: defaults.developer,
      version: checkpoint.checkpoint.slice(0, 60),
      contacts: defaults.contact === null ? [] : [{ for: 'security', address: defaults.contact }],
    },
    compute: { flops },
    evaluations,
    risks: { thresholds },
    safeguards: { policy },
    deployment: { places },
    reporting: [
      { for: 'vulnerabilities and harmful answers', where: '/report' },
      { for: 'a refusal that was wrong', where: '/appeal' },
    ],
    changelog: [{ date: iso(deps.nowMs).slice(0, 10), words: `First card of ${checkpoint.id}.` }],
  })
}

export interface CardDefaults {
  readonly developer: string | null
  readonly contact: string | null
}

/** The same words over what is on record now. Conditions and words that people gave to a figure stay with it. */
export async function renewed(deps: CompileDeps, card: ModelCard, subject: Subject): Promise<ModelCard> {
  const { flops, evaluations, thresholds, policy, places } = await compiled(deps, subject)
  const others = card.evaluations.filter(
    ({ evidence }) => !evidence.some(({ type }) => type === 'evaluation' || type === 'refusal'),
  )
  const next: ModelCard = {
    ...card,
    identity: { ...card.identity, checkpoint: subject.checkpoint.id },
    compute: { ...card.compute, flops },
    evaluations: [
      ...evaluations.map((one) => ({
        ...one,
        conditions:
          card.evaluations.find(({ suite, snapshot }) => suite === one.suite && snapshot === one.snapshot)
            ?.conditions ?? null,
      })),
      ...others,
    ],
    risks: {
      ...card.risks,
      thresholds: thresholds.map((one) => ({
        ...one,
        words: card.risks.thresholds.find(({ threshold }) => threshold === one.threshold)?.words ?? null,
      })),
    },
    safeguards: { ...card.safeguards, policy },
    deployment: { ...card.deployment, places },
  }
  return { ...next, withheld: card.withheld.flatMap((one) => followed(one, card, next)) }
}

/** Items of compiled lists may stand elsewhere now: what is withheld is the same result as before, and never its neighbour. */
function followed(one: ModelCard['withheld'][number], before: ModelCard, after: ModelCard): ModelCard['withheld'] {
  const lists: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['/evaluations/', before.evaluations.map(({ name }) => name), after.evaluations.map(({ name }) => name)],
    [
      '/risks/thresholds/',
      before.risks.thresholds.map(({ threshold }) => threshold),
      after.risks.thresholds.map(({ threshold }) => threshold),
    ],
    [
      '/deployment/places/',
      before.deployment.places.map(({ deployment }) => deployment),
      after.deployment.places.map(({ deployment }) => deployment),
    ],
  ]
  for (const [prefix, old, now] of lists) {
    const [at, ...rest] = one.path.startsWith(prefix) ? one.path.slice(prefix.length).split('/') : []
    if (at === undefined) continue
    const name = old[Number(at)]
    const place = name === undefined ? -1 : now.indexOf(name)
    return place < 0 ? [] : [{ ...one, path: `${prefix}${[place, ...rest].join('/')}` }]
  }
  return [one]
}
