import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReleaseView } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { releasesQuery } from './queries.ts'
import { releaseMark } from './words.ts'

/** Every deployment, whether it is open, and how much of what that takes holds. */
export function ReleasesPage() {
  const { sort } = useSearch({ from: '/shell/releases' })
  const navigate = useNavigate({ from: '/releases' })
  const { data, error } = useQuery(releasesQuery)
  const red = data?.filter((view) => releaseMark(view)[0] === 'fails').length ?? 0
  return (
    <Page
      title="Releases"
      summary={
        data === undefined
          ? 'what must hold for a deployment to be open'
          : `${count(data.length, 'deployment')} · ${red === 0 ? 'none red' : `${red} red`}`
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Deployments"
        rows={data ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ deployment }) => deployment}
        href={({ deployment }) => `/releases/${encodeURIComponent(deployment)}`}
        sort={sort}
        onSort={(next) => navigate({ search: { sort: next } })}
        empty={
          <EmptyState
            title="No deployment is declared"
            action={
              <CopyText
                label="command"
                text="safelevel release declare atlas-api --checkpoint atlas/c2 --serves atlas-api"
              />
            }
          >
            A deployment is a checkpoint where people can reach it. It opens when every precondition holds and two
            people have agreed.
          </EmptyState>
        }
      />
    </Page>
  )
}

const COLUMNS: readonly Column<ReleaseView>[] = [
  { id: 'deployment', header: 'Deployment', value: (r) => r.deployment, cell: (r) => r.deployment },
  { id: 'model', header: 'Model line', wide: true, value: (r) => r.model, cell: (r) => r.model },
  {
    id: 'state',
    header: 'State',
    value: (r) => releaseMark(r)[1],
    cell: (r) => {
      const [state, words] = releaseMark(r)
      return <StateMark state={state}>{words}</StateMark>
    },
  },
  {
    id: 'holds',
    header: 'Preconditions',
    value: (r) => r.findings.filter(({ state }) => state === 'met').length,
    cell: (r) => <Holding view={r} />,
  },
  {
    id: 'expires',
    header: 'Exception until',
    numeric: true,
    wide: true,
    value: (r) => r.expiresAt,
    cell: (r) =>
      r.expiresAt === null ? (
        <span className="text-quiet">none</span>
      ) : (
        <span className="text-fails">
          <When at={r.expiresAt} />
        </span>
      ),
  },
]

/** One small field for each precondition, and the count in words. */
function Holding({ view: { findings } }: { readonly view: ReleaseView }) {
  const met = findings.filter(({ state }) => state === 'met').length
  const missing = findings.filter(({ state }) => state === 'missing').map(({ id }) => id)
  return (
    <>
      {met} of {findings.length} hold
      {missing.length > 0 && <span className="block text-quiet">missing: {missing.join(', ')}</span>}
    </>
  )
}
