import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Canary,
  Copy,
  Custody,
  DrillResult,
  NewCanaryFile,
  NewCanaryModel,
  NewCopy,
  NewCustody,
} from '../../weights/access/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const WEIGHTS_KEEPING_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/weights/copies', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/copies', { action: 'weights.copy' }],
  ['POST /api/v1/weights/copies/:id/destruction', { action: 'weights.copy' }],
  ['GET /api/v1/weights/custody', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/custody', { action: 'weights.custody' }],
  ['POST /api/v1/weights/custody/:model/end', { action: 'weights.custody' }],
  ['GET /api/v1/weights/canaries', { action: 'weights.see_canaries' }],
  ['POST /api/v1/weights/canaries/models', { action: 'weights.canary' }],
  ['POST /api/v1/weights/canaries/files', { action: 'weights.canary' }],
  ['POST /api/v1/weights/canaries/drills', { action: 'weights.see_canaries' }],
])

const security = SECURITY_OPERATOR
const path = (of: string) => `/weights/${of}`
const Destruction = z
  .strictObject({
    how: z.string().trim().min(1).max(2_000).meta({ description: 'how it was destroyed, and seen to be' }),
  })
  .meta({ id: 'WeightsCopyDestruction' })

const listCopies = createRoute({
  method: 'get',
  path: path('copies'),
  operationId: 'listWeightsCopies',
  summary: 'Copies that lie outside of the vault, and those that were destroyed',
  security,
  request: { query: z.object({ state: Copy.shape.state.optional() }) },
  responses: ok('All of them', listOf(Copy, 'WeightsCopyList')),
})
const registerCopy = createRoute({
  method: 'post',
  path: path('copies'),
  operationId: 'registerWeightsCopy',
  summary: 'Put a copy on record that lies somewhere already: its place, its owner, its end',
  security: SECURITY,
  request: { body: body(NewCopy) },
  responses: created('The copy', Copy),
})
const destroyCopy = createRoute({
  method: 'post',
  path: path('copies/{id}/destruction'),
  operationId: 'recordCopyDestroyed',
  summary: 'Say that a copy is gone, and how',
  security: SECURITY,
  request: { params: IdParam, body: body(Destruction) },
  responses: ok('The copy', Copy),
})
const listCustody = createRoute({
  method: 'get',
  path: path('custody'),
  operationId: 'listWeightsCustody',
  summary: 'Models whose weights are kept elsewhere, by the word of the CISO',
  security,
  responses: ok('All of them', listOf(Custody, 'WeightsCustodyList')),
})
const stateCustody = createRoute({
  method: 'post',
  path: path('custody'),
  operationId: 'stateWeightsCustody',
  summary: 'State that a model’s weights are kept elsewhere, and how',
  security: SECURITY,
  request: { body: body(NewCustody) },
  responses: created('The statement', Custody),
})
const endCustody = createRoute({
  method: 'post',
  path: path('custody/{model}/end'),
  operationId: 'endWeightsCustody',
  summary: 'Take such a statement back',
  security: SECURITY,
  request: { params: z.object({ model: z.string().max(100) }) },
  responses: ok('The statement', Custody),
})
const listCanaries = createRoute({
  method: 'get',
  path: path('canaries'),
  operationId: 'listWeightsCanaries',
  summary: 'Decoys that nobody has a reason to touch',
  security: SECURITY,
  responses: ok('All of them', listOf(Canary, 'WeightsCanaryList')),
})
const plantModel = createRoute({
  method: 'post',
  path: path('canaries/models'),
  operationId: 'plantCanaryModel',
  summary: 'Plant a version of random weights that looks like any other',
  security: SECURITY,
  request: { body: body(NewCanaryModel) },
  responses: created('The canary', Canary),
})
const plantFile = createRoute({
  method: 'post',
  path: path('canaries/files'),
  operationId: 'plantCanaryFile',
  summary: 'Plant a file of random weights within a version',
  security: SECURITY,
  request: { body: body(NewCanaryFile) },
  responses: created('The canary', Canary),
})
const drillCanaries = createRoute({
  method: 'post',
  path: path('canaries/drills'),
  operationId: 'drillWeightsCanaries',
  summary: 'Touch every canary as a drill, and see that each raises its alarm',
  security: SECURITY,
  responses: ok('What each did', DrillResult),
})

/** Copies and statements about what lies elsewhere, and decoys for who looks for what they have no business with. */
export function weightsKeepingRoutes({ weights: { access }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listCopies, async (c) => c.json({ items: await access.copies.list(c.req.valid('query')) }, 200))
    .openapi(registerCopy, async (c) => c.json(await access.copies.register(c.req.valid('json'), actorOf(c)), 201))
    .openapi(destroyCopy, async (c) =>
      c.json(await access.copies.destroyed(c.req.valid('param').id, c.req.valid('json').how, actorOf(c)), 200),
    )
    .openapi(listCustody, async (c) => c.json({ items: await access.custodies.list() }, 200))
    .openapi(stateCustody, async (c) => c.json(await access.custodies.state(c.req.valid('json'), actorOf(c)), 201))
    .openapi(endCustody, async (c) => c.json(await access.custodies.end(c.req.valid('param').model, actorOf(c)), 200))
    .openapi(listCanaries, async (c) => c.json({ items: await access.canaries.list() }, 200))
    .openapi(plantModel, async (c) => c.json(await access.canaries.plantModel(c.req.valid('json'), actorOf(c)), 201))
    .openapi(plantFile, async (c) => c.json(await access.canaries.plantFile(c.req.valid('json'), actorOf(c)), 201))
    .openapi(drillCanaries, async (c) => c.json(await access.canaries.drill(actorOf(c)), 200))
}
