import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
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

/** The person at this screen; the shell provides it to every page below, and shows none without. */
export const SignedIn = createContext<Me | null>(null)

export function useMe(): Me {
  const me = useContext(SignedIn)
  if (me === null) throw new Error('a page for people who are signed in stands outside the shell')
  return me
}

/** Leaves the page altogether, so that nothing of what this person saw stays in memory for the next one. */
export function leave(backTo?: string): void {
  setCsrf(null)
  const search = backTo === undefined || backTo === '/' ? '' : `?to=${encodeURIComponent(backTo)}`
  window.location.assign(`/login${search}`)
}

/** Where somebody is, as a link of the console. */
export function currentPath(): string {
  const { pathname, search } = window.location
  return `${pathname}${search}`
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
  return async () => {
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 })
  }
}
