import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { call } from '../../app/api/client.ts'
import type { Delivery, NotifyChannel } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { channelsQuery, type DeliveryFilter, deliveriesQuery } from './queries.ts'
import { Webhooks } from './webhooks.tsx'
import { channelState, DELIVERY_STATES } from './words.ts'

/** Who outside hears of what happens, and whether it arrives. */
export function NoticesPage() {
  const search = useSearch({ from: '/shell/notices' })
  const navigate = useNavigate({ from: '/notices' })
  const { data: channels, error } = useQuery(channelsQuery)
  const failed = channels?.reduce((sum, channel) => sum + channel.failed, 0) ?? 0
  const waiting = channels?.reduce((sum, channel) => sum + channel.waiting, 0) ?? 0
  const onSort = (sort: string | undefined) => navigate({ search: { ...search, sort } })
  return (
    <Page
      title="Notices"
      summary={
        channels === undefined ? (
          'who outside hears of what happens'
        ) : (
          <>
            {count(channels.length, 'channel')} · {waiting} waiting
            {failed > 0 && (
              <>
                {' · '}
                <StateMark state="fails">{failed} given up</StateMark>
              </>
            )}
          </>
        )
      }
    >
      <Tabs
        label="Notices"
        value={search.tab ?? 'channels'}
        onChange={(tab) => navigate({ search: tab === 'channels' ? {} : { tab } })}
        tabs={[
          { value: 'channels', label: 'Channels' },
          { value: 'deliveries', label: 'Deliveries', count: failed },
          { value: 'webhooks', label: 'Customers’ webhooks' },
        ]}
      >
        {search.tab === 'webhooks' ? (
          <Webhooks sort={search.sort} onSort={onSort} />
        ) : search.tab === 'deliveries' ? (
          <Deliveries
            channels={channels ?? []}
            filter={{ channel: search.channel, state: search.state }}
            sort={search.sort}
            onSort={onSort}
            onFilter={(filter) => navigate({ search: { tab: 'deliveries', ...filter } })}
          />
        ) : (
          <>
            {error !== null && <ProblemNote problem={error} />}
            <Table
              label="Channels"
              rows={channels ?? (error === null ? undefined : [])}
              columns={CHANNEL_COLUMNS}
              rowKey={({ id }) => id}
              href={({ id }) => `/notices?tab=deliveries&channel=${encodeURIComponent(id)}`}
              sort={search.sort}
              onSort={onSort}
              empty={
                <EmptyState title="Nobody is told">
                  Channels (webhooks, chat, mail, pagers, SIEM) are named under “notify” in safelevel.yaml. Without one,
                  whatever happens is seen here alone.
                </EmptyState>
              }
            />
          </>
        )}
      </Tabs>
    </Page>
  )
}

