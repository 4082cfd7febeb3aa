import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { KeptDataset } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { FixtureMark } from './marks.tsx'
import { datasetsQuery } from './queries.ts'

/** What the constitution has made: prompts, critiques, revisions and pairs. */
export function DatasetsTab() {
  const search = useSearch({ from: '/shell/refusal' })
  const navigate = useNavigate({ from: '/refusal' })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(datasetsQuery)
  return (
    <div className="flex flex-col gap-4">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Datasets"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/refusal/datasets/${id}`}
        sort={search.sort}
        onSort={(sort) => void navigate({ search: { ...search, sort } })}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title="No dataset yet"
            action={
              <CopyText
                label="command"
                text="safelevel constitution generate --prompts prompts.jsonl --model NAME --out data/first --record"
              />
            }
          >
            A model answers, criticises its answer by a principle of the constitution and revises it. What comes of it
            teaches a model to refuse what it should, and no more.
          </EmptyState>
        }
      />
    </div>
  )
}

const COLUMNS: readonly Column<KeptDataset>[] = [
  {
    id: 'name',
    header: 'Dataset',
    value: (d) => d.head.name,
    cell: (d) => (
      <>
        <bdi>{d.head.name}</bdi> {d.fixture && <FixtureMark />}
      </>
    ),
  },
  {
    id: 'records',
    header: 'Records',
    numeric: true,
    value: (d) => d.head.records.count,
    cell: (d) => (
      <>
        {d.head.records.count.toLocaleString('en')}
        <span className="block text-xs text-quiet">
          {d.head.records.harmful.toLocaleString('en')} harmful, {d.head.records.helpful.toLocaleString('en')} harmless
        </span>
      </>
    ),
  },
  {
    id: 'sft',
    header: 'By example',
    numeric: true,
    wide: true,
    value: (d) => d.head.records.sft,
    cell: (d) => d.head.records.sft.toLocaleString('en'),
  },
  {
    id: 'pairs',
    header: 'Pairs',
    numeric: true,
    wide: true,
    value: (d) => d.head.records.preference,
    cell: (d) => d.head.records.preference.toLocaleString('en'),
  },
  {
    id: 'constitution',
    header: 'Constitution',
    wide: true,
    value: (d) => d.head.constitution.version,
    cell: (d) => (
      <>
        {d.head.constitution.version}
        <span className="block text-xs text-quiet">policy {d.head.policy.version}</span>
      </>
    ),
  },
  {
    id: 'words',
    header: 'Words',
    wide: true,
    value: (d) => (d.erased === null ? 'kept' : 'erased'),
    cell: (d) =>
      d.erased === null ? (
        <span className="text-quiet">kept, sealed</span>
      ) : (
        <StateMark state="unknown">erased</StateMark>
      ),
  },
  { id: 'at', header: 'Came', numeric: true, value: (d) => d.recordedAt, cell: (d) => <When at={d.recordedAt} /> },
]
