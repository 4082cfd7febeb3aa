import { createHmac } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../base/clock.ts'
import type { Message } from '../message.ts'
import type { MessageChannel } from './channel.ts'
import { post } from './http.ts'

/**
 * The headers that prove a webhook: HMAC-SHA-256 over `id.timestamp.body`, base64.
 *
 * @param secret `whsec_` and base64, or any text, which is then taken as it is.
 * @see Standard Webhooks 1.0, "Webhook headers" and "Signature scheme"
 */
export function signatureHeaders(
  { id, body, atSeconds }: { id: string; body: string; atSeconds: number },
  secret: string,
): Record<string, string> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${atSeconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(atSeconds), 'webhook-signature': `v1,${signature}` }
}

/** Signed webhooks: whoever holds the secret can tell who sent one, when, and that nothing was changed. */
export class WebhookChannel implements MessageChannel {
  readonly #options: {
    url: string
    secret: string
    clock: Clock
    dispatcher?: Dispatcher
    payload: (message: Message) => unknown
  }

  constructor(options: {
    url: string
    secret: string
    clock: Clock
    dispatcher?: Dispatcher
    payload?: (message: Message) => unknown
  }) {
    this.#options = { payload: staffPayload, ...options }
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const { url, secret, clock, dispatcher, payload } = this.#options
    const body = JSON.stringify(payload(message))
    const headers = signatureHeaders({ id: message.id, body, atSeconds: Math.floor(clock.now() / 1_000) }, secret)
    await post(url, { headers, body, signal, ...(dispatcher === undefined ? {} : { dispatcher }) })
  }
}

/** What staff's own webhooks carry: the whole event. */
function staffPayload({ kind, at, severity, position, installation, link, event }: Message) {
  return { type: kind, timestamp: at, data: { severity, installation, position, link, event } }
}
