import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { PersonView, RoleAssignment } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { Bootstrap } from './bootstrap.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { peopleQuery, recoveriesQuery, rolesInForce } from './queries.ts'
import { Recoveries } from './recoveries.tsx'
import { roleName } from './role-names.ts'

const COLUMNS: readonly Column<PersonView>[] = [
  {
    id: 'name',
    header: 'Name',
    value: (p) => p.displayName,
    cell: (p) => p.displayName,
  },
  {
    id: 'roles',
    header: 'Roles',
    value: (p) => p.assignments.map(({ role }) => role).join(' '),
    cell: (p) => <Roles assignments={p.assignments} />,
  },
  { id: 'state', header: 'State', value: (p) => personState(p)[1], cell: (p) => <PersonMark person={p} /> },
  { id: 'keys', header: 'Keys', numeric: true, wide: true, value: (p) => p.passkeys, cell: (p) => p.passkeys },
  {
    id: 'training',
    header: 'Training due',
    numeric: true,
    wide: true,
    value: (p) => earliest(p, 'trainingDueAt'),
    cell: (p) => <Due at={earliest(p, 'trainingDueAt')} />,
  },
  {
    id: 'review',
    header: 'Review due',
    numeric: true,
    wide: true,
    value: (p) => earliest(p, 'reviewDueAt'),
    cell: (p) => <Due at={earliest(p, 'reviewDueAt')} />,
  },
]

/** Who works here, what they hold, and what is due. */
export function PeoplePage() {
  const search = useSearch({ from: '/shell/people' })
  const navigate = useNavigate({ from: '/people' })
  const permission = usePermissions()
  const [inviting, setInviting] = useState(false)
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(peopleQuery)
  const { data: recoveries = [] } = useQuery(recoveriesQuery)
  const everybody = data?.pages.flatMap(({ items }) => items)
  const rows = everybody?.filter(({ active }) => search.show === 'all' || active !== (search.show === 'left'))
  const here = everybody?.filter(({ active }) => active).length
  return (
    <Page
      title="People"
      summary={
        here === undefined ? 'who works here, and what they hold' : `${count(here, 'person works', 'people work')} here`
      }
      actions={
        permission('people.invite').may && (
          <Button look="primary" onClick={() => setInviting(true)}>
            <Icon name="plus" size={14} /> Invite
          </Button>
        )
      }
    >
      <Bootstrap />
      <Tabs
        label="People"
        value={search.tab ?? 'people'}
        onChange={(tab) => navigate({ search: tab === 'recovery' ? { tab } : {} })}
        tabs={[
          { value: 'people', label: 'People' },
          { value: 'recovery', label: 'Recovery', count: recoveries.filter(({ state }) => state === 'waiting').length },
        ]}
      >
        {search.tab === 'recovery' ? (
          <Recoveries recoveries={recoveries} />
        ) : (
          <>
            {error !== null && <ProblemNote problem={error} />}
            <Table
              label="People"
              rows={error === null ? rows : (rows ?? [])}
              columns={COLUMNS}
              rowKey={({ id }) => id}
              href={({ id }) => `/people/${id}`}
              sort={search.sort}
              onSort={(sort) => navigate({ search: { ...search, sort } })}
              filters={
                <Filter<'here' | 'left' | 'all'>
                  label="Show"
                  value={search.show ?? 'here'}
                  onChange={(show) => navigate({ search: show === 'here' ? {} : { show } })}
                  choices={[
                    { value: 'here', label: 'who works here' },
                    { value: 'left', label: 'who left' },
                    { value: 'all', label: 'everybody' },
                  ]}
                />
              }
              onMore={hasNextPage ? () => void fetchNextPage() : undefined}
              loadingMore={isFetchingNextPage}
              empty={
                <EmptyState title="Nobody here">
                  Whoever is invited, or comes by way of the identity provider, appears here. Those who leave stay
                  listed under “who left”.
                </EmptyState>
              }
            />
          </>
        )}
      </Tabs>
      <InviteDialog open={inviting} onOpenChange={setInviting} />
    </Page>
  )
}

function Roles({ assignments }: { readonly assignments: readonly RoleAssignment[] }) {
  const current = assignments.filter(({ state }) => state !== 'ended')
  if (current.length === 0) return <span className="text-quiet">none</span>
  return current.map(({ id, role, state }, i) => (
    <span key={id} className={state === 'active' ? undefined : 'text-quiet'}>
      {i > 0 && ', '}
      {roleName(role)}
      {state !== 'active' && ' (asleep)'}
    </span>
  ))
}

function personState(person: PersonView): readonly [State, string] {
  if (!person.active) return ['unknown', 'left']
  if (person.passkeys === 0 && !person.linked) return ['watch', 'not registered yet']
  if (person.assignments.some(({ state }) => state === 'training_due')) return ['watch', 'training overdue']
  if (person.assignments.some(({ state }) => state === 'review_due')) return ['watch', 'review overdue']
  return rolesInForce(person).length === 0 ? ['unknown', 'holds no role'] : ['holds', 'active']
}

export function PersonMark({ person }: { readonly person: PersonView }) {
  const [state, words] = personState(person)
  return <StateMark state={state}>{words}</StateMark>
}

function earliest(person: PersonView, field: 'trainingDueAt' | 'reviewDueAt'): string | null {
  const dates = person.assignments.filter(({ state }) => state !== 'ended').map((assignment) => assignment[field])
  return dates.sort()[0] ?? null
}

function Due({ at }: { readonly at: string | null }) {
  return at === null ? <span className="text-quiet">–</span> : <When at={at} />
}
