import { queryOptions } from '@tanstack/react-query'
import type { State } from '../components/state-mark.tsx'
import { call } from './api/client.ts'
import type { Canary } from './api/schema.ts'

/** What runs here and how it is. */
export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: () => call('GET /api/v1/status'),
  staleTime: 4_000,
  refetchInterval: 5_000,
})

/** Whether every way through the gateway still screens: a synthetic harmful request on each, answered by a refusal. */
export const canariesQuery = queryOptions({
  queryKey: ['canaries'],
  queryFn: async () => (await call('GET /api/v1/canaries')).items.filter((item) => item !== null),
  refetchInterval: 10_000,
})

export const CANARY_STATES: Record<NonNullable<Canary>['state'], readonly [State, string]> = {
  holds: ['holds', 'refused, as it must be'],
  waiting: ['unknown', 'not answered yet'],
  silent: ['fails', 'silent'],
  missed: ['fails', 'missed: it passed'],
}
