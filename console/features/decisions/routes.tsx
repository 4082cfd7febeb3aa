import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { type DecisionsSearch, readSearch } from './search.ts'

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/decisions',
  validateSearch: (raw): DecisionsSearch => readSearch(raw),
  component: lazyRouteComponent(() => import('./decisions-page.tsx'), 'DecisionsPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/decisions/$id',
  component: lazyRouteComponent(() => import('./decision-page.tsx'), 'DecisionPage'),
})

export const decisionRoutes = [listRoute, oneRoute]
