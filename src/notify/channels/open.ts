import type { Clock } from '../../base/clock.ts'
import type { Channel } from '../config.ts'
import type { Severity } from '../severity.ts'
import type { MessageChannel, StreamChannel } from './channel.ts'
import { MailChannel } from './mail.ts'
import { OcsfHttpChannel } from './ocsf-http.ts'
import { PagerDutyChannel } from './pagerduty.ts'
import { SlackChannel } from './slack.ts'
import { SyslogChannel } from './syslog.ts'
import { WebhookChannel } from './webhook.ts'

/** A configured channel, ready to send: either message by message or as a stream. */
export interface Wired {
  readonly id: string
  readonly kind: Channel['kind']
  readonly events: readonly string[]
  readonly minSeverity: Severity
  readonly messages?: MessageChannel
  readonly stream?: StreamChannel
}

/** What a channel hears of when its configuration doesn't say: collectors everything, people what needs them. */
const LEAST: Readonly<Record<Channel['kind'], Severity>> = {
  webhook: 'low',
  slack: 'medium',
  mail: 'medium',
  pagerduty: 'high',
  'ocsf-http': 'info',
  syslog: 'info',
}

/** @param secret Checked to be there where the kind needs one. */
export function wire(channel: Channel, secret: string | undefined, clock: Clock): Wired {
  const { id, kind, events, minSeverity } = channel
  const named = {
    id,
    kind,
    events: events ?? ['*'],
    // Whoever names kinds of events wants them, however quiet.
    minSeverity: minSeverity ?? (events === undefined ? LEAST[kind] : 'info'),
  }
  switch (channel.kind) {
    case 'webhook':
      return { ...named, messages: new WebhookChannel({ url: channel.url, secret: secret ?? '', clock }) }
    case 'slack':
      return { ...named, messages: new SlackChannel(secret ?? '') }
    case 'pagerduty':
      return { ...named, messages: new PagerDutyChannel(channel.url, secret ?? '') }
    case 'mail':
      return { ...named, messages: new MailChannel(channel, secret) }
    case 'ocsf-http':
      return { ...named, stream: new OcsfHttpChannel(channel.url, secret) }
    case 'syslog':
      return { ...named, stream: new SyslogChannel(channel) }
  }
}

export function isStream({ stream }: Wired): boolean {
  return stream !== undefined
}
