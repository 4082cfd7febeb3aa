import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { ApprovalEvidence, requireFreshKey, WebAuthnOptions } from '../../staff/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import { identityOf } from './access.ts'
import type { StaffDoorDeps } from './deps.ts'
import { body, created, IdParam, json, ok, SECURITY } from './describe.ts'
import { ApprovalPage, ApprovalQuery, ApprovalView, NewApproval, Signed, WithReason } from './schema.ts'
import { approvalView } from './views.ts'

const security = SECURITY
const params = IdParam
const oneApproval = { 200: json('The approval', ApprovalView), default: problemResponse }

const listApprovals = createRoute({
  method: 'get',
  path: '/api/v1/approvals',
  operationId: 'listApprovals',
  summary: 'Requests, the newest first; nothing is ever removed',
  security,
  request: { query: ApprovalQuery },
  responses: ok('One page', ApprovalPage),
})
const requestApproval = createRoute({
  method: 'post',
  path: '/api/v1/approvals',
  operationId: 'requestApproval',
  summary: 'Ask for an action; what takes one person is carried out at once',
  security,
  request: { body: body(NewApproval) },
  responses: created('The approval', ApprovalView),
})
const inbox = createRoute({
  method: 'get',
  path: '/api/v1/approvals/inbox',
  operationId: 'listApprovalInbox',
  summary: 'What waits for the person who is signed in',
  security,
  responses: ok('The requests', z.object({ items: z.array(ApprovalView) })),
})
const getApproval = createRoute({
  method: 'get',
  path: '/api/v1/approvals/{id}',
  operationId: 'getApproval',
  summary: 'One request with its votes',
  security,
  request: { params },
  responses: oneApproval,
})
const getEvidence = createRoute({
  method: 'get',
  path: '/api/v1/approvals/{id}/evidence',
  operationId: 'getApprovalEvidence',
  summary: 'The statement and the signatures, to check offline',
  security,
  request: { params },
  responses: ok('The evidence', ApprovalEvidence),
})
const startApproval = createRoute({
  method: 'post',
  path: '/api/v1/approvals/{id}/options',
  operationId: 'startApproval',
  summary: 'What the browser needs to sign the statement',
  security,
  request: { params },
  responses: ok('For navigator.credentials.get', WebAuthnOptions),
})
const approve = createRoute({
  method: 'post',
  path: '/api/v1/approvals/{id}/approve',
  operationId: 'approve',
  summary: 'Agree, by a signature over the digest of the statement',
  security,
  request: { params, body: body(Signed) },
  responses: oneApproval,
})
const deny = createRoute({
  method: 'post',
  path: '/api/v1/approvals/{id}/deny',
  operationId: 'deny',
  summary: 'Say no, which ends the request',
  security,
  request: { params, body: body(WithReason) },
  responses: oneApproval,
})
const withdraw = createRoute({
  method: 'post',
  path: '/api/v1/approvals/{id}/withdraw',
  operationId: 'withdrawApproval',
  summary: 'Take one’s own request back',
  security,
  request: { params, body: body(WithReason) },
  responses: oneApproval,
})

/** Decisions that take several people, of every room. */
export function approvalRoutes({ staff, log }: StaffDoorDeps): OpenAPIHono<HttpEnv> {
  const { approvals } = staff
  return createRouter(log)
    .openapi(listApprovals, async (c) => {
      const { items, next } = await approvals.list({ ...c.req.valid('query'), viewer: identityOf(c).person.id })
      return c.json({ items: await Promise.all(items.map((a) => approvalView(staff, a))), next }, 200)
    })
    .openapi(requestApproval, async (c) => {
      const { action, payload, reason, expiresInMs } = c.req.valid('json')
      const identity = identityOf(c)
      if (approvals.needsFreshKey(action)) requireFreshKey(identity)
      const requester = identity.person.id
      const made = await approvals.request({ action, payload, reason, requester, expiresInMs })
      return c.json(await approvalView(staff, made), 201)
    })
    .openapi(inbox, async (c) => {
      const waiting = await approvals.inbox(identityOf(c).person.id)
      return c.json({ items: await Promise.all(waiting.map((a) => approvalView(staff, a))) }, 200)
    })
    .openapi(getApproval, async (c) =>
      c.json(await approvalView(staff, await approvals.get(c.req.valid('param').id, identityOf(c).person.id)), 200),
    )
    .openapi(getEvidence, async (c) =>
      c.json(await approvals.evidence(c.req.valid('param').id, identityOf(c).person.id), 200),
    )
    .openapi(startApproval, async (c) =>
      c.json(await approvals.options(c.req.valid('param').id, identityOf(c).person.id), 200),
    )
    .openapi(approve, async (c) => {
      const { assertion } = c.req.valid('json')
      const approval = await approvals.approve(c.req.valid('param').id, identityOf(c).person.id, assertion)
      return c.json(await approvalView(staff, approval), 200)
    })
    .openapi(deny, async (c) => {
      const { reason } = c.req.valid('json')
      const denied = await approvals.deny(c.req.valid('param').id, identityOf(c).person.id, reason)
      return c.json(await approvalView(staff, denied), 200)
    })
    .openapi(withdraw, async (c) => {
      const { reason } = c.req.valid('json')
      const withdrawn = await approvals.withdraw(c.req.valid('param').id, identityOf(c).person.id, reason)
      return c.json(await approvalView(staff, withdrawn), 200)
    })
}
