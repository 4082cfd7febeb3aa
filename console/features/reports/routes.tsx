import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { QueuedReport, SeverityBand } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'
import { BAND_NAMES, KINDS, STATES } from './words.ts'

export interface ReportsSearch {
  readonly tab?: 'cases' | undefined
  /** Left out: what is open. */
  readonly show?: QueuedReport['state'] | 'all' | undefined
  readonly kind?: QueuedReport['kind'] | undefined
  readonly band?: SeverityBand | undefined
  readonly who?: 'me' | 'nobody' | undefined
  readonly sort?: string | undefined
}

function known<T extends string>(value: unknown, names: readonly T[]): T | undefined {
  return names.find((name) => name === value)
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/reports',
  validateSearch: ({ tab, show, kind, band, who, sort }): ReportsSearch => ({
    tab: known(tab, ['cases'] as const),
    show: known(show, [...(Object.keys(STATES) as QueuedReport['state'][]), 'all']),
    kind: known(kind, Object.keys(KINDS) as QueuedReport['kind'][]),
    band: known(band, BAND_NAMES),
    who: known(who, ['me', 'nobody'] as const),
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./reports-page.tsx'), 'ReportsPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/reports/$id',
  component: lazyRouteComponent(() => import('./report-page.tsx'), 'ReportPage'),
})

const caseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/reports/cases/$id',
  component: lazyRouteComponent(() => import('./case-page.tsx'), 'RegressionCasePage'),
})

export const reportsRoutes = [listRoute, oneRoute, caseRoute]
