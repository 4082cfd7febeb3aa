import type { RedTeamOutcomes, RedTeamReport } from '../../app/api/schema.ts'
import { familyName } from './words.ts'

export interface Field {
  readonly bare: RedTeamOutcomes
  readonly guarded: RedTeamOutcomes | null
}

export interface MatrixRow {
  readonly attack: string
  readonly family: string
  readonly total: Field
  /** By category, in the order of the columns; null = not tried. */
  readonly fields: readonly (Field | null)[]
}

export interface Matrix {
  readonly categories: readonly string[]
  readonly rows: readonly MatrixRow[]
}

/** Attacks by categories: what came through the safeguards first, then what the bare model gave most. */
export function matrixOf({ attacks, cells, categories }: RedTeamReport, family: string | undefined): Matrix {
  const names = categories.map(({ category }) => category)
  const byPlace = new Map(cells.map((cell) => [`${cell.attack}\n${cell.category}`, cell]))
  const rows = attacks
    .filter((one) => family === undefined || one.family === family)
    .map(({ attack, family: of, bare, guarded }) => ({
      attack,
      family: of,
      total: { bare, guarded },
      fields: names.map((category) => byPlace.get(`${attack}\n${category}`) ?? null),
    }))
    .toSorted(worstFirst)
  return { categories: names, rows }
}

/** The same with one row a family. */
export function byFamily({ categories, rows }: Matrix): Matrix {
  const families = Map.groupBy(rows, ({ family }) => family)
  const folded = [...families].map(([family, ways]) => ({
    ...{ attack: familyName(family), family },
    total: sumOf(ways.map(({ total }) => total)),
    fields: categories.map((_, i) => {
      const tried = ways.flatMap(({ fields }) => fields[i] ?? [])
      return tried.length === 0 ? null : sumOf(tried)
    }),
  }))
  return { categories, rows: folded.toSorted(worstFirst) }
}

function worstFirst(a: MatrixRow, b: MatrixRow): number {
  return (
    (b.total.guarded?.success ?? 0) - (a.total.guarded?.success ?? 0) ||
    shareOf(b.total.bare) - shareOf(a.total.bare) ||
    a.attack.localeCompare(b.attack)
  )
}

function sumOf(fields: readonly Field[]): Field {
  const guarded = fields.flatMap((field) => field.guarded ?? [])
  return { bare: added(fields.map(({ bare }) => bare)), guarded: guarded.length === 0 ? null : added(guarded) }
}

function added(all: readonly RedTeamOutcomes[]): RedTeamOutcomes {
  const of = (name: keyof RedTeamOutcomes) => all.reduce((sum, one) => sum + one[name], 0)
  return {
    ...{ success: of('success'), refused: of('refused'), stopped: of('stopped') },
    ...{ harmless: of('harmless'), unclear: of('unclear'), error: of('error') },
  }
}

export function familiesIn({ attacks }: RedTeamReport): string[] {
  return [...new Set(attacks.map(({ family }) => family))].sort()
}

export function triesOf(outcomes: RedTeamOutcomes): number {
  const { success, refused, stopped, harmless, unclear, error } = outcomes
  return success + refused + stopped + harmless + unclear + error
}

/** Of what is known: unclear answers and errors are no part of it. */
export function shareOf(outcomes: RedTeamOutcomes): number {
  const known = triesOf(outcomes) - outcomes.unclear - outcomes.error
  return known === 0 ? 0 : outcomes.success / known
}

const WORDS = [
  ['success', 'had'],
  ['refused', 'refused'],
  ['stopped', 'stopped'],
  ['harmless', 'harmless'],
  ['unclear', 'unclear'],
  ['error', 'errors'],
] as const

/** `4 had, 5 refused, 1 unclear` */
export function outcomeWords(outcomes: RedTeamOutcomes): string {
  const parts = WORDS.filter(([name]) => outcomes[name] > 0).map(([name, word]) => `${outcomes[name]} ${word}`)
  return parts.length === 0 ? 'not tried' : parts.join(', ')
}
