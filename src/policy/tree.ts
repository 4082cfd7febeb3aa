import type { Clause, PolicyDocument, Section } from './document.ts'

export type Path = readonly (string | number)[]

/** A clause with where it stands: the steps to it in the document, and the id of what it stands in. */
export interface PlacedClause {
  readonly clause: Clause
  readonly path: Path
  readonly parentId: string
}

/** Every clause of the tree, each before those below it, in the document's order. */
export function placedClauses(document: Pick<PolicyDocument, 'sections'>): PlacedClause[] {
  return document.sections.flatMap((section, s) => descend(section.clauses, ['sections', s, 'clauses'], section.id))
}

function descend(clauses: readonly Clause[], path: Path, parentId: string): PlacedClause[] {
  return clauses.flatMap((clause, c) => {
    const at = [...path, c]
    return [{ clause, path: at, parentId }, ...descend(clause.clauses ?? [], [...at, 'clauses'], clause.id)]
  })
}

/** The clauses of a section without their paths. */
export function clausesOf(section: Pick<Section, 'clauses'>): Clause[] {
  return section.clauses.flatMap((clause) => [clause, ...clausesOf({ clauses: clause.clauses ?? [] })])
}

export function allClauses(document: Pick<PolicyDocument, 'sections'>): Clause[] {
  return document.sections.flatMap(clausesOf)
}
