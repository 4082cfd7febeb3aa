import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import { Draft, GRANT_STATES, Grant, NewRequest } from '../../weights/access/index.ts'
import { BudgetView, CoverageView, NewBudget } from '../../weights/reading/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  identityOf,
  listOf,
  ok,
  PageQuery,
  pageOf,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { Why } from './weights-device-routes.ts'

/** The operator's token revokes and lowers; it asks for nothing and opens nothing. */
export const WEIGHTS_GRANT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/weights/drafts', { action: 'weights.request' }],
  ['GET /api/v1/weights/drafts/:id', { action: 'weights.request' }],
  ['POST /api/v1/weights/drafts/:id/confirmation', { action: 'weights.request' }],
  ['POST /api/v1/weights/drafts/:id/withdrawal', { action: 'weights.request' }],
  ['POST /api/v1/weights/requests', { action: 'weights.request' }],
  ['GET /api/v1/weights/grants', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/grants/:id', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/grants/:id/revocation', { action: 'weights.lock', operator: true }],
  ['GET /api/v1/weights/budgets', { action: 'weights.read', operator: true }],
  ['PUT /api/v1/weights/budgets', { action: 'weights.budget', operator: true }],
  ['GET /api/v1/weights/coverage', { action: 'weights.read', operator: true }],
])

const security = SECURITY_OPERATOR
const params = IdParam
const path = (of: string) => `/weights/${of}`
const Filed = z.object({ approval: z.string(), state: z.string() }).meta({ id: 'WeightsRequestFiled' })
const GrantView = Grant.extend({
  usedBytes: z.int().nonnegative().meta({ description: 'that were given out under it' }),
}).meta({ id: 'WeightsGrantView' })

const listDrafts = createRoute({
  method: 'get',
  path: path('drafts'),
  operationId: 'listWeightsDrafts',
  summary: 'What one’s own devices have asked for and one has not sent on yet',
  security: SECURITY,
  responses: ok('All of them', listOf(Draft, 'WeightsDraftList')),
})
const getDraft = createRoute({
  method: 'get',
  path: path('drafts/{id}'),
  operationId: 'getWeightsDraft',
  summary: 'What a device of one’s own has asked for',
  security: SECURITY,
  request: { params },
  responses: ok('The draft', Draft),
})
const confirmDraft = createRoute({
  method: 'post',
  path: path('drafts/{id}/confirmation'),
  operationId: 'confirmWeightsDraft',
  summary: 'Ask for what one’s device has drafted, exactly as it stands; others must agree',
  security: SECURITY,
  request: { params },
  responses: created('What was filed', Filed),
})
const withdrawDraft = createRoute({
  method: 'post',
  path: path('drafts/{id}/withdrawal'),
  operationId: 'withdrawWeightsDraft',
  summary: 'Throw a draft away',
  security: SECURITY,
  request: { params },
  responses: ok('The draft', Draft),
})
const requestGrant = createRoute({
  method: 'post',
  path: path('requests'),
  operationId: 'requestWeightsGrant',
  summary: 'Ask to open weights; others must agree to exactly this statement (weights.grant)',
  security: SECURITY,
  request: { body: body(NewRequest) },
  responses: created('What was filed', Filed),
})
const listGrants = createRoute({
  method: 'get',
  path: path('grants'),
  operationId: 'listWeightsGrants',
  summary: 'Who may open what, and who could, newest first',
  security,
  request: {
    query: PageQuery.extend({
      state: z.enum(GRANT_STATES).optional(),
      model: z.string().max(100).optional(),
    }),
  },
  responses: ok('One page', pageOf(GrantView, 'WeightsGrantPage')),
})
const getGrant = createRoute({
  method: 'get',
  path: path('grants/{id}'),
  operationId: 'getWeightsGrant',
  summary: 'One grant',
  security,
  request: { params },
  responses: ok('The grant', GrantView),
})
const revokeGrant = createRoute({
  method: 'post',
  path: path('grants/{id}/revocation'),
  operationId: 'revokeWeightsGrant',
  summary: 'Revoke a grant: open reads end within a second; it never comes back',
  security,
  request: { params, body: body(Why) },
  responses: ok('The grant', Grant),
})
const listBudgets = createRoute({
  method: 'get',
  path: path('budgets'),
  operationId: 'listWeightsBudgets',
  summary: 'What may leave, for whom, and how long the largest model would take',
  security,
  responses: ok('All of them', listOf(BudgetView, 'WeightsBudgetList')),
})
const setBudget = createRoute({
  method: 'put',
  path: path('budgets'),
  operationId: 'lowerWeightsBudget',
  summary: 'Set or lower a budget, at once; raising one takes two people (weights.budget)',
  security,
  request: { body: body(NewBudget) },
  responses: ok('All of them', listOf(BudgetView, 'WeightsBudgetList')),
})
const getCoverage = createRoute({
  method: 'get',
  path: path('coverage'),
  operationId: 'getWeightsCoverage',
  summary: 'How much of a version each person has ever read, or one person of each version',
  security,
  request: {
    query: z
      .object({ person: z.string().max(100).optional(), version: z.string().max(200).optional() })
      .refine(
        ({ person, version }) => (person === undefined) !== (version === undefined),
        'name a person or a version',
      ),
  },
  responses: ok('Each', listOf(CoverageView, 'WeightsCoverageList')),
})

