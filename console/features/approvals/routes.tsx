import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { ApprovalState } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'
import { STATES } from './statement.ts'

export interface ApprovalsSearch {
  readonly tab?: 'all'
  readonly state?: ApprovalState
  readonly sort?: string
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/approvals',
  validateSearch: ({ tab, state, sort }): ApprovalsSearch => ({
    ...(tab === 'all' ? { tab } : {}),
    ...(typeof state === 'string' && Object.hasOwn(STATES, state) ? { state: state as ApprovalState } : {}),
    ...(typeof sort === 'string' ? { sort } : {}),
  }),
  component: lazyRouteComponent(() => import('./approvals-page.tsx'), 'ApprovalsPage'),
})

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/approvals/$id',
  component: lazyRouteComponent(() => import('./approval-page.tsx'), 'ApprovalPage'),
})

export const approvalRoutes = [listRoute, oneRoute]
