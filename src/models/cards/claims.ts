import type { Evidence, Figure } from './evidence.ts'
import { pointerOf } from './read.ts'
import type { EvaluationClaim, ModelCard, ThresholdClaim } from './schema.ts'

/** One claim of a card, and where it stands. */
export type PlacedClaim = { readonly path: string; readonly evidence: readonly Evidence[] } & (
  | { readonly kind: 'evaluation'; readonly claim: EvaluationClaim }
  | { readonly kind: 'threshold'; readonly claim: ThresholdClaim }
  | { readonly kind: 'flops'; readonly claim: { readonly value: number } }
  | { readonly kind: 'figure'; readonly claim: Figure }
  | { readonly kind: 'words'; readonly claim: { readonly words: string } }
  | { readonly kind: 'policy'; readonly claim: { readonly version: string } }
  | { readonly kind: 'deployment'; readonly claim: ModelCard['deployment']['places'][number] }
)

/** Everything in a card that must be borne out, in the order of the card. */
export function claimsOf(card: ModelCard): PlacedClaim[] {
  const { capabilities, trainingData, compute, evaluations, risks, safeguards, deployment } = card
  const words = (claims: readonly { words: string; evidence: Evidence[] }[], ...path: string[]) =>
    claims.map((claim, i) => placed('words', claim, ...path, i))
  const figures = (claims: readonly Figure[], ...path: string[]) =>
    claims.map((claim, i) => placed('figure', claim, ...path, i))
  return [
    ...words(capabilities, 'capabilities'),
    ...figures(trainingData.figures, 'trainingData', 'figures'),
    ...(compute.flops === null ? [] : [placed('flops', compute.flops, 'compute', 'flops')]),
    ...figures(compute.figures, 'compute', 'figures'),
    ...evaluations.map((claim, i) => placed('evaluation', claim, 'evaluations', i)),
    ...risks.thresholds.map((claim, i) => placed('threshold', claim, 'risks', 'thresholds', i)),
    ...(safeguards.policy === null ? [] : [placed('policy', safeguards.policy, 'safeguards', 'policy')]),
    ...words(safeguards.classifiers, 'safeguards', 'classifiers'),
    ...words(safeguards.refusal, 'safeguards', 'refusal'),
    ...words(safeguards.other, 'safeguards', 'other'),
    ...deployment.places.map((claim, i) => placed('deployment', claim, 'deployment', 'places', i)),
  ]
}

/** Every evidence of a card, with repetitions. */
export function evidenceOf(card: ModelCard): Evidence[] {
  return claimsOf(card).flatMap(({ evidence }) => evidence)
}

function placed<K extends PlacedClaim['kind'], C extends { readonly evidence: readonly Evidence[] }>(
  kind: K,
  claim: C,
  ...path: (string | number)[]
) {
  return { kind, claim, evidence: claim.evidence, path: pointerOf(path) }
}

/** What people wrote in their own words, part by part; not the history, which tells of figures that no longer hold. */
export function proseOf(card: ModelCard): { readonly path: string; readonly words: string }[] {
  const { trainingData, compute, risks, distribution } = card
  const one = (words: string | null, ...path: string[]) => (words === null ? [] : [{ path: pointerOf(path), words }])
  const many = (items: readonly string[], ...path: string[]) =>
    items.map((words, i) => ({ path: pointerOf([...path, i]), words }))
  return [
    ...one(card.summary, 'summary'),
    ...many(card.intendedUses, 'intendedUses'),
    ...many(card.outOfScopeUses, 'outOfScopeUses'),
    ...many(card.limitations, 'limitations'),
    ...many(card.tradeoffs, 'tradeoffs'),
    ...one(card.identity.architecture, 'identity', 'architecture'),
    ...one(trainingData.words, 'trainingData', 'words'),
    ...one(trainingData.curation, 'trainingData', 'curation'),
    ...one(trainingData.unlawfulAndBias, 'trainingData', 'unlawfulAndBias'),
    ...trainingData.sources.flatMap(({ words }, i) => one(words, 'trainingData', 'sources', String(i), 'words')),
    ...one(compute.hardware, 'compute', 'hardware'),
    ...one(compute.process, 'compute', 'process'),
    ...card.evaluations.flatMap(({ conditions }, i) => one(conditions, 'evaluations', String(i), 'conditions')),
    ...one(risks.words, 'risks', 'words'),
    ...one(risks.catastrophic, 'risks', 'catastrophic'),
    ...one(risks.thirdParties, 'risks', 'thirdParties'),
    ...one(risks.framework, 'risks', 'framework'),
    ...risks.thresholds.flatMap(({ words }, i) => one(words, 'risks', 'thresholds', String(i), 'words')),
    ...one(distribution.words, 'distribution', 'words'),
    ...one(distribution.integration, 'distribution', 'integration'),
    ...one(card.acceptableUse, 'acceptableUse'),
    ...claimsOf(card).flatMap((placed) =>
      placed.kind === 'words'
        ? [{ path: `${placed.path}/words`, words: placed.claim.words }]
        : placed.kind === 'figure' && placed.claim.note !== null
          ? [{ path: `${placed.path}/note`, words: placed.claim.note }]
          : [],
    ),
  ]
}
