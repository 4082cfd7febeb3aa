import { useQuery } from '@tanstack/react-query'
import type { LedgerEntry, WeightsGrantView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { TimeChart } from '../../components/chart/time-chart.tsx'
import { useNow } from '../../components/when.tsx'
import { stretchQuery } from '../ledger/queries.ts'
import { bytes } from './words.ts'

const LOOKED_AT = 1_000
const STEPS = 48
const UNITS = [
  { name: 'GB', factor: 1e9 },
  { name: 'MB', factor: 1e6 },
  { name: 'kB', factor: 1e3 },
] as const

interface Point {
  readonly at: string
  readonly leftBytes: number
}

/** How the bytes of a grant were used up: from the readings on the ledger, for those who may read it. */
export function BurnDown({ grant }: { readonly grant: WeightsGrantView }) {
  const now = useNow()
  const { may } = usePermissions()('ledger.read')
  const { data: stretch } = useQuery({ ...stretchQuery(null, LOOKED_AT), enabled: may })
  if (stretch === undefined) return null
  const leftNow = Math.max(0, grant.budgetBytes - grant.usedBytes)
  const points = leftAfterEach(stretch.entries, grant.id, leftNow)
  const [first] = points
  if (first === undefined) return null
  const isWhole = first.leftBytes === grant.budgetBytes
  const ended = Date.parse(grant.endedAt ?? grant.expiresAt)
  const course = evenly(points, Date.parse(isWhole ? grant.startsAt : first.at), Math.min(now, ended))
  const { factor, name } = UNITS.find((unit) => grant.budgetBytes >= unit.factor) ?? { factor: 1, name: 'B' }
  return (
    <TimeChart
      summary={`${bytes(grant.usedBytes)} of ${bytes(grant.budgetBytes)} are used, ${bytes(leftNow)} are left${isWhole ? '' : '; earlier readings stand further back on the ledger'}.`}
      times={course.map(({ at }) => at)}
      series={[{ name: `${name} left`, values: course.map(({ leftBytes }) => leftBytes / factor), look: 'accent' }]}
    />
  )
}

/**
 * What was left before the first reading and after each, oldest first: counted back from what is left now.
 *
 * @param entries newest first
 */
function leftAfterEach(entries: readonly LedgerEntry[], grant: string, leftNow: number): Point[] {
  let left = leftNow
  const points: Point[] = []
  for (const { event, recordedAt } of entries) {
    if (event?.kind !== 'weights.read' || event.subject.id !== grant) continue
    points.push({ at: recordedAt, leftBytes: left })
    const { length } = event.data
    left += typeof length === 'number' ? length : 0
  }
  const oldest = points.at(-1)
  if (oldest !== undefined) points.push({ at: oldest.at, leftBytes: left })
  return points.reverse()
}

/** The same at even distances, so that a steep line is a quick reader. */
function evenly(points: readonly Point[], fromMs: number, untilMs: number): Point[] {
  const step = Math.max(1, untilMs - fromMs) / STEPS
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const atMs = fromMs + i * step
    const leftBytes = points.findLast(({ at }) => Date.parse(at) <= atMs)?.leftBytes ?? points[0]?.leftBytes ?? 0
    return { at: new Date(atMs).toISOString(), leftBytes }
  })
}
