import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

const assessmentRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scaling/assessments/$id',
  component: lazyRouteComponent(() => import('./assessment-page.tsx'), 'AssessmentPage'),
})

const decisionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scaling/assessments/$id/decision',
  component: lazyRouteComponent(() => import('./decision-page.tsx'), 'DecisionPage'),
})

export const evaluationRoutes = [assessmentRoute, decisionRoute]
