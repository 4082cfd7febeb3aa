import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { KeptRefusalEvaluation } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { FixtureMark, RateWords } from './marks.tsx'
import { evaluationsQuery } from './queries.ts'
import { linesIn, suitesIn, trendOf } from './trend.ts'
import { TrendChart } from './trend-chart.tsx'
import { lineOf, nameOf } from './words.ts'

/** How often what is harmful is done, and what is harmless refused: version by version, then every evaluation. */
export function EvaluationsTab() {
  const search = useSearch({ from: '/shell/refusal' })
  const navigate = useNavigate({ from: '/refusal' })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(evaluationsQuery)
  const all = data?.pages.flatMap(({ items }) => items)
  return (
    <div className="flex flex-col gap-6">
      {error !== null && <ProblemNote problem={error} />}
      {all === undefined ? error === null && <Skeleton className="h-56 w-full" /> : <Trends all={all} />}
      <Table
        label="Evaluations of refusals"
        rows={all ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/refusal/evaluations/${id}`}
        sort={search.sort}
        onSort={(sort) => void navigate({ search: { ...search, sort } })}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title="No evaluation yet"
            action={
              <CopyText
                label="command"
                text="safelevel redteam eval --model NAME --checkpoint MODEL/CHECKPOINT --out evaluation --record"
              />
            }
          >
            An evaluation asks a model what it should refuse, and what it shouldn’t, and counts both. The gate of
            deployments goes by the last one of a checkpoint.
          </EmptyState>
        }
      />
    </div>
  )
}

function Trends({ all }: { readonly all: readonly KeptRefusalEvaluation[] }) {
  const search = useSearch({ from: '/shell/refusal' })
  const navigate = useNavigate({ from: '/refusal' })
  const lines = linesIn(all)
  const line = lines.find((one) => one === search.line) ?? lines[0]
  if (line === undefined) return null
  const suites = suitesIn(all.filter((one) => lineOf(one) === line))
  const suite = suites.find((one) => one === search.suite)
  const trend = trendOf(all, line, suite)
  return (
    <Section
      title="From version to version"
      actions={
        <div className="flex flex-wrap gap-2">
          <Filter
            label="Line"
            value={line}
            onChange={(next) => void navigate({ search: { ...search, line: next, suite: undefined } })}
            choices={lines.map((value) => ({ value, label: value }))}
          />
          <Filter
            label="Suite"
            value={suite ?? 'all'}
            onChange={(next) => void navigate({ search: { ...search, suite: next === 'all' ? undefined : next } })}
            choices={[{ value: 'all', label: 'all' }, ...suites.map((value) => ({ value, label: value }))]}
          />
        </div>
      }
    >
      <TrendChart trend={trend} />
      {trend.mixed && (
        <p className="text-watch">
          Not all of these were asked the same suites, so their shares can’t be held against each other: choose one
          suite.
        </p>
      )}
    </Section>
  )
}

const COLUMNS: readonly Column<KeptRefusalEvaluation>[] = [
  {
    id: 'version',
    header: 'Of',
    value: nameOf,
    cell: (e) => (
      <>
        {nameOf(e)} {e.fixture && <FixtureMark />}
      </>
    ),
  },
  {
    id: 'attack',
    header: 'Attack success',
    value: (e) => e.head.attackSuccess?.rate ?? null,
    cell: (e) => <RateOf rate={e.head.attackSuccess} />,
  },
  {
    id: 'over',
    header: 'Over-refusal',
    value: (e) => e.head.overRefusal?.rate ?? null,
    cell: (e) => <RateOf rate={e.head.overRefusal} />,
  },
  {
    id: 'answers',
    header: 'Answers',
    numeric: true,
    wide: true,
    value: (e) => e.rows,
    cell: (e) => e.rows.toLocaleString('en'),
  },
  {
    id: 'suites',
    header: 'Suites',
    wide: true,
    value: (e) => e.head.suites.map(({ suite }) => suite).join(', '),
    cell: (e) => <span className="text-quiet">{e.head.suites.map(({ suite }) => suite).join(', ')}</span>,
  },
  { id: 'grader', header: 'Judged by', wide: true, value: (e) => e.head.grader.id, cell: (e) => grader(e) },
  { id: 'at', header: 'Ended', numeric: true, wide: true, value: (e) => e.madeAt, cell: (e) => <When at={e.madeAt} /> },
]

function grader({ head: { grader: by } }: KeptRefusalEvaluation): string {
  return by.kind === 'built-in' ? 'built in' : (by.model?.name ?? by.id.split('@')[0] ?? by.id)
}

function RateOf({ rate }: { readonly rate: KeptRefusalEvaluation['head']['attackSuccess'] }) {
  if (rate === null) return <span className="text-quiet">not asked</span>
  const [low, high] = rate.interval ?? [0, 1]
  return <RateWords rate={rate.rate} low={low} high={high} />
}
