import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { Delivery } from '../../app/api/schema.ts'

const PAGE = 100

export const channelsQuery = queryOptions({
  queryKey: ['notices', 'channels'],
  queryFn: async () => (await call('GET /api/v1/notify/channels')).items,
  refetchInterval: 10_000,
})

export interface DeliveryFilter {
  readonly channel: string | undefined
  readonly state: Delivery['state'] | undefined
}

export const deliveriesQuery = ({ channel, state }: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ['notices', 'deliveries', channel ?? 'any', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/notify/deliveries', {
        query: { channel, state, limit: PAGE, after: pageParam ?? undefined },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 10_000,
  })

export const webhooksQuery = queryOptions({
  queryKey: ['notices', 'webhooks'],
  queryFn: async () => (await call('GET /api/v1/notify/webhooks', { query: {} })).items,
})
