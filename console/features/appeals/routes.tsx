import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { AppealState } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'
import { STATES } from './words.ts'

export interface AppealsSearch {
  /** Left out: what is open. */
  readonly show?: AppealState | 'all' | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/appeals',
  validateSearch: ({ show, sort }): AppealsSearch => ({
    show:
      typeof show === 'string' && show !== 'open' && (show === 'all' || Object.hasOwn(STATES, show))
        ? (show as AppealState | 'all')
        : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./appeals-page.tsx'), 'AppealsPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/appeals/$id',
  component: lazyRouteComponent(() => import('./appeal-page.tsx'), 'AppealPage'),
})

export const appealsRoutes = [listRoute, oneRoute]
