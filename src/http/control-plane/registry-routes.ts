import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Checkpoint,
  CurveFamily,
  Deployment,
  Elicitation,
  Extrapolation,
  ModelLine,
  NewCheckpoint,
  NewDeployment,
  NewElicitation,
  NewModel,
  NewRun,
  Run,
  Words,
} from '../../models/registry/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  listOf,
  ok,
  PageQuery,
  pageOf,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** Facts come in by the operator's token, as trainers have it; what changes how they are read takes people. */
export const REGISTRY_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/models', { action: 'models.read', operator: true }],
  ['POST /api/v1/models', { action: 'models.register', operator: true }],
  ['GET /api/v1/models/:model', { action: 'models.read', operator: true }],
  ['PUT /api/v1/models/:model/curve', { action: 'models.register', operator: true }],
  ['POST /api/v1/models/:model/extrapolation', { action: 'evaluations.order' }],
  ['GET /api/v1/checkpoints', { action: 'models.read', operator: true }],
  ['POST /api/v1/checkpoints', { action: 'models.register', operator: true }],
  ['GET /api/v1/checkpoints/:model/:checkpoint', { action: 'models.read', operator: true }],
  ['GET /api/v1/runs', { action: 'models.read', operator: true }],
  ['POST /api/v1/runs', { action: 'models.register', operator: true }],
  ['POST /api/v1/runs/:model/:run/end', { action: 'models.register', operator: true }],
  ['POST /api/v1/runs/:model/:run/review', { action: 'models.register' }],
  ['GET /api/v1/deployments', { action: 'models.read', operator: true }],
  ['POST /api/v1/deployments', { action: 'models.register', operator: true }],
  ['POST /api/v1/elicitations', { action: 'models.register', operator: true }],
])

const Name = z.string().max(100)
const ModelParam = z.object({ model: Name })
const OfModel = z.object({ model: Name.optional() })
const security = SECURITY_OPERATOR

const listModels = createRoute({
  method: 'get',
  path: '/models',
  operationId: 'listModelLines',
  summary: 'Model lines',
  security,
  request: { query: PageQuery },
  responses: ok('One page', pageOf(ModelLine, 'ModelLinePage')),
})
const registerModel = createRoute({
  method: 'post',
  path: '/models',
  operationId: 'registerModelLine',
  summary: 'Register a model line; its first checkpoint would too',
  security,
  request: { body: body(NewModel) },
  responses: created('The line', ModelLine),
})
const getModel = createRoute({
  method: 'get',
  path: '/models/{model}',
  operationId: 'getModelLine',
  summary: 'One model line',
  security,
  request: { params: ModelParam },
  responses: ok('The line', ModelLine),
})
const setCurve = createRoute({
  method: 'put',
  path: '/models/{model}/curve',
  operationId: 'setCurve',
  summary: 'The measured family that effective compute is read off from',
  security,
  request: { params: ModelParam, body: body(CurveFamily) },
  responses: ok('The line', ModelLine),
})
const allowExtrapolation = createRoute({
  method: 'post',
  path: '/models/{model}/extrapolation',
  operationId: 'allowExtrapolation',
  summary: 'Let the curve be read beyond its family, as the RSO says',
  security: SECURITY,
  request: { params: ModelParam, body: body(Extrapolation) },
  responses: ok('The line', ModelLine),
})
const listCheckpoints = createRoute({
  method: 'get',
  path: '/checkpoints',
  operationId: 'listCheckpoints',
  summary: 'Checkpoints, by name',
  security,
  request: { query: PageQuery.extend({ model: Name.optional(), after: z.string().max(200).optional() }) },
  responses: ok('One page', pageOf(Checkpoint, 'CheckpointPage')),
})
const recordCheckpoint = createRoute({
  method: 'post',
  path: '/checkpoints',
  operationId: 'recordCheckpoint',
  summary: 'Record a state of the weights; it stands as it was recorded',
  security,
  request: { body: body(NewCheckpoint) },
  responses: created('The checkpoint', Checkpoint),
})
const getCheckpoint = createRoute({
  method: 'get',
  path: '/checkpoints/{model}/{checkpoint}',
  operationId: 'getCheckpoint',
  summary: 'One checkpoint',
  security,
  request: { params: ModelParam.extend({ checkpoint: Name }) },
  responses: ok('The checkpoint', Checkpoint),
})
const listRuns = createRoute({
  method: 'get',
  path: '/runs',
  operationId: 'listRuns',
  summary: 'Training runs',
  security,
  request: { query: OfModel },
  responses: ok('All of them', listOf(Run, 'RunList')),
})
const declareRun = createRoute({
  method: 'post',
  path: '/runs',
  operationId: 'declareRun',
  summary: 'Declare a training run, before it begins',
  security,
  request: { body: body(NewRun) },
  responses: created('The run', Run),
})
const endRun = createRoute({
  method: 'post',
  path: '/runs/{model}/{run}/end',
  operationId: 'endRun',
  summary: 'Say that a run has ended',
  security,
  request: { params: ModelParam.extend({ run: Name }) },
  responses: ok('The run', Run),
})
const RunReview = z
  .strictObject({ reference: Words(500).meta({ description: 'where the safety review is on record' }) })
  .meta({ id: 'RunReview' })
