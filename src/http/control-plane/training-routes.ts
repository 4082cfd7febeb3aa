import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { GateQuestion, Lease, NewSettlement, ReceiptCheck, SignedLease } from '../../models/training/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, body, created, listOf, ok, type RouteActions, SECURITY, SECURITY_OPERATOR } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const TRAINING_ACTIONS: RouteActions = new Map([
  ['POST /api/v1/train/gate', { action: 'training.pause', operator: true }],
  ['GET /api/v1/train/leases', { action: 'models.read', operator: true }],
  ['GET /api/v1/train/alarms', { action: 'models.read', operator: true }],
  ['POST /api/v1/train/alarms/settlements', { action: 'training.resume' }],
])

const security = SECURITY_OPERATOR
const Name = z.string().max(100)

const askGate = createRoute({
  method: 'post',
  path: '/train/gate',
  operationId: 'askTrainingGate',
  summary: 'Whether the next segment may be trained, how far and for how long: a signed lease',
  security,
  request: { body: body(GateQuestion) },
  responses: ok('The answer', SignedLease),
})
const listLeases = createRoute({
  method: 'get',
  path: '/train/leases',
  operationId: 'listTrainingLeases',
  summary: 'What the gate has answered, newest first',
  security,
  request: {
    query: z.object({
      model: Name,
      run: Name.optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
    }),
  },
  responses: ok('The answers', listOf(Lease, 'TrainingLeaseList')),
})
const listAlarms = createRoute({
  method: 'get',
  path: '/train/alarms',
  operationId: 'listTrainingAlarms',
  summary: 'Checkpoints that no answer of the gate had let through',
  security,
  request: { query: z.object({ model: Name.optional() }) },
  responses: ok('The alarms', listOf(ReceiptCheck, 'TrainingAlarmList')),
})

const settleAlarm = createRoute({
  method: 'post',
  path: '/train/alarms/settlements',
  operationId: 'settleTrainingAlarm',
  summary: 'Say what an alarm came to: it is over then, and the checkpoint is let through as little as before',
  security: SECURITY,
  request: { body: body(NewSettlement) },
  responses: created('The alarm', ReceiptCheck),
})

/** What trainers ask. */
export function trainingRoutes({ models: { training }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(askGate, async (c) => c.json(await training.ask(c.req.valid('json'), actorOf(c)), 200))
    .openapi(listLeases, async (c) => {
      const { model, run, limit } = c.req.valid('query')
      return c.json({ items: await training.leases(model, run, limit) }, 200)
    })
    .openapi(settleAlarm, async (c) => c.json(await training.settle(c.req.valid('json'), actorOf(c)), 201))
    .openapi(listAlarms, async (c) => c.json({ items: await training.alarms(c.req.valid('query').model) }, 200))
}
