import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReviewQueue } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useToast } from '../../components/toast.tsx'
import { relative } from '../../components/when.tsx'
import { keysAreTaken } from '../decisions/held-key.ts'
import { AgreementTab } from './agreement-tab.tsx'
import { CasesTable } from './cases-table.tsx'
import { ExposureStrip } from './exposure.tsx'
import { owedQuery, queuesQuery, useRefreshQueue } from './queries.ts'
import { QueueTable } from './queue-table.tsx'
import { ReadersTab } from './readers-tab.tsx'
import { ReportsTab } from './reports-tab.tsx'
import type { QueueTab } from './routes.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { queueName } from './words.ts'

/** What people are to judge: queues, cases, and how well the readers agree. */
export function QueuePage() {
  const search = useSearch({ from: '/shell/queue' })
  const navigate = useNavigate({ from: '/queue' })
  const permission = usePermissions()
  const { data: queues, error } = useQuery(queuesQuery)
  const restricted = permission('review.restricted').may
  const { data: owed = [] } = useQuery({ ...owedQuery, enabled: restricted })
  const works = permission('review.take_part').may
  const tabs: { value: QueueTab; label: string; count?: number }[] = [
    { value: 'work', label: 'Work' },
    { value: 'agreement', label: 'Agreement' },
    ...(permission('review.assign').may ? [{ value: 'readers' as const, label: 'Readers' }] : []),
    ...(restricted ? [{ value: 'reports' as const, label: 'Reports owed', count: owed.length }] : []),
  ]
  return (
    <Page
      title={search.queue === undefined ? 'Queue' : `Queue › ${queueName(search.queue)}`}
      summary={<Summary queues={queues} queue={search.queue} />}
      actions={works && <TakeNext queue={search.queue ?? null} />}
    >
      <Tabs
        label="Queue"
        value={search.tab ?? 'work'}
        onChange={(tab) => navigate({ search: tab === 'work' ? {} : { tab } })}
        tabs={tabs}
      >
        {search.tab === 'agreement' ? (
          <AgreementTab />
        ) : search.tab === 'readers' ? (
          <ReadersTab />
        ) : search.tab === 'reports' ? (
          <ReportsTab cases={owed} />
        ) : (
          <div className="flex flex-col gap-6">
            {works && <ExposureStrip />}
            {error !== null && <ProblemNote problem={error} />}
            <QueueTable queues={queues} chosen={search.queue} />
            <CasesTable />
          </div>
        )}
      </Tabs>
      <Shortcuts
        keys={[
          ['t', 'take the next case'],
          ['j k', 'go down and up the list'],
          ['Enter', 'open the case'],
          ['?', 'this list'],
        ]}
      />
    </Page>
  )
}

function Summary({
  queues,
  queue,
}: {
  readonly queues: readonly ReviewQueue[] | undefined
  readonly queue: string | undefined
}) {
  const me = useMe()
  const { data: mine } = useQuery({
    queryKey: ['queue', 'mine'],
    queryFn: async () => (await call('GET /api/v1/review/cases', { query: { claimedBy: me.person.id } })).items.length,
    refetchInterval: 10_000,
  })
  if (queues === undefined) return 'what people are to judge'
  const some = queues.filter((one) => queue === undefined || one.queue === queue)
  const open = some.reduce((sum, one) => sum + one.open, 0)
  const overdue = some.reduce((sum, one) => sum + one.overdue, 0)
  const oldest = some.flatMap(({ oldestAt }) => oldestAt ?? []).sort()[0]
  const words = [
    open === 0 ? 'nothing waits' : `${open.toLocaleString('en')} waiting`,
    ...(oldest === undefined ? [] : [`the oldest came ${relative(Date.parse(oldest) - Date.now())}`]),
    ...(overdue === 0 ? [] : [`${overdue.toLocaleString('en')} overdue`]),
    ...(mine === undefined || mine === 0 ? [] : [`yours ${mine}`]),
  ]
  return words.join(' · ')
}

/** The next case, of one queue or of all ordinary ones. */
function TakeNext({ queue }: { readonly queue: string | null }) {
  const take = useTakeNext()
  const press = take.next
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 't' || keysAreTaken(event)) return
      event.preventDefault()
      press(queue)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [press, queue])
  return (
    <div className="flex flex-col items-end gap-2">
      <Button look="primary" busy={take.busy} onClick={() => press(queue)}>
        Take the next case <kbd>T</kbd>
      </Button>
      {take.problem !== null && <ProblemNote problem={take.problem} />}
    </div>
  )
}

/** Takes the next case and goes to it; says so where nothing is left. */
export function useTakeNext() {
  const navigate = useNavigate()
  const refresh = useRefreshQueue()
  const toast = useToast()
  const { mutate, isPending, error } = useMutation({
    mutationFn: (queue: string | null) => call('POST /api/v1/review/claims', { body: { queue } }),
    onSuccess: async ({ case: taken }, queue) => {
      await refresh()
      if (taken === null)
        toast('Nothing is left for you here', 'Nobody reads a case twice; what others hold is theirs.')
      else await navigate({ to: '/queue/cases/$id', params: { id: taken.id } })
      if (taken === null) await navigate({ to: '/queue', search: queue === null ? {} : { queue } })
    },
  })
  const next = (queue: string | null) => {
    if (!isPending) mutate(queue)
  }
  return { next, busy: isPending, problem: error }
}
