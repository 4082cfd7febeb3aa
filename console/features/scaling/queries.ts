import { infiniteQueryOptions, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { ApprovalView } from '../../app/api/schema.ts'
import { usePermissions, useRefreshSession } from '../../app/session.ts'
import { useToast } from '../../components/toast.tsx'
import { statementOf } from '../approvals/statement.ts'
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

/** Requests about models that wait for people. */
const pendingQuery = queryOptions({
  queryKey: ['approvals', 'pending', ROOT],
  queryFn: async () => (await call('GET /api/v1/approvals', { query: { state: 'pending', limit: 100 } })).items,
  refetchInterval: OFTEN_MS,
})

/** Of an action, those whose payload is about this; empty for who may not see requests. */
export function usePending(action: string, field: string, value: string): readonly ApprovalView[] {
  const { may } = usePermissions()('approvals.read')
  const { data = [] } = useQuery({ ...pendingQuery, enabled: may })
  return data.filter((approval) => {
    const payload = statementOf(approval)?.payload
    return approval.action === action && isRecord(payload) && payload[field] === value
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** After a change: everything about models is read anew, and what was done is said. */
export function useModelsChanged(): (title?: string, description?: string) => Promise<void> {
  const client = useQueryClient()
  const refresh = useRefreshSession()
  const toast = useToast()
  return async (title, description) => {
    await Promise.all([
      client.invalidateQueries({ queryKey: [ROOT] }),
      client.invalidateQueries({ queryKey: ['approvals'] }),
      refresh(),
    ])
    if (title !== undefined) toast(title, description)
  }
}
