import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { ActionView, endBootstrap, listActions, NewPerson, readBootstrap, relyingParty } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, identityOf } from './access.ts'
import type { StaffDoorDeps } from './deps.ts'
import { body, created, done, IdParam, ok, PageQuery, SECURITY } from './describe.ts'
import { BootstrapView, IssuedLink, PersonPage, PersonView, Training, WithReason } from './schema.ts'
import { personView } from './views.ts'

const security = SECURITY
const params = IdParam

const listActionsRoute = createRoute({
  method: 'get',
  path: '/api/v1/staff/actions',
  operationId: 'listStaffActions',
  summary: 'Who may do what: the whole table',
  security,
  responses: ok('The table', z.object({ items: z.array(ActionView) })),
})
const listPeople = createRoute({
  method: 'get',
  path: '/api/v1/staff/people',
  operationId: 'listPeople',
  summary: 'People, what they hold, and why a role sleeps',
  security,
  request: { query: PageQuery },
  responses: ok('One page', PersonPage),
})
const addPerson = createRoute({
  method: 'post',
  path: '/api/v1/staff/people',
  operationId: 'addPerson',
  summary: 'Add a person, who holds nothing yet',
  security,
  request: { body: body(NewPerson) },
  responses: created('The person', PersonView),
})
const getPerson = createRoute({
  method: 'get',
  path: '/api/v1/staff/people/{id}',
  operationId: 'getPerson',
  summary: 'One person',
  security,
  request: { params },
  responses: ok('The person', PersonView),
})
const issueLink = createRoute({
  method: 'post',
  path: '/api/v1/staff/people/{id}/link',
  operationId: 'issueEnrolmentLink',
  summary: 'A one-time link by which a person registers a first security key',
  security,
  request: { params },
  responses: created('The link', IssuedLink),
})
const deactivate = createRoute({
  method: 'post',
  path: '/api/v1/staff/people/{id}/deactivate',
  operationId: 'deactivatePerson',
  summary: 'Somebody leaves or is stopped: sessions, roles, keys and requests end at once',
  security,
  request: { params },
  responses: ok('The person', PersonView),
})
const recordTraining = createRoute({
  method: 'post',
  path: '/api/v1/staff/people/{id}/training',
  operationId: 'recordTraining',
  summary: 'Note that somebody else completed training elsewhere',
  security,
  request: { params, body: body(Training) },
  responses: ok('The person', PersonView),
})
const revokeSessions = createRoute({
  method: 'delete',
  path: '/api/v1/staff/people/{id}/sessions',
  operationId: 'revokeSessionsOfPerson',
  summary: 'End all sessions of a person',
  security,
  request: { params },
  responses: done,
})
const endAssignment = createRoute({
  method: 'delete',
  path: '/api/v1/staff/assignments/{id}',
  operationId: 'endAssignment',
  summary: 'Take a role away',
  security,
  request: { params, body: body(WithReason) },
  responses: done,
})
const reviewAssignment = createRoute({
  method: 'post',
  path: '/api/v1/staff/assignments/{id}/review',
  operationId: 'reviewAssignment',
  summary: 'The job of somebody else still needs this role',
  security,
  request: { params },
  responses: done,
})
const getBootstrap = createRoute({
  method: 'get',
  path: '/api/v1/staff/bootstrap',
  operationId: 'getBootstrap',
  summary: 'Whether one administrator may still give roles alone, and until when',
  security,
  responses: ok('The bootstrap', BootstrapView),
})
const stopBootstrap = createRoute({
  method: 'delete',
  path: '/api/v1/staff/bootstrap',
  operationId: 'endBootstrap',
  summary: 'End the bootstrap early',
  security,
  responses: done,
})

/** People and what they hold. Roles are given by approval: action `staff.grant_role`. */
export function peopleRoutes({ staff, log }: StaffDoorDeps): OpenAPIHono<HttpEnv> {
  const view = async (id: string) => personView(staff, await staff.people.get(id))
  return createRouter(log)
    .openapi(listActionsRoute, (c) => c.json({ items: listActions() }, 200))
    .openapi(listPeople, async (c) => {
      const { items, next } = await staff.people.list(c.req.valid('query'))
      return c.json({ items: await Promise.all(items.map((person) => personView(staff, person))), next }, 200)
    })
    .openapi(addPerson, async (c) =>
      c.json(await view((await staff.people.add(c.req.valid('json'), actorOf(c))).id), 201),
    )
    .openapi(getPerson, async (c) => c.json(await view(c.req.valid('param').id), 200))
    .openapi(issueLink, async (c) => {
      const { token, expiresAt } = await staff.enrolment.invite(c.req.valid('param').id, actorOf(c))
      const { origin } = relyingParty(staff.context.config)
      // After the #, so that it reaches no server log and no referrer.
      return c.json({ url: `${origin}/setup#${token}`, expiresAt }, 201)
    })
    .openapi(deactivate, async (c) => {
      const { id } = c.req.valid('param')
      await staff.people.deactivate(id, actorOf(c), 'restricted')
      return c.json(await view(id), 200)
    })
    .openapi(recordTraining, async (c) => {
      const { id } = c.req.valid('param')
      const { completedAt, courses } = c.req.valid('json')
      await staff.people.recordTraining(id, completedAt, actorOf(c), courses)
      return c.json(await view(id), 200)
    })
    .openapi(revokeSessions, async (c) => {
      const by = identityOf(c).person.id
      for (const { id } of await staff.sessions.list(c.req.valid('param').id))
        await staff.sessions.end(id, by, 'revoked')
      return c.body(null, 204)
    })
    .openapi(endAssignment, async (c) => {
      await staff.assignments.end(c.req.valid('param').id, actorOf(c), c.req.valid('json').reason)
      return c.body(null, 204)
    })
    .openapi(reviewAssignment, async (c) => {
      await staff.assignments.review(c.req.valid('param').id, identityOf(c).person.id)
      return c.body(null, 204)
    })
    .openapi(getBootstrap, async (c) => {
      const found = await readBootstrap(staff.context)
      const none = { active: false, startedAt: null, endsAt: null, endedAt: null }
      return c.json(found === null ? none : BootstrapView.parse(found), 200)
    })
    .openapi(stopBootstrap, async (c) => {
      await endBootstrap(staff.context, actorOf(c))
      return c.body(null, 204)
    })
}
