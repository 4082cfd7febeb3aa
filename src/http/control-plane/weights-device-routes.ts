import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { Device, Environment, NewDevice } from '../../weights/access/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  identityOf,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const WEIGHTS_DEVICE_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/weights/devices', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/devices/:id', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/devices', { action: 'weights.request' }],
  ['POST /api/v1/weights/devices/:id/revocation', { action: 'weights.lock', operator: true }],
  ['GET /api/v1/weights/environments', { action: 'weights.read', operator: true }],
  ['POST /api/v1/weights/environments/:id/revocation', { action: 'weights.lock', operator: true }],
])

const security = SECURITY_OPERATOR
const params = IdParam
const path = (of: string) => `/weights/${of}`
/** Why something ends. */
export const Why = z.strictObject({ reason: z.string().trim().min(1).max(2_000) }).meta({ id: 'WeightsRevocation' })

const listDevices = createRoute({
  method: 'get',
  path: path('devices'),
  operationId: 'listWeightsDevices',
  summary: 'Keys of devices that may ask for weights, or might have',
  security,
  request: { query: z.object({ state: Device.shape.state.optional() }) },
  responses: ok('All of them', listOf(Device, 'WeightsDeviceList')),
})
const getDevice = createRoute({
  method: 'get',
  path: path('devices/{id}'),
  operationId: 'getWeightsDevice',
  summary: 'One device',
  security,
  request: { params },
  responses: ok('The device', Device),
})
const registerDevice = createRoute({
  method: 'post',
  path: path('devices'),
  operationId: 'registerWeightsDevice',
  summary: 'Register the public key of a device as one’s own; others must approve it (weights.device)',
  security: SECURITY,
  request: { body: body(NewDevice) },
  responses: created('The device, pending', Device),
})
const revokeDevice = createRoute({
  method: 'post',
  path: path('devices/{id}/revocation'),
  operationId: 'revokeWeightsDevice',
  summary: 'Revoke a device at once, and with it whatever it has open; it never comes back',
  security,
  request: { params, body: body(Why) },
  responses: ok('The device', Device),
})
const listEnvironments = createRoute({
  method: 'get',
  path: path('environments'),
  operationId: 'listWeightsEnvironments',
  summary: 'Where weights are worked with outside of the sandbox, with what was attested',
  security,
  responses: ok('All of them', listOf(Environment, 'WeightsEnvironmentList')),
})
const revokeEnvironment = createRoute({
  method: 'post',
  path: path('environments/{id}/revocation'),
  operationId: 'revokeWeightsEnvironment',
  summary: 'Revoke an environment at once, and with it its standing grants',
  security,
  request: { params, body: body(Why) },
  responses: ok('The environment', Environment),
})

/** Which machines may ask for weights. */
export function weightsDeviceRoutes({ weights: { access }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listDevices, async (c) => c.json({ items: await access.devices.list(c.req.valid('query')) }, 200))
    .openapi(getDevice, async (c) => c.json(await access.devices.get(c.req.valid('param').id), 200))
    .openapi(registerDevice, async (c) =>
      c.json(await access.devices.register(c.req.valid('json'), identityOf(c).person.id), 201),
    )
    .openapi(revokeDevice, async (c) =>
      c.json(await access.devices.revoke(c.req.valid('param').id, actorOf(c), c.req.valid('json').reason), 200),
    )
    .openapi(listEnvironments, async (c) => c.json({ items: await access.environments.list() }, 200))
    .openapi(revokeEnvironment, async (c) =>
      c.json(await access.environments.revoke(c.req.valid('param').id, actorOf(c), c.req.valid('json').reason), 200),
    )
}
