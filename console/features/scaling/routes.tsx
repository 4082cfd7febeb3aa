import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'
import { ASSESSMENT_STATES, type AssessmentState } from './words.ts'

export interface ScalingSearch {
  readonly tab?: 'assessments' | undefined
  readonly state?: AssessmentState | undefined
  readonly sort?: string | undefined
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scaling',
  validateSearch: ({ tab, state, sort }): ScalingSearch => ({
    tab: tab === 'assessments' ? tab : undefined,
    state:
      typeof state === 'string' && Object.hasOwn(ASSESSMENT_STATES, state) ? (state as AssessmentState) : undefined,
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./scaling-page.tsx'), 'ScalingPage'),
})

const modelRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scaling/models/$model',
  component: lazyRouteComponent(() => import('./model-page.tsx'), 'ModelPage'),
})

export const scalingRoutes = [listRoute, modelRoute]
