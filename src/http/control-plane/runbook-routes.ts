import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  Closing,
  NewRun,
  RunbookId,
  RunbookView,
  RunId,
  RunSummary,
  RunView,
  StepWork,
  type Worker,
} from '../../runbooks/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  isOperator,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** The operator's token starts a run and has it look; what people do and decide in it they say themselves. */
export const RUNBOOK_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/runbooks', { action: 'runbooks.read', operator: true }],
  ['GET /api/v1/runbooks/:id', { action: 'runbooks.read', operator: true }],
  ['GET /api/v1/runbook-runs', { action: 'runbooks.read', operator: true }],
  ['POST /api/v1/runbook-runs', { action: 'runbooks.work', operator: true }],
  ['GET /api/v1/runbook-runs/:id', { action: 'runbooks.read', operator: true }],
  ['POST /api/v1/runbook-runs/:id/steps/:step', { action: 'runbooks.work' }],
  ['POST /api/v1/runbook-runs/:id/steps/:step/look', { action: 'runbooks.work', operator: true }],
  ['POST /api/v1/runbook-runs/:id/closing', { action: 'runbooks.work' }],
])

const params = z.object({ id: RunId })
const stepParams = params.extend({ step: z.string().max(40) })

const listRunbooks = createRoute({
  method: 'get',
  path: '/runbooks',
  operationId: 'listRunbooks',
  summary: 'Runbooks that can be started',
  security: SECURITY_OPERATOR,
  responses: ok('The runbooks, by title', listOf(RunbookView, 'RunbookList')),
})
const getRunbook = createRoute({
  method: 'get',
  path: '/runbooks/{id}',
  operationId: 'getRunbook',
  summary: 'One runbook: when to start it, and its steps',
  security: SECURITY_OPERATOR,
  request: { params: z.object({ id: RunbookId }) },
  responses: ok('The runbook', RunbookView),
})
const listRuns = createRoute({
  method: 'get',
  path: '/runbook-runs',
  operationId: 'listRunbookRuns',
  summary: 'Runs, newest first; those that only some may see are shown to them alone',
  security: SECURITY_OPERATOR,
  request: {
    query: z.object({
      state: z.enum(['open', 'closed']).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
  },
  responses: ok('The runs', listOf(RunSummary, 'RunbookRunList')),
})
const startRun = createRoute({
  method: 'post',
  path: '/runbook-runs',
  operationId: 'startRunbookRun',
  summary: 'Start a run; its times count from now',
  security: SECURITY_OPERATOR,
  request: { body: body(NewRun) },
  responses: created('The run', RunView),
})
const getRun = createRoute({
  method: 'get',
  path: '/runbook-runs/{id}',
  operationId: 'getRunbookRun',
  summary: 'A run: every step as it stands, and who did what',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The run', RunView),
})
const workStep = createRoute({
  method: 'post',
  path: '/runbook-runs/{id}/steps/{step}',
  operationId: 'workRunbookStep',
  summary:
    'Say that a step is done, why it is passed over, or what the answer is; for who holds a role that the step names',
  security: SECURITY,
  request: { params: stepParams, body: body(StepWork) },
  responses: ok('The run after it', RunView),
})
const lookStep = createRoute({
  method: 'post',
  path: '/runbook-runs/{id}/steps/{step}/look',
  operationId: 'lookRunbookStep',
  summary: 'Have the product look, for a check',
  security: SECURITY_OPERATOR,
  request: { params: stepParams },
  responses: ok('The run after it', RunView),
})
const closeRun = createRoute({
  method: 'post',
  path: '/runbook-runs/{id}/closing',
  operationId: 'closeRunbookRun',
  summary: 'End a run, after every check has been looked at once more; for who leads it',
  security: SECURITY,
  request: { params, body: body(Closing) },
  responses: ok('The run, closed', RunView),
})

/** What people do when something happens, and what they did. */
export function runbookRoutes({ runbooks, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listRunbooks, (c) => c.json({ items: [...runbooks.library.all] }, 200))
    .openapi(getRunbook, (c) => c.json(runbooks.library.get(c.req.valid('param').id), 200))
    .openapi(listRuns, async (c) => c.json({ items: await runbooks.list(c.req.valid('query'), workerOf(c)) }, 200))
    .openapi(startRun, async (c) => c.json(await runbooks.start(c.req.valid('json'), workerOf(c)), 201))
    .openapi(getRun, async (c) => c.json(await runbooks.get(c.req.valid('param').id, workerOf(c)), 200))
    .openapi(workStep, async (c) => {
      const { id, step } = c.req.valid('param')
      return c.json(await runbooks.work(id, step, c.req.valid('json'), workerOf(c)), 200)
    })
    .openapi(lookStep, async (c) => {
      const { id, step } = c.req.valid('param')
      return c.json(await runbooks.look(id, step, workerOf(c)), 200)
    })
    .openapi(closeRun, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await runbooks.close(id, c.req.valid('json'), workerOf(c)), 200)
    })
}

function workerOf(c: Context<HttpEnv>): Worker {
  return { actor: actorOf(c), roles: isOperator(c) ? new Set() : identityOf(c).roles }
}
