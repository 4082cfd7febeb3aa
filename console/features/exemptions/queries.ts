import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { Exemption } from '../../app/api/schema.ts'

const PAGE = 100

export const exemptionsQuery = (state: Exemption['state'] | undefined) =>
  infiniteQueryOptions({
    queryKey: ['exemptions', 'list', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/exemptions', { query: { state, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 15_000,
  })

export const exemptionQuery = (id: string) =>
  queryOptions({
    queryKey: ['exemptions', 'one', id],
    queryFn: () => call('GET /api/v1/exemptions/{id}', { params: { id } }),
    refetchInterval: 10_000,
  })

export const termsQuery = queryOptions({
  queryKey: ['exemptions', 'terms'],
  queryFn: () => call('GET /api/v1/exemptions/terms'),
  staleTime: 60_000,
})
