import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { ApprovalState } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'
import { STATES } from './statement.ts'

export interface ApprovalsSearch {
  readonly tab?: 'all' | undefined
  readonly state?: ApprovalState | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/approvals',
  validateSearch: ({ tab, state, sort }): ApprovalsSearch => ({
    tab: tab === 'all' ? tab : undefined,
    state: typeof state === 'string' && Object.hasOwn(STATES, state) ? (state as ApprovalState) : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./approvals-page.tsx'), 'ApprovalsPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/approvals/$id',
  component: lazyRouteComponent(() => import('./approval-page.tsx'), 'ApprovalPage'),
})

export const approvalRoutes = [listRoute, oneRoute]
