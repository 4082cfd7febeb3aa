import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { WeightsGrantView } from '../../app/api/schema.ts'

/** What is kept and who may open it hangs together: one change touches all, so all begin with `weights`. */
const ROOT = 'weights'
const OFTEN_MS = 5_000
const SELDOM_MS = 30_000
const PAGE = 200

export const versionsQuery = infiniteQueryOptions({
  queryKey: [ROOT, 'versions'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/weights/versions', { query: { limit: PAGE, after: pageParam ?? undefined } }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
  refetchInterval: SELDOM_MS,
})

export const versionQuery = (model: string, version: string) =>
  queryOptions({
    queryKey: [ROOT, 'version', model, version],
    queryFn: () => call('GET /api/v1/weights/versions/{model}/{version}', { params: { model, version } }),
  })

export const filesQuery = (model: string, version: string) =>
  queryOptions({
    queryKey: [ROOT, 'files', model, version],
    queryFn: async () =>
      (await call('GET /api/v1/weights/versions/{model}/{version}/files', { params: { model, version } })).items,
  })

export const coverageQuery = (version: string) =>
  queryOptions({
    queryKey: [ROOT, 'coverage', version],
    queryFn: async () => (await call('GET /api/v1/weights/coverage', { query: { version } })).items,
    refetchInterval: OFTEN_MS,
  })

interface GrantsWanted {
  readonly state?: WeightsGrantView['state'] | undefined
  readonly model?: string | undefined
}

export const grantsQuery = ({ state, model }: GrantsWanted = {}) =>
  infiniteQueryOptions({
    queryKey: [ROOT, 'grants', state ?? 'any', model ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/weights/grants', { query: { state, model, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: OFTEN_MS,
  })

export const grantQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'grant', id],
    queryFn: () => call('GET /api/v1/weights/grants/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const draftsQuery = queryOptions({
  queryKey: [ROOT, 'drafts'],
  queryFn: async () => (await call('GET /api/v1/weights/drafts')).items,
  refetchInterval: OFTEN_MS,
})

export const draftQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'draft', id],
    queryFn: () => call('GET /api/v1/weights/drafts/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const locksQuery = queryOptions({
  queryKey: [ROOT, 'locks'],
  queryFn: async () => (await call('GET /api/v1/weights/locks')).items,
  refetchInterval: OFTEN_MS,
})

export const devicesQuery = queryOptions({
  queryKey: [ROOT, 'devices'],
  queryFn: async () => (await call('GET /api/v1/weights/devices')).items,
  refetchInterval: SELDOM_MS,
})

export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'device', id],
    queryFn: () => call('GET /api/v1/weights/devices/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const environmentsQuery = queryOptions({
  queryKey: [ROOT, 'environments'],
  queryFn: async () => (await call('GET /api/v1/weights/environments')).items,
  refetchInterval: SELDOM_MS,
})

export const budgetsQuery = queryOptions({
  queryKey: [ROOT, 'budgets'],
  queryFn: async () => (await call('GET /api/v1/weights/budgets')).items,
  refetchInterval: OFTEN_MS,
})

export const copiesQuery = queryOptions({
  queryKey: [ROOT, 'copies'],
  queryFn: async () => (await call('GET /api/v1/weights/copies')).items,
  refetchInterval: SELDOM_MS,
})

export const custodyQuery = queryOptions({
  queryKey: [ROOT, 'custody'],
  queryFn: async () => (await call('GET /api/v1/weights/custody')).items,
})

export const canariesQuery = queryOptions({
  queryKey: [ROOT, 'canaries'],
  queryFn: async () => (await call('GET /api/v1/weights/canaries')).items,
  refetchInterval: SELDOM_MS,
})

export const overlayQuery = queryOptions({
  queryKey: [ROOT, 'overlay'],
  queryFn: () => call('GET /api/v1/weights/overlay'),
})

export const glassQuery = queryOptions({
  queryKey: [ROOT, 'glass'],
  queryFn: async () => (await call('GET /api/v1/weights/glass')).items,
  refetchInterval: SELDOM_MS,
})

export const campaignsQuery = queryOptions({
  queryKey: [ROOT, 'campaigns'],
  queryFn: async () => (await call('GET /api/v1/weights/campaigns')).items,
  refetchInterval: SELDOM_MS,
})

/** After a change: everything about weights is read anew. */
export function useWeightsChanged(): AfterChange {
  return useAfterChange([[ROOT], ['approvals'], ['ledger']], { session: true })
}
