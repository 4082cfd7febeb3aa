import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { KeptRefusalComparison } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { FixtureMark } from './marks.tsx'
import { comparisonsQuery } from './queries.ts'
import { COMPARED } from './words.ts'

/** Two models asked the same: whether harmlessness has suffered. */
export function ComparisonsTab() {
  const search = useSearch({ from: '/shell/refusal' })
  const navigate = useNavigate({ from: '/refusal' })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(comparisonsQuery)
  return (
    <div className="flex flex-col gap-4">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Comparisons"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/refusal/comparisons/${id}`}
        sort={search.sort}
        onSort={(sort) => void navigate({ search: { ...search, sort } })}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title="Nothing compared yet"
            action={<CopyText label="command" text="safelevel refusal compare BASE TUNED --out comparison --record" />}
          >
            Fine-tuning can undo what a model has learnt to refuse. A comparison asks both versions the same and says,
            with an interval, whether the tuned one is worse.
          </EmptyState>
        }
      />
    </div>
  )
}

const COLUMNS: readonly Column<KeptRefusalComparison>[] = [
  {
    id: 'models',
    header: 'Base, tuned',
    value: (c) => `${nameOf(c, 'base')} ${nameOf(c, 'tuned')}`,
    cell: (c) => (
      <>
        {nameOf(c, 'base')} → {nameOf(c, 'tuned')} {c.fixture && <FixtureMark />}
      </>
    ),
  },
  {
    id: 'verdict',
    header: 'Verdict',
    value: (c) => c.head.verdict,
    cell: (c) => {
      const [state, words] = COMPARED[c.head.verdict]
      return <StateMark state={state}>{words}</StateMark>
    },
  },
  {
    id: 'measures',
    header: 'Measures',
    numeric: true,
    wide: true,
    value: (c) => c.head.measures.length,
    cell: (c) => c.head.measures.length,
  },
  { id: 'at', header: 'When', numeric: true, value: (c) => c.madeAt, cell: (c) => <When at={c.madeAt} /> },
]

function nameOf({ head }: KeptRefusalComparison, side: 'base' | 'tuned'): string {
  return head[side].checkpoint ?? head[side].model.name
}
