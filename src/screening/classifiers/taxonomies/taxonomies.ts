import { LABELS, type Label } from '../../taxonomy.ts'
import type { Scores } from '../classifier.ts'
import { AILUMINATE } from './ailuminate.ts'
import { ANTHROPIC } from './anthropic.ts'
import { AZURE } from './azure.ts'
import { LLAMA_GUARD } from './llama-guard.ts'
import { OPENAI } from './openai.ts'
import { QWEN3GUARD } from './qwen3guard.ts'
import { type Category, CONFIDENCE, isCovering, type Link, type Scheme } from './scheme.ts'

/** Every taxonomy that labels are mapped to and from. */
export const SCHEMES = {
  ailuminate: AILUMINATE,
  openai: OPENAI,
  anthropic: ANTHROPIC,
  llama_guard: LLAMA_GUARD,
  qwen3guard: QWEN3GUARD,
  azure: AZURE,
} as const satisfies Record<string, Scheme>
export type SchemeId = keyof typeof SCHEMES

const LINKS: ReadonlyMap<string, readonly Link[]> = new Map(
  Object.entries(SCHEMES).flatMap(([id, scheme]) =>
    scheme.categories.map((category): [string, readonly Link[]] => [key(id, category.id), category.links]),
  ),
)

function key(scheme: string, category: string): string {
  return `${scheme}\n${category}`
}

/** The categories of a scheme, in published order. */
export function categoriesOf(scheme: SchemeId): readonly Category[] {
  return SCHEMES[scheme].categories
}

/** Whether `category` is one of the scheme's, spelled exactly as it stands on the wire. */
export function isCategory(scheme: SchemeId, category: string): boolean {
  return LINKS.has(key(scheme, category))
}

/**
 * What a foreign category's score says about our labels: the score times the confidence of each link. Empty for a category without
 * equivalent, and for one that the scheme does not have.
 *
 * @param score in [0, 1]
 */
export function toLabels(scheme: SchemeId, category: string, score: number): Scores {
  const scores: Partial<Record<Label, number>> = {}
  for (const { label, relation } of LINKS.get(key(scheme, category)) ?? []) {
    scores[label] = Math.max(scores[label] ?? 0, score * CONFIDENCE[relation].toLabel)
  }
  return scores
}

/**
 * Our scores in a foreign scheme: per category the strongest of its links. A category is absent when none of its labels was scored or it
 * has no equivalent: absent is not 0.
 */
export function fromLabels(scheme: SchemeId, scores: Scores): Record<string, number> {
  const result: Record<string, number> = {}
  for (const { id, links } of SCHEMES[scheme].categories) {
    for (const { label, relation } of links) {
      const score = scores[label]
      if (score === undefined) continue
      result[id] = Math.max(result[id] ?? 0, score * CONFIDENCE[relation].fromLabel)
    }
  }
  return result
}

/** The labels for which the scheme's silence means that the harm is absent. */
export function coveredLabels(scheme: SchemeId): ReadonlySet<Label> {
  const covered = new Set<Label>()
  for (const { links } of SCHEMES[scheme].categories) {
    for (const { label, relation } of links) if (isCovering(relation)) covered.add(label)
  }
  return covered
}

/** Whether some label takes a category's score in full: else its harm is one that no label names. */
export function isNamedInFull(scheme: SchemeId, category: string): boolean {
  return (LINKS.get(key(scheme, category)) ?? []).some(({ relation }) => CONFIDENCE[relation].toLabel === 1)
}

/** The labels that the scheme does not name: who relies on it alone leaves these unjudged. In the order of LABELS. */
export function gaps(scheme: SchemeId): Label[] {
  const covered = coveredLabels(scheme)
  return LABELS.filter((label) => !covered.has(label))
}
