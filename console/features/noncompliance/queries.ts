import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'

const PAGE = 100

export const concernsQuery = infiniteQueryOptions({
  queryKey: ['noncompliance', 'list'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/noncompliance', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
  refetchInterval: 30_000,
})

export const concernQuery = (id: string) =>
  queryOptions({
    queryKey: ['noncompliance', 'one', id],
    queryFn: () => call('GET /api/v1/noncompliance/{id}', { params: { id } }),
    refetchInterval: 15_000,
  })

/** @param quarter left out: the one that runs */
export const digestQuery = (quarter: string | undefined) =>
  queryOptions({
    queryKey: ['noncompliance', 'digest', quarter ?? 'now'],
    queryFn: () => call('GET /api/v1/noncompliance/digest', { query: { quarter } }),
  })
