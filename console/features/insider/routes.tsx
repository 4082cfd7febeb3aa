import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { type CaseState, STATES } from './words.ts'

export const TABS = ['risk', 'cases', 'rules', 'tuning', 'drills', 'settings'] as const
export type InsiderTab = (typeof TABS)[number]

export interface InsiderSearch {
  readonly tab?: InsiderTab | undefined
  /** Of cases; left out: those that aren't closed. */
  readonly state?: CaseState | 'any' | undefined
  /** Of whom risk is shown; left out: people. */
  readonly of?: 'host' | 'grant' | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insider',
  validateSearch: ({ tab, state, of, sort }): InsiderSearch => ({
    tab: TABS.find((one) => one === tab),
    state: state === 'any' ? 'any' : STATES.find((one) => one === state),
    of: of === 'host' || of === 'grant' ? of : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./insider-page.tsx'), 'InsiderPage'),
})

const caseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insider/cases/$id',
  component: lazyRouteComponent(() => import('./case-page.tsx'), 'CasePage'),
})

const ruleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insider/rules/$cause',
  component: lazyRouteComponent(() => import('./rule-page.tsx'), 'RulePage'),
})

/** For everybody who works here, whatever they hold. */
const watchedRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/watched',
  component: lazyRouteComponent(() => import('./watched-page.tsx'), 'WatchedPage'),
})

export const insiderRoutes = [listRoute, caseRoute, ruleRoute, watchedRoute]
