import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { type Answer, call } from '../../app/api/client.ts'
import type { QueuedReport, SeverityBand, SeverityFactors } from '../../app/api/schema.ts'

const PAGE = 100

export interface QueueFilters {
  readonly state: QueuedReport['state'] | 'open' | undefined
  readonly kind: QueuedReport['kind'] | undefined
  readonly band: SeverityBand | undefined
  readonly assignee: string | undefined
}

export const reportsQuery = (filters: QueueFilters) =>
  infiniteQueryOptions({
    queryKey: ['reports', 'list', filters],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/reports', { query: { ...filters, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 15_000,
  })

export const reportQuery = (id: string) =>
  queryOptions({
    queryKey: ['reports', 'one', id],
    queryFn: () => call('GET /api/v1/reports/{id}', { params: { id } }),
    // While something is tried, every try shows.
    refetchInterval: ({ state: { data } }) =>
      data?.reproductions.some(({ state }) => state === 'queued' || state === 'running') ? 1_000 : 10_000,
  })

export const factorsQuery = queryOptions({
  queryKey: ['reports', 'factors'],
  queryFn: () => call('GET /api/v1/severity-factors'),
  staleTime: Number.POSITIVE_INFINITY,
})

export const severityQuery = (id: string, factors: SeverityFactors) =>
  queryOptions({
    queryKey: ['reports', 'severity', id, factors],
    queryFn: () => call('POST /api/v1/reports/{id}/severity', { params: { id }, body: factors }),
    staleTime: 60_000,
    placeholderData: (before: Answer<'POST /api/v1/reports/{id}/severity'> | undefined) => before,
  })

export const casesQuery = queryOptions({
  queryKey: ['reports', 'cases'],
  queryFn: () => call('GET /api/v1/regression-cases'),
  refetchInterval: 15_000,
})

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ['reports', 'case', id],
    queryFn: () => call('GET /api/v1/regression-cases/{id}', { params: { id } }),
    refetchInterval: 3_000,
  })

/** What the cases in force come to under a draft of the policy. */
export const outcomesQuery = (draft: string) =>
  queryOptions({
    queryKey: ['reports', 'outcomes', draft],
    queryFn: () => call('GET /api/v1/regression-outcomes', { query: { draft } }),
  })

export const deploymentsQuery = queryOptions({
  queryKey: ['reports', 'deployments'],
  queryFn: () => call('GET /api/v1/deployments'),
  staleTime: 30_000,
})

/** To be called after whatever changes a report or what belongs to it. */
export function useReportChanged(): AfterChange {
  return useAfterChange([
    ['reports', 'list'],
    ['reports', 'one'],
    ['reports', 'cases'],
    ['reports', 'case'],
    ['approvals'],
    ['ledger'],
  ])
}
