import { z } from 'zod'

export const DeliveryState = z.enum(['waiting', 'delivered', 'failed', 'erased'])
export type DeliveryState = z.infer<typeof DeliveryState>

/** One message to one channel, as staff see it. */
export const DeliveryView = z
  .object({
    id: z.string(),
    channel: z.string(),
    position: z.int().nonnegative().meta({ description: 'ledger entry that it tells of' }),
    kind: z.string(),
    state: DeliveryState.meta({
      description: '`failed`: given up, can be sent again; `erased`: the entry’s body was erased before it was sent',
    }),
    attempts: z.int().nonnegative(),
    createdAt: z.iso.datetime(),
    nextAt: z.iso.datetime().nullable().meta({ description: 'of the next attempt, while it waits' }),
    endedAt: z.iso.datetime().nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Delivery' })
export type DeliveryView = z.infer<typeof DeliveryView>

/** Who is told, and how that goes. */
export const ChannelView = z
  .object({
    id: z.string(),
    kind: z.string(),
    events: z.array(z.string()),
    minSeverity: z.string(),
    waiting: z.int().nonnegative().meta({ description: 'messages, or for a stream events, that wait' }),
    failed: z.int().nonnegative().meta({ description: 'messages that were given up' }),
    lastError: z.string().nullable(),
    lastSuccessAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'NotifyChannel' })
export type ChannelView = z.infer<typeof ChannelView>

/** A customer's own webhook: hears of what concerns that organisation. */
export const WebhookView = z
  .object({
    id: z.string(),
    organisationId: z.string(),
    url: z.string(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    endedWhy: z.string().nullable(),
  })
  .meta({ id: 'Webhook' })
export type WebhookView = z.infer<typeof WebhookView>

export const NewWebhook = z
  .strictObject({
    organisationId: z.string().max(100),
    url: z.url({ protocol: /^https?$/ }).max(2_000),
  })
  .meta({ id: 'NewWebhook' })
export type NewWebhook = z.infer<typeof NewWebhook>

export const CreatedWebhook = WebhookView.extend({
  secret: z.string().meta({ description: 'whsec_…, to check signatures with; shown this once' }),
}).meta({ id: 'CreatedWebhook' })
export type CreatedWebhook = z.infer<typeof CreatedWebhook>
