import { queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'

/** The server looks every twenty seconds. */
const OFTEN_MS = 10_000

export const boardQuery = queryOptions({
  queryKey: ['controls', 'board'],
  queryFn: () => call('GET /api/v1/controls'),
  refetchInterval: OFTEN_MS,
})

export const controlQuery = (id: string) =>
  queryOptions({
    queryKey: ['controls', 'one', id],
    queryFn: () => call('GET /api/v1/controls/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const changesQuery = queryOptions({
  queryKey: ['controls', 'changes'],
  queryFn: async () => (await call('GET /api/v1/control-changes', { query: { limit: 200 } })).items,
  refetchInterval: OFTEN_MS,
})

export const calendarQuery = queryOptions({
  queryKey: ['controls', 'calendar'],
  queryFn: () => call('GET /api/v1/calendar'),
  refetchInterval: 60_000,
})

/** Others write and sign meanwhile. */
const SOON_MS = 20_000

export const reportsQuery = queryOptions({
  queryKey: ['controls', 'reports'],
  queryFn: async () => (await call('GET /api/v1/control-reports')).items,
  refetchInterval: SOON_MS,
})

export const reportQuery = (id: string) =>
  queryOptions({
    queryKey: ['controls', 'report', id],
    queryFn: () => call('GET /api/v1/control-reports/{id}', { params: { id } }),
    refetchInterval: SOON_MS,
  })

export const reportDraftQuery = (id: string) =>
  queryOptions({
    queryKey: ['controls', 'report-draft', id],
    queryFn: () => call('GET /api/v1/control-reports/{id}/draft', { params: { id } }),
    refetchInterval: SOON_MS,
  })

/** After a change: everything about controls is read anew. */
export function useControlsChanged(): AfterChange {
  return useAfterChange([['controls'], ['approvals'], ['ledger']])
}
