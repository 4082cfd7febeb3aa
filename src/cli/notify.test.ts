import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { runCli, startCli } from '../../test/support/running-cli.ts'

const hook = createServer((request, response) => request.resume().on('end', () => response.writeHead(500).end()))

let running: RunningApp
let url = ''

beforeAll(async () => {
  await once(hook.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`
  running = await startApp({
    config: {
      canaries: { intervalSeconds: 0 },
      notify: { privateWebhooks: true, channels: [{ id: 'ops', kind: 'ocsf-http', url, events: ['policy.*'] }] },
    },
  })
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  hook.close()
})

const start = (...args: string[]) => startCli(running, args)
const run = (...args: string[]) => runCli(running, args)

describe('safelevel notify', () => {
  it('shows the channels, and says where to add one', async () => {
    const { out, code } = await run('notify', 'channels', '--json')
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ id: 'ops', kind: 'ocsf-http' })])
    expect((await run('notify', 'channels')).out).toMatch(/^ops {2}ocsf-http {2}policy\.\* {2}\d+ waiting, 0 given up/)
  })

  it('shows deliveries, and refuses to send again what is not there', async () => {
    expect(await run('notify', 'deliveries', '--state', 'failed')).toEqual({
      out: '',
      err: 'no such deliveries\n',
      code: 0,
    })
    const { err, code } = await run('notify', 'retry', 'ntf_none')
    expect([code, err]).toEqual([4, expect.stringContaining('there is no such delivery')])
    expect((await run('notify', 'deliveries', '--state', 'perhaps')).code).toBe(2)
  })

  it('makes a customer’s webhook, shows its secret once, and ends it', async () => {
    const {
      items: [organisation],
    } = await running.app.accounts.organisations({ limit: 1 })
    const made = await run('notify', 'webhook', 'add', '--organisation', organisation?.id ?? '', '--url', url, '--json')
    expect(made.err).toBe('')
    const webhook: { id: string; secret: string } = JSON.parse(made.out)
    expect(webhook.secret).toMatch(/^whsec_/)
    const listed = await run('notify', 'webhook', 'ls')
    expect(listed.out).toBe(`${webhook.id}  ${organisation?.id}  ${url}\n`)
    expect((await run('notify', 'webhook', 'end', webhook.id)).code).toBe(0)
    expect((await run('notify', 'webhook', 'ls')).out).toContain('ended')
  })
})

describe('safelevel ledger tail', () => {
  it('begins where it is told to and goes on with what is recorded', async () => {
    const child = start('ledger', 'tail', '--from', '0', '--kinds', 'system.*,accounts.key_created', '--json')
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      out += more
    })
    const kinds = () => out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).event.kind]))
    await expect.poll(kinds, { timeout: 20_000 }).toContain('system.genesis')
    await running.app.accounts.createKey({ name: 'new' }, { type: 'operator', id: 'operator' })
    await expect.poll(kinds, { timeout: 20_000 }).toContain('accounts.key_created')
    expect(new Set(kinds())).toEqual(new Set(['system.genesis', 'accounts.key_created']))
    child.kill()
  })

  it.each([
    ['--from', '-1'],
    ['--kinds', 'Not A Kind'],
  ])('refuses %s %s', async (option, value) => {
    expect((await run('ledger', 'tail', `${option}=${value}`)).code).toBe(2)
  })
})
