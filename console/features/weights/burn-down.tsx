import { useQuery } from '@tanstack/react-query'
import type { LedgerEntry, WeightsGrantView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { TimeChart } from '../../components/chart/time-chart.tsx'
import { stretchQuery } from '../ledger/queries.ts'
import { bytes } from './words.ts'

const LOOKED_AT = 1_000
const UNITS = [
  { name: 'GB', factor: 1e9 },
  { name: 'MB', factor: 1e6 },
  { name: 'kB', factor: 1e3 },
] as const

/** How the bytes of a grant were used up: from the readings on the ledger, for those who may read it. */
export function BurnDown({ grant }: { readonly grant: WeightsGrantView }) {
  const { may } = usePermissions()('ledger.read')
  const { data: stretch } = useQuery({ ...stretchQuery(null, LOOKED_AT), enabled: may })
  if (stretch === undefined) return null
  const leftNow = Math.max(0, grant.budgetBytes - grant.usedBytes)
  const points = leftAfterEach(stretch.entries, grant.id, leftNow)
  const [first] = points
  if (first === undefined) return null
  const isWhole = first.leftBytes === grant.budgetBytes
  const course = [...(isWhole ? [{ at: grant.startsAt, leftBytes: grant.budgetBytes }] : []), ...points]
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
function leftAfterEach(entries: readonly LedgerEntry[], grant: string, leftNow: number) {
  let left = leftNow
  const points: { at: string; leftBytes: number }[] = []
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
