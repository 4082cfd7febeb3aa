import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { rootRoute } from '../../app/routes.tsx'
import { sessionQuery } from '../../app/session.ts'
import { ownPath } from './own-path.ts'

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: ({ to }): { readonly to?: string | undefined } => ({ to: ownPath(to) }),
  beforeLoad: async ({ context, search }) => {
    const me = await context.queries.ensureQueryData(sessionQuery)
    if (me !== null) throw redirect({ href: ownPath(search.to) ?? '/' })
  },
  component: lazyRouteComponent(() => import('./login-page.tsx'), 'LoginPage'),
})

const enrolment = lazyRouteComponent(() => import('./enrolment-page.tsx'), 'EnrolmentPage')
const setupRoute = createRoute({ getParentRoute: () => rootRoute, path: '/setup', component: enrolment })
const enrolRoute = createRoute({ getParentRoute: () => rootRoute, path: '/enrol', component: enrolment })

export const signInRoutes = [loginRoute, setupRoute, enrolRoute]
