import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Attempt,
  CaseView,
  DISABLE_CASE_ACTION,
  NewCase,
  NewReproduction,
  Overruling,
  RegressionCase,
  ReproductionView,
  Script,
} from '../../intake/index.ts'
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

/** To ask a model again decides nothing and shows no words: the operator's token may. */
export const REPORT_RUN_ACTIONS: RouteActions = new Map([
  ['POST /api/v1/reports/:id/reproductions', { action: 'reports.triage', operator: true }],
  ['GET /api/v1/reproductions/:id', { action: 'reports.read', operator: true }],
  ['POST /api/v1/reproductions/:id/cancellations', { action: 'reports.triage', operator: true }],
  ['POST /api/v1/reproductions/:id/read', { action: 'reports.read' }],
  ['POST /api/v1/reproductions/:id/attempts/:nth/read', { action: 'reports.read' }],
  ['POST /api/v1/reproductions/:id/attempts/:nth/overrulings', { action: 'reports.triage' }],
  ['POST /api/v1/reports/:id/cases', { action: 'reports.triage' }],
  ['GET /api/v1/regression-cases', { action: 'reports.read', operator: true }],
  ['GET /api/v1/regression-cases/:id', { action: 'reports.read', operator: true }],
  ['POST /api/v1/regression-cases/:id/enablings', { action: 'reports.triage' }],
  ['POST /api/v1/regression-cases/:id/disablings', { action: 'reports.triage' }],
  ['POST /api/v1/regression-runs', { action: 'reports.triage', operator: true }],
  ['GET /api/v1/regression-standings/:deployment', { action: 'reports.read', operator: true }],
  ['GET /api/v1/regression-outcomes', { action: 'policy.read', operator: true }],
])

const params = IdParam
const attemptParams = params.extend({ nth: z.coerce.number().int().min(1).max(100) })
const AttemptWords = z
  .object({ attempt: Attempt, answer: z.string().nullable(), overruling: z.string().nullable() })
  .meta({ id: 'AttemptWords' })
const NewRuns = z
  .strictObject({
    deployment: z.string().min(1).max(100),
    case: z.string().max(100).optional().meta({ description: 'this one alone' }),
  })
  .meta({ id: 'NewRegressionRuns' })
const Standing = z
  .object({
    deployment: z.string(),
    met: z.boolean().meta({ description: 'what the gate of deployments is told' }),
    says: z.string(),
    cases: z.array(z.object({ case: z.string(), run: z.string().nullable(), met: z.boolean(), says: z.string() })),
  })
  .meta({ id: 'RegressionStanding' })
const PolicyOutcome = z
  .object({ case: z.string(), report: z.string(), state: z.enum(['passed', 'failed', 'not_asked']), says: z.string() })
  .meta({ id: 'RegressionOutcome' })
const Disabling = z.strictObject({ reason: z.string().trim().min(1).max(2_000) }).meta({ id: 'CaseDisablingRequest' })
const Filed = z.object({ approval: z.string(), state: z.string() }).meta({ id: 'CaseDisablingFiled' })

