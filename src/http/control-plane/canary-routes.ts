import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { CanaryView } from '../../canaries/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { listOf, ok, type RouteActions, SECURITY_OPERATOR as SECURITY } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const CANARY_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/canaries', { action: 'status.read', operator: true }],
  ['POST /api/v1/canaries', { action: 'status.read', operator: true }],
])

const CanaryList = listOf(CanaryView, 'CanaryList')

const listCanaries = createRoute({
  method: 'get',
  path: '/canaries',
  operationId: 'listCanaries',
  summary: 'How the coverage canary of each surface and API stands, worst first',
  security: SECURITY,
  responses: ok('All of them', CanaryList),
})
const sendCanaries = createRoute({
  method: 'post',
  path: '/canaries',
  operationId: 'sendCanaries',
  summary: 'Send one of each kind now, and wait for what becomes of them',
  security: SECURITY,
  responses: ok('How they stand then', CanaryList),
})

/** The probes that show that every surface is screened. */
export function canaryRoutes({ canaries, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listCanaries, (c) => c.json({ items: canaries.list() }, 200))
    .openapi(sendCanaries, async (c) => {
      await canaries.round()
      return c.json({ items: canaries.list() }, 200)
    })
}
