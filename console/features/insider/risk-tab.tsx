import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { InsiderRiskRow } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { CaseMark, SyntheticMark } from './marks.tsx'
import { boardQuery } from './queries.ts'
import { Sparkline } from './sparkline.tsx'
import { briefly, nats } from './words.ts'

const REASONS = 3
/** Below it stands what everybody has at times, in nats. */
const LITTLE = 1
const OF = [
  { value: 'person', label: 'people' },
  { value: 'host', label: 'hosts' },
  { value: 'grant', label: 'grants' },
] as const
type Of = (typeof OF)[number]['value']

/** How risk stands of people, hosts and grants, by pseudonyms: most comes first. */
export function RiskTab() {
  const { of = 'person', sort } = useSearch({ from: '/shell/insider' })
  const navigate = useNavigate({ from: '/insider' })
  const { data, error } = useQuery(boardQuery)
  const [all, setAll] = useState(false)
  const every = data?.items.filter((row) => row.of === of)
  const rows = every?.filter(({ risk, case: id }) => all || risk >= LITTLE || id !== null)
  const hidden = (every?.length ?? 0) - (rows?.length ?? 0)
  const above = rows?.filter(({ risk }) => risk >= (data?.threshold ?? 0)).length ?? 0
  return (
    <div className="flex flex-col gap-3">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label={`Risk of ${OF.find(({ value }) => value === of)?.label}`}
        rows={rows ?? (error === null ? undefined : [])}
        columns={columnsOf(data?.threshold ?? 0, of)}
        rowKey={({ shown }) => shown}
        sort={sort}
        onSort={(next) => navigate({ search: (before) => ({ ...before, sort: next }) })}
        filters={
          <>
            <Filter<Of>
              label="Of"
              value={of}
              onChange={(next) =>
                navigate({ search: (before) => ({ ...before, of: next === 'person' ? undefined : next }) })
              }
              choices={OF}
            />
            {data !== undefined && data.at !== null && (
              <span className="text-quiet">
                {above === 0 ? 'none at or above' : `${above} at or above`} the threshold of {nats(data.threshold)} ·{' '}
                <When at={data.at} />
              </span>
            )}
          </>
        }
        empty={<NothingSpeaks of={of} />}
      />
      {hidden > 0 && (
        <Button className="self-start" onClick={() => setAll(true)}>
          Show {hidden} below {nats(LITTLE)}
        </Button>
      )}
      {rows !== undefined && rows.length > 0 && (
        <p className="max-w-prose text-quiet">
          Risk is counted in nats, about the logarithm of how much likelier this is of an insider than of others; it
          fades by itself. Pseudonyms change each year. Whoever looks is not on their own list.
        </p>
      )}
    </div>
  )
}

function columnsOf(threshold: number, of: Of): readonly Column<InsiderRiskRow>[] {
  const columns: readonly Column<InsiderRiskRow>[] = [
    {
      id: 'shown',
      header: of === 'person' ? 'Who' : of === 'host' ? 'Host' : 'Grant',
      value: ({ shown }) => shown,
      cell: ({ shown, drill, case: id }) => (
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <Who shown={shown} case={id} />
          {drill && <SyntheticMark />}
        </span>
      ),
    },
    {
      id: 'risk',
      header: 'Risk',
      numeric: true,
      value: ({ risk }) => risk,
      cell: ({ risk }) =>
        risk >= threshold ? (
          <StateMark state="fails" className="whitespace-nowrap">
            {nats(risk)}
          </StateMark>
        ) : (
          <span className="whitespace-nowrap">{nats(risk)}</span>
        ),
    },
    {
      id: 'trend',
      header: 'Two weeks',
      wide: true,
      cell: ({ trend }) => <Sparkline values={trend} threshold={threshold} />,
    },
    {
      id: 'why',
      header: 'Why',
      value: ({ causes }) => causes.map(({ cause, risk }) => `${cause} ${nats(risk)}`).join(', '),
      cell: ({ causes }) => (
        <ul className="flex flex-col gap-0.5">
          {causes.slice(0, REASONS).map(({ cause, risk, says }) => (
            <li key={cause}>
              {briefly(says)} <span className="text-quiet">{nats(risk)}</span>
            </li>
          ))}
          {causes.length > REASONS && <li className="text-quiet">and {causes.length - REASONS} more</li>}
        </ul>
      ),
    },
    {
      id: 'case',
      header: 'Case',
      wide: true,
      value: ({ state }) => state,
      cell: ({ case: id, state }) =>
        id === null || state === null ? (
          <span className="text-quiet">none</span>
        ) : (
          <AppLink href={`/insider/cases/${id}`} className="hover:underline">
            <CaseMark of={{ state, outcome: null }} />
          </AppLink>
        ),
    },
  ]
  return columns.filter(({ id }) => of === 'person' || id !== 'case')
}

function Who({ shown, case: id }: Pick<InsiderRiskRow, 'shown' | 'case'>) {
  const look = 'font-medium whitespace-nowrap tabular-nums'
  if (id === null) return <span className={look}>{shown}</span>
  return (
    <AppLink href={`/insider/cases/${id}`} className={`${look} underline underline-offset-2`}>
      {shown}
    </AppLink>
  )
}

function NothingSpeaks({ of }: { readonly of: Of }) {
  const { data } = useQuery(boardQuery)
  if (data?.at === null)
    return (
      <EmptyState title="Nothing was looked at yet">
        As soon as somebody signs in, asks, agrees or reads, it is looked at here within two seconds.
      </EmptyState>
    )
  return (
    <EmptyState title={`Nothing speaks against ${of === 'person' ? 'anybody' : `any ${of}`}`}>
      Watched is what people do at work here, by identifiers, numbers and times: signing in, asking and agreeing,
      devices, grants, what is read of weights, changes of policies, reading of records, and what is imported of other
      systems. Not watched is what they write or say, what is in files, and anything outside of work.
    </EmptyState>
  )
}
