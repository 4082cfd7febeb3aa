import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface CoverageSearch {
  readonly sort?: string | undefined
}

export const coverageRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: '/coverage',
    validateSearch: ({ sort }): CoverageSearch => ({ sort: typeof sort === 'string' ? sort : undefined }),
    component: lazyRouteComponent(() => import('./coverage-page.tsx'), 'CoveragePage'),
  }),
]
