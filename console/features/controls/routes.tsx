import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { type ControlState, FAMILIES, type Family, STATES } from './words.ts'

export const MODES = ['enforced', 'gated', 'tracked'] as const

export interface ControlsSearch {
  readonly family?: Family | undefined
  readonly state?: ControlState | undefined
  readonly mode?: (typeof MODES)[number] | undefined
  /** Also what the profile in force doesn't ask for. */
  readonly all?: true | undefined
  readonly sort?: string | undefined
}

const boardRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/controls',
  validateSearch: ({ family, state, mode, all, sort }): ControlsSearch => ({
    family: typeof family === 'string' && Object.hasOwn(FAMILIES, family) ? (family as Family) : undefined,
    state: STATES.find((one) => one === state),
    mode: MODES.find((one) => one === mode),
    all: all === true ? true : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./board-page.tsx'), 'BoardPage'),
})

const calendarRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/controls/calendar',
  component: lazyRouteComponent(() => import('./calendar-page.tsx'), 'CalendarPage'),
})

const controlRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/controls/$id',
  component: lazyRouteComponent(() => import('./control-page.tsx'), 'ControlPage'),
})

export const controlRoutes = [boardRoute, calendarRoute, controlRoute]
