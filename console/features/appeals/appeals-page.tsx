import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Appeal, AppealState } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Due } from './due.tsx'
import { appealsQuery } from './queries.ts'
import { STATES } from './words.ts'

const COLUMNS: readonly Column<Appeal>[] = [
  {
    id: 'about',
    header: 'Contests',
    value: (a) => a.about.id,
    cell: (a) => (
      <>
        {a.about.type === 'action' ? 'an action' : 'a refusal'}{' '}
        <code className="font-normal text-quiet">…{a.about.id.slice(-8)}</code>
      </>
    ),
  },
  {
    id: 'channel',
    header: 'Came by',
    wide: true,
    value: (a) => a.channel,
    cell: (a) => (a.channel === 'public' ? 'the public form' : 'the customer’s key'),
  },
  {
    id: 'hearer',
    header: 'Heard by',
    value: (a) => a.hearer ?? a.decidedBy,
    cell: (a) => {
      const who = a.decidedBy ?? a.hearer
      return who === null ? <span className="text-quiet">nobody yet</span> : <PersonName id={who} />
    },
  },
  {
    id: 'state',
    header: 'State',
    wide: true,
    value: (a) => a.state,
    cell: (a) => <StateMark state={STATES[a.state][0]}>{STATES[a.state][1]}</StateMark>,
  },
  {
    id: 'filed',
    header: 'Filed',
    numeric: true,
    wide: true,
    value: (a) => a.filedAt,
    cell: (a) => <When at={a.filedAt} />,
  },
  { id: 'due', header: 'Due', numeric: true, value: (a) => a.closedAt ?? a.dueAt, cell: (a) => <Due appeal={a} /> },
]

/** What people object to, by what is due first. */
export function AppealsPage() {
  const search = useSearch({ from: '/shell/appeals' })
  const navigate = useNavigate({ from: '/appeals' })
  const { person } = useMe()
  const state = search.show === undefined ? 'open' : search.show === 'all' ? undefined : search.show
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(appealsQuery(state))
  const open = useInfiniteQuery(appealsQuery('open')).data?.pages.flatMap(({ items }) => items)
  const late = open?.filter(({ overdue }) => overdue).length ?? 0
  const mine = open?.filter(({ hearer }) => hearer === person.id).length ?? 0
  const states = Object.keys(STATES) as AppealState[]
  return (
    <Page
      title="Appeals"
      summary={
        open === undefined ? (
          'objections to refusals and actions'
        ) : (
          <>
            {open.length} open{mine > 0 && ` · ${mine} yours`}
            {late > 0 && (
              <>
                {' · '}
                <StateMark state="fails">{late} late</StateMark>
              </>
            )}
          </>
        )
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Appeals"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/appeals/${id}`}
        sort={search.sort}
        onSort={(sort) => navigate({ search: { ...search, sort } })}
        filters={
          <Filter<AppealState | 'all'>
            label="Show"
            value={search.show ?? 'open'}
            onChange={(show) => navigate({ search: show === 'open' ? {} : { show } })}
            choices={[...states.map((value) => ({ value, label: STATES[value][1] })), { value: 'all', label: 'all' }]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title={state === 'open' ? 'Nothing is contested' : 'None of these'}>
            Whoever was refused or restricted can contest it by the public form at “/appeal” or with their key. It
            appears here with a due date, and is heard by somebody who had no part in the decision.
          </EmptyState>
        }
      />
    </Page>
  )
}
