import type { OpenAPIHono } from '@hono/zod-openapi'
import type { HttpEnv } from '../router.ts'
import { approvalRoutes } from './approval-routes.ts'
import type { StaffDoorDeps } from './deps.ts'
import { peopleRoutes } from './people-routes.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { scimRoutes } from './scim-routes.ts'
import { requireStaff } from './session-guard.ts'
import { sessionRoutes } from './session-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'

const DEVELOPMENT_HEADER = 'x-safelevel-development-login'

/**
 * Opens the doors for staff on the control plane. To be called before the operator's guard is set up: what answers here is never asked for
 * the operator's token.
 */
export function mountStaff(app: OpenAPIHono<HttpEnv>, deps: StaffDoorDeps): void {
  if (deps.staff.context.config.developmentLogin) {
    app.use('*', async (c, next) => {
      c.header(DEVELOPMENT_HEADER, 'enabled')
      await next()
    })
  }
  const guard = requireStaff(deps)
  app.use('/api/v1/staff/*', guard)
  app.use('/api/v1/approvals', guard)
  app.use('/api/v1/approvals/*', guard)
  for (const routes of [signInRoutes, sessionRoutes, peopleRoutes, recoveryRoutes, approvalRoutes])
    app.route('/', routes(deps))
  if (deps.staff.scim !== null) app.route('/scim/v2', scimRoutes(deps))
  app.openAPIRegistry.registerComponent('securitySchemes', 'staff', {
    type: 'apiKey',
    in: 'cookie',
    name: 'safelevel-session',
    description: 'The session of a person who signed in; over TLS the cookie is named __Host-safelevel-session',
  })
}
