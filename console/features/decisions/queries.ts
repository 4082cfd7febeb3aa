import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { ReviewCase, StatementOfReasons } from '../../app/api/schema.ts'
import { type DecisionsSearch, toQuery } from './search.ts'

const PAGE = 100
const STORED_WITHIN_MS = 20_000

export const decisionsQuery = (search: DecisionsSearch) => {
  const query = toQuery(search)
  return infiniteQueryOptions({
    queryKey: ['decisions', 'list', query],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/decisions', {
        query: { ...query, limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })
}

/** What stands in it never changes; whether what was said is still kept does. */
export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['decisions', 'one', id],
    queryFn: () => call('GET /api/v1/decisions/{id}', { params: { id } }),
    staleTime: 60_000,
    // What was said is stored right after the answer: a page that was quicker looks again.
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && data.content === null && Date.now() - Date.parse(data.at) < STORED_WITHIN_MS
        ? 1_500
        : false,
  })

/** Null for what was refused to nobody. */
export const statementQuery = (id: string) =>
  queryOptions({
    queryKey: ['decisions', 'statement', id],
    queryFn: async (): Promise<StatementOfReasons | null> => {
      try {
        return await call('GET /api/v1/statements/{id}', { params: { id } })
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null
        throw error
      }
    },
    staleTime: 60_000,
  })

/** Open ones first; those that the reader may not know of are not among them. */
export const casesOfQuery = (decision: string) =>
  queryOptions({
    queryKey: ['queue', 'of-decision', decision],
    queryFn: async (): Promise<readonly ReviewCase[]> => {
      const [open, decided] = await Promise.all([
        call('GET /api/v1/review/cases', { query: { decision } }),
        call('GET /api/v1/review/cases', { query: { decision, state: 'decided' } }),
      ])
      return [...open.items, ...decided.items]
    },
  })
