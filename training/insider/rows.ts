import { addTo, countsOf, HALF_LIVES, type Sums } from '../../src/weights/insider/risk/sums.ts'
import { WARM_UP_DAYS } from '../../src/weights/insider/simulation/planting.ts'
import type { Gathered } from './gathered.ts'

const DAY_MS = 86_400_000
const TAIL_MS = 7 * DAY_MS
const LEAST_COUNT = 0.08
/** Shares of a model before whose loss an alert would have been early. */
const EARLY = [0.002, 0.01, 0.05] as const

/** One moment of one person: which columns of the weights count how much. */
export interface Row {
  readonly columns: Int32Array
  readonly counts: Float64Array
  readonly timeMs: number
}

/** Moments of one organisation: those of nobody who does harm, and of each campaign those in which it could be found. */
export interface Rows {
  readonly seed: number
  readonly harmless: readonly Row[]
  readonly campaigns: readonly {
    readonly kind: string
    readonly family: string
    readonly all: readonly Row[]
    readonly early: readonly Row[]
  }[]
}

/** @param columnOf the first of a cause's columns, one for each half-life */
export function rowsOf(gathered: Gathered, columnOf: (cause: string) => number): Rows {
  const { signals, persons, causes, truths, days, seed } = gathered
  const fromMs = Math.min(WARM_UP_DAYS, Math.floor(days / 3)) * DAY_MS
  const byPerson = Map.groupBy(signals, ([, person = 0]) => persons[person] ?? '')
  const ofTruths = new Map<string, number[]>()
  for (const [index, { people }] of truths.entries())
    for (const person of people) ofTruths.set(person, [...(ofTruths.get(person) ?? []), index])
  const earlyUntil = truths.map((truth) => earlyMs(truth))
  const harmless: Row[] = []
  const campaigns = truths.map(({ kind, family }) => ({
    kind,
    family: family ?? kind,
    all: [] as Row[],
    early: [] as Row[],
  }))
  for (const [person, list] of byPerson) {
    const mine = ofTruths.get(person) ?? []
    const sums = new Map<number, { sums: Sums; atMs: number }>()
    for (const [at, [nth, , timeMs = 0, cause = 0, weight = 0, isCertain]] of list.entries()) {
      if (isCertain === 1) continue
      const column = columnOf(causes[cause] ?? '')
      const known = sums.get(column) ?? { sums: [], atMs: timeMs }
      addTo(known.sums, timeMs - known.atMs, weight / 1e3)
      known.atMs = timeMs
      sums.set(column, known)
      const next = list[at + 1]
      if (timeMs < fromMs || next?.[0] === nth) continue
      const isDaysLast = next === undefined || dayOf(next[2]) !== dayOf(timeMs)
      const owners = mine.filter((index) => {
        const truth = truths[index]
        return truth !== undefined && timeMs >= truth.startsMs && timeMs <= truth.endsMs + TAIL_MS
      })
      const crossed = owners.filter((index) =>
        (earlyUntil[index] ?? []).some((ms) => timeMs <= ms && (next === undefined || (next[2] ?? 0) > ms)),
      )
      if (!isDaysLast && crossed.length === 0) continue
      const row = rowOf(sums, timeMs)
      if (owners.length === 0 && isDaysLast) harmless.push(row)
      for (const index of owners) campaigns[index]?.all.push(row)
      for (const index of crossed) campaigns[index]?.early.push(row)
    }
  }
  return { seed, harmless, campaigns }
}

function rowOf(sums: ReadonlyMap<number, { sums: Sums; atMs: number }>, timeMs: number): Row {
  const columns: number[] = []
  const counts: number[] = []
  for (const [column, { sums: of, atMs }] of sums)
    for (const [nth, count] of countsOf(of, timeMs - atMs).entries())
      if (count > LEAST_COUNT) {
        columns.push(column + nth)
        counts.push(count)
      }
  return { columns: Int32Array.from(columns), counts: Float64Array.from(counts), timeMs }
}

/** The moments at which the shares of EARLY have gone; none where nothing is taken. */
function earlyMs({ steps, modelBytes }: Gathered['truths'][number]): number[] {
  if (modelBytes === 0) return []
  const moments: number[] = []
  let lost = 0
  for (const [timeMs = 0, bytes = 0] of steps) {
    lost += bytes
    while (moments.length < EARLY.length && lost > (EARLY[moments.length] ?? 1) * modelBytes) moments.push(timeMs)
  }
  return moments
}

function dayOf(timeMs = 0): number {
  return Math.floor(timeMs / DAY_MS)
}

export const COLUMNS_EACH = HALF_LIVES.length
