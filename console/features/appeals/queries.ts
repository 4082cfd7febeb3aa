import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { AppealState } from '../../app/api/schema.ts'

const PAGE = 100

/** Open ones by what is due first; others newest first. */
export const appealsQuery = (state: AppealState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['appeals', 'list', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/appeals', { query: { state, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 15_000,
  })

export const appealQuery = (id: string) =>
  queryOptions({
    queryKey: ['appeals', 'one', id],
    queryFn: () => call('GET /api/v1/appeals/{id}', { params: { id } }),
    refetchInterval: 5_000,
  })

/** @param about id of a decision or an action */
export const statementQuery = (about: string) =>
  queryOptions({
    queryKey: ['appeals', 'statement', about],
    queryFn: () => call('GET /api/v1/statements/{id}', { params: { id: about } }),
    staleTime: 60_000,
  })
