import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface PeopleSearch {
  readonly tab?: 'recovery' | undefined
  /** Whom to show; left out: who works here. */
  readonly show?: 'all' | 'left' | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  validateSearch: ({ tab, show, sort }): PeopleSearch => ({
    tab: tab === 'recovery' ? tab : undefined,
    show: show === 'all' || show === 'left' ? show : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./people-page.tsx'), 'PeoplePage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('./person-page.tsx'), 'PersonPage'),
})

export const peopleRoutes = [listRoute, oneRoute]
