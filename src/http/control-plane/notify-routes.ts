import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  ChannelView,
  CreatedWebhook,
  DeliveryState,
  DeliveryView,
  NewWebhook,
  WebhookView,
} from '../../notify/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  done,
  IdParam,
  listOf,
  ok,
  PageQuery,
  pageOf,
  type RouteActions,
  SECURITY_OPERATOR as SECURITY,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const NOTIFY_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/notify/channels', { action: 'notify.read', operator: true }],
  ['GET /api/v1/notify/deliveries', { action: 'notify.read', operator: true }],
  ['POST /api/v1/notify/deliveries/:id/retry', { action: 'notify.manage', operator: true }],
  ['GET /api/v1/notify/webhooks', { action: 'notify.read', operator: true }],
  ['POST /api/v1/notify/webhooks', { action: 'notify.manage', operator: true }],
  ['DELETE /api/v1/notify/webhooks/:id', { action: 'notify.manage', operator: true }],
])

const listChannels = createRoute({
  method: 'get',
  path: '/notify/channels',
  operationId: 'listNotifyChannels',
  summary: 'Who is told of what happens, and how that goes',
  security: SECURITY,
  responses: ok('All of them', listOf(ChannelView, 'NotifyChannelList')),
})
const listDeliveries = createRoute({
  method: 'get',
  path: '/notify/deliveries',
  operationId: 'listDeliveries',
  summary: 'Messages that went, wait or were given up, newest first',
  security: SECURITY,
  request: {
    query: PageQuery.extend({ channel: z.string().max(100).optional(), state: DeliveryState.optional() }),
  },
  responses: ok('One page', pageOf(DeliveryView, 'DeliveryPage')),
})
const retryDelivery = createRoute({
  method: 'post',
  path: '/notify/deliveries/{id}/retry',
  operationId: 'retryDelivery',
  summary: 'Send again what was given up',
  security: SECURITY,
  request: { params: IdParam },
  responses: done,
})
const listWebhooks = createRoute({
  method: 'get',
  path: '/notify/webhooks',
  operationId: 'listWebhooks',
  summary: 'Customers’ webhooks',
  security: SECURITY,
  request: { query: z.object({ organisationId: z.string().max(100).optional() }) },
  responses: ok('All of them', listOf(WebhookView, 'WebhookList')),
})
const createWebhook = createRoute({
  method: 'post',
  path: '/notify/webhooks',
  operationId: 'createWebhook',
  summary: 'Tell a customer of what concerns them; the signing secret is shown in this answer only',
  security: SECURITY,
  request: { body: body(NewWebhook) },
  responses: created('The webhook with its secret', CreatedWebhook),
})
const endWebhook = createRoute({
  method: 'delete',
  path: '/notify/webhooks/{id}',
  operationId: 'endWebhook',
  summary: 'Stop telling a customer',
  security: SECURITY,
  request: { params: IdParam },
  responses: done,
})

/** Who outside hears of what happens. */
export function notifyRoutes({ notify, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listChannels, async (c) => c.json({ items: await notify.channels() }, 200))
    .openapi(listDeliveries, async (c) => c.json(await notify.deliveries(c.req.valid('query')), 200))
    .openapi(retryDelivery, async (c) => {
      await notify.retry(c.req.valid('param').id)
      return c.body(null, 204)
    })
    .openapi(listWebhooks, async (c) =>
      c.json({ items: await notify.webhooks.list(c.req.valid('query').organisationId) }, 200),
    )
    .openapi(createWebhook, async (c) => c.json(await notify.webhooks.create(c.req.valid('json'), actorOf(c)), 201))
    .openapi(endWebhook, async (c) => {
      await notify.webhooks.end(c.req.valid('param').id, 'asked for', actorOf(c))
      return c.body(null, 204)
    })
}
