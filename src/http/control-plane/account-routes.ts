import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  ApiKey,
  CreatedKey,
  LimitsPatch,
  NewKey,
  NewOrganisation,
  NewProject,
  Organisation,
  OrganisationPatch,
  Project,
} from '../../accounts/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY_OPERATOR as SECURITY,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { ApiKeyPage, OrganisationPage, ProjectPage } from './schema.ts'

export const ACCOUNT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/organisations', { action: 'accounts.read', operator: true }],
  ['POST /api/v1/organisations', { action: 'accounts.manage', operator: true }],
  ['GET /api/v1/organisations/:id', { action: 'accounts.read', operator: true }],
  ['PATCH /api/v1/organisations/:id', { action: 'accounts.manage', operator: true }],
  ['GET /api/v1/projects', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/projects/:id', { action: 'accounts.read', operator: true }],
  ['POST /api/v1/projects', { action: 'accounts.manage', operator: true }],
  ['PATCH /api/v1/projects/:id', { action: 'accounts.manage', operator: true }],
  ['GET /api/v1/keys', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/keys/:id', { action: 'accounts.read', operator: true }],
  ['POST /api/v1/keys', { action: 'accounts.manage', operator: true }],
  ['DELETE /api/v1/keys/:id', { action: 'accounts.manage', operator: true }],
])

const listOrganisations = createRoute({
  method: 'get',
  path: '/organisations',
  operationId: 'listOrganisations',
  summary: 'List organisations',
  security: SECURITY,
  request: { query: PageQuery },
  responses: ok('One page', OrganisationPage),
})
const getOrganisation = createRoute({
  method: 'get',
  path: '/organisations/{id}',
  operationId: 'getOrganisation',
  summary: 'One organisation',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The organisation', Organisation),
})
const createOrganisation = createRoute({
  method: 'post',
  path: '/organisations',
  operationId: 'createOrganisation',
  summary: 'Create an organisation',
  security: SECURITY,
  request: { body: body(NewOrganisation) },
  responses: created('The organisation', Organisation),
})
const changeOrganisation = createRoute({
  method: 'patch',
  path: '/organisations/{id}',
  operationId: 'changeOrganisation',
  summary: 'Put an organisation into a tier, which overlays of the policy may name, from its next request on',
  security: SECURITY,
  request: { params: IdParam, body: body(OrganisationPatch) },
  responses: ok('The organisation', Organisation),
})
const listProjects = createRoute({
  method: 'get',
  path: '/projects',
  operationId: 'listProjects',
  summary: 'List projects',
  security: SECURITY,
  request: { query: PageQuery.extend({ organisationId: z.string().max(100).optional() }) },
  responses: ok('One page', ProjectPage),
})
const getProject = createRoute({
  method: 'get',
  path: '/projects/{id}',
  operationId: 'getProject',
  summary: 'One project with its own rate limits',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The project', Project),
})
const createProject = createRoute({
  method: 'post',
  path: '/projects',
  operationId: 'createProject',
  summary: 'Create a project in an organisation',
  security: SECURITY,
  request: { body: body(NewProject) },
  responses: created('The project', Project),
})
const limitProject = createRoute({
  method: 'patch',
  path: '/projects/{id}',
  operationId: 'limitProject',
  summary: 'Change the rate limits of a project, from its next request on',
  security: SECURITY,
  request: { params: IdParam, body: body(LimitsPatch) },
  responses: ok('The project', Project),
})
const listKeys = createRoute({
  method: 'get',
  path: '/keys',
  operationId: 'listKeys',
  summary: 'List keys, without their secrets',
  security: SECURITY,
  request: { query: PageQuery.extend({ projectId: z.string().max(100).optional() }) },
  responses: ok('One page', ApiKeyPage),
})
const getKey = createRoute({
  method: 'get',
  path: '/keys/{id}',
  operationId: 'getKey',
  summary: 'One key, without its secret',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The key', ApiKey),
})
const createKey = createRoute({
  method: 'post',
  path: '/keys',
  operationId: 'createKey',
  summary: 'Create a key; its secret is shown in this answer only',
  security: SECURITY,
  request: { body: body(NewKey) },
  responses: created('The key with its secret', CreatedKey),
})
const revokeKey = createRoute({
  method: 'delete',
  path: '/keys/{id}',
  operationId: 'revokeKey',
  summary: 'Revoke a key, from its next request on',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The revoked key', ApiKey),
})

/** Customers, their projects and keys. */
export function accountRoutes({ accounts, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listOrganisations, async (c) => c.json(await accounts.organisations(c.req.valid('query')), 200))
    .openapi(getOrganisation, async (c) => c.json(await accounts.organisation(c.req.valid('param').id), 200))
    .openapi(createOrganisation, async (c) =>
      c.json(await accounts.createOrganisation(c.req.valid('json'), actorOf(c)), 201),
    )
    .openapi(changeOrganisation, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await accounts.setOrganisationTier(id, c.req.valid('json'), actorOf(c)), 200)
    })
    .openapi(listProjects, async (c) => c.json(await accounts.projects(c.req.valid('query')), 200))
    .openapi(getProject, async (c) => c.json(await accounts.project(c.req.valid('param').id), 200))
    .openapi(createProject, async (c) => c.json(await accounts.createProject(c.req.valid('json'), actorOf(c)), 201))
    .openapi(limitProject, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await accounts.setProjectLimits(id, c.req.valid('json'), actorOf(c)), 200)
    })
    .openapi(listKeys, async (c) => c.json(await accounts.keys(c.req.valid('query')), 200))
    .openapi(getKey, async (c) => c.json(await accounts.key(c.req.valid('param').id), 200))
    .openapi(createKey, async (c) => c.json(await accounts.createKey(c.req.valid('json'), actorOf(c)), 201))
    .openapi(revokeKey, async (c) => c.json(await accounts.revokeKey(c.req.valid('param').id, actorOf(c)), 200))
}
