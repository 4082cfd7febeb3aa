import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { LedgerEntry, LedgerEvent } from '../ledger/index.ts'
import { parseNotifyConfig } from './config.ts'
import { Notify } from './notify.ts'

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is outside: takes what it is sent, and answers as told. */
class Receiver {
  readonly received: Received[] = []
  status = 200
  headers: Record<string, string> = {}
  readonly #server: Server
  url = ''

  constructor() {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = []
      req.on('data', (chunk) => chunks.push(chunk))
      req.on('end', () => {
        this.received.push({ headers: req.headers, body: Buffer.concat(chunks).toString() })
        res.writeHead(this.status, this.headers).end('{}')
      })
    })
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${portOf(this.#server)}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port
}

/** As much of a ledger as the room asks for. */
class Log {
  readonly events: (LedgerEvent | null)[] = []
  get size() {
    return this.events.length
  }
  async append(event: LedgerEvent) {
    this.events.push(event)
    return this.#entry(this.size - 1)
  }
  async entries(from: number, limit: number): Promise<LedgerEntry[]> {
    return this.events.slice(from, from + limit).map((_, i) => this.#entry(from + i))
  }
  async entry(position: number): Promise<LedgerEntry> {
    return this.#entry(position)
  }
  #entry(position: number): LedgerEntry {
    return { position, recordedAt: '', leafHash: '', event: this.events[position] ?? null }
  }
}

const SECRET = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`
const OPERATOR = { type: 'operator', id: 'operator' } as const

describe.each(storeKinds('notify'))('notify on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let log: Log
  let receiver: Receiver
  let open: Notify[] = []

  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['notifyCursor', 'notifyDelivery', 'notifyWebhook'] as const) {
      await handle.db.deleteFrom(table).execute()
    }
    clock = new ManualClock()
    log = new Log()
    receiver = new Receiver()
    await receiver.listen()
  })
  afterEach(async () => {
    for (const notify of open) await notify.close()
    open = []
    receiver.close()
  })

  const secrets = new Map([
    ['hook', SECRET],
    ['pager', 'routing-key'],
  ])
  const start = async (channels: object[] = [{ id: 'hook', kind: 'webhook', url: receiver.url }]) => {
    const notify = await Notify.open({
      db: handle,
      ledger: log,
      clock,
      ids: seededIds(clock, open.length + 7),
      log: silentLog,
      config: parseNotifyConfig({ channels, privateWebhooks: true }, new Map([...secrets, ['chat', receiver.url]])),
      secrets: new Map([...secrets, ['chat', receiver.url]]),
      keysDir: join(testStore.dataDir, 'keys'),
      installation: 'test.example',
      consoleUrl: () => 'https://console.example.com',
    })
    open.push(notify)
    return notify
  }
  let count = 0
  const happened = async (kind: string, data: LedgerEvent['data'] = {}) => {
    clock.advance(1)
    await log.append({
      id: `evt_${String(count++).padStart(6, '0')}`,
      time: new Date(clock.now()).toISOString(),
      kind,
      actor: { type: 'system', id: 'canaries' },
      subject: { type: 'canary', id: 'api/openai-chat/prompt' },
      digests: {},
      data,
    })
  }

  it('signs webhooks so that the library of the standard accepts them, and refuses a forged one', async () => {
    const notify = await start()
    await happened('canary.missed', { surface: 'api' })
    await notify.catchUp()
    const [got] = receiver.received
    // The library looks at the wall clock; what is signed is this room's.
    const { 'webhook-timestamp': at = '' } = (got?.headers ?? {}) as Record<string, string>
    expect(Number(at)).toBe(Math.floor(clock.now() / 1_000))
    const library = new Webhook(SECRET)
    const signed = library.sign(String(got?.headers['webhook-id']), new Date(Number(at) * 1_000), got?.body ?? '')
    expect(got?.headers['webhook-signature']).toBe(signed)
    const other = library.sign(String(got?.headers['webhook-id']), new Date(Number(at) * 1_000), `${got?.body} `)
    expect(other).not.toBe(signed)
    expect(JSON.parse(got?.body ?? '')).toMatchObject({ type: 'canary.missed', data: { severity: 'critical' } })
  })

  it('tells each once, also when two processes look, and nothing from before it was set up', async () => {
    await happened('canary.missed')
    const [one, two] = [await start(), await start()]
    await happened('canary.silent')
    await Promise.all([one.catchUp(), two.catchUp()])
    clock.advance(61_000)
    await Promise.all([one.catchUp(), two.catchUp()])
    expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(['canary.silent'])
    expect((await one.deliveries({ limit: 10 })).items).toMatchObject([{ state: 'delivered', attempts: 1 }])
  })

  it('tries again with longer and longer pauses, gives up visibly, and goes on when told to', async () => {
    const notify = await start()
    receiver.status = 500
    await happened('canary.missed')
    await notify.catchUp()
    expect((await notify.channels())[0]).toMatchObject({ waiting: 1, lastError: 'answered with status 500' })
    for (let i = 0; i < 30; i++) {
      clock.advance(12 * 3_600_000)
      await notify.catchUp()
    }
    expect(receiver.received).toHaveLength(11)
    const { items } = await notify.deliveries({ state: 'failed', limit: 10 })
    expect(items).toHaveLength(1)
    receiver.status = 200
    await notify.retry(items[0]?.id ?? '')
    await notify.catchUp()
    expect((await notify.channels())[0]).toMatchObject({ waiting: 0, failed: 0 })
    await expect(notify.retry('dlv_0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('heeds retry-after and 410', async () => {
    const notify = await start()
    receiver.status = 429
    receiver.headers = { 'retry-after': '3600' }
    await happened('canary.missed')
    await notify.catchUp()
    clock.advance(3_000_000)
    await notify.catchUp()
    expect(receiver.received).toHaveLength(1)
    receiver.status = 410
    receiver.headers = {}
    clock.advance(700_000)
    await notify.catchUp()
    expect((await notify.deliveries({ limit: 1 })).items[0]).toMatchObject({ state: 'failed' })
  })

  it('loses nothing when the process dies between noting and sending', async () => {
    receiver.status = 503
    const first = await start()
    await happened('canary.missed')
    await first.catchUp()
    await first.close()
    receiver.status = 200
    const second = await start()
    clock.advance(61_000)
    await second.catchUp()
    expect(receiver.received).toHaveLength(2)
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(1)
  })

  it('does not send what was erased meanwhile', async () => {
    receiver.status = 503
    const notify = await start()
    await happened('canary.missed')
    await notify.catchUp()
    log.events[0] = null
    clock.advance(61_000)
    await notify.catchUp()
    expect((await notify.deliveries({ limit: 1 })).items[0]).toMatchObject({ state: 'erased' })
    expect(receiver.received).toHaveLength(1)
  })

  it('pages by PagerDuty’s events and resolves what is over; chats by Slack’s blocks', async () => {
    const notify = await start([
      { id: 'pager', kind: 'pagerduty', url: receiver.url, events: ['canary.*'] },
      { id: 'chat', kind: 'slack', minSeverity: 'critical' },
    ])
    await happened('canary.missed', { detail: '<b>&' })
    await notify.catchUp()
    await happened('canary.recovered')
    await notify.catchUp()
    const bodies = receiver.received.map(({ body }) => JSON.parse(body))
    const [trigger, resolve] = bodies.filter((body) => body.routing_key === 'routing-key')
    expect(trigger).toMatchObject({
      event_action: 'trigger',
      payload: { severity: 'critical', source: 'test.example' },
    })
    expect(resolve).toMatchObject({ event_action: 'resolve', dedup_key: trigger.dedup_key })
    const [chat, ...more] = bodies.filter((body) => body.blocks !== undefined)
    expect(more).toEqual([])
    expect(chat.blocks[0].text.text).toContain('&lt;b&gt;&amp;')
    expect(chat.blocks[0].text.text).toContain('https://console.example.com/ledger/0')
  })

  it('mails by a real SMTP server', async () => {
    const mails: string[] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, _session, done) {
        let text = ''
        stream.on('data', (chunk) => {
          text += chunk
        })
        stream.on('end', () => {
          mails.push(text)
          done()
        })
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = portOf(server.server)
    const notify = await start([
      {
        id: 'mail',
        kind: 'mail',
        host: '127.0.0.1',
        port,
        security: 'none',
        from: 's@example.com',
        to: ['a@example.com'],
      },
    ])
    await happened('canary.missed')
    await notify.catchUp()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    expect(mails).toHaveLength(1)
    expect(mails[0]).toContain('Subject: [critical] Canary, missed: canary api/openai-chat/prompt')
    expect(mails[0]).toMatch(/Message-ID: <evt_\d+@safelevel>/)
  })

  it('streams to a collector in order and whole, over an outage', async () => {
    const notify = await start([{ id: 'siem', kind: 'ocsf-http', url: receiver.url }])
    for (let i = 0; i < 700; i++) await happened('staff.signed_in', { n: i })
    receiver.status = 503
    await notify.catchUp()
    receiver.status = 200
    clock.advance(6_000)
    await notify.catchUp()
    const numbers = receiver.received
      .slice(1)
      .flatMap(({ body }) =>
        JSON.parse(body).map((e: never) => (e as { unmapped: { data: { n: number } } }).unmapped.data.n),
      )
    expect(numbers).toEqual(Array.from({ length: 700 }, (_, i) => i))
  })

  it('speaks syslog with octet counting', async () => {
    let text = ''
    const server = createTcp((socket) => socket.on('data', (chunk) => (text += chunk)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const notify = await start([
      { id: 'log', kind: 'syslog', host: '127.0.0.1', port: portOf(server), transport: 'tcp' },
    ])
    await happened('canary.missed', { words: 'größer\n<1>' })
    await happened('staff.signed_in')
    await notify.catchUp()
    await notify.close()
    open = []
    await new Promise<void>((resolve) => server.close(() => resolve()))
    const lines: string[] = []
    for (let rest = text; rest !== ''; ) {
      const [, length = ''] = /^(\d+) /.exec(rest) ?? []
      const start = length.length + 1
      lines.push(rest.slice(start, start + Number(length)))
      rest = rest.slice(start + Number(length))
    }
    expect(lines).toHaveLength(2)
    // RFC 5424 6: <PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID SD MSG
    for (const line of lines) {
      expect(line).toMatch(/^<\d{1,3}>1 \d{4}-\d\d-\d\dT[\d:.]+Z [!-~]{1,255} safelevel \d+ [!-~]{1,32} - \{[ -~]*\}$/)
    }
    expect(lines[0]?.startsWith(`<${13 * 8 + 2}>1`)).toBe(true)
  })

  it('tells a customer of what concerns them, under a name and with facts that are theirs', async () => {
    const notify = await start([])
    const { secret, id } = await notify.webhooks.create({ organisationId: 'org_a', url: receiver.url }, OPERATOR)
    await happened('enforcement.action_taken', { organisation: 'org_a', step: 'suspend', score: 3 })
    await happened('enforcement.action_taken', { organisation: 'org_b', step: 'ban' })
    await happened('staff.signed_in', { organisation: 'org_a' })
    await notify.catchUp()
    expect(receiver.received).toHaveLength(1)
    const body = JSON.parse(receiver.received[0]?.body ?? '')
    expect(body).toMatchObject({ type: 'restriction.applied', data: { step: 'suspend' } })
    expect(body.data).not.toHaveProperty('score')
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/)
    const stored = JSON.stringify(await handle.db.selectFrom('notifyWebhook').selectAll().execute())
    expect(stored).not.toContain(secret.slice(6))
    await notify.webhooks.end(id, 'not used', OPERATOR)
    await happened('enforcement.action_taken', { organisation: 'org_a' })
    await notify.catchUp()
    expect(receiver.received).toHaveLength(1)
    await expect(notify.webhooks.end(id, 'again', OPERATOR)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('tells each of several customers of what is different for their model, and none of the others', async () => {
    const notify = await start([])
    await notify.webhooks.create({ organisationId: 'org_a', url: receiver.url }, OPERATOR)
    await happened('response.customers_told', { organisations: ['org_b'], measure: 'withdrawn' })
    const told = { measure: 'safeguards_applied', models: ['atlas-api'], incident: 'inc_1', safeguards: ['no tools'] }
    await happened('response.customers_told', { ...told, organisations: ['org_a', 'org_b'] })
    await notify.catchUp()
    expect(receiver.received).toHaveLength(1)
    const body = JSON.parse(receiver.received[0]?.body ?? '')
    expect(body).toMatchObject({ type: 'model.notice', data: told })
    expect(receiver.received[0]?.body).not.toContain('org_b')
  })

  it('lets an organisation have five webhooks', async () => {
    const notify = await start([])
    for (let i = 0; i < 5; i++) await notify.webhooks.create({ organisationId: 'org_a', url: receiver.url }, OPERATOR)
    const sixth = notify.webhooks.create({ organisationId: 'org_a', url: receiver.url }, OPERATOR)
    await expect(sixth).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('the configuration of notify', () => {
  it.each([
    [[{ id: 'a', kind: 'webhook', url: 'https://x.example' }], /secretEnv/],
    [[{ id: 'a', kind: 'fax' }], /kind|notify/],
    [
      [
        { id: 'a', kind: 'syslog', host: 'h' },
        { id: 'a', kind: 'syslog', host: 'h' },
      ],
      /twice/,
    ],
    [[{ id: 'a', kind: 'syslog', host: 'h', events: ['no good'] }], /events/],
  ])('%j is refused with a word about it', (channels, why) => {
    expect(() => parseNotifyConfig({ channels }, new Map())).toThrow(why)
  })
})
