import { queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'

/** Others work on a run at the same time. */
const OFTEN_MS = 3_000
const SOON_MS = 15_000

export const runbooksQuery = queryOptions({
  queryKey: ['runbooks', 'all'],
  queryFn: async () => (await call('GET /api/v1/runbooks')).items,
  staleTime: 60_000,
})

export const runbookQuery = (id: string) =>
  queryOptions({
    queryKey: ['runbooks', 'one', id],
    queryFn: () => call('GET /api/v1/runbooks/{id}', { params: { id } }),
    staleTime: 60_000,
  })

export const runsQuery = (state: 'open' | 'closed' | undefined) =>
  queryOptions({
    queryKey: ['runbooks', 'runs', state ?? 'any'],
    queryFn: async () =>
      (await call('GET /api/v1/runbook-runs', { query: { limit: 200, ...(state === undefined ? {} : { state }) } }))
        .items,
    refetchInterval: SOON_MS,
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runbooks', 'run', id],
    queryFn: () => call('GET /api/v1/runbook-runs/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

/** After a change: all about runs is read anew. */
export function useRunsChanged(): AfterChange {
  return useAfterChange([['runbooks'], ['ledger']])
}
