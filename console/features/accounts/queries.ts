import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type {
  ApprovalView,
  EnforcementStep,
  EnforcementSubject,
  NewEnforcementAction,
  Organisation,
} from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { payloadOf, usePendingRequests } from '../approvals/pending.ts'

const PAGE = 100
/** Names hardly ever change. */
const NAMES_STALE_MS = 300_000

export const organisationsQuery = infiniteQueryOptions({
  queryKey: ['accounts', 'organisations'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/organisations', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
})

export const organisationQuery = (id: string) =>
  queryOptions({
    queryKey: ['accounts', 'organisation', id],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id } }),
    staleTime: NAMES_STALE_MS,
  })

export const projectsQuery = (organisationId: string) =>
  infiniteQueryOptions({
    queryKey: ['accounts', 'projects', organisationId],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/projects', { query: { organisationId, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: ['accounts', 'project', id],
    queryFn: () => call('GET /api/v1/projects/{id}', { params: { id } }),
    staleTime: NAMES_STALE_MS,
  })

export const keysQuery = (projectId: string) =>
  infiniteQueryOptions({
    queryKey: ['accounts', 'keys', projectId],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/keys', { query: { projectId, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

export const keyQuery = (id: string) =>
  queryOptions({
    queryKey: ['accounts', 'key', id],
    queryFn: () => call('GET /api/v1/keys/{id}', { params: { id } }),
    staleTime: NAMES_STALE_MS,
  })

export const standingsQuery = (step: EnforcementStep | undefined) =>
  infiniteQueryOptions({
    queryKey: ['accounts', 'standings', step ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/enforcement/subjects', { query: { step, offset: pageParam, limit: PAGE } }),
    initialPageParam: 0,
    getNextPageParam: ({ total }, pages) => {
      const seen = pages.reduce((sum, { items }) => sum + items.length, 0)
      return seen < total ? seen : null
    },
    refetchInterval: 15_000,
  })

export const subjectQuery = ({ type, id }: EnforcementSubject) =>
  queryOptions({
    queryKey: ['accounts', 'subject', type, id],
    queryFn: () => call('GET /api/v1/enforcement/subjects/{type}/{id}', { params: { type, id } }),
    refetchInterval: 10_000,
  })

export const actionQuery = (id: string) =>
  queryOptions({
    queryKey: ['accounts', 'action', id],
    queryFn: () => call('GET /api/v1/enforcement/actions/{id}', { params: { id } }),
    refetchInterval: 10_000,
  })

export const simulationQuery = (body: NewEnforcementAction) =>
  queryOptions({
    queryKey: ['accounts', 'simulation', body.subject.type, body.subject.id, body.step],
    queryFn: () => call('POST /api/v1/enforcement/simulations', { body }),
    staleTime: 0,
    gcTime: 0,
  })

export const acceptanceQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['accounts', 'acceptance', organisationId],
    queryFn: () => call('GET /api/v1/policy-acceptances/{id}', { params: { id: organisationId } }),
  })

const COLUMN = { end_user: 'endUser', key: 'key', project: 'project', organisation: 'organisation' } as const
const RECENT = 20

export const recentDecisionsQuery = ({ type, id }: EnforcementSubject) =>
  queryOptions({
    queryKey: ['accounts', 'decisions', type, id],
    queryFn: async () => (await call('GET /api/v1/decisions', { query: { [COLUMN[type]]: id, limit: RECENT } })).items,
    refetchInterval: 15_000,
  })

/** Requests to lift that wait for a second person, by the action that they would end. */
export function useLiftsWaiting(): ReadonlyMap<string, ApprovalView> {
  const waiting = usePendingRequests('accounts.reinstate')
  return new Map(waiting.map((approval) => [String(payloadOf(approval)?.actionId), approval]))
}

/** Whose customer this is, through key and project; undefined while it isn't known or nobody's. */
export function useOwner(subject: EnforcementSubject): Organisation | undefined {
  const { may } = usePermissions()('accounts.read')
  const { type, id } = subject
  const { data: key } = useQuery({ ...keyQuery(id), enabled: may && type === 'key' })
  const projectId = type === 'project' ? id : key?.projectId
  const { data: project } = useQuery({ ...projectQuery(projectId ?? ''), enabled: may && projectId !== undefined })
  const organisationId = type === 'organisation' ? id : project?.organisationId
  const { data } = useQuery({
    ...organisationQuery(organisationId ?? ''),
    enabled: may && organisationId !== undefined,
  })
  return data
}
