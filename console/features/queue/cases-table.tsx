import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReviewCase } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { shortId } from '../decisions/marks.tsx'
import { PersonName } from '../people/person-name.tsx'
import { CaseMark } from './case-list.tsx'
import { casesQuery } from './queries.ts'
import type { QueueSearch } from './routes.tsx'
import { BASES, caseTitle, SEVERITIES, type Severity, STATES } from './words.ts'

const COLUMNS: readonly Column<ReviewCase>[] = [
  {
    id: 'about',
    header: 'About',
    value: caseTitle,
    cell: (c) => (
      <>
        {caseTitle(c)}
        {c.items > 1 && <span className="font-normal text-quiet"> · {c.items.toLocaleString('en')} alike</span>}
      </>
    ),
  },
  { id: 'basis', header: 'Machine', wide: true, value: (c) => c.basis, cell: (c) => BASES[c.basis][0].toLowerCase() },
  {
    id: 'severity',
    header: 'Severity',
    value: (c) => SEVERITIES.indexOf(c.severity),
    cell: (c) => <span className="whitespace-nowrap">{c.severity}</span>,
  },
  { id: 'clause', header: 'Clause', wide: true, value: (c) => c.clause, cell: (c) => c.clause },
  {
    id: 'organisation',
    header: 'Organisation',
    wide: true,
    value: (c) => c.organisation,
    cell: (c) => c.organisation !== null && <code title={c.organisation}>{shortId(c.organisation)}</code>,
  },
  { id: 'state', header: 'State', value: (c) => c.state, cell: (c) => <CaseMark one={c} /> },
  {
    id: 'claim',
    header: 'With',
    wide: true,
    value: (c) => c.claim?.by ?? null,
    cell: (c) => <Holder one={c} />,
  },
  {
    id: 'due',
    header: 'Due',
    numeric: true,
    value: (c) => c.dueAt,
    cell: (c) => (c.decidedAt === null ? <When at={c.dueAt} /> : <span className="text-quiet">–</span>),
  },
]

function Holder({ one: { claim } }: { readonly one: ReviewCase }) {
  const me = useMe()
  if (claim === null || claim.expired) return <span className="text-quiet">nobody</span>
  return claim.by === me.person.id ? <span className="font-medium">you</span> : <PersonName id={claim.by} />
}

/** Cases in the order of work, the first to be taken on top. */
export function CasesTable() {
  const search = useSearch({ from: '/shell/queue' })
  const navigate = useNavigate({ from: '/queue' })
  const me = useMe()
  const { queue, state, severity, mine, sort } = search
  const claimedBy = mine === true ? me.person.id : undefined
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    casesQuery({ queue, state, severity, claimedBy }),
  )
  const rows = data?.pages.flatMap(({ items }) => items)
  const go = (change: Partial<QueueSearch>) => void navigate({ search: { ...search, ...change } })
  const filtered = [queue, state, severity, mine].some((value) => value !== undefined)
  return (
    <Section title="Cases" note={state === 'decided' ? 'the latest first' : 'in the order of work'}>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Cases"
        rows={error === null ? rows : (rows ?? [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/queue/cases/${id}`}
        sort={sort}
        onSort={(next) => go({ sort: next })}
        filters={
          <>
            <Filter<keyof typeof STATES | 'open'>
              label="State"
              value={state ?? 'open'}
              onChange={(next) => go({ state: next === 'open' ? undefined : next })}
              choices={[
                { value: 'open', label: 'open' },
                ...(Object.keys(STATES) as (keyof typeof STATES)[]).map((value) => ({
                  value,
                  label: STATES[value][1],
                })),
              ]}
            />
            <Filter<Severity | 'any'>
              label="Severity"
              value={severity ?? 'any'}
              onChange={(next) => go({ severity: next === 'any' ? undefined : next })}
              choices={[{ value: 'any', label: 'any' }, ...SEVERITIES.map((value) => ({ value, label: value }))]}
            />
            <Filter<'anybody' | 'me'>
              label="With"
              value={mine === true ? 'me' : 'anybody'}
              onChange={(next) => go({ mine: next === 'me' ? true : undefined })}
              choices={[
                { value: 'anybody', label: 'anybody' },
                { value: 'me', label: 'me' },
              ]}
            />
          </>
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={<Nothing filtered={filtered} />}
      />
    </Section>
  )
}

function Nothing({ filtered }: { readonly filtered: boolean }) {
  if (filtered)
    return (
      <EmptyState
        title="None like this"
        action={
          <AppLink href="/queue" className={buttonLook()}>
            All open cases
          </AppLink>
        }
      >
        No case fits what is chosen.
      </EmptyState>
    )
  return (
    <EmptyState title="Nothing waits">
      What the gateway refuses, cuts or flags becomes a case here within a second, and so does a sample of what it lets
      through. The harmless test strings and canaries open none.
    </EmptyState>
  )
}
