import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { Appeal, AppealDecision, AppealState } from '../../accounts/redress/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  identityOf,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const APPEAL_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/appeals', { action: 'appeals.read', operator: true }],
  ['GET /api/v1/appeals/:id', { action: 'appeals.read', operator: true }],
  ['POST /api/v1/appeals/:id/read', { action: 'appeals.read' }],
  ['POST /api/v1/appeals/:id/take', { action: 'appeals.decide' }],
  ['POST /api/v1/appeals/:id/give-back', { action: 'appeals.decide' }],
  ['POST /api/v1/appeals/:id/decide', { action: 'appeals.decide' }],
])

const params = z.object({ id: z.string().max(100) })
const AppealView = Appeal.omit({ secretHash: true, overdueNoted: true })
  .extend({ overdue: z.boolean().meta({ description: 'open although it was due' }) })
  .meta({ id: 'Appeal' })
type AppealView = z.infer<typeof AppealView>
const AppealDetail = AppealView.extend({
  objection: z
    .string()
    .nullable()
    .meta({ description: 'why the person who asks may not hear it, while it is open; null when they may' }),
}).meta({ id: 'AppealDetail' })
const AppealPage = z
  .object({ items: z.array(AppealView), next: z.string().nullable().meta({ description: '`after` of the next page' }) })
  .meta({ id: 'AppealPage' })
const AppealWords = z
  .object({
    appeal: AppealView,
    claim: z.string().nullable().meta({ description: 'what was written; null once erased' }),
    contact: z.string().nullable(),
    answer: z.string().nullable(),
  })
  .meta({ id: 'AppealWords' })
const oneAppeal = ok('The appeal', AppealView)

const listAppeals = createRoute({
  method: 'get',
  path: '/appeals',
  operationId: 'listAppeals',
  summary: 'Appeals without their words: newest first, open ones by what is due first',
  security: SECURITY_OPERATOR,
  request: { query: PageQuery.extend({ state: AppealState.optional() }) },
  responses: ok('One page', AppealPage),
})
const getAppeal = createRoute({
  method: 'get',
  path: '/appeals/{id}',
  operationId: 'getAppeal',
  summary: 'One appeal without its words, and whether one may hear it',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The appeal', AppealDetail),
})
const readAppeal = createRoute({
  method: 'post',
  path: '/appeals/{id}/read',
  operationId: 'readAppeal',
  summary: 'Read what was written; that you did is recorded first',
  security: SECURITY,
  request: { params },
  responses: ok('The appeal with its words', AppealWords),
})
const takeAppeal = createRoute({
  method: 'post',
  path: '/appeals/{id}/take',
  operationId: 'takeAppeal',
  summary: 'Hear an appeal; refused to who had a hand in what is contested',
  security: SECURITY,
  request: { params },
  responses: oneAppeal,
})
const giveAppealBack = createRoute({
  method: 'post',
  path: '/appeals/{id}/give-back',
  operationId: 'giveAppealBack',
  summary: 'Leave an appeal to somebody else',
  security: SECURITY,
  request: { params },
  responses: oneAppeal,
})
const decideAppeal = createRoute({
  method: 'post',
  path: '/appeals/{id}/decide',
  operationId: 'decideAppeal',
  summary: 'Decide an appeal with reasons; what it overturns is undone',
  security: SECURITY,
  request: { params, body: body(AppealDecision) },
  responses: oneAppeal,
})

/** What people object to, and what becomes of it. */
export function appealRoutes({ redress, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { appeals } = redress
  const view = (appeal: Appeal): AppealView => {
    const { secretHash: _, overdueNoted: __, ...shown } = appeal
    return { ...shown, overdue: appeals.isOverdue(appeal) }
  }
  return createRouter(log)
    .openapi(listAppeals, async (c) => {
      const { items, next } = await appeals.list(c.req.valid('query'))
      return c.json({ items: items.map(view), next }, 200)
    })
    .openapi(getAppeal, async (c) => {
      const appeal = await appeals.get(c.req.valid('param').id)
      const { type, id } = actorOf(c)
      const objection = type === 'staff' ? await appeals.objectionTo(appeal, id) : null
      return c.json({ ...view(appeal), objection }, 200)
    })
    .openapi(readAppeal, async (c) => {
      const { appeal, ...words } = await appeals.read(c.req.valid('param').id, actorOf(c))
      return c.json({ appeal: view(appeal), ...words }, 200)
    })
    .openapi(takeAppeal, async (c) =>
      c.json(view(await appeals.take(c.req.valid('param').id, identityOf(c).person.id)), 200),
    )
    .openapi(giveAppealBack, async (c) =>
      c.json(view(await appeals.giveBack(c.req.valid('param').id, identityOf(c).person.id)), 200),
    )
    .openapi(decideAppeal, async (c) => {
      const decision = c.req.valid('json')
      return c.json(view(await appeals.decide(c.req.valid('param').id, decision, identityOf(c).person.id)), 200)
    })
}
