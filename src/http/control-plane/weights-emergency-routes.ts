import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Campaign,
  GlassShares,
  GlassView,
  Grant,
  ItemRef,
  Lock,
  LockScope,
  NewBreak,
  Overlay,
} from '../../weights/access/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  identityOf,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** Locking is open to the operator's token; what opens anything takes people, by name. */
export const WEIGHTS_EMERGENCY_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/weights/locks', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/locks', { action: 'weights.lock', operator: true }],
  ['GET /api/v1/weights/overlay', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/glass', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/glass/:id/shares', { action: 'weights.custody' }],
  ['POST /api/v1/weights/glass/breakings', { action: 'weights.break_glass' }],
  ['POST /api/v1/weights/glass/:id/review', { action: 'weights.review' }],
  ['GET /api/v1/weights/campaigns', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/campaigns', { action: 'weights.recertify' }],
  ['POST /api/v1/weights/campaigns/:id/confirmations', { action: 'weights.recertify' }],
])

const security = SECURITY_OPERATOR
const params = IdParam
const path = (of: string) => `/weights/${of}`
const Words = z.string().trim().min(1).max(2_000)

const listLocks = createRoute({
  method: 'get',
  path: path('locks'),
  operationId: 'listWeightsLocks',
  summary: 'Locks that stand, newest first; with all=true those too that were lifted',
  security,
  request: {
    query: z.object({
      all: z
        .enum(['true', 'false'])
        .default('false')
        .transform((all) => all === 'true'),
    }),
  },
  responses: ok('All of them', listOf(Lock, 'WeightsLockList')),
})
const lock = createRoute({
  method: 'post',
  path: path('locks'),
  operationId: 'lockWeights',
  summary: 'Lock a model, or all: open reads end within a second; lifting it takes two people',
  security,
  request: {
    body: body(z.strictObject({ scope: LockScope, reason: Words }).meta({ id: 'NewWeightsLock' })),
  },
  responses: created('The lock', Lock),
})
const getOverlay = createRoute({
  method: 'get',
  path: path('overlay'),
  operationId: 'getWeightsOverlay',
  summary: 'Whether the stretch of ASL-3 holds: two groups for access, budgets for bytes that leave',
  security,
  responses: ok('As it is', Overlay),
})
const listGlass = createRoute({
  method: 'get',
  path: path('glass'),
  operationId: 'listWeightsGlass',
  summary: 'Sets of shares for breaking the glass, newest first; never the shares',
  security,
  responses: ok('All of them', listOf(GlassView, 'WeightsGlassList')),
})
const dealShares = createRoute({
  method: 'post',
  path: path('glass/{id}/shares'),
  operationId: 'dealGlassShares',
  summary: 'Deal the shares that two people have agreed to; they are shown this once',
  security: SECURITY,
  request: { params },
  responses: created('The shares, for a custodian each', GlassShares),
})
const breakGlass = createRoute({
  method: 'post',
  path: path('glass/breakings'),
  operationId: 'breakGlass',
  summary: 'Open weights at once with shares of enough custodians: loud, short, and reviewed afterwards',
  security: SECURITY,
  request: { body: body(NewBreak) },
  responses: created('The grant', Grant),
})
const reviewGlass = createRoute({
  method: 'post',
  path: path('glass/{id}/review'),
  operationId: 'reviewGlass',
  summary: 'Say what a breaking was and whether it was right; for somebody who took no part in it',
  security: SECURITY,
  request: { params, body: body(z.strictObject({ findings: Words }).meta({ id: 'NewGlassReview' })) },
  responses: ok('The set of shares', GlassView),
})
const listCampaigns = createRoute({
  method: 'get',
  path: path('campaigns'),
  operationId: 'listWeightsCampaigns',
  summary: 'Recertifications, newest first',
  security,
  responses: ok('All of them', listOf(Campaign, 'WeightsCampaignList')),
})
const startCampaign = createRoute({
  method: 'post',
  path: path('campaigns'),
  operationId: 'startWeightsCampaign',
  summary: 'Begin a recertification now: what nobody confirms until the due day is revoked',
  security: SECURITY,
  responses: created('The campaign', Campaign),
})
const confirmItem = createRoute({
  method: 'post',
  path: path('campaigns/{id}/confirmations'),
  operationId: 'confirmWeightsItem',
  summary: 'Say that somebody still needs a device, an environment, a standing grant or a copy',
  security: SECURITY,
  request: { params, body: body(ItemRef) },
  responses: ok('The campaign', Campaign),
})

/** What stops everything, and what is for when nothing else is left. */
export function weightsEmergencyRoutes({ weights: { access }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listLocks, async (c) => c.json({ items: await access.locks.list(c.req.valid('query')) }, 200))
    .openapi(lock, async (c) => {
      const { scope, reason } = c.req.valid('json')
      return c.json(await access.locks.lock(scope, actorOf(c), reason), 201)
    })
    .openapi(getOverlay, async (c) => c.json(await access.overlay.get(), 200))
    .openapi(listGlass, async (c) => c.json({ items: await access.glass.list() }, 200))
    .openapi(dealShares, async (c) =>
      c.json(await access.glass.deal(c.req.valid('param').id, identityOf(c).person.id), 201),
    )
    .openapi(breakGlass, async (c) =>
      c.json(await access.glass.break(c.req.valid('json'), identityOf(c).person.id), 201),
    )
    .openapi(reviewGlass, async (c) => {
      const { findings } = c.req.valid('json')
      return c.json(await access.glass.review(c.req.valid('param').id, findings, identityOf(c).person.id), 200)
    })
    .openapi(listCampaigns, async (c) => c.json({ items: await access.campaigns.list() }, 200))
    .openapi(startCampaign, async (c) => c.json(await access.campaigns.start(actorOf(c)), 201))
    .openapi(confirmItem, async (c) =>
      c.json(
        await access.campaigns.confirm(c.req.valid('param').id, c.req.valid('json'), identityOf(c).person.id),
        200,
      ),
    )
}
