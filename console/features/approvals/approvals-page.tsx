import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ApprovalState, ApprovalView } from '../../app/api/schema.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { approvalsQuery, inboxQuery } from './queries.ts'
import { approvalTitle, STATES, statementOf } from './statement.ts'

const COLUMNS: readonly Column<ApprovalView>[] = [
  { id: 'action', header: 'Request', value: (a) => approvalTitle(a), cell: (a) => approvalTitle(a) },
  {
    id: 'reason',
    header: 'Reason',
    wide: true,
    value: (a) => statementOf(a)?.reason ?? null,
    cell: (a) => <span className="line-clamp-1">{statementOf(a)?.reason}</span>,
  },
  {
    id: 'requester',
    header: 'Asked by',
    wide: true,
    value: (a) => a.requester,
    cell: (a) => <PersonName id={a.requester} />,
  },
  { id: 'state', header: 'State', value: (a) => a.state, cell: (a) => <ApprovalMark approval={a} /> },
  {
    id: 'requestedAt',
    header: 'Asked',
    numeric: true,
    value: (a) => a.requestedAt,
    cell: (a) => <When at={a.requestedAt} />,
  },
]

/** Decisions that take several people: what waits for me, and all there ever were. */
export function ApprovalsPage() {
  const search = useSearch({ from: '/shell/approvals' })
  const navigate = useNavigate({ from: '/approvals' })
  const inbox = useQuery(inboxQuery)
  const sort = {
    sort: search.sort,
    onSort: (next: string | undefined) => navigate({ search: { ...search, sort: next } }),
  }
  const waiting = inbox.data?.length ?? 0
  return (
    <Page title="Approvals" summary={waiting === 0 ? 'nothing waits for you' : `${waiting} waiting for you`}>
      <Tabs
        label="Approvals"
        value={search.tab ?? 'inbox'}
        onChange={(tab) => navigate({ search: tab === 'all' ? { tab } : {} })}
        tabs={[
          { value: 'inbox', label: 'For me', count: waiting },
          { value: 'all', label: 'All' },
        ]}
      >
        {search.tab === 'all' ? (
          <AllApprovals
            state={search.state}
            sort={sort}
            onState={(state) => navigate({ search: { tab: 'all', ...(state === undefined ? {} : { state }) } })}
          />
        ) : (
          <>
            {inbox.error !== null && <ProblemNote problem={inbox.error} />}
            <Table
              label="Approvals for me"
              rows={inbox.data ?? (inbox.error === null ? undefined : [])}
              columns={COLUMNS}
              rowKey={({ id }) => id}
              href={({ id }) => `/approvals/${id}`}
              {...sort}
              empty={
                <EmptyState title="Nothing waits for you">
                  When somebody asks for a decision that takes your agreement, it appears here until you say yes or no,
                  others decide it, or its time is over.
                </EmptyState>
              }
            />
          </>
        )}
      </Tabs>
    </Page>
  )
}

interface AllProps {
  readonly state: ApprovalState | undefined
  readonly sort: { readonly sort: string | undefined; onSort(sort: string | undefined): void }
  onState(state: ApprovalState | undefined): void
}

function AllApprovals({ state, sort, onState }: AllProps) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(approvalsQuery(state))
  const states = Object.entries(STATES) as [ApprovalState, readonly [unknown, string]][]
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Approvals"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/approvals/${id}`}
        {...sort}
        filters={
          <Filter<ApprovalState | 'any'>
            label="State"
            value={state ?? 'any'}
            onChange={(next) => onState(next === 'any' ? undefined : next)}
            choices={[{ value: 'any', label: 'any' }, ...states.map(([value, [, label]]) => ({ value, label }))]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title={state === undefined ? 'No requests yet' : 'None in this state'}>
            Giving a sensitive role or resetting somebody’s keys is asked for on their page, among people, and appears
            here. Nothing is ever removed.
          </EmptyState>
        }
      />
    </>
  )
}

export function ApprovalMark({ approval }: { readonly approval: ApprovalView }) {
  const [state, words] = STATES[approval.state]
  return (
    <StateMark state={state}>
      {words}
      {approval.bootstrap && <span className="font-normal text-quiet"> · alone, in bootstrap</span>}
    </StateMark>
  )
}
