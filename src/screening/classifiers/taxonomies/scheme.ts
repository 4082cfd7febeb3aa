import type { Label } from '../../taxonomy.ts'

/**
 * How a foreign category stands to one of our labels. No two taxonomies cut the world alike, so a link says what a score on one side
 * is worth on the other, and whether the category's silence means anything:
 *
 * - `equal`: the same harm, as near as two wordings come.
 * - `contains`: the category names this harm among others. Its silence speaks for the label; its score says only that one of them is there.
 * - `reaches`: the category's wording can be read to include the harm, but does not name it. Its silence says nothing.
 * - `part`: the category is a part of the label. Its score speaks for the label; its silence does not.
 * - `overlaps`: some of each lies outside the other.
 */
export type Relation = 'equal' | 'contains' | 'reaches' | 'part' | 'overlaps'

export interface Link {
  readonly label: Label
  readonly relation: Relation
}

/** A category of another taxonomy; without links it has no equivalent among our labels. */
export interface Category {
  /** As it stands on the wire, or its code in the publication. */
  readonly id: string
  /** Its published name. */
  readonly name: string
  readonly links: readonly Link[]
}

export interface Scheme {
  readonly title: string
  /** Where the categories are defined. */
  readonly source: string
  readonly categories: readonly Category[]
}

/**
 * What a score of 1 on one side is worth on the other, in [0, 1]. Judged from the definitions, not measured: on labelled data of
 * one's own a calibration replaces them.
 */
export const CONFIDENCE: Readonly<Record<Relation, { readonly toLabel: number; readonly fromLabel: number }>> = {
  equal: { toLabel: 1, fromLabel: 1 },
  contains: { toLabel: 0.5, fromLabel: 1 },
  reaches: { toLabel: 0.3, fromLabel: 1 },
  part: { toLabel: 1, fromLabel: 0.5 },
  overlaps: { toLabel: 0.3, fromLabel: 0.3 },
}

/** Whether a category's silence is evidence that the label's harm is absent. */
export function isCovering(relation: Relation): boolean {
  return relation === 'equal' || relation === 'contains'
}

/** Links in the short form of the data files: relation, then the labels that stand in it. */
export function links(groups: Partial<Record<Relation, readonly Label[]>>): Link[] {
  const list: Link[] = []
  for (const relation of ['equal', 'contains', 'reaches', 'part', 'overlaps'] as const) {
    for (const label of groups[relation] ?? []) list.push({ label, relation })
  }
  return list
}
