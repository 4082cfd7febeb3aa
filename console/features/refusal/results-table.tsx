import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type Column, Table } from '../../components/table.tsx'

/** What is on record of one kind, page by page, each with a page of its own; the problem above it where it can't be read. */
export function ResultsTable<Row extends { readonly id: string }>({
  label,
  query: { data, error, hasNextPage, fetchNextPage, isFetchingNextPage },
  columns,
  path,
  empty,
}: {
  readonly label: string
  readonly query: UseInfiniteQueryResult<InfiniteData<{ readonly items: readonly Row[] }>>
  readonly columns: readonly Column<Row>[]
  /** Where each leads, without its identifier. */
  readonly path: string
  readonly empty: ReactNode
}) {
  const search = useSearch({ from: '/shell/refusal' })
  const navigate = useNavigate({ from: '/refusal' })
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label={label}
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={columns}
        rowKey={({ id }) => id}
        href={({ id }) => `${path}/${id}`}
        sort={search.sort}
        onSort={(sort) => void navigate({ search: { ...search, sort } })}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={empty}
      />
    </>
  )
}
