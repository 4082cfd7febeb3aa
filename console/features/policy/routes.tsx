import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { PolicyDraft } from '../../app/api/schema.ts'
import { shellRoute } from '../../app/routes.tsx'

const DRAFT_STATES = ['open', 'published', 'discarded'] as const satisfies readonly PolicyDraft['state'][]
const DRAFT_TABS = ['changes', 'tests', 'replay', 'shadow'] as const
export type DraftTab = (typeof DRAFT_TABS)[number]

export interface PolicySearch {
  readonly tab?: 'versions' | 'drafts' | undefined
  /** Words to find clauses by. */
  readonly find?: string | undefined
  readonly state?: PolicyDraft['state'] | 'any' | undefined
  readonly sort?: string | undefined
}

export interface CompareSearch {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface DraftSearch {
  /** Left out: the text. */
  readonly tab?: DraftTab | undefined
  readonly replay?: string | undefined
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

const policyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/policy',
  validateSearch: ({ tab, find, state, sort }): PolicySearch => ({
    tab: tab === 'versions' || tab === 'drafts' ? tab : undefined,
    find: text(find),
    state: state === 'any' ? state : DRAFT_STATES.find((one) => one === state),
    sort: text(sort),
  }),
  component: lazyRouteComponent(() => import('./policy-page.tsx'), 'PolicyPage'),
})

const compareRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/policy/compare',
  // The router reads 1.10 in a link as a number.
  validateSearch: ({ from, to }): CompareSearch => ({
    from: text(typeof from === 'number' ? String(from) : from),
    to: text(typeof to === 'number' ? String(to) : to),
  }),
  component: lazyRouteComponent(() => import('./compare-page.tsx'), 'ComparePage'),
})

const versionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/policy/versions/$version',
  component: lazyRouteComponent(() => import('./version-page.tsx'), 'VersionPage'),
})

const draftRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/policy/drafts/$id',
  validateSearch: ({ tab, replay }): DraftSearch => ({
    tab: DRAFT_TABS.find((one) => one === tab),
    replay: text(replay),
  }),
  component: lazyRouteComponent(() => import('./draft-page.tsx'), 'DraftPage'),
})

export const policyRoutes = [policyRoute, compareRoute, versionRoute, draftRoute]
