import { infiniteQueryOptions, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { PolicyDraft } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'

export const policyStatusQuery = queryOptions({
  queryKey: ['policy', 'status'],
  queryFn: () => call('GET /api/v1/policy'),
  refetchInterval: 5_000,
})

export const versionsQuery = queryOptions({
  queryKey: ['policy', 'versions'],
  queryFn: async () => (await call('GET /api/v1/policy/versions')).items,
  refetchInterval: 15_000,
})

/** @param reference A version's name, its digest, or `current`. */
export const versionQuery = (reference: string) =>
  queryOptions({
    queryKey: ['policy', 'version', reference],
    queryFn: () => call('GET /api/v1/policy/versions/{version}', { params: { version: reference } }),
  })

/** @param from,to A version's name or digest, `current`, or the id of a draft. */
export const diffQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ['policy', 'diff', from, to],
    queryFn: () => call('GET /api/v1/policy/diff', { query: { from, to } }),
  })

export const draftsQuery = (state: PolicyDraft['state'] | undefined) =>
  infiniteQueryOptions({
    queryKey: ['policy', 'drafts', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/policy/drafts', {
        query: { state, limit: 50, ...(pageParam === null ? {} : { after: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

/** Looked at often: somebody else may be writing too. */
export const draftQuery = (id: string) =>
  queryOptions({
    queryKey: ['policy', 'draft', id],
    queryFn: () => call('GET /api/v1/policy/drafts/{id}', { params: { id } }),
    refetchInterval: 5_000,
  })

export const replaysQuery = (draftId: string) =>
  queryOptions({
    queryKey: ['policy', 'draft', draftId, 'replays'],
    queryFn: async () => (await call('GET /api/v1/policy/drafts/{id}/replays', { params: { id: draftId } })).items,
  })

/** Asked for twice a second while it runs. */
export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ['policy', 'replay', id],
    queryFn: () => call('GET /api/v1/policy/replays/{id}', { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 500 : false),
  })

export const shadowQuery = (draftId: string) =>
  queryOptions({
    queryKey: ['policy', 'draft', draftId, 'shadow'],
    queryFn: () => call('GET /api/v1/policy/drafts/{id}/shadow', { params: { id: draftId } }),
    refetchInterval: ({ state }) => (state.data?.stoppedAt === null ? 10_000 : false),
  })

/** Customers by identifier, for who may see them; one that isn't there keeps its identifier. */
export function useCustomerNames(): (organisation: string) => string {
  const { may } = usePermissions()('accounts.read')
  const { data } = useQuery({
    queryKey: ['policy', 'customers'],
    queryFn: () => call('GET /api/v1/organisations', { query: { limit: 200 } }),
    enabled: may,
    staleTime: 60_000,
  })
  const names = new Map(data?.items.map(({ id, name }) => [id, name]))
  return (organisation) => names.get(organisation) ?? organisation
}

/** After a change of a draft: the draft as the server now has it, and everything that may depend on it. */
export function useTakeDraft(): (draft: PolicyDraft) => Promise<void> {
  const client = useQueryClient()
  return async (draft) => {
    client.setQueryData(draftQuery(draft.id).queryKey, draft)
    await Promise.all(
      ['drafts', 'diff', 'status'].map((part) => client.invalidateQueries({ queryKey: ['policy', part] })),
    )
  }
}
