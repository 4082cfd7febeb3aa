import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Exemption } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'

export interface ExemptionsSearch {
  /** Left out: those in force. */
  readonly show?: Exemption['state'] | 'all' | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/exemptions',
  validateSearch: ({ show, sort }): ExemptionsSearch => ({
    show: show === 'ended' || show === 'expired' || show === 'all' ? show : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./exemptions-page.tsx'), 'ExemptionsPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/exemptions/$id',
  component: lazyRouteComponent(() => import('./exemption-page.tsx'), 'ExemptionPage'),
})

export const exemptionsRoutes = [listRoute, oneRoute]
