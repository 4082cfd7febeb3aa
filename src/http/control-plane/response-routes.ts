import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { PROFILE_ACTION } from '../../app.ts'
import { AppError } from '../../base/errors.ts'
import {
  Acknowledgement,
  CaseView,
  DEPLOYMENT_MACHINE,
  DrillReport,
  HaltReach,
  HaltTarget,
  IncidentView,
  MachineView,
  machineViewOf,
  NewDrill,
  NewEmergency,
  NewEvidence,
  NewHalt,
  NewProfileSwitch,
  NewStep,
  ProfileView,
  STEP_ACTION,
  type StepBy,
  type Takers,
  TRAINING_MACHINE,
  viewOf,
} from '../../models/response/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  isOperator,
  listOf,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** Halting is open to the operator's token; what loosens takes people, by name. */
export const RESPONSE_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/response/cases', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/cases/:machine/:name', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/machines/:machine', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/incidents', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/incidents/:id', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/halts', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/drills', { action: 'models.read', operator: true }],
  ['GET /api/v1/response/drills/:id', { action: 'models.read', operator: true }],
  ['POST /api/v1/response/drills', { action: 'deployment.halt', operator: true }],
  ['GET /api/v1/response/profile', { action: 'models.read', operator: true }],
  ['POST /api/v1/response/profile/requests', { action: 'training.resume' }],
  ['POST /api/v1/response/halts', { action: 'deployment.halt', operator: true }],
  ['POST /api/v1/response/cases/:machine/:name/steps', { action: 'deployment.halt', operator: true }],
  ['POST /api/v1/response/cases/:machine/:name/emergency', { action: 'deployment.halt', operator: true }],
  ['POST /api/v1/response/cases/:machine/:name/evidence', { action: 'deployment.halt' }],
  ['POST /api/v1/response/cases/:machine/:name/requests', { action: 'deployment.resume' }],
  ['POST /api/v1/response/incidents/:id/acknowledgements', { action: 'deployment.halt', operator: true }],
  ['POST /api/v1/response/incidents/:id/assignments', { action: 'deployment.halt' }],
])

const security = SECURITY_OPERATOR
const MachineName = z.enum(['training', 'deployment', 'drill'])
const params = z.object({ machine: MachineName, name: z.string().max(240) })
const IncidentParams = z.object({ id: z.string().max(100) })
const next = z.string().nullable().meta({ description: '`after` of the next page' })
const Filed = z
  .object({ approval: z.string().meta({ description: 'id of the approval that now waits' }), state: z.string() })
  .meta({ id: 'StepFiled' })
const Diagram = MachineView.extend({
  vault: z.string().nullable().meta({ description: 'which vault obeys the effect `lock`; null = none is installed' }),
}).meta({ id: 'MachineDiagram' })

