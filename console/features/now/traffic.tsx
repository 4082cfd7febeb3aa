import { queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { DecisionSummary } from '../../app/api/schema.ts'
import { BarChart } from '../../components/chart/bar-chart.tsx'
import { TimeChart } from '../../components/chart/time-chart.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'

const HOUR_MS = 3_600_000
const HOURS = 24
const MOST_LABELS = 8

const trafficQuery = queryOptions({
  queryKey: ['decisions', 'summary', 'day'],
  queryFn: () => {
    const until = new Date()
    const since = new Date(until.getTime() - HOURS * HOUR_MS)
    return call('GET /api/v1/decisions/summary', {
      query: { since: since.toISOString(), until: until.toISOString(), step: 'hour' },
    })
  },
  refetchInterval: 10_000,
})

/** What passed the gateway in the last day, and what the policy refused it for. */
export function Traffic({ gatewayUrl }: { readonly gatewayUrl: string | undefined }) {
  const { data, error } = useQuery(trafficQuery)
  if (error !== null)
    return (
      <Section title="Traffic">
        <ProblemNote problem={error} />
      </Section>
    )
  if (data === undefined)
    return (
      <Section title="Traffic" note="last 24 hours">
        <Skeleton className="h-48" />
      </Section>
    )
  const { requests } = totals(data)
  if (requests === 0)
    return (
      <Section title="Traffic" note="last 24 hours">
        <EmptyState title="No requests yet">
          Every request that passes the gateway is decided upon and appears here.
          {gatewayUrl !== undefined && ` Point an OpenAI or Anthropic client with a customer’s key at ${gatewayUrl}.`}
        </EmptyState>
      </Section>
    )
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <Section title="Traffic" note="last 24 hours, by hour">
        <Chart data={data} />
      </Section>
      <Section title="Refused and cut, by reason" note="last 24 hours">
        <Labels labels={data.labels} />
      </Section>
    </div>
  )
}

function totals({ points }: DecisionSummary): { requests: number; withheld: number; revised: number } {
  return {
    requests: points.reduce((sum, point) => sum + point.requests, 0),
    withheld: points.reduce((sum, point) => sum + point.refusals + point.cuts, 0),
    revised: points.reduce((sum, point) => sum + point.revisions, 0),
  }
}

function Chart({ data }: { readonly data: DecisionSummary }) {
  const points = everyHour(data)
  const { requests, withheld, revised } = totals(data)
  const unenforced = points.map((point) => point.unenforced)
  const share = requests === 0 ? 0 : (withheld / requests) * 100
  return (
    <TimeChart
      summary={`${count(requests, 'request')}, ${withheld.toLocaleString('en')} refused or cut (${share.toFixed(1)} %)${revised === 0 ? '' : `, ${revised.toLocaleString('en')} revised`}`}
      times={points.map(({ at }) => at)}
      series={[
        { name: 'requests', look: 'accent', values: points.map((point) => point.requests) },
        { name: 'refused or cut', look: 'fails', values: points.map((point) => point.refusals + point.cuts) },
        ...(revised === 0
          ? []
          : [{ name: 'revised', look: 'watch' as const, values: points.map((point) => point.revisions) }]),
        ...(unenforced.some((n) => n > 0)
          ? [{ name: 'not enforced', look: 'watch' as const, values: unenforced }]
          : []),
      ]}
    />
  )
}

/** An hour in which nothing came is an hour with 0, not a line drawn across it. */
function everyHour({ since, until, points }: DecisionSummary): DecisionSummary['points'] {
  const known = new Map(points.map((point) => [Math.floor(Date.parse(point.at) / HOUR_MS), point]))
  const first = Math.floor(Date.parse(since) / HOUR_MS)
  const last = Math.floor((Date.parse(until) - 1) / HOUR_MS)
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, i) => {
    const at = new Date((first + i) * HOUR_MS).toISOString()
    return known.get(first + i) ?? { at, requests: 0, refusals: 0, cuts: 0, revisions: 0, unenforced: 0, labels: {} }
  })
}

function Labels({ labels }: { readonly labels: DecisionSummary['labels'] }) {
  const bars = Object.entries(labels)
    .map(([label, value]) => ({ label: label.replaceAll('_', ' '), value }))
    .sort((a, b) => b.value - a.value)
  if (bars.length === 0) return <p className="text-quiet">Nothing was refused.</p>
  const shown = bars.slice(0, MOST_LABELS)
  const rest = bars.slice(MOST_LABELS).reduce((sum, { value }) => sum + value, 0)
  const all = rest === 0 ? shown : [...shown, { label: 'other', value: rest }]
  const most = shown[0]
  return (
    <BarChart
      summary={`most often ${most?.label}: ${most?.value.toLocaleString('en')}`}
      unit="Decisions"
      bars={all}
      look="fails"
    />
  )
}
