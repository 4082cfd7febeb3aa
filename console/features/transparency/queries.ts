import { queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'

/** What the public sees of the numbers: one change touches all, so all begin with `transparency`. */
const ROOT = 'transparency'
const OFTEN_MS = 60_000

export const runningQuery = queryOptions({
  queryKey: [ROOT, 'running'],
  queryFn: () => call('GET /api/v1/transparency/running'),
  refetchInterval: OFTEN_MS,
})

export const editionsQuery = queryOptions({
  queryKey: [ROOT, 'editions'],
  queryFn: async () => (await call('GET /api/v1/transparency/editions')).items,
  refetchInterval: OFTEN_MS,
})

export const editionQuery = (quarter: string, edition: number) =>
  queryOptions({
    queryKey: [ROOT, 'edition', quarter, edition],
    queryFn: () => call('GET /api/v1/transparency/editions/{quarter}/{edition}', { params: { quarter, edition } }),
    staleTime: Number.POSITIVE_INFINITY, // it stands for good
  })

/** What a correction would change. */
export const differencesQuery = (quarter: string) =>
  queryOptions({
    queryKey: [ROOT, 'differences', quarter],
    queryFn: async () => (await call('GET /api/v1/transparency/differences/{quarter}', { params: { quarter } })).items,
  })
