import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface RunbooksSearch {
  readonly state?: 'open' | 'closed' | undefined
  readonly sort?: string | undefined
}

export interface RunbookSearch {
  /** What a run that is started from elsewhere would be about. */
  readonly about?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runbooks',
  validateSearch: ({ state, sort }): RunbooksSearch => ({
    state: state === 'open' || state === 'closed' ? state : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./runbooks-page.tsx'), 'RunbooksPage'),
})

const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runbooks/runs/$id',
  component: lazyRouteComponent(() => import('./run-page.tsx'), 'RunPage'),
})

const runbookRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runbooks/$id',
  validateSearch: ({ about }): RunbookSearch => ({
    about: typeof about === 'string' ? about.slice(0, 500) : undefined,
  }),
  component: lazyRouteComponent(() => import('./runbook-page.tsx'), 'RunbookPage'),
})

export const runbookRoutes = [listRoute, runRoute, runbookRoute]