const listCases = createRoute({
  method: 'get',
  path: '/response/cases',
  operationId: 'listResponseCases',
  summary: 'Where training of each model line and each deployment stands, drills too',
  security,
  request: { query: z.object({ machine: z.enum(['training', 'deployment']).optional() }) },
  responses: ok('All', listOf(CaseView, 'ResponseCaseList')),
})
const getCase = createRoute({
  method: 'get',
  path: '/response/cases/{machine}/{name}',
  operationId: 'getResponseCase',
  summary: 'One of them: its state, its evidence, what leads on and what that needs',
  security,
  request: { params },
  responses: ok('The case', CaseView),
})
const getMachine = createRoute({
  method: 'get',
  path: '/response/machines/{machine}',
  operationId: 'getResponseMachine',
  summary: 'A machine: its states, its steps and who takes them, and a diagram, from the definition that runs',
  security,
  request: { params: z.object({ machine: z.enum(['training', 'deployment']) }) },
  responses: ok('The diagram', Diagram),
})
const listIncidents = createRoute({
  method: 'get',
  path: '/response/incidents',
  operationId: 'listIncidents',
  summary: 'Incidents with their tasks, orders and clocks',
  security,
  request: { query: z.object({ state: z.enum(['open', 'closed']).optional(), ...PageQuery.shape }) },
  responses: ok('One page', z.object({ items: z.array(IncidentView), next }).meta({ id: 'IncidentPage' })),
})
const getIncident = createRoute({
  method: 'get',
  path: '/response/incidents/{id}',
  operationId: 'getIncident',
  summary: 'One incident',
  security,
  request: { params: IncidentParams },
  responses: ok('The incident', IncidentView),
})
const previewHalt = createRoute({
  method: 'get',
  path: '/response/halts',
  operationId: 'previewHalt',
  summary: 'What a halt would reach: each deployment, who would go on being served, what is not here',
  security,
  request: { query: HaltTarget },
  responses: ok('What it would reach', HaltReach),
})
const halt = createRoute({
  method: 'post',
  path: '/response/halts',
  operationId: 'haltDeployment',
  summary: '2d in one action: no new customers for a model, on every replica within a second; a drill touches nobody',
  security,
  request: { body: body(NewHalt) },
  responses: created('The incident', IncidentView),
})
const runDrill = createRoute({
  method: 'post',
  path: '/response/drills',
  operationId: 'runDrill',
  summary:
    'Rehearse pause, 2c and 2d: all of it is marked, no customer and no training is touched, the report is filed',
  security,
  request: { body: body(NewDrill) },
  responses: created('What it came to', DrillReport),
})
const listDrills = createRoute({
  method: 'get',
  path: '/response/drills',
  operationId: 'listDrills',
  summary: 'Reports of rehearsals, newest first',
  security,
  request: { query: z.object({ model: z.string().max(200).optional() }) },
  responses: ok('The reports', listOf(DrillReport, 'DrillReportList')),
})
const getDrill = createRoute({
  method: 'get',
  path: '/response/drills/{id}',
  operationId: 'getDrill',
  summary: 'The report of one rehearsal',
  security,
  request: { params: IncidentParams },
  responses: ok('The report', DrillReport),
})
const getProfile = createRoute({
  method: 'get',
  path: '/response/profile',
  operationId: 'getScalingProfile',
  summary: 'By which edition of the policy evaluations fall due, and who switched',
  security,
  responses: ok('The profile', ProfileView),
})
const requestProfile = createRoute({
  method: 'post',
  path: '/response/profile/requests',
  operationId: 'requestScalingProfile',
  summary: 'Ask for another profile; another one of CEO and RSO must agree. What has fallen due stays due',
  security: SECURITY,
  request: { body: body(NewProfileSwitch) },
  responses: created('What was filed', Filed),
})
const takeStep = createRoute({
  method: 'post',
  path: '/response/cases/{machine}/{name}/steps',
  operationId: 'takeResponseStep',
  summary: 'Take a step that one person may take',
  security,
  request: { params, body: body(NewStep) },
  responses: created('The case', CaseView),
})
const requestStep = createRoute({
  method: 'post',
  path: '/response/cases/{machine}/{name}/requests',
  operationId: 'requestResponseStep',
  summary: 'Ask for a step that takes two; others must agree',
  security: SECURITY,
  request: { params, body: body(NewStep) },
  responses: created('What was filed', Filed),
})
const showEvidence = createRoute({
  method: 'post',
  path: '/response/cases/{machine}/{name}/evidence',
  operationId: 'showEvidence',
  summary: 'Put evidence on a case',
  security: SECURITY,
  request: { params, body: body(NewEvidence) },
  responses: created('The case', CaseView),
})
const emergency = createRoute({
  method: 'post',
  path: '/response/cases/{machine}/{name}/emergency',
  operationId: 'declareEmergency',
  summary: 'A safety emergency: the minimum additional safeguards hold for this deployment from the next request on',
  security,
  request: { params, body: body(NewEmergency) },
  responses: created('The case', CaseView),
})
const acknowledge = createRoute({
  method: 'post',
  path: '/response/incidents/{id}/acknowledgements',
  operationId: 'acknowledgeHalt',
  summary: 'Whoever serves it elsewhere says that it is halted there',
  security,
  request: { params: IncidentParams, body: body(Acknowledgement) },
  responses: created('The incident', IncidentView),
})
const Assignment = z
  .strictObject({ case: z.string().max(250), owner: z.string().max(100) })
  .meta({ id: 'TaskAssignment' })
const assign = createRoute({
  method: 'post',
  path: '/response/incidents/{id}/assignments',
  operationId: 'assignAssessment',
  summary: 'Give the assessment of a deployment an owner',
  security: SECURITY,
  request: { params: IncidentParams, body: body(Assignment) },
  responses: created('The incident', IncidentView),
})

