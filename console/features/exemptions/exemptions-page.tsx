import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { ApprovalView, Exemption } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useNow, When } from '../../components/when.tsx'
import { usePendingRequests } from '../approvals/pending.ts'
import { Seats } from '../approvals/seats.tsx'
import { statementOf } from '../approvals/statement.ts'
import { PersonName } from '../people/person-name.tsx'
import { AskDialog } from './ask-dialog.tsx'
import { exemptionsQuery } from './queries.ts'
import { Scope } from './scope.tsx'

const SOON_MS = 3 * 86_400_000

/** Who is let past which clauses, until when, and what is asked for. */
export function ExemptionsPage() {
  const search = useSearch({ from: '/shell/exemptions' })
  const navigate = useNavigate({ from: '/exemptions' })
  const now = useNow()
  const permission = usePermissions()
  const [asking, setAsking] = useState(false)
  const state = search.show === undefined ? 'active' : search.show === 'all' ? undefined : search.show
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(exemptionsQuery(state))
  const active = useInfiniteQuery(exemptionsQuery('active')).data?.pages.flatMap(({ items }) => items)
  const soon = active?.filter(({ expiresAt }) => Date.parse(expiresAt) - now < SOON_MS).length ?? 0
  const waiting = usePendingRequests('accounts.exempt')
  return (
    <Page
      title="Exemptions"
      summary={
        active === undefined
          ? 'who is let past which clauses'
          : `${active.length} in force · ${soon} over within 3 days · ${waiting.length} waiting`
      }
      actions={
        permission('exemptions.request').may && (
          <Button look="primary" onClick={() => setAsking(true)}>
            <Icon name="plus" size={14} /> Ask for one
          </Button>
        )
      }
    >
      {waiting.length > 0 && (
        <Section title="Waiting for a second person">
          {waiting.map((approval) => (
            <Waiting key={approval.id} approval={approval} />
          ))}
        </Section>
      )}
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Exemptions"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/exemptions/${id}`}
        sort={search.sort}
        onSort={(sort) => navigate({ search: { ...search, sort } })}
        filters={
          <Filter<Exemption['state'] | 'all'>
            label="Show"
            value={search.show ?? 'active'}
            onChange={(show) => navigate({ search: show === 'active' ? {} : { show } })}
            choices={[
              { value: 'active', label: 'in force' },
              { value: 'ended', label: 'ended by a person' },
              { value: 'expired', label: 'ran out' },
              { value: 'all', label: 'all' },
            ]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title={state === 'active' ? 'Nobody is exempted' : 'None of these'}>
            An exemption lets named traffic past named clauses for days: it stops blocking, never the record. An analyst
            or the RSO asks, a second person agrees.
          </EmptyState>
        }
      />
      {asking && <AskDialog onClose={() => setAsking(false)} />}
    </Page>
  )
}

const COLUMNS: readonly Column<Exemption>[] = [
  { id: 'scope', header: 'Whose traffic', value: (e) => e.scope.id, cell: (e) => <Scope scope={e.scope} /> },
  {
    id: 'clauses',
    header: 'Clauses',
    value: (e) => e.clauses.join(' '),
    cell: (e) => (e.clauses.length > 3 ? count(e.clauses.length, 'clause') : e.clauses.join(', ')),
  },
  {
    id: 'reason',
    header: 'Reason',
    wide: true,
    value: (e) => e.reason,
    cell: (e) => <span className="line-clamp-1">{e.reason}</span>,
  },
  {
    id: 'by',
    header: 'Asked by',
    wide: true,
    value: (e) => e.requestedBy,
    cell: (e) => <PersonName id={e.requestedBy} />,
  },
  { id: 'state', header: 'State', value: (e) => e.state, cell: (e) => <ExemptionMark exemption={e} /> },
  { id: 'until', header: 'Until', numeric: true, value: (e) => e.expiresAt, cell: (e) => <When at={e.expiresAt} /> },
]

const STATES: Record<Exemption['state'], readonly [State, string]> = {
  active: ['watch', 'in force'],
  ended: ['unknown', 'ended'],
  expired: ['unknown', 'ran out'],
}

/** In force is no green state: what others are refused is let past. */
export function ExemptionMark({ exemption: { state } }: { readonly exemption: Exemption }) {
  return <StateMark state={STATES[state][0]}>{STATES[state][1]}</StateMark>
}

function Waiting({ approval }: { readonly approval: ApprovalView }) {
  const statement = statementOf(approval)
  return (
    <div className="flex flex-col gap-2 rounded-md border border-watch bg-watch-soft p-3">
      <p>
        <PersonName id={approval.requester} /> asked <When at={approval.requestedAt} />: “{statement?.reason}”{' '}
        <AppLink href={`/approvals/${approval.id}`} inline>
          The request
        </AppLink>
      </p>
      <Seats approval={approval} />
    </div>
  )
}
