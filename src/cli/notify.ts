import { Command, Option } from 'commander'
import { z } from 'zod'
import { ChannelView, CreatedWebhook, DeliveryState, DeliveryView, WebhookView } from '../notify/index.ts'
import { connectServer } from './connect-server.ts'
import { printList } from './print-list.ts'

const Channels = z.object({ items: z.array(ChannelView) })
const Webhooks = z.object({ items: z.array(WebhookView) })
const Nothing = z.unknown()

interface Json {
  readonly json?: true
}

/** `safelevel notify …`, on a running server: who is told of what happens, and how that goes. */
export function notifyCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('notify')
    .description('who is told of what happens, and how that goes')
    .addCommand(channels(env))
    .addCommand(deliveries(env))
    .addCommand(retry(env))
    .addCommand(webhooks(env))
}

const json = () => new Option('--json', 'print JSON, one object a line')

function channels(env: NodeJS.ProcessEnv): Command {
  return new Command('channels')
    .description('the configured channels: what waits, what was given up, the last error')
    .addOption(json())
    .action(async (options: Json) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/notify/channels', Channels)
      for (const channel of items) console.log(options.json ? JSON.stringify(channel) : channelLine(channel))
      if (items.length === 0 && !options.json) {
        process.stderr.write('no channels: add some under notify.channels in safelevel.yaml\n')
      }
    })
}

function deliveries(env: NodeJS.ProcessEnv): Command {
  return new Command('deliveries')
    .description('messages that went, wait or were given up, newest first')
    .option('--channel <id>', 'only of this channel')
    .addOption(new Option('--state <state>', 'only these').choices(DeliveryState.options))
    .addOption(json())
    .action(async ({ json: asJson, ...wanted }: Json & { channel?: string; state?: string }) => {
      const client = await connectServer(env)
      const deliveries = client.each('/api/v1/notify/deliveries', DeliveryView, wanted)
      await printList(deliveries, { json: asJson === true, line: deliveryLine, none: 'no such deliveries' })
    })
}

function retry(env: NodeJS.ProcessEnv): Command {
  return new Command('retry')
    .description('send again what was given up')
    .argument('<id>', 'the delivery')
    .action(async (id: string) => {
      const client = await connectServer(env)
      await client.request('POST', `/api/v1/notify/deliveries/${encodeURIComponent(id)}/retry`, Nothing)
      process.stderr.write(`${id} is sent again\n`)
    })
}

function webhooks(env: NodeJS.ProcessEnv): Command {
  const ls = new Command('ls')
    .description('customers’ webhooks')
    .option('--organisation <id>', 'only of this organisation')
    .addOption(json())
    .action(async (options: Json & { organisation?: string }) => {
      const query = new URLSearchParams(options.organisation ? { organisationId: options.organisation } : {})
      const client = await connectServer(env)
      const { items } = await client.request('GET', `/api/v1/notify/webhooks?${query}`, Webhooks)
      for (const webhook of items) console.log(options.json ? JSON.stringify(webhook) : webhookLine(webhook))
      if (items.length === 0 && !options.json) process.stderr.write('no webhooks\n')
    })
  const add = new Command('add')
    .description('tell a customer of what concerns them; prints the signing secret, once')
    .requiredOption('--organisation <id>', 'whose')
    .requiredOption('--url <url>', 'where to')
    .addOption(json())
    .action(async (options: Json & { organisation: string; url: string }) => {
      const input = { organisationId: options.organisation, url: options.url }
      const client = await connectServer(env)
      const made = await client.request('POST', '/api/v1/notify/webhooks', CreatedWebhook, input)
      console.log(options.json ? JSON.stringify(made) : `${made.id}\nsecret  ${made.secret}`)
    })
  const end = new Command('end')
    .description('stop telling a customer')
    .argument('<id>', 'the webhook')
    .action(async (id: string) => {
      const client = await connectServer(env)
      await client.request('DELETE', `/api/v1/notify/webhooks/${encodeURIComponent(id)}`, Nothing)
      process.stderr.write(`${id} has ended\n`)
    })
  return new Command('webhook').description('customers’ own webhooks').addCommand(ls).addCommand(add).addCommand(end)
}

function channelLine({ id, kind, events, waiting, failed, lastError, lastSuccessAt }: ChannelView): string {
  const state = lastError === null ? 'ok' : `failing: ${lastError}`
  const last = lastSuccessAt === null ? 'never yet' : `last ${lastSuccessAt}`
  return `${id}  ${kind}  ${events.join(',')}  ${waiting} waiting, ${failed} given up  ${last}  ${state}`
}

function deliveryLine({ id, channel, kind, state, attempts, createdAt, lastError }: DeliveryView): string {
  const why = lastError === null ? '' : `  ${lastError}`
  return `${createdAt}  ${id}  ${channel}  ${kind}  ${state} after ${attempts}${why}`
}

function webhookLine({ id, organisationId, url, endedAt, endedWhy }: WebhookView): string {
  return `${id}  ${organisationId}  ${url}${endedAt === null ? '' : `  ended ${endedAt}: ${endedWhy}`}`
}
