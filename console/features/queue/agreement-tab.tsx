import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { ReviewAgreement } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { count } from '../../components/count.ts'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { labelName } from '../decisions/words.ts'
import { ExportDialog } from './export-dialog.tsx'
import { agreementQuery } from './queries.ts'
import { queueName } from './words.ts'

const DAY_MS = 86_400_000
const SPANS = [7, 30, 90, 365] as const
/** From fewer pairs neither kappa nor its interval says anything: the standard error is that of large samples. */
const ENOUGH = 30

/** How far readers who know nothing of each other's answer agree. */
export function AgreementTab() {
  const { days = 30 } = useSearch({ from: '/shell/queue' })
  const navigate = useNavigate({ from: '/queue' })
  const mayExport = usePermissions()('review.export').may
  const [exporting, setExporting] = useState(false)
  // From the start of a day, so that the answer keeps for a while.
  const since = useMemo(
    () => new Date(Math.floor((Date.now() - days * DAY_MS) / DAY_MS) * DAY_MS).toISOString(),
    [days],
  )
  const { data, error } = useQuery(agreementQuery(since))
  const none = data !== undefined && data.queues.length === 0 && data.labels.length === 0
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center gap-2">
        <Filter<string>
          label="Over"
          value={String(days)}
          onChange={(next) => navigate({ search: { tab: 'agreement', days: Number(next) } })}
          choices={[...new Set([...SPANS, days])].map((n) => ({ value: String(n), label: `the last ${n} days` }))}
        />
        <span className="grow" />
        {mayExport && (
          <Button small look="quiet" onClick={() => setExporting(true)}>
            <Icon name="download" size={12} /> Labelled data…
          </Button>
        )}
      </div>
      {error !== null && <ProblemNote problem={error} />}
      {data === undefined && error === null && <Skeleton className="w-full" />}
      {none && (
        <EmptyState title="No case was read twice yet">
          Extreme cases, overturned refusals and a share of all others get a second reader, who is not told what the
          first one said. How far the two agree beyond chance appears here, by queue and by label.
        </EmptyState>
      )}
      {data !== undefined && data.queues.length > 0 && (
        <Agreement title="By queue" views={data.queues} nameOf={queueName} />
      )}
      {data !== undefined && data.labels.length > 0 && (
        <Agreement title="By label" views={data.labels} nameOf={labelName} />
      )}
      <ExportDialog open={exporting} onOpenChange={setExporting} />
    </div>
  )
}

interface AgreementProps {
  readonly title: string
  readonly views: readonly ReviewAgreement[]
  nameOf(name: string): string
}

function Agreement({ title, views: counted, nameOf }: AgreementProps) {
  const [chosen, setChosen] = useState<string | null>(null)
  const views = counted.map((view) => (view.n < ENOUGH ? { ...view, kappa: null, low: null, high: null } : view))
  const shown = views.find(({ name }) => name === chosen) ?? views[0]
  return (
    <Section
      title={title}
      note="Cohen’s kappa: 1 is full agreement, 0 what chance would give; the bar is the 95 % interval"
    >
      <div className="grid gap-x-8 gap-y-4 lg:grid-cols-[minmax(0,1fr)_auto]">
        <KappaChart views={views} nameOf={nameOf} chosen={shown?.name ?? null} onChoose={setChosen} />
        {shown !== undefined && <Confusion view={shown} name={nameOf(shown.name)} />}
      </div>
    </Section>
  )
}

interface KappaChartProps extends Omit<AgreementProps, 'title'> {
  readonly chosen: string | null
  onChoose(name: string): void
}

function KappaChart({ views, nameOf, chosen, onChoose }: KappaChartProps) {
  const least = views.filter(({ kappa }) => kappa !== null).sort((a, b) => (a.kappa ?? 0) - (b.kappa ?? 0))[0]
  const summary =
    least === undefined
      ? `Too few pairs to tell agreement from chance: it takes ${ENOUGH}, and readers who do not all say the same.`
      : `Readers agree least on ${nameOf(least.name)}: kappa ${two(least.kappa)}, from ${two(least.low)} to ${two(least.high)}.`
  const sheet = {
    headers: ['Name', 'Pairs', 'Agreed', 'By chance', 'Kappa', 'From', 'To'],
    rows: views.map(({ name, n, observed, expected, kappa, low, high }) => [
      nameOf(name),
      n,
      two(observed),
      two(expected),
      two(kappa),
      two(low),
      two(high),
    ]),
  }
  return (
    <ChartFrame summary={summary} sheet={sheet}>
      <ul className="flex flex-col gap-1">
        {views.map((view) => (
          <li key={view.name}>
            <button
              type="button"
              aria-pressed={view.name === chosen}
              onClick={() => onChoose(view.name)}
              className="grid w-full grid-cols-[minmax(6rem,2fr)_minmax(0,3fr)_6rem] items-center gap-3 rounded-md px-1.5 py-0.5 text-left hover:bg-sunken aria-pressed:bg-accent-soft"
            >
              <span className="truncate">{nameOf(view.name)}</span>
              <KappaBar view={view} />
              <span className="text-right whitespace-nowrap tabular-nums">
                {view.n < ENOUGH ? 'too few' : two(view.kappa)} <span className="text-quiet">n {view.n}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </ChartFrame>
  )
}

function KappaBar({ view: { kappa, low, high } }: { readonly view: ReviewAgreement }) {
  const x = (value: number) => 50 + value * 50
  return (
    <svg aria-hidden="true" viewBox="0 0 100 12" preserveAspectRatio="none" className="h-3 w-full">
      <line x1="0" x2="100" y1="6" y2="6" className="stroke-line" vectorEffect="non-scaling-stroke" />
      <line x1="50" x2="50" y1="0" y2="12" className="stroke-edge" vectorEffect="non-scaling-stroke" />
      {low !== null && high !== null && (
        <line
          x1={x(low)}
          x2={x(high)}
          y1="6"
          y2="6"
          strokeWidth="4"
          vectorEffect="non-scaling-stroke"
          className="stroke-accent"
        />
      )}
      {kappa !== null && (
        <line
          x1={x(kappa)}
          x2={x(kappa)}
          y1="1"
          y2="11"
          strokeWidth="2"
          vectorEffect="non-scaling-stroke"
          className="stroke-ink"
        />
      )}
    </svg>
  )
}

function Confusion({
  view: { table, categories, n },
  name,
}: {
  readonly view: ReviewAgreement
  readonly name: string
}) {
  return (
    <figure className="flex flex-col gap-1">
      <figcaption className="max-w-96 text-xs text-quiet">
        {name}: first reader down, second reader across
        {n < ENOUGH && `; ${count(n, 'pair is', 'pairs are')} few`}
      </figcaption>
      <table className="border-collapse">
        <thead>
          <tr>
            <td />
            {categories.map((category) => (
              <th key={category} scope="col" className="px-3 py-1 text-right text-xs font-medium text-quiet">
                {category}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {categories.map((category, i) => (
            <tr key={category} className="border-t border-line">
              <th scope="row" className="py-1 pr-3 text-left text-xs font-medium text-quiet">
                {category}
              </th>
              {categories.map((other, j) => (
                <td key={other} className={i === j ? 'bg-accent-soft px-3 py-1 text-right' : 'px-3 py-1 text-right'}>
                  {(table[i]?.[j] ?? 0).toLocaleString('en')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

function two(value: number | null): string {
  // What rounds to nothing has no sign: -0.004 is 0.00.
  return value === null ? '–' : (Math.round(value * 100) / 100 + 0).toFixed(2)
}
