import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface LedgerSearch {
  /** The newest entry that is shown; left out: the newest there is. */
  readonly to?: number | undefined
  readonly kind?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/ledger',
  validateSearch: ({ to, kind }): LedgerSearch => ({
    to: typeof to === 'number' && Number.isSafeInteger(to) && to >= 0 ? to : undefined,
    kind: typeof kind === 'string' && kind !== '' ? kind : undefined,
  }),
  component: lazyRouteComponent(() => import('./ledger-page.tsx'), 'LedgerPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/ledger/$position',
  component: lazyRouteComponent(() => import('./entry-page.tsx'), 'EntryPage'),
})

export const ledgerRoutes = [listRoute, oneRoute]
