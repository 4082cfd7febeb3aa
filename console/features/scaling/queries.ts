import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { AssessmentState } from './words.ts'

/** What is trained, evaluated, halted and released hangs together: one change touches all, so all begin with `models`. */
const ROOT = 'models'
const OFTEN_MS = 10_000

export const dueQuery = queryOptions({
  queryKey: [ROOT, 'due'],
  queryFn: async () => (await call('GET /api/v1/evaluations/due')).items,
  refetchInterval: OFTEN_MS,
})

export const timelineQuery = (model: string) =>
  queryOptions({
    queryKey: [ROOT, 'timeline', model],
    queryFn: () => call('GET /api/v1/evaluations/timelines/{model}', { params: { model } }),
    refetchInterval: OFTEN_MS,
  })

export const assessmentsQuery = (state: AssessmentState | undefined) =>
  infiniteQueryOptions({
    queryKey: [ROOT, 'assessments', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/evaluations/assessments', { query: { state, limit: 100, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

export const suitesQuery = queryOptions({
  queryKey: [ROOT, 'suites'],
  queryFn: async () => (await call('GET /api/v1/evaluations/suites')).items,
})

export const deviationsQuery = (model: string) =>
  queryOptions({
    queryKey: [ROOT, 'deviations', model],
    queryFn: async () => (await call('GET /api/v1/evaluations/deviations', { query: { model } })).items,
  })

export const leasesQuery = (model: string) =>
  queryOptions({
    queryKey: [ROOT, 'leases', model],
    queryFn: async () => (await call('GET /api/v1/train/leases', { query: { model, limit: 10 } })).items,
    refetchInterval: OFTEN_MS,
  })

export const alarmsQuery = (model: string) =>
  queryOptions({
    queryKey: [ROOT, 'alarms', model],
    queryFn: async () => (await call('GET /api/v1/train/alarms', { query: { model } })).items,
    refetchInterval: OFTEN_MS,
  })

export const casesQuery = queryOptions({
  queryKey: [ROOT, 'cases'],
  queryFn: async () => (await call('GET /api/v1/response/cases')).items,
  refetchInterval: OFTEN_MS,
})

export const profileQuery = queryOptions({
  queryKey: [ROOT, 'profile'],
  queryFn: () => call('GET /api/v1/response/profile'),
})

export const deploymentsQuery = queryOptions({
  queryKey: [ROOT, 'deployments'],
  queryFn: async () => (await call('GET /api/v1/deployments')).items,
})

/** After a change: everything about models is read anew. */
export function useModelsChanged(): AfterChange {
  return useAfterChange([[ROOT], ['approvals']], { session: true })
}
