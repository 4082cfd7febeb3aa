import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { ToastArea } from '../components/toast.tsx'
import { DevelopmentMark } from './development-mark.tsx'
import { Failure, NotFound } from './failure.tsx'
import { actionsQuery, sessionQuery, waysInQuery } from './session.ts'

export interface RouterContext {
  readonly queries: QueryClient
}

/** Around every page, those without a session too. */
export const rootRoute = createRootRouteWithContext<RouterContext>()({
  loader: ({ context }) => context.queries.ensureQueryData(waysInQuery),
  component: () => (
    <ToastArea>
      <DevelopmentMark />
      <Outlet />
    </ToastArea>
  ),
  errorComponent: Failure,
  notFoundComponent: NotFound,
})

/** Around every page of somebody who is signed in; others are sent to sign in first and come back to where they were. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    const me = await context.queries.ensureQueryData(sessionQuery)
    if (me === null) throw redirect({ to: '/login', search: location.href === '/' ? {} : { to: location.href } })
    await context.queries.ensureQueryData(actionsQuery)
  },
  component: lazyRouteComponent(() => import('./shell.tsx'), 'Shell'),
  errorComponent: Failure,
  notFoundComponent: NotFound,
})