const startReproduction = createRoute({
  method: 'post',
  path: '/reports/{id}/reproductions',
  operationId: 'startReproduction',
  summary: 'Try n times whether it can be seen again against a deployment, with its safeguards or without',
  security: SECURITY_OPERATOR,
  request: { params, body: body(NewReproduction) },
  responses: created('It waits, and runs', ReproductionView),
})
const getReproduction = createRoute({
  method: 'get',
  path: '/reproductions/{id}',
  operationId: 'getReproduction',
  summary: 'One reproduction: its tries so far, k of n with intervals',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The reproduction', ReproductionView),
})
const cancelReproduction = createRoute({
  method: 'post',
  path: '/reproductions/{id}/cancellations',
  operationId: 'cancelReproduction',
  summary: 'No further try begins',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The reproduction', ReproductionView),
})
const readScript = createRoute({
  method: 'post',
  path: '/reproductions/{id}/read',
  operationId: 'readReproductionScript',
  summary: 'What is said in it; that you read it is recorded first',
  security: SECURITY,
  request: { params },
  responses: ok('The conversation', Script),
})
const readAttempt = createRoute({
  method: 'post',
  path: '/reproductions/{id}/attempts/{nth}/read',
  operationId: 'readAttempt',
  summary: 'What was answered in one try; that you read it is recorded first',
  security: SECURITY,
  request: { params: attemptParams },
  responses: ok('The try', AttemptWords),
})
const overrule = createRoute({
  method: 'post',
  path: '/reproductions/{id}/attempts/{nth}/overrulings',
  operationId: 'overruleAttempt',
  summary: 'Say what a try came to, with reasons; what the machine said stays beside it',
  security: SECURITY,
  request: { params: attemptParams, body: body(Overruling) },
  responses: ok('The reproduction', ReproductionView),
})
const createCase = createRoute({
  method: 'post',
  path: '/reports/{id}/cases',
  operationId: 'createRegressionCase',
  summary: 'Make a regression case of a confirmed report',
  security: SECURITY,
  request: { params, body: body(NewCase) },
  responses: created('The case', RegressionCase),
})
const listCases = createRoute({
  method: 'get',
  path: '/regression-cases',
  operationId: 'listRegressionCases',
  summary: 'Every regression case, oldest first',
  security: SECURITY_OPERATOR,
  responses: ok('All', listOf(RegressionCase, 'RegressionCaseList')),
})
const getCase = createRoute({
  method: 'get',
  path: '/regression-cases/{id}',
  operationId: 'getRegressionCase',
  summary: 'One case with its runs, newest first',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The case', CaseView),
})
const enableCase = createRoute({
  method: 'post',
  path: '/regression-cases/{id}/enablings',
  operationId: 'enableRegressionCase',
  summary: 'Put a case in force again',
  security: SECURITY,
  request: { params },
  responses: ok('The case', RegressionCase),
})
const disableCase = createRoute({
  method: 'post',
  path: '/regression-cases/{id}/disablings',
  operationId: 'requestCaseDisabling',
  summary: 'Ask that a case goes out of force; a second person must agree',
  security: SECURITY,
  request: { params, body: body(Disabling) },
  responses: created('What was filed', Filed),
})
const runCases = createRoute({
  method: 'post',
  path: '/regression-runs',
  operationId: 'runRegressionCases',
  summary: 'Run the cases that a deployment is to pass, through the gateway',
  security: SECURITY_OPERATOR,
  request: { body: body(NewRuns) },
  responses: created('What waits or runs', listOf(ReproductionView, 'ReproductionList')),
})
const getStanding = createRoute({
  method: 'get',
  path: '/regression-standings/{deployment}',
  operationId: 'getRegressionStanding',
  summary: 'How each case in force stands with a deployment, under the policy and the checkpoint of now',
  security: SECURITY_OPERATOR,
  request: { params: z.object({ deployment: z.string().max(100) }) },
  responses: ok('The standing', Standing),
})
const getOutcomes = createRoute({
  method: 'get',
  path: '/regression-outcomes',
  operationId: 'getRegressionOutcomes',
  summary: 'What each case in force comes to under the policy in force, or under a draft; no model is asked',
  security: SECURITY_OPERATOR,
  request: { query: z.object({ draft: z.string().max(100).optional() }) },
  responses: ok('The outcomes', listOf(PolicyOutcome, 'RegressionOutcomeList')),
})

/** Whether what was reported can be seen again, and that it does not come back. */
export function reportRunRoutes({ intake, models, policy, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { triage } = intake
  const { reproductions, cases } = triage
  return createRouter(log)
    .openapi(startReproduction, async (c) => {
      const made = await reproductions.start(c.req.valid('param').id, c.req.valid('json'), actorOf(c))
      return c.json(triage.view(made), 201)
    })
    .openapi(getReproduction, async (c) => c.json(triage.view(await reproductions.get(c.req.valid('param').id)), 200))
    .openapi(cancelReproduction, async (c) =>
      c.json(triage.view(await reproductions.cancel(c.req.valid('param').id, actorOf(c))), 200),
    )
    .openapi(readScript, async (c) => c.json(await reproductions.readScript(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(readAttempt, async (c) => {
      const { id, nth } = c.req.valid('param')
      return c.json(await reproductions.readAttempt(id, nth, actorOf(c)), 200)
    })
    .openapi(overrule, async (c) => {
      const { id, nth } = c.req.valid('param')
      return c.json(triage.view(await reproductions.overrule(id, nth, c.req.valid('json'), actorOf(c))), 200)
    })
    .openapi(createCase, async (c) =>
      c.json(await cases.create(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 201),
    )
    .openapi(listCases, async (c) => c.json({ items: await cases.list() }, 200))
    .openapi(getCase, async (c) => c.json(await triage.caseView(c.req.valid('param').id), 200))
    .openapi(enableCase, async (c) => c.json(await cases.enable(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(disableCase, async (c) => {
      const { reason } = c.req.valid('json')
      const payload = { case: c.req.valid('param').id, reason }
      const requester = identityOf(c).person.id
      const { id, state } = await staff.approvals.request({ action: DISABLE_CASE_ACTION, payload, reason, requester })
      return c.json({ approval: id, state }, 201)
    })
    .openapi(runCases, async (c) => {
      const { deployment, case: only } = c.req.valid('json')
      const runs = await cases.run(deployment, actorOf(c), only)
      return c.json({ items: runs.map((run) => triage.view(run)) }, 201)
    })
    .openapi(getStanding, async (c) => {
      const { id, checkpoint } = await models.registry.deployments.get(c.req.valid('param').deployment)
      const [finding, stands] = [await cases.finding({ id, checkpoint }), await cases.standing({ id, checkpoint })]
      return c.json({ deployment: id, ...finding, cases: [...stands] }, 200)
    })
    .openapi(getOutcomes, async (c) => {
      const { draft } = c.req.valid('query')
      const { policies, drafts } = policy
      const judged =
        draft === undefined ? policies.current() : policies.load((await drafts.get(draft)).document, `draft ${draft}`)
      const outcomes = await cases.under(judged)
      const items = outcomes.map(({ case: { id, report }, state, says }) => ({ case: id, report, state, says }))
      return c.json({ items }, 200)
    })
}
