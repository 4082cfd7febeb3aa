import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export interface CardsSearch {
  readonly sort?: string | undefined
}

export const CARD_TABS = ['card', 'draft', 'versions'] as const
export type CardTab = (typeof CARD_TABS)[number]

export interface CardSearch {
  readonly tab?: CardTab | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/cards',
  validateSearch: ({ sort }): CardsSearch => ({ sort: typeof sort === 'string' ? sort : undefined }),
  component: lazyRouteComponent(() => import('./cards-page.tsx'), 'CardsPage'),
})

const version = (value: unknown) => (/^(draft|current|[1-9]\d{0,7})$/.test(String(value)) ? String(value) : undefined)

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/cards/$model',
  validateSearch: ({ tab, from, to }): CardSearch => ({
    tab: CARD_TABS.find((one) => one === tab),
    from: version(from),
    to: version(to),
  }),
  component: lazyRouteComponent(() => import('./card-page.tsx'), 'CardPage'),
})

export const cardRoutes = [listRoute, oneRoute]
