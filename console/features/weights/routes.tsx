import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { WeightsGrantView } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'

export const TABS = [
  'models',
  'grants',
  'devices',
  'budgets',
  'copies',
  'canaries',
  'emergency',
  'recertification',
] as const
export type WeightsTab = (typeof TABS)[number]

export interface WeightsSearch {
  readonly tab?: WeightsTab | undefined
  readonly state?: WeightsGrantView['state'] | undefined
  readonly sort?: string | undefined
}

const STATES: readonly string[] = ['active', 'revoked', 'expired', 'spent'] satisfies WeightsGrantView['state'][]

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/weights',
  validateSearch: ({ tab, state, sort }): WeightsSearch => ({
    tab: TABS.find((one) => one === tab),
    state: typeof state === 'string' && STATES.includes(state) ? (state as WeightsGrantView['state']) : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./weights-page.tsx'), 'WeightsPage'),
})

const versionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/weights/versions/$model/$version',
  component: lazyRouteComponent(() => import('./version-page.tsx'), 'VersionPage'),
})

const grantRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/weights/grants/$id',
  component: lazyRouteComponent(() => import('./grant-page.tsx'), 'GrantPage'),
})

const draftRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/weights/drafts/$id',
  component: lazyRouteComponent(() => import('./draft-page.tsx'), 'DraftPage'),
})

const deviceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/weights/devices/$id',
  component: lazyRouteComponent(() => import('./device-page.tsx'), 'DevicePage'),
})

export const weightsRoutes = [listRoute, versionRoute, grantRoute, draftRoute, deviceRoute]
