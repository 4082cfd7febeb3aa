import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import { relyingParty } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { originOf, setCeremony, setSession, takeCeremony } from './access.ts'
import type { StaffDoorDeps } from './deps.ts'
import { body, done, ok } from './describe.ts'
import { DevelopmentLogin, EnrolmentFinish, EnrolmentStart, LoginFinish, StartedView, WaysIn } from './schema.ts'

const waysIn = createRoute({
  method: 'get',
  path: '/api/v1/staff/ways-in',
  operationId: 'getWaysIn',
  summary: 'How people can sign in here',
  responses: ok('The ways', WaysIn),
})
const startEnrolment = createRoute({
  method: 'post',
  path: '/api/v1/staff/enrolment/options',
  operationId: 'startEnrolment',
  summary: 'Begin to register a first security key, by a one-time link; the first administrator says who they are',
  request: { body: body(EnrolmentStart) },
  responses: ok('What the browser needs', StartedView),
})
const finishEnrolment = createRoute({
  method: 'post',
  path: '/api/v1/staff/enrolment',
  operationId: 'finishEnrolment',
  summary: 'Register the key, use up the link, sign in',
  request: { body: body(EnrolmentFinish) },
  responses: done,
})
const startLogin = createRoute({
  method: 'post',
  path: '/api/v1/staff/login/options',
  operationId: 'startLogin',
  summary: 'Begin to sign in with a security key',
  responses: ok('What the browser needs', StartedView),
})
const finishLogin = createRoute({
  method: 'post',
  path: '/api/v1/staff/login',
  operationId: 'finishLogin',
  summary: 'Sign in: the session is in the cookie',
  request: { body: body(LoginFinish) },
  responses: done,
})
const developmentLogin = createRoute({
  method: 'post',
  path: '/api/v1/staff/login/development',
  operationId: 'developmentLogin',
  summary: 'Sign in without proof, where the configuration says so; never in earnest',
  request: { body: body(DevelopmentLogin) },
  responses: done,
})

/** The ways in. */
export function signInRoutes({ staff, log }: StaffDoorDeps): OpenAPIHono<HttpEnv> {
  const router = createRouter(log)
    .openapi(waysIn, (c) => {
      const { oidc, context } = staff
      return c.json({ passkey: true as const, oidc: oidc !== null, development: context.config.developmentLogin }, 200)
    })
    .openapi(startEnrolment, async (c) => {
      const { token, person } = c.req.valid('json')
      return c.json(await staff.enrolment.start(token, person, originOf(c, '').source), 200)
    })
    .openapi(finishEnrolment, async (c) => {
      const answer = c.req.valid('json')
      const { token } = await staff.enrolment.finish(answer, originOf(c, answer.label))
      setSession(c, staff, token)
      return c.body(null, 204)
    })
    .openapi(startLogin, async (c) => c.json(await staff.signIn.start(originOf(c, '').source), 200))
    .openapi(finishLogin, async (c) => {
      const { ceremony, assertion, device } = c.req.valid('json')
      const { token } = await staff.signIn.finish(ceremony, assertion, originOf(c, device))
      setSession(c, staff, token)
      return c.body(null, 204)
    })
    .openapi(developmentLogin, async (c) => {
      const { token } = await staff.signIn.developmentSignIn(c.req.valid('json').roles, originOf(c, 'development'))
      setSession(c, staff, token)
      return c.body(null, 204)
    })
  // A browser walks these itself, to the provider and back.
  router.get('/login/oidc', async (c) => {
    if (staff.oidc === null) throw new AppError('NOT_FOUND', 'no identity provider is configured here')
    const { url, ceremony } = await staff.oidc.start(originOf(c, '').source, null)
    setCeremony(c, staff, ceremony)
    return c.redirect(url, 303)
  })
  router.get('/login/oidc/callback', async (c) => {
    if (staff.oidc === null) throw new AppError('NOT_FOUND', 'no identity provider is configured here')
    const { search } = new URL(c.req.url)
    const { token } = await staff.oidc.finish(takeCeremony(c, staff), search, originOf(c, 'browser'))
    setSession(c, staff, token)
    return c.redirect(`${relyingParty(staff.context.config).origin}/`, 303)
  })
  return router
}
