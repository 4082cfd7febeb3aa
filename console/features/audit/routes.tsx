import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { REGIMES } from '../controls/words.ts'
import type { RegimeId } from './queries.ts'

export const TABS = ['requests', 'samples', 'criteria'] as const
export type AuditTab = (typeof TABS)[number]

export interface AuditSearch {
  readonly tab?: AuditTab | undefined
  readonly regime?: RegimeId | undefined
  readonly sort?: string | undefined
}

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: ({ tab, regime, sort }): AuditSearch => ({
    tab: TABS.find((one) => one === tab),
    regime: typeof regime === 'string' && Object.hasOwn(REGIMES, regime) ? (regime as RegimeId) : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
})

const sampleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit/samples/$id',
  component: lazyRouteComponent(() => import('./sample-page.tsx'), 'SamplePage'),
})

const requestRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit/requests/$id',
  component: lazyRouteComponent(() => import('./request-page.tsx'), 'RequestPage'),
})

export const auditRoutes = [auditRoute, sampleRoute, requestRoute]
