import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { ApprovalState } from '../../app/api/schema.ts'

export const inboxQuery = queryOptions({
  queryKey: ['approvals', 'inbox'],
  queryFn: async () => (await call('GET /api/v1/approvals/inbox')).items,
  refetchInterval: 15_000,
})

export const approvalsQuery = (state: ApprovalState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['approvals', 'list', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/approvals', {
        query: { state, limit: 100, ...(pageParam === null ? {} : { before: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ['approvals', 'one', id],
    queryFn: () => call('GET /api/v1/approvals/{id}', { params: { id } }),
    refetchInterval: 5_000,
  })
