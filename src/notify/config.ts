import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { SEVERITIES } from './severity.ts'

const Id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
const HttpUrl = z.url({ protocol: /^https?$/ })
const common = {
  id: Id,
  /** `enforcement.*`, `canary.missed`, `*` … */
  events: z.array(z.string().regex(/^(\*|[a-z]+(\.[a-z_]+)*(\.\*)?)$/)).optional(),
  minSeverity: z.enum(SEVERITIES).optional(),
  secretEnv: z.string().optional(),
  secretFile: z.string().optional(),
}

const Webhook = z.strictObject({ ...common, kind: z.literal('webhook'), url: HttpUrl })
const Slack = z.strictObject({ ...common, kind: z.literal('slack') })
const PagerDuty = z.strictObject({
  ...common,
  kind: z.literal('pagerduty'),
  url: HttpUrl.default('https://events.pagerduty.com/v2/enqueue'),
})
const Mail = z.strictObject({
  ...common,
  kind: z.literal('mail'),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(465),
  /** `starttls` refuses to go on without it; `none` is for a relay on this machine. */
  security: z.enum(['tls', 'starttls', 'none']).default('tls'),
  user: z.string().optional(),
  from: z.string().min(3),
  to: z.array(z.email()).min(1).max(50),
})
const OcsfHttp = z.strictObject({ ...common, kind: z.literal('ocsf-http'), url: HttpUrl })
const Syslog = z.strictObject({
  ...common,
  kind: z.literal('syslog'),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(6514),
  transport: z.enum(['tls', 'tcp']).default('tls'),
  appName: z
    .string()
    .regex(/^[!-~]{1,48}$/)
    .default('safelevel'),
})

export const Channel = z.discriminatedUnion('kind', [Webhook, Slack, PagerDuty, Mail, OcsfHttp, Syslog])
export type Channel = z.infer<typeof Channel>
export type ChannelOf<K extends Channel['kind']> = Extract<Channel, { kind: K }>

/** The key `notify` of the configuration: who hears of what. Holds no secret. */
export const NotifyConfig = z.strictObject({
  channels: z.array(Channel).max(50).default([]).meta({
    description:
      'each with an `id`, the `events` and the `minSeverity` that it carries, where it leads and which secret it takes',
  }),
  privateWebhooks: z.boolean().default(false).meta({
    description:
      'customers’ webhooks may point at private addresses; for an installation behind one firewall with its customers',
  }),
})
export type NotifyConfig = z.infer<typeof NotifyConfig>

/** @param secrets Channel id -> secret. @throws {AppError} CONFIG_INVALID naming each bad key */
export function parseNotifyConfig(raw: unknown, secrets: ReadonlyMap<string, string>): NotifyConfig {
  const parsed = NotifyConfig.safeParse(raw ?? {})
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `notify: ${z.prettifyError(parsed.error)}`)
  const known = new Set<string>()
  for (const channel of parsed.data.channels) {
    if (known.has(channel.id)) throw new AppError('CONFIG_INVALID', `notify.channels: "${channel.id}" stands twice`)
    known.add(channel.id)
    if (NEEDS_SECRET.has(channel.kind) && !secrets.has(channel.id)) {
      throw new AppError(
        'CONFIG_INVALID',
        `notify.channels: "${channel.id}" needs secretEnv or secretFile: ${SECRET_IS[channel.kind]}`,
      )
    }
  }
  return parsed.data
}

const NEEDS_SECRET: ReadonlySet<Channel['kind']> = new Set(['webhook', 'slack', 'pagerduty'])
const SECRET_IS: Readonly<Record<Channel['kind'], string>> = {
  webhook: 'the signing secret, whsec_…',
  slack: 'the address of the incoming webhook',
  pagerduty: 'the integration’s routing key',
  mail: 'the password',
  'ocsf-http': 'the bearer token',
  syslog: 'nothing',
}
