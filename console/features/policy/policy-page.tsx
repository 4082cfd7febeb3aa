import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { PolicyStatus, PolicyVersion } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { EmptyState, Page, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { DraftsTable } from './drafts-table.tsx'
import { InForce } from './in-force.tsx'
import { NewDraft } from './new-draft.tsx'
import { policyStatusQuery, versionsQuery } from './queries.ts'
import { VersionMark } from './version-facts.tsx'

/** The policy that decides, all that ever did, and those in the making. */
export function PolicyPage() {
  const search = useSearch({ from: '/shell/policy' })
  const navigate = useNavigate({ from: '/policy' })
  const { data: status, error } = useQuery(policyStatusQuery)
  const { may: edits } = usePermissions()('policy.edit')
  const tab = search.tab ?? 'force'
  return (
    <Page
      title="Policy"
      summary={status === undefined ? <Skeleton className="w-64" /> : <InShort status={status} />}
      actions={edits && <NewDraft />}
    >
      {error !== null && <ProblemNote problem={error} />}
      {status !== undefined && status.problem !== null && (
        <p role="alert" className="rounded-md border border-fails bg-fails-soft px-3 py-2">
          <StateMark state="fails">A published version did not take effect</StateMark>
          <span className="block whitespace-pre-line">{status.problem}</span>
        </p>
      )}
      <Tabs
        label="Policy"
        value={tab}
        onChange={(next) => navigate({ search: next === 'force' ? {} : { tab: next } })}
        tabs={[
          { value: 'force', label: 'In force' },
          { value: 'versions', label: 'Versions' },
          { value: 'drafts', label: 'Drafts' },
        ]}
      >
        {tab === 'force' ? (
          <InForce
            status={status}
            find={search.find ?? ''}
            onFind={(find) => navigate({ search: find === '' ? {} : { find }, replace: true })}
          />
        ) : tab === 'versions' ? (
          <Versions sort={search.sort} onSort={(sort) => navigate({ search: { ...search, sort } })} />
        ) : (
          <DraftsTable
            state={search.state ?? 'open'}
            onState={(state) => navigate({ search: { ...search, state: state === 'open' ? undefined : state } })}
            sort={search.sort}
            onSort={(sort) => navigate({ search: { ...search, sort } })}
          />
        )}
      </Tabs>
    </Page>
  )
}

function InShort({ status: { inForce, scheduled, shadow } }: { readonly status: PolicyStatus }) {
  const { version, since } = inForce
  return (
    <>
      <StateMark state="holds">Version {version} is in force</StateMark>
      {since !== null && (
        <>
          {' since '}
          <When at={since} />
        </>
      )}
      {scheduled.map((next) => (
        <span key={next.digest}>
          {' · '}
          {next.version} follows <When at={next.effectiveAt} />
        </span>
      ))}
      {shadow !== null && <> · a draft decides in shadow</>}
    </>
  )
}

const COLUMNS: readonly Column<PolicyVersion>[] = [
  { id: 'version', header: 'Version', value: (v) => v.number, cell: (v) => v.version },
  { id: 'state', header: 'State', value: (v) => v.state, cell: (v) => <VersionMark version={v} /> },
  {
    id: 'changelog',
    header: 'Why',
    wide: true,
    value: (v) => v.changelog,
    cell: (v) => <bdi className="line-clamp-2 max-w-prose">{v.changelog}</bdi>,
  },
  {
    id: 'by',
    header: 'Published by',
    wide: true,
    value: (v) => v.requestedBy,
    cell: (v) => (v.requestedBy === null ? <span className="text-quiet">the file</span> : <People version={v} />),
  },
  {
    id: 'effectiveAt',
    header: 'Effective',
    numeric: true,
    value: (v) => v.effectiveAt,
    cell: (v) => <When at={v.effectiveAt} />,
  },
]

function People({ version: { requestedBy, approvedBy } }: { readonly version: PolicyVersion }) {
  return [requestedBy ?? '', ...approvedBy].map((id, i) => (
    <span key={id}>
      {i > 0 && ', '}
      <PersonName id={id} />
    </span>
  ))
}

interface Sorting {
  readonly sort: string | undefined
  onSort(sort: string | undefined): void
}

function Versions({ sort, onSort }: Sorting) {
  const { data, error } = useQuery(versionsQuery)
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Versions of the policy"
        rows={data ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ number }) => String(number)}
        href={({ digest }) => `/policy/versions/${digest}`}
        sort={sort}
        onSort={onSort}
        filters={
          <AppLink href="/policy/compare" className={buttonLook()}>
            Compare two
          </AppLink>
        }
        empty={
          <EmptyState title="No version yet">
            The first one is recorded when the server starts; each later one when two people publish it.
          </EmptyState>
        }
      />
    </>
  )
}
