import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { AppError, toAppError } from '../../base/errors.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { Scim } from '../../staff/index.ts'
import type { HttpEnv } from '../router.ts'
import type { StaffDoorDeps } from './deps.ts'
import {
  errorView,
  GroupResource,
  groupView,
  listView,
  Patch,
  patchGroup,
  patchUser,
  readFilter,
  toScimUser,
  UserResource,
  userView,
} from './scim-messages.ts'

const MAX_DEPTH = 16
const HEADERS = { 'content-type': 'application/scim+json' }

/** SCIM 2.0 (RFC 7644) for the identity provider, which holds a bearer token of its own. */
export function scimRoutes({ staff, log }: StaffDoorDeps): Hono<HttpEnv> {
  const router = new Hono<HttpEnv>()
  router.onError((thrown, c) => {
    const error =
      thrown instanceof z.ZodError ? new AppError('REQUEST_INVALID', z.prettifyError(thrown)) : toAppError(thrown)
    if (error.status >= 500) log.error({ err: error, requestId: c.get('requestId') }, 'provisioning failed')
    const type =
      error.code === 'CONFLICT' ? 'uniqueness' : error.code === 'REQUEST_INVALID' ? 'invalidValue' : undefined
    return new Response(JSON.stringify(errorView(error.status, error.message, type)), {
      status: error.status,
      headers: HEADERS,
    })
  })
  router.use('*', async (c, next) => {
    const token = /^Bearer +(\S{1,500})$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (staff.scim?.admits(token) !== true) throw new AppError('UNAUTHENTICATED', 'send the provisioning token')
    await next()
  })
  const scim = (): Scim => {
    if (staff.scim === null) throw new AppError('NOT_FOUND', 'there is no provisioning here')
    return staff.scim
  }
  const answer = (c: Context<HttpEnv>, body: object, status: 200 | 201 = 200) =>
    c.newResponse(JSON.stringify(body), status, HEADERS)

  router.get('/Users', async (c) => {
    const filter = readFilter(c.req.query('filter'), ['userName', 'externalId'])
    const by = filter === null ? {} : { [filter.name]: filter.value }
    return answer(c, listView((await scim().listUsers(by)).map(userView)))
  })
  router.post('/Users', async (c) => {
    const user = toScimUser(UserResource.parse(await readJson(c)))
    return answer(c, userView(await scim().createUser(user)), 201)
  })
  router.get('/Users/:id', async (c) => answer(c, userView(await scim().getUser(c.req.param('id')))))
  router.put('/Users/:id', async (c) => {
    const user = toScimUser(UserResource.parse(await readJson(c)))
    return answer(c, userView(await scim().updateUser(c.req.param('id'), user)))
  })
  router.patch('/Users/:id', async (c) => {
    const user = patchUser(Patch.parse(await readJson(c)))
    return answer(c, userView(await scim().updateUser(c.req.param('id'), user)))
  })
  router.delete('/Users/:id', async (c) => {
    await scim().updateUser(c.req.param('id'), { active: false })
    return c.body(null, 204)
  })

  router.get('/Groups', async (c) => {
    const filter = readFilter(c.req.query('filter'), ['displayName'])
    return answer(c, listView((await scim().listGroups(filter?.value)).map(groupView)))
  })
  router.post('/Groups', async (c) => {
    const { displayName, members } = GroupResource.parse(await readJson(c))
    return answer(c, groupView(await scim().createGroup({ displayName, members: members.map((m) => m.value) })), 201)
  })
  router.get('/Groups/:id', async (c) => answer(c, groupView(await scim().getGroup(c.req.param('id')))))
  router.put('/Groups/:id', async (c) => {
    const { displayName, members } = GroupResource.parse(await readJson(c))
    const set = await scim().updateGroup(c.req.param('id'), (g) => ({
      ...g,
      displayName,
      members: members.map((m) => m.value),
    }))
    return answer(c, groupView(set))
  })
  router.patch('/Groups/:id', async (c) => {
    const patch = Patch.parse(await readJson(c))
    return answer(c, groupView(await scim().updateGroup(c.req.param('id'), (group) => patchGroup(group, patch))))
  })
  router.delete('/Groups/:id', async (c) => {
    await scim().deleteGroup(c.req.param('id'))
    return c.body(null, 204)
  })
  return router
}

async function readJson(c: Context<HttpEnv>): Promise<unknown> {
  return parseStrictJson(new Uint8Array(await c.req.arrayBuffer()), { maxDepth: MAX_DEPTH })
}
