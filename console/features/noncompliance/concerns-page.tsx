import { useInfiniteQuery } from '@tanstack/react-query'
import type { ConcernView } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { concernsQuery } from './queries.ts'
import { STATES, TOPICS } from './words.ts'

const COLUMNS: readonly Column<ConcernView>[] = [
  { id: 'topic', header: 'About', value: (c) => c.topic, cell: (c) => TOPICS[c.topic] },
  {
    id: 'state',
    header: 'State',
    value: (c) => c.state,
    cell: (c) => (
      <>
        <StateMark state={STATES[c.state][0]}>{STATES[c.state][1]}</StateMark>
        {c.material && <span className="ml-2 text-fails">material risk</span>}
      </>
    ),
  },
  {
    id: 'unread',
    header: 'Unread',
    wide: true,
    value: (c) => c.unreadBy,
    cell: (c) =>
      c.unreadBy === 'staff' ? <span className="font-medium">new words</span> : <span className="text-quiet">–</span>,
  },
  {
    id: 'handler',
    header: 'In the hands of',
    wide: true,
    value: (c) => c.handler,
    cell: (c) => (c.handler === null ? <span className="text-quiet">nobody yet</span> : <PersonName id={c.handler} />),
  },
  {
    id: 'actions',
    header: 'To correct',
    numeric: true,
    wide: true,
    value: (c) => c.actions.length,
    cell: (c) => {
      const open = c.actions.filter(({ doneAt }) => doneAt === null).length
      if (c.actions.length === 0) return <span className="text-quiet">–</span>
      return c.overdue > 0 ? (
        <StateMark state="fails">{c.overdue} late</StateMark>
      ) : (
        `${open} of ${c.actions.length} open`
      )
    },
  },
  { id: 'filed', header: 'Filed', numeric: true, value: (c) => c.filedAt, cell: (c) => <When at={c.filedAt} /> },
]

/** Reports of noncompliance that were made to whoever looks; those about them are not here. */
export function ConcernsPage() {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(concernsQuery)
  const rows = data?.pages.flatMap(({ items }) => items)
  const open = rows?.filter(({ state }) => state !== 'closed').length ?? 0
  const unread = rows?.filter(({ unreadBy, state }) => unreadBy === 'staff' && state !== 'closed').length ?? 0
  return (
    <Page
      title="Noncompliance"
      summary={rows === undefined ? 'reports by staff, made to you' : `${open} open · ${unread} with new words`}
      actions={
        <AppLink href="/noncompliance/digest" inline>
          The quarter in numbers
        </AppLink>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Noncompliance reports"
        rows={rows ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/noncompliance/${id}`}
        exports={false}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title="Nobody has reported anything to you">
            Staff report at “/speak-up” on this address, without signing in. Tell them that it is there: it is shown on
            the sign-in page. A report appears here for those whom its writer chose, never for whom it is about.
          </EmptyState>
        }
      />
    </Page>
  )
}
