import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface ReleasesSearch {
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/releases',
  validateSearch: ({ sort }): ReleasesSearch => ({ sort: typeof sort === 'string' ? sort : undefined }),
  component: lazyRouteComponent(() => import('./releases-page.tsx'), 'ReleasesPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/releases/$deployment',
  component: lazyRouteComponent(() => import('./release-page.tsx'), 'ReleasePage'),
})

export const releaseRoutes = [listRoute, oneRoute]
