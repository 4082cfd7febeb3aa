import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { RowsSearch } from './routes.tsx'

const ROOT = 'refusal'
const PAGE = 100
const ROWS = 50

const first = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next: string | null }) => page.next,
}

export const evaluationsQuery = infiniteQueryOptions({
  queryKey: [ROOT, 'evaluations'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/refusal/evaluations', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  ...first,
})

export const runsQuery = infiniteQueryOptions({
  queryKey: [ROOT, 'runs'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/refusal/red-team-runs', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  ...first,
})

export const datasetsQuery = infiniteQueryOptions({
  queryKey: [ROOT, 'datasets'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/refusal/datasets', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  ...first,
})

export const comparisonsQuery = infiniteQueryOptions({
  queryKey: [ROOT, 'comparisons'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/refusal/comparisons', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  ...first,
})

export const evaluationQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'one', id],
    queryFn: () => call('GET /api/v1/refusal/evaluations/{id}', { params: { id } }),
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'one', id],
    queryFn: () => call('GET /api/v1/refusal/red-team-runs/{id}', { params: { id } }),
  })

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'one', id],
    queryFn: () => call('GET /api/v1/refusal/datasets/{id}', { params: { id } }),
  })

export const comparisonQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'one', id],
    queryFn: () => call('GET /api/v1/refusal/comparisons/{id}', { params: { id } }),
  })

export const standingQuery = (checkpoint: string) =>
  queryOptions({
    queryKey: [ROOT, 'standing', checkpoint],
    queryFn: () => call('GET /api/v1/refusal/standing', { query: { checkpoint } }),
  })

export const rowsQuery = (id: string, { row: _, family: __, ...filters }: RowsSearch) =>
  infiniteQueryOptions({
    queryKey: [ROOT, 'rows', id, filters],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/refusal/results/{id}/rows', {
        params: { id },
        query: { ...filters, from: pageParam, limit: ROWS },
      }),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    staleTime: 60_000,
  })

/** One row by its place, for a link that leads beyond the pages that are there. */
export const rowQuery = (id: string, position: number) =>
  queryOptions({
    queryKey: [ROOT, 'row', id, position],
    queryFn: async () => {
      const query = { from: position, limit: 1 }
      const { items } = await call('GET /api/v1/refusal/results/{id}/rows', { params: { id }, query })
      return items.find((row) => row.position === position) ?? null
    },
    staleTime: 60_000,
  })

export const facetsQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'facets', id],
    queryFn: () => call('GET /api/v1/refusal/results/{id}/facets', { params: { id } }),
    staleTime: 60_000,
  })

/** After a change: everything about refusals is read anew, and reports, which finds become. */
export function useRefusalChanged(): AfterChange {
  return useAfterChange([[ROOT], ['reports'], ['ledger']], { session: true })
}
