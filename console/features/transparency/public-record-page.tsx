import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { TransparencyEditionView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { statusQuery } from '../../app/status.ts'
import { Button, buttonLook } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { Numbers, quarterName } from './numbers.tsx'
import { editionsQuery, runningQuery } from './queries.ts'

const COLUMNS: readonly Column<TransparencyEditionView>[] = [
  { id: 'quarter', header: 'Quarter', value: ({ quarter }) => quarter, cell: ({ quarter }) => quarterName(quarter) },
  { id: 'edition', header: 'Edition', numeric: true, value: ({ edition }) => edition, cell: ({ edition }) => edition },
  {
    id: 'published',
    header: 'Published',
    value: ({ publishedAt }) => publishedAt,
    cell: ({ publishedAt }) => <When at={publishedAt} />,
  },
  {
    id: 'digest',
    header: 'SHA-256',
    wide: true,
    value: ({ digest }) => digest,
    cell: ({ digest }) => <code className="break-all">{digest.slice(0, 24)}…</code>,
  },
  {
    id: 'reason',
    header: 'Corrects',
    wide: true,
    value: ({ reason }) => reason ?? '',
    cell: ({ reason }) => reason ?? <span className="text-quiet">nothing: the first</span>,
  },
]

/** What the public sees of this installation in numbers: each quarter, and the one that runs. */
export function PublicRecordPage() {
  const { data: editions } = useSuspenseQuery(editionsQuery)
  const running = useQuery(runningQuery)
  const quarters = new Set(editions.map(({ quarter }) => quarter)).size
  return (
    <Page
      title="Public record"
      summary={`${count(quarters, 'quarter')} published · each comes a day after its quarter ends, compiled from the records`}
      actions={<Actions />}
    >
      <Section
        title={running.data === undefined ? 'This quarter' : quarterName(running.data.quarter)}
        note={<StateMark state="watch">still running</StateMark>}
      >
        {running.error !== null && <ProblemNote problem={running.error} />}
        {running.data === undefined ? (
          running.error === null && <Skeleton className="h-64" />
        ) : (
          <Numbers report={running.data} />
        )}
      </Section>
      <Section title="Published" note="every edition stays as it is">
        <Table
          label="Transparency reports"
          rows={editions}
          columns={COLUMNS}
          rowKey={({ quarter, edition }) => `${quarter}/${edition}`}
          href={({ quarter }) => `/public-record/${quarter}`}
          empty={
            <EmptyState title="Nothing is published yet">
              The first report comes a day after the first quarter that this installation has seen the end of. Nobody
              writes a figure into one.
            </EmptyState>
          }
        />
      </Section>
    </Page>
  )
}

function Actions() {
  const { data: status } = useQuery(statusQuery)
  const { may } = usePermissions()('transparency.publish')
  const client = useQueryClient()
  const toast = useToast()
  const publish = useMutation({
    mutationFn: () => call('POST /api/v1/transparency/editions'),
    onSuccess: async ({ items }) => {
      await client.invalidateQueries({ queryKey: ['transparency'] })
      toast(
        items.length === 0 ? 'Nothing is due: every quarter that is over has its report' : `${items.length} published`,
      )
    },
  })
  const site = status?.gatewayUrl.replace(/\/v1$/, '')
  return (
    <>
      {publish.error !== null && <ProblemNote problem={publish.error} />}
      {site !== undefined && (
        <>
          <a href={`${site}/transparency`} rel="noreferrer" target="_blank" className={buttonLook()}>
            As the public sees it
          </a>
          <a href={`${site}/feed.xml`} rel="noreferrer" target="_blank" className={buttonLook()}>
            Feed
          </a>
        </>
      )}
      {may && (
        <Button busy={publish.isPending} onClick={() => publish.mutate()}>
          Publish what is due
        </Button>
      )}
    </>
  )
}
