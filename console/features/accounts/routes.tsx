import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { EnforcementStep } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'
import { STEPS } from './words.ts'

export interface AccountsSearch {
  readonly tab?: 'standing' | undefined
  /** Only those with this step in force. */
  readonly step?: EnforcementStep | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/accounts',
  validateSearch: ({ tab, step, sort }): AccountsSearch => ({
    tab: tab === 'standing' ? tab : undefined,
    step: STEPS.find((one) => one === step),
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./accounts-page.tsx'), 'AccountsPage'),
})

const subjectRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/accounts/$type/$id',
  component: lazyRouteComponent(() => import('./subject-page.tsx'), 'SubjectPage'),
})

/** An action by its number alone, as people quote it: on the page of whom it concerns. */
const actionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/accounts/actions/$id',
  component: lazyRouteComponent(() => import('./action-page.tsx'), 'ActionPage'),
})

export const accountsRoutes = [listRoute, subjectRoute, actionRoute]
