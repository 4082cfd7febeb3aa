import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface TrainingSearch {
  /** Left out: one's own. */
  readonly show?: 'everybody' | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/training',
  validateSearch: ({ show, sort }): TrainingSearch => ({
    show: show === 'everybody' ? show : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./training-page.tsx'), 'TrainingPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/training/$id',
  component: lazyRouteComponent(() => import('./course-page.tsx'), 'CoursePage'),
})

export const trainingRoutes = [listRoute, oneRoute]
