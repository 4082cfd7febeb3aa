import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  CONTROL_EXCEPTION_ACTION,
  ControlAttestation,
  ControlBoard,
  ControlChange,
  ControlView,
  NewAttestation,
  NewControlException,
} from '../../controls/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
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

export const CONTROL_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/controls', { action: 'controls.read', operator: true }],
  ['GET /api/v1/control-changes', { action: 'controls.read', operator: true }],
  ['GET /api/v1/controls/:id', { action: 'controls.read', operator: true }],
  ['GET /api/v1/controls/:id/history', { action: 'controls.read', operator: true }],
  ['POST /api/v1/controls/:id/attestations', { action: 'controls.attest' }],
  ['POST /api/v1/control-exceptions', { action: 'controls.except' }],
])

const security = SECURITY_OPERATOR
const params = z.object({ id: z.string().max(20) })
const limit = z.coerce.number().int().min(1).max(200).default(50)
const name = z.string().max(40)
const Filed = z.object({ approval: z.string(), state: z.string() }).meta({ id: 'ControlExceptionFiled' })

const getBoard = createRoute({
  method: 'get',
  path: '/controls',
  operationId: 'getControlBoard',
  summary: 'Every control as it stands, and how many of the profile hold',
  security,
  request: {
    query: z.object({
      profile: name.optional().meta({ description: 'counts for this profile instead of the one in force' }),
      overlay: name.optional().meta({ description: 'on top of `profile`' }),
    }),
  },
  responses: ok('The board', ControlBoard),
})
const getControl = createRoute({
  method: 'get',
  path: '/controls/{id}',
  operationId: 'getControl',
  summary: 'One control: what it asks for, how it stands and on what that rests',
  security,
  request: { params },
  responses: ok('The control', ControlView),
})
const getHistory = createRoute({
  method: 'get',
  path: '/controls/{id}/history',
  operationId: 'getControlHistory',
  summary: 'How a control came to stand as it does, newest first',
  security,
  request: {
    params,
    query: z.object({
      limit,
      before: z.string().max(100).optional().meta({ description: '`id` of the oldest change that is known' }),
    }),
  },
  responses: ok('Changes', listOf(ControlChange, 'ControlChangeList')),
})
const getChanges = createRoute({
  method: 'get',
  path: '/control-changes',
  operationId: 'listControlChanges',
  summary: 'What changed last, of all controls, newest first',
  security,
  request: { query: z.object({ limit }) },
  responses: ok('Changes', listOf(ControlChange, 'LatestControlChangeList')),
})
const attest = createRoute({
  method: 'post',
  path: '/controls/{id}/attestations',
  operationId: 'attestControl',
  summary:
    'Say under one’s own name that a control holds, or that it does not; for who holds the role that answers for it',
  security: SECURITY,
  request: { params, body: body(NewAttestation) },
  responses: created('What is on record', ControlAttestation),
})
const requestException = createRoute({
  method: 'post',
  path: '/control-exceptions',
  operationId: 'requestControlException',
  summary: 'Ask that a control may fail for some days; a second person must agree, and its state stays what it is',
  security: SECURITY,
  request: { body: body(NewControlException) },
  responses: created('What was filed', Filed),
})

/** Whether the commitments hold. */
export function controlRoutes({ controls, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(getBoard, async (c) => {
      const { profile, overlay } = c.req.valid('query')
      const asked = profile ?? controls.config.profile
      const overlays = overlay === undefined ? (profile === undefined ? controls.config.overlays : []) : [overlay]
      return c.json(await controls.board({ profile: asked, overlays }), 200)
    })
    .openapi(getControl, async (c) => c.json(await controls.view(c.req.valid('param').id), 200))
    .openapi(getHistory, async (c) => {
      const items = await controls.history(c.req.valid('param').id, c.req.valid('query'))
      return c.json({ items }, 200)
    })
    .openapi(getChanges, async (c) => c.json({ items: await controls.changes(c.req.valid('query').limit) }, 200))
    .openapi(attest, async (c) => {
      const { person, roles } = identityOf(c)
      const by = { person: person.id, roles }
      return c.json(await controls.attest(c.req.valid('param').id, c.req.valid('json'), by), 201)
    })
    .openapi(requestException, async (c) => {
      const payload = c.req.valid('json')
      const requester = identityOf(c).person.id
      const { reason } = payload
      const { id, state } = await staff.approvals.request({
        ...{ action: CONTROL_EXCEPTION_ACTION, payload, reason, requester },
      })
      return c.json({ approval: id, state }, 201)
    })
}
