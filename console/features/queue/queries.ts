import { infiniteQueryOptions, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiProblem, call } from '../../app/api/client.ts'
import type {
  EnforcementSubjectType,
  EnforcementSubjectView,
  ReviewCaseDetail,
  ReviewHandoff,
  Routes,
} from '../../app/api/schema.ts'

const PAGE = 100

export const queuesQuery = queryOptions({
  queryKey: ['queue', 'queues'],
  queryFn: async () => (await call('GET /api/v1/review/queues')).items,
  refetchInterval: 5_000,
})

/** How many cases are open in the queues that one may see; 0 where it isn't asked for. */
export function useOpenCases(enabled: boolean): number {
  const { data = [] } = useQuery({ ...queuesQuery, enabled, refetchInterval: 15_000 })
  return enabled ? data.reduce((sum, { open }) => sum + open, 0) : 0
}

export type CaseFilter = Omit<NonNullable<Routes['GET /api/v1/review/cases']['query']>, 'cursor' | 'limit'>

export const casesQuery = (filter: CaseFilter) =>
  infiniteQueryOptions({
    queryKey: ['queue', 'cases', filter],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/review/cases', {
        query: { ...filter, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 10_000,
  })

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ['queue', 'case', id],
    queryFn: () => call('GET /api/v1/review/cases/{id}', { params: { id } }),
    refetchInterval: 4_000, // whose it is changes under one's eyes
  })

export const exposureQuery = queryOptions({
  queryKey: ['queue', 'exposure'],
  queryFn: () => call('GET /api/v1/review/exposure'),
  refetchInterval: 30_000,
})

export const exposureOfQuery = (id: string) =>
  queryOptions({
    queryKey: ['queue', 'exposure', id],
    queryFn: () => call('GET /api/v1/review/people/{id}/exposure', { params: { id } }),
    refetchInterval: 30_000,
  })

export const agreementQuery = (since: string) =>
  queryOptions({
    queryKey: ['queue', 'agreement', since],
    queryFn: () => call('GET /api/v1/review/agreement', { query: { since } }),
  })

export const owedQuery = queryOptions({
  queryKey: ['queue', 'owed'],
  queryFn: async () => (await call('GET /api/v1/review/handoffs')).items,
  refetchInterval: 30_000,
})

/** Null while nobody has begun it. */
export const handoffQuery = (id: string) =>
  queryOptions({
    queryKey: ['queue', 'handoff', id],
    queryFn: async (): Promise<ReviewHandoff | null> => {
      try {
        return await call('GET /api/v1/review/cases/{id}/handoff', { params: { id } })
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null
        throw error
      }
    },
  })

export interface Subject {
  readonly type: EnforcementSubjectType
  readonly id: string
}

/** Whom a case is about, as closely as it is known; null where nobody is. */
export function subjectOf({ endUser, key }: Pick<ReviewCaseDetail, 'endUser' | 'key'>): Subject | null {
  if (endUser !== null) return { type: 'end_user', id: endUser }
  return key === null ? null : { type: 'key', id: key }
}

/** Null for somebody against whom nothing was ever recorded. */
export const standingQuery = ({ type, id }: Subject) =>
  queryOptions({
    queryKey: ['queue', 'standing', type, id],
    queryFn: async (): Promise<EnforcementSubjectView | null> => {
      try {
        return await call('GET /api/v1/enforcement/subjects/{type}/{id}', { params: { type, id } })
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null
        throw error
      }
    },
  })

/** Cases of the same subject, open and decided, newest first. */
export const casesOfSubjectQuery = ({ type, id }: Subject) =>
  queryOptions({
    queryKey: ['queue', 'of-subject', type, id],
    queryFn: async () => {
      const about = type === 'end_user' ? { endUser: id } : { key: id }
      const [open, decided] = await Promise.all([
        call('GET /api/v1/review/cases', { query: about }),
        call('GET /api/v1/review/cases', { query: { ...about, state: 'decided' } }),
      ])
      return [...open.items, ...decided.items].sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
    },
  })

/** To be called after whatever changes a case, a claim or a budget. */
export function useRefreshQueue(): () => Promise<void> {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['queue'] })
}
