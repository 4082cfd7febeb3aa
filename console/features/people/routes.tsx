import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface PeopleSearch {
  readonly tab?: 'recovery'
  /** Whom to show; left out: who works here. */
  readonly show?: 'all' | 'left'
  readonly sort?: string
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  validateSearch: ({ tab, show, sort }): PeopleSearch => ({
    ...(tab === 'recovery' ? { tab } : {}),
    ...(show === 'all' || show === 'left' ? { show } : {}),
    ...(typeof sort === 'string' ? { sort } : {}),
  }),
  component: lazyRouteComponent(() => import('./people-page.tsx'), 'PeoplePage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('./person-page.tsx'), 'PersonPage'),
})

export const peopleRoutes = [listRoute, oneRoute]
