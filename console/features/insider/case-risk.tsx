import { useQuery } from '@tanstack/react-query'
import type { InsiderCase } from '../../app/api/schema.ts'
import { TimeChart } from '../../components/chart/time-chart.tsx'
import { Section } from '../../components/page.tsx'
import { boardQuery } from './queries.ts'
import { nats } from './words.ts'

const STEP_MS = 6 * 3_600_000

/** How the risk of this person went, against the threshold. Once the case is over and it has faded there is nothing to see. */
export function CaseRisk({ of: { pseudonym, risk } }: { readonly of: InsiderCase }) {
  const { data: board } = useQuery(boardQuery)
  const row = board?.items.find((one) => one.of === 'person' && one.shown === pseudonym)
  if (board === undefined || board.at === null || row === undefined || row.trend.length < 2) return null
  const { threshold, at } = board
  const newestMs = Math.floor(Date.parse(at) / STEP_MS) * STEP_MS
  // A step with its beginning, and the newest with now.
  const times = row.trend.map((_, i) =>
    i === row.trend.length - 1 ? at : new Date(newestMs - (row.trend.length - 1 - i) * STEP_MS).toISOString(),
  )
  const summary =
    row.risk >= threshold
      ? `${nats(row.risk)} now, above the threshold of ${nats(threshold)}; at most ${nats(risk)} at an alert`
      : `${nats(row.risk)} now, below the threshold of ${nats(threshold)}; at most ${nats(risk)} at an alert`
  return (
    <Section title="Risk" note="in nats, every six hours">
      <TimeChart
        summary={summary}
        times={times}
        series={[
          { name: 'risk', values: row.trend, look: row.risk >= threshold ? 'fails' : 'accent' },
          { name: 'threshold', values: times.map(() => threshold), look: 'watch' },
        ]}
        height={144}
      />
    </Section>
  )
}
