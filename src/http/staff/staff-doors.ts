import type { OpenAPIHono } from '@hono/zod-openapi'
import type { HttpEnv } from '../router.ts'
import { requireAccess } from './access.ts'
import { approvalRoutes } from './approval-routes.ts'
import { courseRoutes } from './course-routes.ts'
import type { StaffDoorDeps } from './deps.ts'
import { peopleRoutes } from './people-routes.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { type RouteActions, STAFF_ROUTES } from './route-actions.ts'
import { scimRoutes } from './scim-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'

const DEVELOPMENT_HEADER = 'x-safelevel-development-login'

/**
 * Guards the whole API by this table and opens the doors for staff in it. To be called before any other route of the API is set up. SCIM has
 * a token of its own.
 */
export function mountStaff(app: OpenAPIHono<HttpEnv>, deps: StaffDoorDeps, routes: RouteActions = STAFF_ROUTES): void {
  if (deps.staff.context.config.developmentLogin) {
    app.use('*', async (c, next) => {
      c.header(DEVELOPMENT_HEADER, 'enabled')
      await next()
    })
  }
  app.use('/api/*', requireAccess(deps, routes))
  for (const doors of [signInRoutes, sessionRoutes, peopleRoutes, courseRoutes, recoveryRoutes, approvalRoutes])
    app.route('/', doors(deps))
  if (deps.staff.scim !== null) app.route('/scim/v2', scimRoutes(deps))
  app.openAPIRegistry.registerComponent('securitySchemes', 'staff', {
    type: 'apiKey',
    in: 'cookie',
    name: 'safelevel-session',
    description: 'The session of a person who signed in; over TLS the cookie is named __Host-safelevel-session',
  })
}
