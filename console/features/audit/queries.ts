import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { RegimeView } from '../../app/api/schema.ts'

export type RegimeId = RegimeView['id']

/** Others ask and answer meanwhile. */
const SOON_MS = 20_000

export const samplesQuery = queryOptions({
  queryKey: ['audit', 'samples'],
  queryFn: async () => (await call('GET /api/v1/audit/samples')).items,
  refetchInterval: SOON_MS,
})

export const sampleQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit', 'sample', id],
    queryFn: () => call('GET /api/v1/audit/samples/{id}', { params: { id } }),
    refetchInterval: SOON_MS,
  })

/** What stands in the entries that were drawn; it never changes. */
export const entriesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'entries', id],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/audit/samples/{id}/entries', { params: { id }, query: { from: pageParam } }),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    staleTime: Number.POSITIVE_INFINITY,
  })

export const populationsQuery = queryOptions({
  queryKey: ['audit', 'populations'],
  queryFn: async () => (await call('GET /api/v1/audit/populations')).items,
  staleTime: Number.POSITIVE_INFINITY,
})

export const requestsQuery = queryOptions({
  queryKey: ['audit', 'requests'],
  queryFn: async () => (await call('GET /api/v1/audit/requests')).items,
  refetchInterval: SOON_MS,
})

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit', 'request', id],
    queryFn: () => call('GET /api/v1/audit/requests/{id}', { params: { id } }),
    refetchInterval: SOON_MS,
  })

export const regimeQuery = (id: RegimeId) =>
  queryOptions({
    queryKey: ['controls', 'regime', id],
    queryFn: () => call('GET /api/v1/regimes/{id}', { params: { id } }),
    refetchInterval: SOON_MS,
  })

/** After a change: everything about audits is read anew. */
export function useAuditChanged(): AfterChange {
  return useAfterChange([['audit'], ['controls', 'calendar'], ['ledger']])
}