const reviewRun = createRoute({
  method: 'post',
  path: '/runs/{model}/{run}/review',
  operationId: 'reviewRun',
  summary: 'Put the safety review of a run on record; the first stands',
  security: SECURITY,
  request: { params: ModelParam.extend({ run: Name }), body: body(RunReview) },
  responses: created('The run', Run),
})
const listDeployments = createRoute({
  method: 'get',
  path: '/deployments',
  operationId: 'listDeployments',
  summary: 'Checkpoints where people can reach them',
  security,
  request: { query: OfModel },
  responses: ok('All of them', listOf(Deployment, 'DeploymentList')),
})
const declareDeployment = createRoute({
  method: 'post',
  path: '/deployments',
  operationId: 'declareDeployment',
  summary: 'Declare a deployment; this opens nothing',
  security,
  request: { body: body(NewDeployment) },
  responses: created('The deployment', Deployment),
})
const noteElicitation = createRoute({
  method: 'post',
  path: '/elicitations',
  operationId: 'noteElicitation',
  summary: 'Note a new method of elicitation: evaluations made without it are due again',
  security,
  request: { body: body(NewElicitation) },
  responses: created('The note', Elicitation),
})

/** What is trained and what is deployed. */
export function registryRoutes({ models: { registry }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { lines, checkpoints, runs, deployments } = registry
  return createRouter(log)
    .openapi(listModels, async (c) => c.json(await lines.list(c.req.valid('query')), 200))
    .openapi(registerModel, async (c) => c.json(await lines.register(c.req.valid('json'), actorOf(c)), 201))
    .openapi(getModel, async (c) => c.json(await lines.get(c.req.valid('param').model), 200))
    .openapi(setCurve, async (c) =>
      c.json(await lines.setFamily(c.req.valid('param').model, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(allowExtrapolation, async (c) =>
      c.json(await lines.allowExtrapolation(c.req.valid('param').model, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(listCheckpoints, async (c) => c.json(await checkpoints.list(c.req.valid('query')), 200))
    .openapi(recordCheckpoint, async (c) => c.json(await checkpoints.record(c.req.valid('json'), actorOf(c)), 201))
    .openapi(getCheckpoint, async (c) => {
      const { model, checkpoint } = c.req.valid('param')
      return c.json(await checkpoints.get(`${model}/${checkpoint}`), 200)
    })
    .openapi(listRuns, async (c) => c.json({ items: await runs.list(c.req.valid('query').model) }, 200))
    .openapi(declareRun, async (c) => c.json(await runs.declare(c.req.valid('json'), actorOf(c)), 201))
    .openapi(endRun, async (c) => {
      const { model, run } = c.req.valid('param')
      return c.json(await runs.end(`${model}/${run}`, actorOf(c)), 200)
    })
    .openapi(reviewRun, async (c) => {
      const { model, run } = c.req.valid('param')
      return c.json(await runs.review(`${model}/${run}`, c.req.valid('json').reference, actorOf(c)), 201)
    })
    .openapi(listDeployments, async (c) => c.json({ items: await deployments.list(c.req.valid('query').model) }, 200))
    .openapi(declareDeployment, async (c) => c.json(await deployments.declare(c.req.valid('json'), actorOf(c)), 201))
    .openapi(noteElicitation, async (c) => c.json(await lines.noteElicitation(c.req.valid('json'), actorOf(c)), 201))
}