/** Who may open what, how it is asked for, and how many bytes it comes to. */
export function weightsGrantRoutes({ weights: { access, reading }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { requests, grants } = access
  const withUse = async (found: readonly Grant[]) => {
    const used = await reading.usage(found.map(({ id }) => id))
    return found.map((grant) => ({ ...grant, usedBytes: used.get(grant.id) ?? 0 }))
  }
  const myDraft = async (id: string, personId: string) => {
    const draft = await requests.get(id)
    if (draft.personId === personId) return draft
    throw new AppError('NOT_FOUND', 'there is no such draft of a device of yours')
  }
  return createRouter(log)
    .openapi(listDrafts, async (c) => {
      const items = await requests.drafts(identityOf(c).person.id)
      return c.json({ items }, 200)
    })
    .openapi(getDraft, async (c) => c.json(await myDraft(c.req.valid('param').id, identityOf(c).person.id), 200))
    .openapi(confirmDraft, async (c) => {
      const { id, state } = await requests.confirm(c.req.valid('param').id, identityOf(c).person.id)
      return c.json({ approval: id, state }, 201)
    })
    .openapi(withdrawDraft, async (c) =>
      c.json(await requests.withdraw(c.req.valid('param').id, identityOf(c).person.id), 200),
    )
    .openapi(requestGrant, async (c) => {
      const { id, state } = await requests.ask(c.req.valid('json'), identityOf(c).person.id)
      return c.json({ approval: id, state }, 201)
    })
    .openapi(listGrants, async (c) => {
      const { items, next } = await grants.list(c.req.valid('query'))
      return c.json({ items: await withUse(items), next }, 200)
    })
    .openapi(getGrant, async (c) => {
      const [grant] = await withUse([await grants.get(c.req.valid('param').id)])
      if (grant === undefined) throw new AppError('NOT_FOUND', 'there is no such grant')
      return c.json(grant, 200)
    })
    .openapi(revokeGrant, async (c) =>
      c.json(await grants.revoke(c.req.valid('param').id, actorOf(c), c.req.valid('json').reason), 200),
    )
    .openapi(listBudgets, async (c) => c.json({ items: await reading.budgets.list() }, 200))
    .openapi(setBudget, async (c) => {
      await reading.budgets.set(c.req.valid('json'), actorOf(c))
      return c.json({ items: await reading.budgets.list() }, 200)
    })
    .openapi(getCoverage, async (c) => {
      const { person, version } = c.req.valid('query')
      const items =
        person !== undefined ? await reading.coverage.ofPerson(person) : await reading.coverage.ofVersion(version ?? '')
      return c.json({ items }, 200)
    })
}
