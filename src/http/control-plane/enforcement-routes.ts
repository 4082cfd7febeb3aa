import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  ActionEffect,
  EnforcementAction,
  LadderEffect,
  LadderPatch,
  NewAction,
  PatternFound,
  REINSTATE,
  Standing,
  Step,
  Strike,
  SubjectType,
  SubjectView,
} from '../../accounts/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** Restricting is halting, which the operator's token may: relaxing takes people. */
export const ENFORCEMENT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/enforcement/subjects', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/enforcement/subjects/:type/:id', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/enforcement/actions', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/enforcement/actions/:id', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/enforcement/strikes', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/enforcement/patterns', { action: 'accounts.read', operator: true }],
  ['POST /api/v1/enforcement/simulations', { action: 'accounts.read', operator: true }],
  ['POST /api/v1/enforcement/ladder-simulations', { action: 'accounts.read', operator: true }],
  ['POST /api/v1/enforcement/actions', { action: 'accounts.restrict', operator: true }],
  ['POST /api/v1/enforcement/actions/:id/reinstatement', { action: 'accounts.reinstate' }],
])

const security = SECURITY_OPERATOR
const Id = z.string().max(100)
const next = z.string().nullable().meta({ description: '`after` of the next page' })
const ActionPage = z.object({ items: z.array(EnforcementAction), next }).meta({ id: 'EnforcementActionPage' })
const StrikePage = z.object({ items: z.array(Strike), next }).meta({ id: 'StrikePage' })
const PatternPage = z.object({ items: z.array(PatternFound), next }).meta({ id: 'PatternPage' })
const StandingPage = z
  .object({ items: z.array(Standing), total: z.int().meta({ description: 'of all pages' }) })
  .meta({ id: 'EnforcementStandingPage' })
const About = z.object({
  subjectId: Id.optional().meta({ description: 'given to this very subject' }),
  endUserId: Id.optional(),
  keyId: Id.optional(),
  projectId: Id.optional(),
  organisationId: Id.optional(),
  decisionId: Id.optional(),
})
const Reinstatement = z
  .strictObject({ reason: z.string().trim().min(1).max(2_000).meta({ description: 'for those who are asked' }) })
  .meta({ id: 'ReinstatementRequest' })
const Filed = z
  .object({ approval: z.string().meta({ description: 'id of the approval that now waits' }), state: z.string() })
  .meta({ id: 'ReinstatementFiled' })

const listSubjects = createRoute({
  method: 'get',
  path: '/enforcement/subjects',
  operationId: 'listEnforcementSubjects',
  summary: 'Everybody with a strike that counts or an action in force, gravest first',
  security,
  request: {
    query: z.object({
      step: Step.optional(),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: ok('One page', StandingPage),
})
const getSubject = createRoute({
  method: 'get',
  path: '/enforcement/subjects/{type}/{id}',
  operationId: 'getEnforcementSubject',
  summary: 'Standing, actions, strikes, patterns and links of one subject',
  security,
  request: { params: z.object({ type: SubjectType, id: Id }) },
  responses: ok('The subject', SubjectView),
})
const listActions = createRoute({
  method: 'get',
  path: '/enforcement/actions',
  operationId: 'listEnforcementActions',
  summary: 'Actions, newest first',
  security,
  request: {
    query: z.object({
      ...About.pick({ subjectId: true, organisationId: true, decisionId: true }).shape,
      state: z.enum(['active', 'ended']).optional(),
      ...PageQuery.shape,
    }),
  },
  responses: ok('One page', ActionPage),
})
const getAction = createRoute({
  method: 'get',
  path: '/enforcement/actions/{id}',
  operationId: 'getEnforcementAction',
  summary: 'One action',
  security,
  request: { params: z.object({ id: Id }) },
  responses: ok('The action', EnforcementAction),
})
const listStrikes = createRoute({
  method: 'get',
  path: '/enforcement/strikes',
  operationId: 'listStrikes',
  summary: 'Strikes, newest first; those that were undone too',
  security,
  request: { query: z.object({ ...About.shape, ...PageQuery.shape }) },
  responses: ok('One page', StrikePage),
})
const listPatterns = createRoute({
  method: 'get',
  path: '/enforcement/patterns',
  operationId: 'listPatterns',
  summary: 'Patterns found over traffic, newest first, with the numbers that fired them',
  security,
  request: { query: z.object({ ...About.shape, ...PageQuery.shape }) },
  responses: ok('One page', PatternPage),
})
const simulateAction = createRoute({
  method: 'post',
  path: '/enforcement/simulations',
  operationId: 'simulateEnforcementAction',
  summary: 'Whom an action would reach, in numbers; changes nothing',
  security,
  request: { body: body(NewAction) },
  responses: ok('The effect', ActionEffect),
})
const simulateLadder = createRoute({
  method: 'post',
  path: '/enforcement/ladder-simulations',
  operationId: 'simulateLadder',
  summary: 'What recorded strikes would have led to under other settings; changes nothing',
  security,
  request: { body: body(LadderPatch) },
  responses: ok('The effect', LadderEffect),
})
const restrict = createRoute({
  method: 'post',
  path: '/enforcement/actions',
  operationId: 'takeEnforcementAction',
  summary: 'Warn, throttle, restrict, suspend or ban, with effect on every replica within a second',
  security,
  request: { body: body(NewAction) },
  responses: created('The action', EnforcementAction),
})
const reinstate = createRoute({
  method: 'post',
  path: '/enforcement/actions/{id}/reinstatement',
  operationId: 'requestReinstatement',
  summary: 'Ask for an action to be lifted; a second person must agree',
  security: SECURITY,
  request: { params: z.object({ id: Id }), body: body(Reinstatement) },
  responses: created('What was filed', Filed),
})

/** Who stands where, and what is done about it. */
export function enforcementRoutes({ enforcement, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { readings, simulations } = enforcement
  return createRouter(log)
    .openapi(listSubjects, (c) => c.json(readings.standings(c.req.valid('query')), 200))
    .openapi(getSubject, async (c) => c.json(await readings.subject(c.req.valid('param')), 200))
    .openapi(listActions, async (c) => {
      const { after, ...query } = c.req.valid('query')
      return c.json(await readings.actions({ ...query, before: after }), 200)
    })
    .openapi(getAction, async (c) => c.json(await readings.action(c.req.valid('param').id), 200))
    .openapi(listStrikes, async (c) => {
      const { after, ...query } = c.req.valid('query')
      return c.json(await readings.strikes({ ...query, before: after }), 200)
    })
    .openapi(listPatterns, async (c) => {
      const { after, ...query } = c.req.valid('query')
      return c.json(await readings.patterns({ ...query, before: after }), 200)
    })
    .openapi(simulateAction, async (c) => c.json(await simulations.action(c.req.valid('json')), 200))
    .openapi(simulateLadder, async (c) => c.json(await simulations.ladder(c.req.valid('json')), 200))
    .openapi(restrict, async (c) => c.json(await enforcement.restrict(c.req.valid('json'), actorOf(c)), 201))
    .openapi(reinstate, async (c) => {
      const { reason } = c.req.valid('json')
      const payload = { actionId: c.req.valid('param').id }
      const requester = identityOf(c).person.id
      const { id, state } = await staff.approvals.request({ action: REINSTATE, payload, reason, requester })
      return c.json({ approval: id, state }, 201)
    })
}
