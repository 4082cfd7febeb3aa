import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  EXCEPTION_ACTION,
  NewException,
  NewPartnerBinding,
  PartnerBinding,
  ReleaseView,
} from '../../models/release/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const RELEASE_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/releases', { action: 'models.read', operator: true }],
  ['GET /api/v1/releases/:deployment', { action: 'models.read', operator: true }],
  ['POST /api/v1/releases/:deployment/preconditions', { action: 'models.register', operator: true }],
  ['POST /api/v1/release-exceptions', { action: 'deployment.resume' }],
  ['GET /api/v1/releases/:deployment/partners', { action: 'models.read', operator: true }],
  ['PUT /api/v1/releases/:deployment/partners/:surface', { action: 'deployment.resume' }],
])

const security = SECURITY_OPERATOR
const params = z.object({ deployment: z.string().max(100) })
const Filed = z.object({ approval: z.string(), state: z.string() }).meta({ id: 'ReleaseExceptionFiled' })

const listReleases = createRoute({
  method: 'get',
  path: '/releases',
  operationId: 'listReleases',
  summary: 'Every deployment with its preconditions',
  security,
  responses: ok('All', listOf(ReleaseView, 'ReleaseList')),
})
const checkRelease = createRoute({
  method: 'get',
  path: '/releases/{deployment}',
  operationId: 'checkRelease',
  summary: 'Every precondition of one deployment, with its evidence',
  security,
  request: { params },
  responses: ok('What was found', ReleaseView),
})
const prepare = createRoute({
  method: 'post',
  path: '/releases/{deployment}/preconditions',
  operationId: 'showPreconditions',
  summary:
    'Put on its case that every precondition holds, so that two people can open it; refused while one is missing',
  security,
  request: { params },
  responses: created('What was found', ReleaseView),
})
const requestException = createRoute({
  method: 'post',
  path: '/release-exceptions',
  operationId: 'requestReleaseException',
  summary: 'Ask that what is live already goes on for some days without the gate; a second person must agree',
  security: SECURITY,
  request: { body: body(NewException) },
  responses: created('What was filed', Filed),
})

const listPartners = createRoute({
  method: 'get',
  path: '/releases/{deployment}/partners',
  operationId: 'listPartnerBindings',
  summary: 'What binds the partners that serve a deployment, and how they have evaluated it',
  security,
  request: { params },
  responses: ok('Those on record', listOf(PartnerBinding, 'PartnerBindingList')),
})
const bindPartner = createRoute({
  method: 'put',
  path: '/releases/{deployment}/partners/{surface}',
  operationId: 'bindPartner',
  summary: 'Put on record what binds a partner, and its own evaluation; replaces what stood there',
  security: SECURITY,
  request: { params: params.extend({ surface: z.string().max(100) }), body: body(NewPartnerBinding) },
  responses: ok('As it stands now', PartnerBinding),
})

/** The gate of deployments. */
export function releaseRoutes({ release, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listReleases, async (c) => c.json({ items: await release.list() }, 200))
    .openapi(checkRelease, async (c) => c.json(await release.check(c.req.valid('param').deployment), 200))
    .openapi(prepare, async (c) => c.json(await release.prepare(c.req.valid('param').deployment), 201))
    .openapi(listPartners, async (c) =>
      c.json({ items: await release.partners.of(c.req.valid('param').deployment) }, 200),
    )
    .openapi(bindPartner, async (c) => {
      const { deployment, surface } = c.req.valid('param')
      return c.json(await release.partners.bind(deployment, surface, c.req.valid('json'), actorOf(c)), 200)
    })
    .openapi(requestException, async (c) => {
      const payload = c.req.valid('json')
      const requester = identityOf(c).person.id
      const { reason } = payload
      const { id, state } = await staff.approvals.request({ action: EXCEPTION_ACTION, payload, reason, requester })
      return c.json({ approval: id, state }, 201)
    })
}
