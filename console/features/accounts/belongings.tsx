import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiKey, EnforcementSubject, Project } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { NewKeyDialog, NewProjectDialog } from './new-account-dialogs.tsx'
import { keysQuery, projectsQuery } from './queries.ts'

/** What belongs to a customer or a project, and how more of it is made. */
export function Belongings({ subject: { type, id } }: { readonly subject: EnforcementSubject }) {
  if (type === 'organisation') return <Projects organisationId={id} />
  return type === 'project' ? <Keys projectId={id} /> : null
}

const limit = (n: number | null) => (n === null ? <span className="text-quiet">default</span> : n.toLocaleString('en'))

const PROJECT_COLUMNS: readonly Column<Project>[] = [
  { id: 'name', header: 'Project', value: (p) => p.name, cell: (p) => p.name },
  {
    id: 'requests',
    header: 'Requests a minute',
    numeric: true,
    value: (p) => p.requestsPerMinute,
    cell: (p) => limit(p.requestsPerMinute),
  },
  {
    id: 'tokens',
    header: 'Tokens a minute',
    numeric: true,
    wide: true,
    value: (p) => p.tokensPerMinute,
    cell: (p) => limit(p.tokensPerMinute),
  },
  {
    id: 'created',
    header: 'Here since',
    numeric: true,
    wide: true,
    value: (p) => p.createdAt,
    cell: (p) => <When at={p.createdAt} />,
  },
]

function Projects({ organisationId }: { readonly organisationId: string }) {
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(projectsQuery(organisationId))
  const { may } = usePermissions()('accounts.manage')
  const [adding, setAdding] = useState(false)
  return (
    <Section
      title="Projects"
      actions={
        may && (
          <Button small onClick={() => setAdding(true)}>
            <Icon name="plus" size={12} /> New project
          </Button>
        )
      }
    >
      <Table
        label="Projects"
        exports={false}
        rows={data?.pages.flatMap(({ items }) => items)}
        columns={PROJECT_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/accounts/project/${id}`}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={<EmptyState title="No project yet">A project holds keys and has rate limits of its own.</EmptyState>}
      />
      <NewProjectDialog organisationId={organisationId} open={adding} onOpenChange={setAdding} />
    </Section>
  )
}

const STATUS = { active: 'holds', expired: 'unknown', revoked: 'fails' } as const

const KEY_COLUMNS: readonly Column<ApiKey>[] = [
  { id: 'name', header: 'Key', value: (k) => k.name, cell: (k) => k.name },
  {
    id: 'secret',
    header: 'Secret',
    wide: true,
    value: (k) => `${k.prefix}…${k.last4}`,
    cell: (k) => <Code>{`${k.prefix}…${k.last4}`}</Code>,
  },
  {
    id: 'status',
    header: 'State',
    value: (k) => k.status,
    cell: (k) => <StateMark state={STATUS[k.status]}>{k.status}</StateMark>,
  },
  {
    id: 'used',
    header: 'Last used',
    numeric: true,
    value: (k) => k.lastUsedAt,
    cell: (k) => (k.lastUsedAt === null ? <span className="text-quiet">never</span> : <When at={k.lastUsedAt} />),
  },
]

function Keys({ projectId }: { readonly projectId: string }) {
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(keysQuery(projectId))
  const { may } = usePermissions()('accounts.manage')
  const [adding, setAdding] = useState(false)
  return (
    <Section
      title="Keys"
      actions={
        may && (
          <Button small onClick={() => setAdding(true)}>
            <Icon name="plus" size={12} /> New key
          </Button>
        )
      }
    >
      <Table
        label="Keys"
        exports={false}
        rows={data?.pages.flatMap(({ items }) => items)}
        columns={KEY_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/accounts/key/${id}`}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={<EmptyState title="No key yet">A program comes with a key; make one to let it in.</EmptyState>}
      />
      <NewKeyDialog projectId={projectId} open={adding} onOpenChange={setAdding} />
    </Section>
  )
}
