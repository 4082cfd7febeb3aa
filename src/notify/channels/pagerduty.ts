import { factsOf, type Message } from '../message.ts'
import type { MessageChannel } from './channel.ts'
import { post } from './http.ts'

const SEVERITIES: Readonly<Record<Message['severity'], string>> = {
  info: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
}
const MAX_SUMMARY_CHARS = 1_024
/** What an event of this kind puts an end to. */
const RESOLVES: Readonly<Record<string, true>> = { 'canary.recovered': true }

/** PagerDuty's Events API, version 2, which Opsgenie and others take as well. One incident per room and subject. */
export class PagerDutyChannel implements MessageChannel {
  readonly #url: string
  readonly #routingKey: string
  constructor(url: string, routingKey: string) {
    this.#url = url
    this.#routingKey = routingKey
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const { event, kind, link } = message
    const body = JSON.stringify({
      routing_key: this.#routingKey,
      event_action: RESOLVES[kind] === true ? 'resolve' : 'trigger',
      dedup_key: `${kind.split('.')[0]}/${event.subject.type}/${event.subject.id}`,
      payload: {
        summary: message.title.slice(0, MAX_SUMMARY_CHARS),
        source: message.installation,
        severity: SEVERITIES[message.severity],
        timestamp: message.at,
        class: kind,
        custom_details: Object.fromEntries(factsOf(message)),
      },
      ...(link === null ? {} : { links: [{ href: link, text: 'Console' }] }),
    })
    await post(this.#url, { headers: {}, body, signal })
  }
}
