import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { ApiProblem, call, setCsrf } from './api/client.ts'
import type { ActionView, Me, Role } from './api/schema.ts'

/** Who is signed in; null = nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await call('GET /api/v1/staff/session')
      setCsrf(me.csrf)
      return me
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error
      setCsrf(null)
      return null
    }
  },
  staleTime: 15_000,
  refetchInterval: 30_000,
})

export const waysInQuery = queryOptions({
  queryKey: ['ways-in'],
  queryFn: () => call('GET /api/v1/staff/ways-in'),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Who may do what: the server's own table, so that what is offered here is what it will take. */
export const actionsQuery = queryOptions({
  queryKey: ['actions'],
  queryFn: async () => (await call('GET /api/v1/staff/actions')).items,
  staleTime: Number.POSITIVE_INFINITY,
})

/** The person at this screen. To be used below the shell, which nobody sees who isn't signed in. */
export function useMe(): Me {
  const { data } = useSuspenseQuery(sessionQuery)
  if (data === null)
    throw new ApiProblem({ code: 'UNAUTHENTICATED', status: 401, detail: 'Sign in first.', requestId: null })
  return data
}

export interface Permission {
  readonly may: boolean
  /** Who could instead. */
  readonly roles: readonly Role[]
}

/** Whether the person here may do these, by name of the action; an action that isn't listed nobody may do. */
export function usePermissions(): (action: string) => Permission {
  const { roles } = useMe()
  const { data } = useSuspenseQuery(actionsQuery)
  return (action) => permissionOf(data, roles, action)
}

export function permissionOf(table: readonly ActionView[], held: readonly Role[], action: string): Permission {
  const rule = table.find((row) => row.action === action)
  if (rule === undefined) return { may: false, roles: [] }
  if (rule.roles === 'everyone') return { may: true, roles: [] }
  const { roles } = rule
  return { may: held.some((role) => roles.includes(role)), roles }
}

/** To be called after whatever changes who is signed in or what they hold. */
export function useRefreshSession(): () => Promise<void> {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: sessionQuery.queryKey })
}
