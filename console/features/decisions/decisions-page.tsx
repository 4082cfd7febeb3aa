import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useRef } from 'react'
import type { RecordedDecision } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { Filters, isFiltered } from './filters.tsx'
import { type Live, merged, useLive } from './live.ts'
import { OutcomeMark, shortId } from './marks.tsx'
import { decisionsQuery } from './queries.ts'
import type { DecisionsSearch } from './search.ts'
import { labelName, score } from './words.ts'

const COLUMNS: readonly Column<RecordedDecision>[] = [
  { id: 'outcome', header: 'Outcome', value: (d) => d.outcome, cell: (d) => <OutcomeMark decision={d} /> },
  { id: 'label', header: 'Label', value: (d) => d.label, cell: (d) => d.label !== null && labelName(d.label) },
  { id: 'clause', header: 'Clause', wide: true, value: (d) => d.clause, cell: (d) => d.clause },
  {
    id: 'score',
    header: 'Score',
    numeric: true,
    wide: true,
    value: (d) => (d.side === null ? null : (d[d.side]?.score ?? null)),
    cell: (d) => <Score decision={d} />,
  },
  { id: 'model', header: 'Model', wide: true, value: (d) => d.model, cell: (d) => <bdi>{d.model}</bdi> },
  {
    id: 'organisation',
    header: 'Organisation',
    wide: true,
    value: (d) => d.organisation,
    cell: (d) => d.organisation !== null && <code title={d.organisation}>{shortId(d.organisation)}</code>,
  },
  {
    id: 'key',
    header: 'Key',
    wide: true,
    value: (d) => d.key,
    cell: (d) => d.key !== null && <code title={d.key}>{shortId(d.key)}</code>,
  },
  {
    id: 'duration',
    header: 'Took',
    numeric: true,
    wide: true,
    value: (d) => d.durationMs,
    cell: (d) => d.durationMs !== null && `${Math.round(d.durationMs).toLocaleString('en')} ms`,
  },
  { id: 'at', header: 'When', numeric: true, value: (d) => d.at, cell: (d) => <When at={d.at} /> },
]

function Score({ decision }: { readonly decision: RecordedDecision }) {
  const value = decision.side === null ? null : (decision[decision.side]?.score ?? null)
  return value === null ? null : score(value)
}

/** What the gateway decided, as it decides it. */
export function DecisionsPage() {
  const search = useSearch({ from: '/shell/decisions' })
  const navigate = useNavigate({ from: '/decisions' })
  const client = useQueryClient()
  const options = decisionsQuery(search)
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(options)
  const reload = useCallback(() => void client.invalidateQueries({ queryKey: ['decisions', 'list'] }), [client])
  // What is over, or named by its id, does not go on.
  const follows = search.until === undefined && search.id === undefined
  const live = useLive(follows ? search : null, reload)
  const listed = useMemo(() => data?.pages.flatMap(({ items }) => items), [data])
  const all = useMemo(() => (listed === undefined ? undefined : merged(live.arrived, listed)), [live.arrived, listed])
  const [rows, newer] = useStill(all, search.paused === true)
  const pause = (paused: boolean) =>
    void navigate({ search: { ...search, paused: paused ? true : undefined }, replace: true })
  return (
    <Page
      title="Decisions"
      summary={<Following follows={follows} paused={search.paused === true} live={live} newer={newer} />}
      actions={
        follows && (
          <>
            {newer > 0 && <Button onClick={() => pause(false)}>Show {newer.toLocaleString('en')} newer</Button>}
            <Button
              role="switch"
              aria-checked={search.paused !== true}
              aria-label="Live"
              onClick={() => pause(search.paused !== true)}
            >
              {search.paused === true ? 'Go on live' : 'Pause'}
            </Button>
          </>
        )
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Decisions"
        rows={error === null ? rows : (rows ?? [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/decisions/${id}`}
        sort={search.sort}
        onSort={(sort) => void navigate({ search: { ...search, sort } })}
        filters={<Filters search={search} />}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={<Nothing search={search} />}
      />
    </Page>
  )
}

/** While paused, the rows of the moment at which it was; and how many have come since. */
function useStill(
  rows: readonly RecordedDecision[] | undefined,
  paused: boolean,
): readonly [readonly RecordedDecision[] | undefined, number] {
  const newest = useRef<string | null>(null)
  if (!paused || newest.current === null) newest.current = rows?.[0]?.id ?? null
  const last = newest.current
  if (!paused || rows === undefined || last === null) return [rows, 0]
  const known = rows.filter(({ id }) => id <= last)
  return [known, rows.length - known.length]
}

interface FollowingProps {
  readonly follows: boolean
  readonly paused: boolean
  readonly live: Live
  readonly newer: number
}

function Following({ follows, paused, live: { state, arrived }, newer }: FollowingProps) {
  if (!follows) return 'what the gateway decided, newest first'
  if (state === 'lost') return <StateMark state="unknown">connection lost; trying again</StateMark>
  if (paused) return <StateMark state="watch">paused{newer > 0 && ` · ${newer.toLocaleString('en')} newer`}</StateMark>
  if (state === 'connecting') return 'what the gateway decided, newest first'
  return (
    <StateMark state="holds">
      live
      {arrived.length > 0 && (
        <span className="font-normal text-quiet"> · {arrived.length.toLocaleString('en')} since you came</span>
      )}
    </StateMark>
  )
}

function Nothing({ search }: { readonly search: DecisionsSearch }) {
  if (isFiltered(search))
    return (
      <EmptyState
        title="None like this"
        action={
          <AppLink href="/decisions" className={buttonLook()}>
            Without filters
          </AppLink>
        }
      >
        No decision fits all that is asked for. Those to come that fit appear here by themselves.
      </EmptyState>
    )
  return (
    <EmptyState title="No decisions yet">
      Every request to the gateway becomes a line here within a second: what was decided, by which clause, and why. Send
      one with a key and the address that the terminal printed at the start.
    </EmptyState>
  )
}
