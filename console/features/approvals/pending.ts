import { queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { ApprovalView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { statementOf } from './statement.ts'

/** Of all rooms together, so that whatever shows what waits asks but once; more never wait at once where people work on them. */
const pendingQuery = queryOptions({
  queryKey: ['approvals', 'pending'],
  queryFn: async () => (await call('GET /api/v1/approvals', { query: { state: 'pending', limit: 200 } })).items,
  refetchInterval: 5_000,
})

/** Requests for this action that wait for people; none for who may not see requests. */
export function usePendingRequests(action: string): readonly ApprovalView[] {
  const { may } = usePermissions()('approvals.read')
  const { data = [] } = useQuery({ ...pendingQuery, enabled: may })
  return data.filter((approval) => approval.action === action)
}

/** Of these, the ones whose payload is about this. */
export function usePending(action: string, field: string, value: string): readonly ApprovalView[] {
  return usePendingRequests(action).filter((approval) => payloadOf(approval)?.[field] === value)
}

/** What is asked for; null where it can't be read as fields. */
export function payloadOf(approval: ApprovalView): Readonly<Record<string, unknown>> | null {
  const payload = statementOf(approval)?.payload
  return isRecord(payload) ? payload : null
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
