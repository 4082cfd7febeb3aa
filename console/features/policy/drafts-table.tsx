import { useInfiniteQuery } from '@tanstack/react-query'
import type { PolicyDraft } from '../../app/api/schema.ts'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { draftsQuery } from './queries.ts'

const STATES: Record<PolicyDraft['state'], readonly [State, string]> = {
  open: ['watch', 'in the making'],
  published: ['holds', 'published'],
  discarded: ['unknown', 'discarded'],
}

export function DraftMark({ draft }: { readonly draft: Pick<PolicyDraft, 'state' | 'isStale'> }) {
  const [state, words] = STATES[draft.state]
  if (draft.isStale) return <StateMark state="watch">behind a newer version</StateMark>
  return <StateMark state={state}>{words}</StateMark>
}

const COLUMNS: readonly Column<PolicyDraft>[] = [
  { id: 'title', header: 'Draft', value: (d) => d.title, cell: (d) => <bdi>{d.title}</bdi> },
  { id: 'state', header: 'State', value: (d) => d.state, cell: (d) => <DraftMark draft={d} /> },
  {
    id: 'createdBy',
    header: 'Begun by',
    wide: true,
    value: (d) => d.createdBy,
    cell: (d) => <PersonName id={d.createdBy} />,
  },
  {
    id: 'updatedBy',
    header: 'Last written by',
    wide: true,
    value: (d) => d.updatedBy,
    cell: (d) => <PersonName id={d.updatedBy} />,
  },
  {
    id: 'updatedAt',
    header: 'Written',
    numeric: true,
    value: (d) => d.updatedAt,
    cell: (d) => <When at={d.updatedAt} />,
  },
]

interface DraftsProps {
  readonly state: PolicyDraft['state'] | 'any'
  onState(state: PolicyDraft['state'] | 'any'): void
  readonly sort: string | undefined
  onSort(sort: string | undefined): void
}

export function DraftsTable({ state, onState, sort, onSort }: DraftsProps) {
  const query = useInfiniteQuery(draftsQuery(state === 'any' ? undefined : state))
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = query
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Drafts of the policy"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/policy/drafts/${id}`}
        sort={sort}
        onSort={onSort}
        filters={
          <Filter<PolicyDraft['state'] | 'any'>
            label="State"
            value={state}
            onChange={onState}
            choices={[
              { value: 'open', label: 'in the making' },
              { value: 'published', label: 'published' },
              { value: 'discarded', label: 'discarded' },
              { value: 'any', label: 'any' },
            ]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title={state === 'open' ? 'No draft is in the making' : 'No such draft'}>
            A policy editor begins one from the version in force. It decides nothing until two people publish it.
          </EmptyState>
        }
      />
    </>
  )
}
