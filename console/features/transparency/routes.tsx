import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

const recordRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/public-record',
  component: lazyRouteComponent(() => import('./public-record-page.tsx'), 'PublicRecordPage'),
})

const quarterRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/public-record/$quarter',
  component: lazyRouteComponent(() => import('./quarter-page.tsx'), 'QuarterPage'),
})

export const transparencyRoutes = [recordRoute, quarterRoute]
