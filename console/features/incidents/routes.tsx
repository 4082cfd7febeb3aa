import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

const TABS = ['incidents', 'cases', 'drills'] as const
export type IncidentsTab = (typeof TABS)[number]

export interface IncidentsSearch {
  readonly tab?: Exclude<IncidentsTab, 'incidents'> | undefined
  /** Left out: those that are open. */
  readonly state?: 'closed' | 'any' | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/incidents',
  validateSearch: ({ tab, state, sort }): IncidentsSearch => ({
    tab: TABS.filter((one) => one !== 'incidents').find((one) => one === tab),
    state: state === 'closed' || state === 'any' ? state : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./incidents-page.tsx'), 'IncidentsPage'),
})

const incidentRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/incidents/$id',
  component: lazyRouteComponent(() => import('./incident-page.tsx'), 'IncidentPage'),
})

const drillRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/incidents/drills/$id',
  component: lazyRouteComponent(() => import('./drill-page.tsx'), 'DrillPage'),
})

const caseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/incidents/cases/$machine/$name',
  component: lazyRouteComponent(() => import('./case-page.tsx'), 'CasePage'),
})

export const incidentRoutes = [listRoute, incidentRoute, drillRoute, caseRoute]
