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
import { approvalsQuery } from '../approvals/queries.ts'
import { statementOf } from '../approvals/statement.ts'

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
  return useWaiting('accounts.reinstate', (payload) => ('actionId' in payload ? String(payload.actionId) : null))
}

/** Requests of one kind that wait, by what `keyOf` reads from their payload. */
export function useWaiting(
  action: string,
  keyOf: (payload: object, approval: ApprovalView) => string | null,
): ReadonlyMap<string, ApprovalView> {
  const { may } = usePermissions()('approvals.read')
  const { data } = useQuery({ ...firstPending, enabled: may })
  const found = new Map<string, ApprovalView>()
  for (const approval of data ?? []) {
    const payload = approval.action === action ? statementOf(approval)?.payload : null
    const key = typeof payload === 'object' && payload !== null ? keyOf(payload, approval) : null
    if (key !== null) found.set(key, approval)
  }
  return found
}

/** As many as the list of approvals shows at first: more never wait at once where people work on them. */
const firstPending = queryOptions({
  queryKey: [...approvalsQuery('pending').queryKey, 'first'],
  queryFn: async () => (await call('GET /api/v1/approvals', { query: { state: 'pending', limit: PAGE } })).items,
  refetchInterval: 10_000,
})

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
