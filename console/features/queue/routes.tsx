import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { SEVERITIES, type Severity, STATES } from './words.ts'

export const TABS = ['work', 'agreement', 'readers', 'reports'] as const
export type QueueTab = (typeof TABS)[number]

export interface QueueSearch {
  readonly tab?: Exclude<QueueTab, 'work'> | undefined
  readonly queue?: string | undefined
  /** Left out: all that are open. */
  readonly state?: keyof typeof STATES | undefined
  readonly severity?: Severity | undefined
  readonly mine?: true | undefined
  readonly sort?: string | undefined
  /** Days that the agreement looks back. */
  readonly days?: number | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/queue',
  validateSearch: ({ tab, queue, state, severity, mine, sort, days }): QueueSearch => ({
    tab: TABS.filter((one) => one !== 'work').find((one) => one === tab),
    queue: typeof queue === 'string' && queue !== '' ? queue.slice(0, 200) : undefined,
    state: typeof state === 'string' && state in STATES ? (state as keyof typeof STATES) : undefined,
    severity: SEVERITIES.find((one) => one === severity),
    mine: mine === true ? true : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
    days: typeof days === 'number' && days >= 1 && days <= 3_650 ? Math.round(days) : undefined,
  }),
  component: lazyRouteComponent(() => import('./queue-page.tsx'), 'QueuePage'),
})

const caseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/queue/cases/$id',
  component: lazyRouteComponent(() => import('./case-page.tsx'), 'CasePage'),
})

export const queueRoutes = [listRoute, caseRoute]
