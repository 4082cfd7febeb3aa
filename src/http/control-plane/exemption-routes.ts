import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  EXEMPT_ACTION,
  Exemption,
  ExemptionRequest,
  ExemptionState,
  ExemptionTerms,
} from '../../accounts/redress/index.ts'
import { requireFreshKey } from '../../staff/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  body,
  identityOf,
  json,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const EXEMPTION_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/exemptions', { action: 'exemptions.read', operator: true }],
  ['POST /api/v1/exemptions', { action: 'exemptions.request' }],
  ['GET /api/v1/exemptions/terms', { action: 'exemptions.read', operator: true }],
  ['GET /api/v1/exemptions/:id', { action: 'exemptions.read', operator: true }],
  ['POST /api/v1/exemptions/:id/end', { action: 'exemptions.end' }],
])

const params = z.object({ id: z.string().max(100) })
const ExemptionPage = z
  .object({ items: z.array(Exemption), next: z.string().nullable().meta({ description: '`after` of the next page' }) })
  .meta({ id: 'ExemptionPage' })
const RequestedExemption = z
  .object({
    approvalId: z.string().meta({ description: 'where a second person agrees to it' }),
    state: z.string(),
    expiresAt: z.iso.datetime().meta({ description: 'until when somebody can agree' }),
  })
  .meta({ id: 'RequestedExemption' })

const listExemptions = createRoute({
  method: 'get',
  path: '/exemptions',
  operationId: 'listExemptions',
  summary: 'Exemptions from clauses, newest first',
  security: SECURITY_OPERATOR,
  request: { query: PageQuery.extend({ state: ExemptionState.optional() }) },
  responses: ok('One page', ExemptionPage),
})
const getTerms = createRoute({
  method: 'get',
  path: '/exemptions/terms',
  operationId: 'getExemptionTerms',
  summary: 'Which clauses of the policy in force an exemption can be asked for, and for how long',
  security: SECURITY_OPERATOR,
  responses: ok('The terms', ExemptionTerms),
})
const requestExemption = createRoute({
  method: 'post',
  path: '/exemptions',
  operationId: 'requestExemption',
  summary: 'Ask for an exemption; it holds once a second person has agreed',
  security: SECURITY,
  request: { body: body(ExemptionRequest) },
  responses: { 202: json('What was asked for', RequestedExemption), default: problemResponse },
})
const getExemption = createRoute({
  method: 'get',
  path: '/exemptions/{id}',
  operationId: 'getExemption',
  summary: 'One exemption',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The exemption', Exemption),
})
const endExemption = createRoute({
  method: 'post',
  path: '/exemptions/{id}/end',
  operationId: 'endExemption',
  summary: 'End an exemption at once; one person is enough',
  security: SECURITY,
  request: { params, body: body(z.strictObject({ reason: z.string().min(1).max(2_000) })) },
  responses: ok('The exemption', Exemption),
})

/** Who is let through where others are refused, why, and until when. */
export function exemptionRoutes({ redress, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { exemptions } = redress
  return createRouter(log)
    .openapi(listExemptions, async (c) => c.json(await exemptions.list(c.req.valid('query')), 200))
    .openapi(getTerms, (c) => c.json(exemptions.terms(), 200))
    .openapi(requestExemption, async (c) => {
      const identity = identityOf(c)
      requireFreshKey(identity)
      const payload = c.req.valid('json')
      const { reason } = payload
      const requester = identity.person.id
      const { id, state, expiresAt } = await staff.approvals.request({
        action: EXEMPT_ACTION,
        payload,
        reason,
        requester,
      })
      return c.json({ approvalId: id, state, expiresAt }, 202)
    })
    .openapi(getExemption, async (c) => c.json(await exemptions.get(c.req.valid('param').id), 200))
    .openapi(endExemption, async (c) => {
      const { reason } = c.req.valid('json')
      return c.json(await exemptions.end(c.req.valid('param').id, actorOf(c), reason), 200)
    })
}
