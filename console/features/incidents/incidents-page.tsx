import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { DrillReport, IncidentView, ResponseCaseView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useNow, When } from '../../components/when.tsx'
import { casesQuery } from '../scaling/queries.ts'
import { DrillMark } from './drill-band.tsx'
import { DrillDialog } from './drill-dialog.tsx'
import { HaltDialog } from './halt-dialog.tsx'
import { drillsQuery, incidentsQuery } from './queries.ts'
import type { IncidentsTab } from './routes.tsx'
import { casePath, caseTitle, effectMark, PROCEDURES, runs, worstCases } from './words.ts'

/** What happened to models in use, and where training and each deployment stand. */
export function IncidentsPage() {
  const search = useSearch({ from: '/shell/incidents' })
  const navigate = useNavigate({ from: '/incidents' })
  const { may } = usePermissions()('deployment.halt')
  const [asking, setAsking] = useState<'halt' | 'drill' | null>(null)
  const { data: cases } = useQuery(casesQuery)
  const real = cases?.filter(({ drill }) => !drill) ?? []
  const restricted = real.filter(({ effect }) => effect === 'existing' || effect === 'stop' || effect === 'lock').length
  return (
    <Page
      title="Incidents"
      summary={
        cases === undefined
          ? 'what follows when a model is able to more than it was held to be'
          : restricted === 0
            ? 'nothing is halted'
            : `${restricted} halted, stopped or locked`
      }
      actions={
        may && (
          <>
            <Button onClick={() => setAsking('drill')}>Rehearse</Button>
            <Button look="danger" onClick={() => setAsking('halt')}>
              Halt new customers
            </Button>
          </>
        )
      }
    >
      <Tabs<IncidentsTab>
        label="Incidents"
        value={search.tab ?? 'incidents'}
        onChange={(tab) => navigate({ search: tab === 'incidents' ? {} : { tab } })}
        tabs={[
          { value: 'incidents', label: 'Incidents' },
          { value: 'cases', label: 'Where everything stands', count: restricted },
          { value: 'drills', label: 'Drills' },
        ]}
      >
        {search.tab === 'cases' ? (
          <Cases sort={search.sort} onSort={(sort) => navigate({ search: { tab: 'cases', sort } })} />
        ) : search.tab === 'drills' ? (
          <Drills sort={search.sort} onSort={(sort) => navigate({ search: { tab: 'drills', sort } })} />
        ) : (
          <Incidents
            state={search.state}
            sort={search.sort}
            onSearch={(next) => navigate({ search: { state: search.state, sort: search.sort, ...next } })}
          />
        )}
      </Tabs>
      {asking === 'halt' && <HaltDialog onClose={() => setAsking(null)} />}
      {asking === 'drill' && <DrillDialog onClose={() => setAsking(null)} />}
    </Page>
  )
}

interface IncidentsProps {
  readonly state: 'closed' | 'any' | undefined
  readonly sort: string | undefined
  onSearch(next: { readonly state?: 'closed' | 'any' | undefined; readonly sort?: string | undefined }): void
}

function Incidents({ state, sort, onSearch }: IncidentsProps) {
  const now = useNow()
  const asked = state === 'any' ? undefined : (state ?? 'open')
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(incidentsQuery(asked))
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Incidents"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={incidentColumns(now)}
        rowKey={({ id }) => id}
        href={({ id }) => `/incidents/${id}`}
        sort={sort ?? '-aware'}
        onSort={(next) => onSearch({ sort: next })}
        filters={
          <Filter<'open' | 'closed' | 'any'>
            label="Show"
            value={state ?? 'open'}
            onChange={(next) => onSearch({ state: next === 'open' ? undefined : next })}
            choices={[
              { value: 'open', label: 'open' },
              { value: 'closed', label: 'closed' },
              { value: 'any', label: 'all' },
            ]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title={asked === 'open' ? 'No incident is open' : 'None'}
            action={<CopyText label="command" text='safelevel response halt --model atlas-api --reason "…"' />}
          >
            An incident begins when somebody halts a model, or by itself when results meet a line. It holds the
            assessment of each deployment, orders to whoever serves it elsewhere, and the clocks of the law.
          </EmptyState>
        }
      />
    </>
  )
}

