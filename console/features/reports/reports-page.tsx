import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { QueuedReport, SeverityBand } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { CasesTab } from './cases-tab.tsx'
import { ClockLeft } from './clocks.tsx'
import { BandMark } from './marks.tsx'
import { casesQuery, type QueueFilters, reportsQuery } from './queries.ts'
import { BAND_NAMES, CHANNELS, KINDS, reportTitle, STATES } from './words.ts'

const COLUMNS: readonly Column<QueuedReport>[] = [
  {
    id: 'about',
    header: 'Report',
    value: (r) => reportTitle(r),
    cell: (r) => (
      <>
        {r.unreadBy === 'staff' && <span className="mr-1.5 text-xs font-semibold text-accent">new</span>}
        {reportTitle(r)} <code className="font-normal whitespace-nowrap text-quiet">…{r.id.slice(-6)}</code>
      </>
    ),
  },
  {
    id: 'severity',
    header: 'Severity',
    value: (r) => r.score,
    cell: (r) => <BandMark band={r.band} assessed={r.assessed} />,
  },
  {
    id: 'state',
    header: 'State',
    wide: true,
    value: (r) => r.state,
    cell: (r) => (
      <StateMark state={STATES[r.state][0]}>
        {r.closedAs === null ? STATES[r.state][1] : r.closedAs.replaceAll('_', ' ')}
      </StateMark>
    ),
  },
  {
    id: 'who',
    header: 'Has it',
    wide: true,
    value: (r) => r.assignee,
    cell: (r) => (r.assignee === null ? <span className="text-quiet">nobody</span> : <PersonName id={r.assignee} />),
  },
  { id: 'channel', header: 'Came by', wide: true, value: (r) => r.channel, cell: (r) => CHANNELS[r.channel] },
  {
    id: 'received',
    header: 'Came',
    numeric: true,
    wide: true,
    value: (r) => r.receivedAt,
    cell: (r) => <When at={r.receivedAt} />,
  },
  {
    id: 'due',
    header: 'Runs out',
    numeric: true,
    value: (r) => r.clock?.dueAt ?? null,
    cell: (r) => (r.clock === null ? <span className="text-quiet">nothing</span> : <ClockLeft clock={r.clock} named />),
  },
]

/** What people report, and what must not come back. */
export function ReportsPage() {
  const { tab } = useSearch({ from: '/shell/reports' })
  const navigate = useNavigate({ from: '/reports' })
  const cases = useQuery(casesQuery).data?.items
  const open = useInfiniteQuery(reportsQuery(OPEN)).data?.pages.flatMap(({ items }) => items)
  return (
    <Page title="Reports" summary={<Summary open={open} />}>
      <Tabs<'reports' | 'cases'>
        label="Parts of reports"
        value={tab ?? 'reports'}
        onChange={(next) => navigate({ search: next === 'cases' ? { tab: 'cases' } : {} })}
        tabs={[
          { value: 'reports', label: 'Reports', count: open?.length },
          { value: 'cases', label: 'Regression cases', count: cases?.length },
        ]}
      >
        {tab === 'cases' ? <CasesTab /> : <Reports />}
      </Tabs>
    </Page>
  )
}

const OPEN: QueueFilters = { state: 'open', kind: undefined, band: undefined, assignee: undefined }

function Summary({ open }: { readonly open: readonly QueuedReport[] | undefined }) {
  const { person } = useMe()
  if (open === undefined) return 'what people outside tell us'
  const late = open.filter(({ clock }) => clock?.state === 'overdue').length
  const mine = open.filter(({ assignee }) => assignee === person.id).length
  const unread = open.filter(({ unreadBy }) => unreadBy === 'staff').length
  return (
    <>
      {open.length} open{unread > 0 && ` · ${unread} with something new`}
      {mine > 0 && ` · ${mine} yours`}
      {late > 0 && (
        <>
          {' · '}
          <StateMark state="fails">{late} late</StateMark>
        </>
      )}
    </>
  )
}

function Reports() {
  const search = useSearch({ from: '/shell/reports' })
  const navigate = useNavigate({ from: '/reports' })
  const { person } = useMe()
  const { show, kind, band, who } = search
  const filters: QueueFilters = {
    state: show === 'all' ? undefined : (show ?? 'open'),
    kind,
    band,
    assignee: who === 'me' ? person.id : who,
  }
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(reportsQuery(filters))
  const filtered = kind !== undefined || band !== undefined || who !== undefined || show !== undefined
  const all = { value: 'all', label: 'any' } as const
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Reports"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/reports/${id}`}
        sort={search.sort}
        onSort={(sort) => navigate({ search: { ...search, sort } })}
        filters={
          <>
            <Filter<QueuedReport['state'] | 'all' | 'open'>
              label="Show"
              value={show ?? 'open'}
              onChange={(next) => navigate({ search: { ...search, show: next === 'open' ? undefined : next } })}
              choices={[
                { value: 'open', label: 'open' },
                ...(Object.keys(STATES) as QueuedReport['state'][]).map((value) => ({
                  value,
                  label: STATES[value][1],
                })),
                { value: 'all', label: 'all' },
              ]}
            />
            <Filter<SeverityBand | 'all'>
              label="Severity"
              value={band ?? 'all'}
              onChange={(next) => navigate({ search: { ...search, band: next === 'all' ? undefined : next } })}
              choices={[all, ...BAND_NAMES.map((value) => ({ value, label: value }))]}
            />
            <Filter<QueuedReport['kind'] | 'all'>
              label="Kind"
              value={kind ?? 'all'}
              onChange={(next) => navigate({ search: { ...search, kind: next === 'all' ? undefined : next } })}
              choices={[
                all,
                ...(Object.keys(KINDS) as QueuedReport['kind'][]).map((value) => ({ value, label: KINDS[value] })),
              ]}
            />
            <Filter<'me' | 'nobody' | 'all'>
              label="Has it"
              value={who ?? 'all'}
              onChange={(next) => navigate({ search: { ...search, who: next === 'all' ? undefined : next } })}
              choices={[
                { value: 'all', label: 'anybody' },
                { value: 'me', label: 'me' },
                { value: 'nobody', label: 'nobody' },
              ]}
            />
          </>
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          filtered ? (
            <EmptyState title="None of these">
              Other filters show other reports; “Show: all” shows every one.
            </EmptyState>
          ) : (
            <EmptyState title="Nothing is reported">
              People report by the form at “/report”, programs by the API, and products by flags on an answer. Each
              report appears here with a severity and with what is promised by when.
            </EmptyState>
          )
        }
      />
    </>
  )
}