/** What follows when a threshold is met. */
export function responseRoutes({ models, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { response, registry, profiles } = models
  const { cases, incidents, drills } = response
  return createRouter(log)
    .openapi(listCases, async (c) => c.json({ items: (await cases.list(c.req.valid('query'))).map(viewOf) }, 200))
    .openapi(getCase, async (c) => {
      const { machine, name } = c.req.valid('param')
      if (machine === 'training') await registry.lines.get(name)
      const found = machine === 'training' ? await cases.training(name) : await cases.get(`${machine}/${name}`)
      return c.json(viewOf(found), 200)
    })
    .openapi(getMachine, (c) => {
      const { machine } = c.req.valid('param')
      const definition = machine === 'training' ? TRAINING_MACHINE : DEPLOYMENT_MACHINE
      return c.json({ ...machineViewOf(definition), vault: response.vault }, 200)
    })
    .openapi(listIncidents, async (c) => c.json(await incidents.list(c.req.valid('query')), 200))
    .openapi(getIncident, async (c) => c.json(await incidents.get(c.req.valid('param').id), 200))
    .openapi(previewHalt, async (c) => c.json(await incidents.reach(c.req.valid('query')), 200))
    .openapi(halt, async (c) => c.json(await incidents.halt(c.req.valid('json'), takersOf(c), actorOf(c)), 201))
    .openapi(takeStep, async (c) => {
      const { machine, name } = c.req.valid('param')
      const { step, reason } = c.req.valid('json')
      if (machine === 'training') await registry.lines.get(name)
      if (step === 'find_emergency') {
        throw new AppError('REQUEST_INVALID', 'declare it with the safeguards: POST …/emergency')
      }
      const by: StepBy = { takers: takersOf(c), actor: actorOf(c), approval: null, reason }
      if (machine === 'training' && step === 'find_met') return c.json(viewOf(await response.meet(name, by)), 201)
      return c.json(viewOf(await cases.take(`${machine}/${name}`, step, by)), 201)
    })
    .openapi(runDrill, async (c) => c.json(await drills.run(c.req.valid('json'), takersOf(c), actorOf(c)), 201))
    .openapi(listDrills, async (c) => c.json({ items: await drills.list(c.req.valid('query').model) }, 200))
    .openapi(getDrill, async (c) => c.json(await drills.get(c.req.valid('param').id), 200))
    .openapi(getProfile, (c) => c.json(profiles.view(), 200))
    .openapi(requestProfile, async (c) => {
      const payload = c.req.valid('json')
      const requester = identityOf(c).person.id
      const request = { action: PROFILE_ACTION, payload, reason: payload.reason, requester }
      const { id, state } = await staff.approvals.request(request)
      return c.json({ approval: id, state }, 201)
    })
    .openapi(requestStep, async (c) => {
      const { machine, name } = c.req.valid('param')
      const { step, reason } = c.req.valid('json')
      const payload = { case: `${machine}/${name}`, step }
      const requester = identityOf(c).person.id
      const { id, state } = await staff.approvals.request({ action: STEP_ACTION, payload, reason, requester })
      return c.json({ approval: id, state }, 201)
    })
    .openapi(showEvidence, async (c) => {
      const { machine, name } = c.req.valid('param')
      return c.json(viewOf(await cases.show(`${machine}/${name}`, c.req.valid('json'), actorOf(c))), 201)
    })
    .openapi(emergency, async (c) => {
      const { machine, name } = c.req.valid('param')
      const input = c.req.valid('json')
      return c.json(viewOf(await incidents.emergency(`${machine}/${name}`, input, takersOf(c), actorOf(c))), 201)
    })
    .openapi(acknowledge, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await incidents.acknowledge(id, c.req.valid('json'), actorOf(c)), 201)
    })
    .openapi(assign, async (c) => {
      const { case: of, owner } = c.req.valid('json')
      return c.json(await incidents.assign(c.req.valid('param').id, of, owner, actorOf(c)), 201)
    })
}

/** One person, or who runs the machine, who may do what an administrator may: halt. */
function takersOf(c: Context<HttpEnv>): Takers {
  if (isOperator(c)) return [{ id: 'operator', roles: new Set(['administrator'] as const) }]
  const { person, roles } = identityOf(c)
  return [{ id: person.id, roles }]
}
