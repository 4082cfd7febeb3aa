import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { EnforcementStanding, EnforcementStep, Organisation } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { NewOrganisationDialog } from './new-account-dialogs.tsx'
import { organisationsQuery, standingsQuery, useLiftsWaiting } from './queries.ts'
import { StepMark } from './step-mark.tsx'
import { SubjectName } from './subject-name.tsx'
import { points, STEP_WORDS, STEPS, subjectPath, TYPES } from './words.ts'

/** Customers, and who of them and of their users stands where on the ladder. */
export function AccountsPage() {
  const search = useSearch({ from: '/shell/accounts' })
  const navigate = useNavigate({ from: '/accounts' })
  const permission = usePermissions()
  const [adding, setAdding] = useState(false)
  const standings = useInfiniteQuery(standingsQuery(undefined))
  const held = standings.data?.pages.flatMap(({ items }) => items).filter(({ step }) => step !== null).length ?? 0
  const total = standings.data?.pages[0]?.total
  const waiting = useLiftsWaiting().size
  return (
    <Page
      title="Accounts"
      summary={
        total === undefined
          ? 'customers, and where they stand'
          : `${count(held, 'subject')} under an action · ${total.toLocaleString('en')} with points or actions${waiting === 0 ? '' : ` · ${waiting} waiting to be lifted`}`
      }
      actions={
        permission('accounts.manage').may && (
          <Button look="primary" onClick={() => setAdding(true)}>
            <Icon name="plus" size={14} /> New organisation
          </Button>
        )
      }
    >
      <Tabs
        label="Accounts"
        value={search.tab ?? 'customers'}
        onChange={(tab) => navigate({ search: tab === 'standing' ? { tab } : {} })}
        tabs={[
          { value: 'customers', label: 'Customers' },
          { value: 'standing', label: 'Standing', count: held },
        ]}
      >
        {search.tab === 'standing' ? (
          <Standings
            step={search.step}
            sort={search.sort}
            onStep={(step) => navigate({ search: { tab: 'standing', ...(step === undefined ? {} : { step }) } })}
            onSort={(sort) => navigate({ search: { ...search, sort } })}
          />
        ) : (
          <Organisations sort={search.sort} onSort={(sort) => navigate({ search: { ...search, sort } })} />
        )}
      </Tabs>
      <NewOrganisationDialog open={adding} onOpenChange={setAdding} />
    </Page>
  )
}

interface Sorting {
  readonly sort: string | undefined
  onSort(sort: string | undefined): void
}

const ORGANISATION_COLUMNS: readonly Column<Organisation>[] = [
  { id: 'name', header: 'Organisation', value: (o) => o.name, cell: (o) => o.name },
  { id: 'id', header: 'Identifier', wide: true, value: (o) => o.id, cell: (o) => <Code>{o.id}</Code> },
  {
    id: 'created',
    header: 'Here since',
    numeric: true,
    value: (o) => o.createdAt,
    cell: (o) => <When at={o.createdAt} />,
  },
]

function Organisations({ sort, onSort }: Sorting) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(organisationsQuery)
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Organisations"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={ORGANISATION_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/accounts/organisation/${id}`}
        sort={sort}
        onSort={onSort}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title="No customers yet">
            An organisation has projects, a project has keys, and a key is what a program comes with. An administrator
            makes them here or with “safelevel organisation create”.
          </EmptyState>
        }
      />
    </>
  )
}

interface StandingsProps extends Sorting {
  readonly step: EnforcementStep | undefined
  onStep(step: EnforcementStep | undefined): void
}

const STANDING_COLUMNS: readonly Column<EnforcementStanding>[] = [
  {
    id: 'subject',
    header: 'Subject',
    value: (s) => s.subject.id,
    cell: (s) => <SubjectName subject={s.subject} />,
  },
  {
    id: 'type',
    header: 'Kind',
    wide: true,
    value: (s) => TYPES[s.subject.type],
    cell: (s) => TYPES[s.subject.type],
  },
  { id: 'step', header: 'Standing', value: (s) => s.step, cell: (s) => <StepMark step={s.step} /> },
  {
    id: 'reach',
    header: 'Points reach',
    wide: true,
    value: (s) => s.pointsReach,
    cell: (s) => (s.pointsReach === 'none' ? <span className="text-quiet">–</span> : s.pointsReach),
  },
  { id: 'points', header: 'Points', numeric: true, value: (s) => s.points, cell: (s) => points(s.points) },
  { id: 'strikes', header: 'Strikes', numeric: true, wide: true, value: (s) => s.strikes, cell: (s) => s.strikes },
  {
    id: 'actions',
    header: 'Actions',
    numeric: true,
    wide: true,
    value: (s) => s.actions,
    cell: (s) => s.actions,
  },
]

function Standings({ step, sort, onStep, onSort }: StandingsProps) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(standingsQuery(step))
  const choices = STEPS.map((value) => ({ value, label: STEP_WORDS[value][1] }))
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Standing"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={STANDING_COLUMNS}
        rowKey={({ subject }) => `${subject.type} ${subject.id}`}
        href={({ subject }) => subjectPath(subject)}
        sort={sort}
        onSort={onSort}
        filters={
          <Filter<EnforcementStep | 'any'>
            label="Standing"
            value={step ?? 'any'}
            onChange={(next) => onStep(next === 'any' ? undefined : next)}
            choices={[{ value: 'any', label: 'any' }, ...choices]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title={step === undefined ? 'Nobody has points' : 'Nobody stands there'}>
            Requests that the policy refuses give strikes, first to the end user who sent them. Whoever has a strike
            that counts, or an action in force, appears here, gravest first.{' '}
            <StateMark state="holds">nothing to do</StateMark>
          </EmptyState>
        }
      />
    </>
  )
}
