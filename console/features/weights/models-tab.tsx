import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { VaultVersion, WeightsGrantView, WeightsLock } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { grantsQuery, locksQuery, versionsQuery } from './queries.ts'
import { bytes } from './words.ts'

interface Row {
  readonly version: VaultVersion
  readonly lock: WeightsLock | undefined
  readonly readers: number
}

/** Every version in the vault, whether it is locked, and how many people may open it now. */
export function ModelsTab() {
  const { sort } = useSearch({ from: '/shell/weights' })
  const navigate = useNavigate({ from: '/weights' })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(versionsQuery)
  const { data: grants } = useInfiniteQuery(grantsQuery({ state: 'active' }))
  const { data: locks = [] } = useQuery(locksQuery)
  const open = grants?.pages.flatMap(({ items }) => items) ?? []
  const rows = data?.pages.flatMap(({ items }) => items.map((version) => toRow(version, locks, open)))
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Versions in the vault"
        rows={rows ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ version }) => version.id}
        href={({ version }) => versionPath(version.id)}
        sort={sort}
        onSort={(next) => navigate({ search: { sort: next } })}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title="The vault is empty"
            action={<CopyText label="command" text="safelevel vault put DIR --model MODEL --version VERSION" />}
          >
            Every version of a model that is put into the vault appears here: its size, who may open it, who has, and
            how much of it. It is encrypted as it comes in; no key leaves the server.
          </EmptyState>
        }
      />
    </>
  )
}

export function versionPath(id: string): string {
  const slash = id.indexOf('/')
  return `/weights/versions/${encodeURIComponent(id.slice(0, slash))}/${encodeURIComponent(id.slice(slash + 1))}`
}

function toRow(version: VaultVersion, locks: readonly WeightsLock[], open: readonly WeightsGrantView[]): Row {
  const lock = locks.find(({ model }) => model === null || model === version.model)
  const readers = new Set(open.filter((grant) => grant.version === version.id).map(({ personId }) => personId)).size
  return { version, lock, readers }
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'version', header: 'Version', value: ({ version }) => version.id, cell: ({ version }) => version.id },
  {
    id: 'state',
    header: 'State',
    value: ({ version, lock }) => (version.state === 'erased' ? 'erased' : lock === undefined ? 'sealed' : 'locked'),
    cell: ({ version, lock }) =>
      version.state === 'erased' ? (
        <StateMark state="unknown">erased</StateMark>
      ) : lock === undefined ? (
        <StateMark state="holds">sealed</StateMark>
      ) : (
        <StateMark state="fails">locked</StateMark>
      ),
  },
  {
    id: 'readers',
    header: 'May open it now',
    value: ({ readers }) => readers,
    cell: ({ readers, lock }) =>
      readers === 0 || lock !== undefined ? (
        <span className="text-quiet">nobody</span>
      ) : (
        <StateMark state="watch">{count(readers, 'person', 'people')}</StateMark>
      ),
  },
  {
    id: 'size',
    header: 'Size',
    numeric: true,
    wide: true,
    value: ({ version }) => version.sizeBytes,
    cell: ({ version }) => bytes(version.sizeBytes),
  },
  {
    id: 'files',
    header: 'Files',
    numeric: true,
    wide: true,
    value: ({ version }) => version.fileCount,
    cell: ({ version }) => version.fileCount.toLocaleString('en'),
  },
  {
    id: 'createdAt',
    header: 'Put in',
    numeric: true,
    wide: true,
    value: ({ version }) => version.createdAt,
    cell: ({ version }) => <When at={version.createdAt} />,
  },
]