function incidentColumns(now: number): readonly Column<IncidentView>[] {
  return [
    {
      id: 'model',
      header: 'Model',
      value: ({ model }) => model,
      cell: ({ model, drill }) => (
        <span className="inline-flex flex-wrap items-baseline gap-2">
          {model} {drill && <DrillMark />}
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      value: ({ closedAt }) => closedAt ?? '',
      cell: ({ closedAt, emergencyAt, drill }) =>
        closedAt !== null ? (
          <StateMark state="holds">closed</StateMark>
        ) : emergencyAt !== null ? (
          <StateMark state={drill ? 'unknown' : 'fails'}>safety emergency</StateMark>
        ) : (
          <StateMark state={drill ? 'unknown' : 'fails'}>halted</StateMark>
        ),
    },
    {
      id: 'reason',
      header: 'Reason',
      wide: true,
      value: ({ reason }) => reason,
      cell: ({ reason, cause }) => (
        <span className="line-clamp-2">{cause === 'verdict' ? `by its results: ${reason}` : reason}</span>
      ),
    },
    {
      id: 'tasks',
      header: 'To assess',
      numeric: true,
      value: ({ tasks }) => tasks.filter(({ assessedAt }) => assessedAt === null).length,
      cell: (incident) => {
        const { tasks } = incident
        const open = tasks.filter(({ assessedAt }) => assessedAt === null)
        const late = open.some(({ dueAt }) => Date.parse(dueAt) <= now)
        if (open.length === 0) return <span className="text-quiet">all assessed</span>
        if (!runs(incident)) return <StateMark state="unknown">{`${open.length} of ${tasks.length}`}</StateMark>
        return <StateMark state={late ? 'fails' : 'watch'}>{`${open.length} of ${tasks.length}`}</StateMark>
      },
    },
    {
      id: 'orders',
      header: 'Not acknowledged',
      numeric: true,
      wide: true,
      value: ({ orders }) => orders.filter(({ acknowledged }) => acknowledged === null).length,
      cell: (incident) => {
        const open = incident.orders.filter(({ acknowledged }) => acknowledged === null).length
        return open === 0 ? (
          <span className="text-quiet">none</span>
        ) : (
          <StateMark state={runs(incident) ? 'fails' : 'unknown'}>{String(open)}</StateMark>
        )
      },
    },
    {
      id: 'aware',
      header: 'Aware since',
      numeric: true,
      value: ({ awareAt }) => awareAt,
      cell: ({ awareAt }) => <When at={awareAt} />,
    },
  ]
}

const CASE_COLUMNS: readonly Column<ResponseCaseView>[] = [
  {
    id: 'case',
    header: 'Of',
    value: (of) => of.id,
    cell: (of) => (
      <span className="inline-flex flex-wrap items-baseline gap-2">
        {caseTitle(of)} {of.drill && <DrillMark />}
      </span>
    ),
  },
  { id: 'state', header: 'Stands at', value: (of) => of.title, cell: (of) => of.title },
  {
    id: 'effect',
    header: 'Which means',
    value: (of) => of.effect,
    cell: (of) => {
      const [state, words] = effectMark(of)
      return <StateMark state={state}>{words}</StateMark>
    },
  },
  {
    id: 'customers',
    header: 'Go on being served',
    numeric: true,
    wide: true,
    value: (of) => of.frozen?.length ?? null,
    cell: (of) => (of.frozen === null ? <span className="text-quiet">–</span> : of.frozen.length),
  },
  {
    id: 'changed',
    header: 'Since',
    numeric: true,
    wide: true,
    value: (of) => of.changedAt,
    cell: (of) => <When at={of.changedAt} />,
  },
]

function Cases({ sort, onSort }: { readonly sort: string | undefined; onSort(sort: string | undefined): void }) {
  const { data, error } = useQuery(casesQuery)
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Training and deployments"
        rows={data === undefined ? (error === null ? undefined : []) : worstCases(data)}
        columns={CASE_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => casePath(id)}
        sort={sort}
        onSort={onSort}
        empty={
          <EmptyState
            title="Nothing has happened yet"
            action={
              <CopyText label="command" text="safelevel checkpoint record --model atlas --checkpoint c1 --flops 1e24" />
            }
          >
            Training of a model line stands here from its first step on, a deployment once it is declared or halted.
          </EmptyState>
        }
      />
    </>
  )
}

const DRILL_COLUMNS: readonly Column<DrillReport>[] = [
  {
    id: 'model',
    header: 'Model',
    value: ({ model }) => model,
    cell: ({ model }) => (
      <span className="inline-flex flex-wrap items-baseline gap-2">
        {model} <DrillMark />
      </span>
    ),
  },
  {
    id: 'ok',
    header: 'Came to',
    value: ({ ok }) => ok,
    cell: ({ ok }) => <StateMark state={ok ? 'holds' : 'fails'}>{ok ? 'as it should' : 'not as it should'}</StateMark>,
  },
  {
    id: 'what',
    header: 'Rehearsed',
    wide: true,
    value: ({ rehearsals }) => rehearsals.map(({ procedure }) => procedure).join(' '),
    cell: ({ rehearsals }) => rehearsals.map(({ procedure }) => PROCEDURES[procedure]).join('; '),
  },
  {
    id: 'filed',
    header: 'Filed',
    numeric: true,
    value: ({ filedAt }) => filedAt,
    cell: ({ filedAt }) => <When at={filedAt} />,
  },
]

function Drills({ sort, onSort }: { readonly sort: string | undefined; onSort(sort: string | undefined): void }) {
  const { data, error } = useQuery(drillsQuery)
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Drills"
        rows={data ?? (error === null ? undefined : [])}
        columns={DRILL_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/incidents/drills/${id}`}
        sort={sort}
        onSort={onSort}
        empty={
          <EmptyState
            title="Nothing was rehearsed yet"
            action={<CopyText label="command" text="safelevel response drill --model atlas" />}
          >
            A drill goes through pause, 2c and 2d on a case that is nobody’s, touches no customer, and files its report.
          </EmptyState>
        }
      />
    </>
  )
}
