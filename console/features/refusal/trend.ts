import type { KeptRefusalEvaluation, RefusalRate } from '../../app/api/schema.ts'
import { lineOf, versionOf } from './words.ts'

export interface TrendPoint {
  readonly id: string
  readonly at: string
  readonly version: string
  readonly fixture: boolean
  readonly attackSuccess: RefusalRate | null
  readonly overRefusal: RefusalRate | null
}

export interface Trend {
  /** Oldest first. */
  readonly points: readonly TrendPoint[]
  /** Not all of them were asked the same: over all suites they can't be held against each other. */
  readonly mixed: boolean
}

/** Lines that there are, those with most evaluations first. */
export function linesIn(all: readonly KeptRefusalEvaluation[]): string[] {
  const counts = Map.groupBy(all, lineOf)
  return [...counts].sort(([, a], [, b]) => b.length - a.length).map(([line]) => line)
}

export function suitesIn(all: readonly KeptRefusalEvaluation[]): string[] {
  return [...new Set(all.flatMap(({ head }) => head.suites.map(({ suite }) => suite)))].sort()
}

/** One line's evaluations by time, over all suites or in one of them. */
export function trendOf(all: readonly KeptRefusalEvaluation[], line: string, suite: string | undefined): Trend {
  const own = all.filter((one) => lineOf(one) === line).toSorted((a, b) => (a.madeAt < b.madeAt ? -1 : 1))
  const points = own.flatMap((one): TrendPoint[] => {
    const { id, madeAt: at, fixture, head } = one
    const found = head.suites.find((each) => each.suite === suite)
    if (suite !== undefined && found === undefined) return []
    const attackSuccess = suite === undefined ? head.attackSuccess : (found?.harmful?.rate ?? null)
    const overRefusal = suite === undefined ? head.overRefusal : (found?.harmless?.rate ?? null)
    return [{ id, at, fixture, version: versionOf(one), attackSuccess, overRefusal }]
  })
  const asked = new Set(
    own.map(({ head }) =>
      head.suites
        .map(({ digest }) => digest)
        .toSorted()
        .join(' '),
    ),
  )
  return { points, mixed: suite === undefined && asked.size > 1 }
}
