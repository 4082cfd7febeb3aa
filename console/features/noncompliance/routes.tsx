import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface DigestSearch {
  /** Such as 2026-q4; left out: the one that runs. */
  readonly quarter?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/noncompliance',
  component: lazyRouteComponent(() => import('./concerns-page.tsx'), 'ConcernsPage'),
})

const digestRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/noncompliance/digest',
  validateSearch: ({ quarter }): DigestSearch => ({
    quarter: typeof quarter === 'string' && /^2\d{3}-q[1-4]$/.test(quarter) ? quarter : undefined,
  }),
  component: lazyRouteComponent(() => import('./digest-page.tsx'), 'DigestPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/noncompliance/$id',
  component: lazyRouteComponent(() => import('./concern-page.tsx'), 'ConcernPage'),
})

export const noncomplianceRoutes = [listRoute, digestRoute, oneRoute]
