import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { call } from '../../app/api/client.ts'
import type { Canary } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { CANARY_STATES, canariesQuery } from '../../app/status.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'

type KnownCanary = NonNullable<Canary>

const APIS: Record<KnownCanary['dialect'], string> = {
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  'openai-completions': 'OpenAI Completions',
  'openai-embeddings': 'OpenAI Embeddings',
  'anthropic-messages': 'Anthropic Messages',
  'anthropic-count-tokens': 'Anthropic token count',
}

/** Whether every way through the gateway still screens. */
export function CoveragePage() {
  const { sort } = useSearch({ from: '/shell/coverage' })
  const navigate = useNavigate({ from: '/coverage' })
  const { data, error } = useQuery(canariesQuery)
  const { may: maySee } = usePermissions()('decisions.read')
  const client = useQueryClient()
  const toast = useToast()
  const send = useMutation({
    mutationFn: () => call('POST /api/v1/canaries'),
    onSuccess: async ({ items }) => {
      client.setQueryData(
        canariesQuery.queryKey,
        items.filter((item) => item !== null),
      )
      await client.invalidateQueries({ queryKey: ['status'] })
      toast('One of each was sent')
    },
  })
  const holding = data?.filter(({ state }) => state === 'holds').length ?? 0
  const columns: Column<KnownCanary>[] = [
    {
      id: 'surface',
      header: 'Surface',
      value: (c) => c.surface,
      cell: (c) => <span className="font-medium">{c.surface}</span>,
    },
    { id: 'model', header: 'Model', wide: true, value: (c) => c.model, cell: (c) => c.model },
    { id: 'api', header: 'API', value: (c) => APIS[c.dialect], cell: (c) => APIS[c.dialect] },
    {
      id: 'side',
      header: 'Harm in the',
      wide: true,
      value: (c) => c.side,
      cell: (c) => (c.side === 'prompt' ? 'prompt' : 'streamed answer'),
    },
    {
      id: 'state',
      header: 'State',
      value: (c) => c.state,
      cell: (c) => (
        <>
          <StateMark state={CANARY_STATES[c.state][0]}>{CANARY_STATES[c.state][1]}</StateMark>
          {c.state !== 'holds' && <span className="block text-quiet">{c.detail}</span>}
        </>
      ),
    },
    {
      id: 'refused',
      header: 'Last refused',
      numeric: true,
      value: (c) => c.lastRefusedAt,
      cell: (c) => <Refused canary={c} link={maySee} />,
    },
    {
      id: 'sent',
      header: 'Last sent',
      numeric: true,
      wide: true,
      value: (c) => c.lastSentAt,
      cell: (c) => (c.lastSentAt === null ? <span className="text-quiet">never</span> : <When at={c.lastSentAt} />),
    },
  ]
  return (
    <Page
      title="Coverage"
      summary={
        data === undefined
          ? 'whether every way through the gateway still screens'
          : `${holding} of ${data.length} refused, as they must be`
      }
      actions={
        <Button look="primary" busy={send.isPending} disabled={data?.length === 0} onClick={() => send.mutate()}>
          {send.isPending ? 'Sending…' : 'Send now'}
        </Button>
      }
    >
      <p className="max-w-prose text-quiet">
        Safelevel sends itself requests that must be refused, through the front door of every surface and in every API.
        One that passes, or goes silent, means that nobody knows what else does.
      </p>
      {(error ?? send.error) !== null && <ProblemNote problem={error ?? send.error} />}
      <Table
        label="Canaries"
        rows={data ?? (error === null ? undefined : [])}
        columns={columns}
        rowKey={({ id }) => id}
        sort={sort}
        onSort={(next) => navigate({ search: { sort: next } })}
        empty={
          <EmptyState title="No canaries">
            They are switched off in safelevel.yaml (“canaries.intervalSeconds: 0” still lets one send them here), or
            there is no model to ask.
          </EmptyState>
        }
      />
    </Page>
  )
}

function Refused({
  canary: { lastRefusedAt, decision },
  link,
}: {
  readonly canary: KnownCanary
  readonly link: boolean
}) {
  if (lastRefusedAt === null) return <span className="text-quiet">never</span>
  if (decision === null || !link) return <When at={lastRefusedAt} />
  return (
    <AppLink href={`/decisions/${decision}`} className={INLINE_LINK}>
      <When at={lastRefusedAt} />
    </AppLink>
  )
}
