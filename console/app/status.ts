import { queryOptions } from '@tanstack/react-query'
import { call } from './api/client.ts'

/** What runs here and how it is. */
export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: () => call('GET /api/v1/status'),
  staleTime: 4_000,
  refetchInterval: 5_000,
})