const CHANNEL_COLUMNS: readonly Column<NotifyChannel>[] = [
  { id: 'id', header: 'Channel', value: (c) => c.id, cell: (c) => c.id },
  { id: 'kind', header: 'Kind', value: (c) => c.kind, cell: (c) => c.kind },
  {
    id: 'hears',
    header: 'Hears of',
    wide: true,
    value: (c) => `${c.events.join(' ')} ${c.minSeverity}`,
    cell: (c) => (
      <span className="text-quiet">
        {c.events.length === 0 ? 'everything' : c.events.join(', ')}, from {c.minSeverity} on
      </span>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: (c) => channelState(c)[1],
    cell: (c) => (
      <>
        <StateMark state={channelState(c)[0]}>{channelState(c)[1]}</StateMark>
        {c.lastError !== null && <span className="line-clamp-2 text-quiet">{c.lastError}</span>}
      </>
    ),
  },
  { id: 'waiting', header: 'Waiting', numeric: true, wide: true, value: (c) => c.waiting, cell: (c) => c.waiting },
  {
    id: 'success',
    header: 'Last arrived',
    numeric: true,
    value: (c) => c.lastSuccessAt,
    cell: (c) => (c.lastSuccessAt === null ? <span className="text-quiet">never</span> : <When at={c.lastSuccessAt} />),
  },
]

interface DeliveriesProps {
  readonly channels: readonly NotifyChannel[]
  readonly filter: DeliveryFilter
  readonly sort: string | undefined
  onSort(sort: string | undefined): void
  onFilter(filter: { channel?: string; state?: Delivery['state'] }): void
}

function Deliveries({ channels, filter, sort, onSort, onFilter }: DeliveriesProps) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(deliveriesQuery(filter))
  const { may } = usePermissions()('notify.manage')
  const client = useQueryClient()
  const toast = useToast()
  const retry = useMutation({
    mutationFn: ({ id }: Delivery) =>
      withFreshKey(() => call('POST /api/v1/notify/deliveries/{id}/retry', { params: { id } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['notices'] })
      toast('It is sent again')
    },
  })
  const { channel, state } = filter
  const change = (next: DeliveryFilter) =>
    onFilter({
      ...(next.channel === undefined ? {} : { channel: next.channel }),
      ...(next.state === undefined ? {} : { state: next.state }),
    })
  const columns: Column<Delivery>[] = [
    {
      id: 'kind',
      header: 'Tells of',
      value: (d) => d.kind,
      cell: (d) => (
        <AppLink href={`/ledger/${d.position}`} className={INLINE_LINK}>
          {d.kind}
        </AppLink>
      ),
    },
    { id: 'channel', header: 'Channel', value: (d) => d.channel, cell: (d) => d.channel },
    {
      id: 'state',
      header: 'State',
      value: (d) => d.state,
      cell: (d) => (
        <>
          <StateMark state={DELIVERY_STATES[d.state][0]}>{DELIVERY_STATES[d.state][1]}</StateMark>
          {d.lastError !== null && d.state !== 'delivered' && (
            <span className="line-clamp-2 text-quiet">{d.lastError}</span>
          )}
        </>
      ),
    },
    { id: 'attempts', header: 'Tries', numeric: true, wide: true, value: (d) => d.attempts, cell: (d) => d.attempts },
    {
      id: 'created',
      header: 'Since',
      numeric: true,
      wide: true,
      value: (d) => d.createdAt,
      cell: (d) => <When at={d.createdAt} />,
    },
    {
      id: 'next',
      header: 'Next try',
      numeric: true,
      wide: true,
      value: (d) => d.nextAt,
      cell: (d) => (d.nextAt === null ? <span className="text-quiet">–</span> : <When at={d.nextAt} />),
    },
    {
      id: 'retry',
      header: 'Again',
      numeric: true,
      cell: (d) =>
        may &&
        d.state === 'failed' && (
          <Button small busy={retry.isPending && retry.variables.id === d.id} onClick={() => retry.mutate(d)}>
            Send again
          </Button>
        ),
    },
  ]
  const states = Object.entries(DELIVERY_STATES) as [Delivery['state'], readonly [unknown, string]][]
  return (
    <>
      {(error ?? retry.error) !== null && <ProblemNote problem={error ?? retry.error} />}
      <Table
        label="Deliveries"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={may ? columns : columns.slice(0, -1)}
        rowKey={({ id }) => id}
        sort={sort}
        onSort={onSort}
        filters={
          <>
            <Filter<string>
              label="Channel"
              value={channel ?? ''}
              onChange={(next) => change({ channel: next === '' ? undefined : next, state })}
              choices={[{ value: '', label: 'any' }, ...channels.map(({ id }) => ({ value: id, label: id }))]}
            />
            <Filter<Delivery['state'] | 'any'>
              label="State"
              value={state ?? 'any'}
              onChange={(next) => change({ channel, state: next === 'any' ? undefined : next })}
              choices={[{ value: 'any', label: 'any' }, ...states.map(([value, [, label]]) => ({ value, label }))]}
            />
          </>
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title="No messages">
            Each event that a channel hears of becomes a message, tried ten times over a day before it is given up.
          </EmptyState>
        }
      />
    </>
  )
}
