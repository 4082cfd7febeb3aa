import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Delivery } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'
import { DELIVERY_STATES } from './words.ts'

export interface NoticesSearch {
  readonly tab?: 'deliveries' | 'webhooks' | undefined
  readonly channel?: string | undefined
  readonly state?: Delivery['state'] | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/notices',
  validateSearch: ({ tab, channel, state, sort }): NoticesSearch => ({
    tab: tab === 'deliveries' || tab === 'webhooks' ? tab : undefined,
    channel: typeof channel === 'string' ? channel : undefined,
    state:
      typeof state === 'string' && Object.hasOwn(DELIVERY_STATES, state) ? (state as Delivery['state']) : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./notices-page.tsx'), 'NoticesPage'),
})

export const noticesRoutes = [listRoute]
