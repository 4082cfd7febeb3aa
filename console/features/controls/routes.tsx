import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { KINDS, type ReportKind } from './report-words.ts'
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

export interface ControlReportsSearch {
  readonly kind?: ReportKind | undefined
  readonly sort?: string | undefined
}

const reportsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/controls/reports',
  validateSearch: ({ kind, sort }): ControlReportsSearch => ({
    kind: typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? (kind as ReportKind) : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./reports-page.tsx'), 'ReportsPage'),
})

const reportRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/controls/reports/$id',
  component: lazyRouteComponent(() => import('./report-page.tsx'), 'ReportPage'),
})

const controlRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/controls/$id',
  component: lazyRouteComponent(() => import('./control-page.tsx'), 'ControlPage'),
})

export const controlRoutes = [boardRoute, calendarRoute, reportsRoute, reportRoute, controlRoute]
