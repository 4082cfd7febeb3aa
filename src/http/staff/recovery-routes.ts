import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { NewRecovery, Recovery, relyingParty } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf } from './access.ts'
import type { StaffDoorDeps } from './deps.ts'
import { body, created, IdParam, ok } from './describe.ts'
import { IssuedLink } from './schema.ts'

const security = [{ staff: [] }, { operator: [] }]
const params = IdParam

const listRecoveries = createRoute({
  method: 'get',
  path: '/api/v1/staff/recoveries',
  operationId: 'listRecoveries',
  summary: 'Recoveries of a lost quorum, those that are over too',
  security,
  responses: ok('The recoveries', z.object({ items: z.array(Recovery) })),
})
const startRecovery = createRoute({
  method: 'post',
  path: '/api/v1/staff/recoveries',
  operationId: 'startRecovery',
  summary: 'Begin the slow and loud way out, where nobody is left who could agree',
  security,
  request: { body: body(NewRecovery) },
  responses: created('The recovery', Recovery),
})
const cancelRecovery = createRoute({
  method: 'delete',
  path: '/api/v1/staff/recoveries/{id}',
  operationId: 'cancelRecovery',
  summary: 'Stop it; anybody who holds a role may',
  security,
  request: { params },
  responses: ok('The recovery', Recovery),
})
const claimRecovery = createRoute({
  method: 'post',
  path: '/api/v1/staff/recoveries/{id}/claim',
  operationId: 'claimRecovery',
  summary: 'The operator takes the link for a new first administrator, once its time has come',
  security: [{ operator: [] }],
  request: { params },
  responses: created('The link', IssuedLink),
})

export function recoveryRoutes({ staff, log }: StaffDoorDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listRecoveries, async (c) => c.json({ items: await staff.recoveries.list() }, 200))
    .openapi(startRecovery, async (c) => c.json(await staff.recoveries.start(c.req.valid('json'), actorOf(c)), 201))
    .openapi(cancelRecovery, async (c) =>
      c.json(await staff.recoveries.cancel(c.req.valid('param').id, actorOf(c)), 200),
    )
    .openapi(claimRecovery, async (c) => {
      const { token, expiresAt } = await staff.recoveries.claim(c.req.valid('param').id, actorOf(c))
      return c.json({ url: `${relyingParty(staff.context.config).origin}/setup#${token}`, expiresAt }, 201)
    })
}
