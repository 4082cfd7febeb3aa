import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import { readBootstrap } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { clearSession, identityOf, originOf, setCeremony } from './access.ts'
import type { StaffDoorDeps } from './deps.ts'
import { body, created, done, IdParam, ok, SECURITY } from './describe.ts'
import { LoginFinish, Me, PasskeyFinish, PasskeyView, SessionView, StartedView } from './schema.ts'
import { personView, sessionView } from './views.ts'

const security = SECURITY
const getSession = createRoute({
  method: 'get',
  path: '/api/v1/staff/session',
  operationId: 'getStaffSession',
  summary: 'Who is signed in, and what they hold',
  security,
  responses: ok('The person', Me),
})
const endSession = createRoute({
  method: 'delete',
  path: '/api/v1/staff/session',
  operationId: 'endStaffSession',
  summary: 'Sign out',
  security,
  responses: done,
})
const startTouch = createRoute({
  method: 'post',
  path: '/api/v1/staff/session/touch/options',
  operationId: 'startTouch',
  summary: 'Begin a fresh touch of the security key, before something grave',
  security,
  responses: ok('What the browser needs', StartedView),
})
const finishTouch = createRoute({
  method: 'post',
  path: '/api/v1/staff/session/touch',
  operationId: 'finishTouch',
  summary: 'The key was touched: grave actions are open for five minutes',
  security,
  request: { body: body(LoginFinish) },
  responses: done,
})
const listSessions = createRoute({
  method: 'get',
  path: '/api/v1/staff/sessions',
  operationId: 'listStaffSessions',
  summary: 'One’s own open sessions',
  security,
  responses: ok('The sessions', z.object({ items: z.array(SessionView) })),
})
const revokeSession = createRoute({
  method: 'delete',
  path: '/api/v1/staff/sessions/{id}',
  operationId: 'revokeStaffSession',
  summary: 'End one of one’s own sessions',
  security,
  request: { params: IdParam },
  responses: done,
})
const listPasskeys = createRoute({
  method: 'get',
  path: '/api/v1/staff/passkeys',
  operationId: 'listPasskeys',
  summary: 'One’s own security keys',
  security,
  responses: ok('The keys', z.object({ items: z.array(PasskeyView) })),
})
const startPasskey = createRoute({
  method: 'post',
  path: '/api/v1/staff/passkeys/options',
  operationId: 'startPasskey',
  summary: 'Begin to add a security key',
  security,
  responses: ok('What the browser needs', StartedView),
})
const finishPasskey = createRoute({
  method: 'post',
  path: '/api/v1/staff/passkeys',
  operationId: 'finishPasskey',
  summary: 'Add the security key',
  security,
  request: { body: body(PasskeyFinish) },
  responses: created('The key', PasskeyView),
})
const removePasskey = createRoute({
  method: 'delete',
  path: '/api/v1/staff/passkeys/{id}',
  operationId: 'removePasskey',
  summary: 'Remove a security key; the last one stays',
  security,
  request: { params: IdParam },
  responses: done,
})
const linkOidc = createRoute({
  method: 'post',
  path: '/api/v1/staff/oidc/link',
  operationId: 'linkIdentityProvider',
  summary: 'Begin to link one’s account at the identity provider',
  security,
  responses: ok('Where to go', z.object({ url: z.string() })),
})

/** What people do with their own sessions and keys. */
export function sessionRoutes({ staff, log }: StaffDoorDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(getSession, async (c) => {
      const { person, roles, csrf, fresh, session } = identityOf(c)
      const bootstrap = (await readBootstrap(staff.context))?.active === true
      const waiting = (await staff.approvals.inbox(person.id)).length
      const shown = { csrf, fresh, bootstrap, waiting, roles: [...roles] }
      return c.json({ person: await personView(staff, person), session: sessionView(session, session), ...shown }, 200)
    })
    .openapi(endSession, async (c) => {
      const { person, session } = identityOf(c)
      await staff.sessions.end(session.id, person.id, 'signed_out')
      clearSession(c, staff)
      return c.body(null, 204)
    })
    .openapi(startTouch, async (c) => c.json(await staff.signIn.startAgain(identityOf(c)), 200))
    .openapi(finishTouch, async (c) => {
      const { ceremony, assertion } = c.req.valid('json')
      await staff.signIn.finishAgain(identityOf(c), ceremony, assertion, originOf(c, '').source)
      return c.body(null, 204)
    })
    .openapi(listSessions, async (c) => {
      const { person, session } = identityOf(c)
      const items = (await staff.sessions.list(person.id)).map((open) => sessionView(open, session))
      return c.json({ items }, 200)
    })
    .openapi(revokeSession, async (c) => {
      const { person } = identityOf(c)
      const { id } = c.req.valid('param')
      const own = (await staff.sessions.list(person.id)).some((open) => open.id === id)
      if (!own) throw new AppError('NOT_FOUND', 'there is no such session of yours')
      await staff.sessions.end(id, person.id, 'revoked')
      return c.body(null, 204)
    })
    .openapi(listPasskeys, async (c) => {
      const items = (await staff.passkeys.list(identityOf(c).person.id)).map((key) => PasskeyView.parse(key))
      return c.json({ items }, 200)
    })
    .openapi(startPasskey, async (c) => c.json(await staff.passkeys.startAdding(identityOf(c)), 200))
    .openapi(finishPasskey, async (c) => {
      const { ceremony, attestation, label } = c.req.valid('json')
      const added = await staff.passkeys.add(identityOf(c).person.id, ceremony, attestation, label)
      return c.json(PasskeyView.parse(added), 201)
    })
    .openapi(removePasskey, async (c) => {
      await staff.passkeys.remove(identityOf(c).person.id, c.req.valid('param').id)
      return c.body(null, 204)
    })
    .openapi(linkOidc, async (c) => {
      if (staff.oidc === null) throw new AppError('NOT_FOUND', 'no identity provider is configured here')
      const { url, ceremony } = await staff.oidc.start(originOf(c, '').source, identityOf(c).person.id)
      setCeremony(c, staff, ceremony)
      return c.json({ url }, 200)
    })
}
