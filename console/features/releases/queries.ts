import { queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'

const OFTEN_MS = 15_000

export const releasesQuery = queryOptions({
  queryKey: ['models', 'releases'],
  queryFn: async () => (await call('GET /api/v1/releases')).items,
  refetchInterval: OFTEN_MS,
})

export const releaseQuery = (deployment: string) =>
  queryOptions({
    queryKey: ['models', 'release', deployment],
    queryFn: () => call('GET /api/v1/releases/{deployment}', { params: { deployment } }),
    refetchInterval: OFTEN_MS,
  })

export const partnersQuery = (deployment: string) =>
  queryOptions({
    queryKey: ['models', 'partners', deployment],
    queryFn: async () => (await call('GET /api/v1/releases/{deployment}/partners', { params: { deployment } })).items,
  })
