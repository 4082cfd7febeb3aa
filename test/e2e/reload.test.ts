import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Config, parseConfig } from '../../src/base/config.ts'
import { AppError } from '../../src/base/errors.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { textStream } from '../support/text-streams.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const
const [FIRST = '', DELTA = '', ...END] = [
  ...textStream('openai-chat', ['Bread is made of flour, water and time. ']),
].map((event) => encodeSse(event))

/** A model server that begins a stream and waits to be told to end it. */
class SlowModel implements AsyncDisposable {
  readonly held: ServerResponse[] = []
  readonly #server: Server = createServer((req, res) => {
    req.resume().on('end', () => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write(FIRST)
      this.held.push(res)
    })
  }).listen(0, '127.0.0.1')

  async url(): Promise<string> {
    if (!this.#server.listening) await once(this.#server, 'listening')
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  finish(): void {
    for (const res of this.held.splice(0)) res.end(DELTA + END.join(''))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

describe('a configuration that is read anew', () => {
  let before: SlowModel
  let after: SlowModel
  let running: RunningApp
  let next: (config: Config) => Config
  beforeAll(async () => {
    before = new SlowModel()
    after = new SlowModel()
    running = await startApp({
      config: {
        upstreams: [{ id: 'slow', kind: 'openai-compatible', baseUrl: await before.url() }],
        models: [{ name: 'slow', upstream: 'slow' }],
      },
      reread: (config) => next(config),
    })
  }, 60_000)
  beforeEach(() => {
    next = (config) => config
  })
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
    await before[Symbol.asyncDispose]()
    await after[Symbol.asyncDispose]()
  })

  const ask = (model: string, stream = false) =>
    fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'How do I bake bread?' }] }),
    })
  const lastEvent = async () => {
    const { ledger } = running.app
    for (const { event } of (await ledger.entries(Math.max(0, ledger.size - 50), 50)).toReversed())
      if (event?.kind.startsWith('system.')) return event
    return null
  }

  it('changes nothing when nothing has changed', async () => {
    expect(await running.app.operations.reload(OPERATOR)).toMatchObject({ changed: [], restartNeeded: [] })
  })

  it('serves new requests by the new one, and lets those that run end on the old one', async () => {
    const url = await after.url()
    const answer = ask('slow', true)
    while (before.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    next = (config) => ({
      ...config,
      upstreams: config.upstreams.map((one) => (one.id === 'slow' ? { ...one, baseUrl: url } : one)),
      models: [...config.models, { name: 'also-slow', upstream: 'slow', surface: 'api' }],
    })
    const report = await running.app.operations.reload(OPERATOR)
    expect(report).toMatchObject({ changed: ['models', 'upstreams'], restartNeeded: [] })
    expect(await lastEvent()).toMatchObject({
      kind: 'system.configuration_reloaded',
      actor: OPERATOR,
      data: { changed: ['models', 'upstreams'], after: report.digest },
    })
    const later = ask('also-slow', true)
    while (after.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    before.finish()
    after.finish()
    expect(await (await answer).text()).toContain('[DONE]')
    expect(await (await later).text()).toContain('[DONE]')
    expect([before.held, after.held]).toEqual([[], []])
  })

  it('puts limits and observation in effect at once, and names what needs a restart', async () => {
    next = (config) => ({
      ...config,
      rateLimits: { requestsPerMinute: 1, tokensPerMinute: 1_000_000 },
      limits: { ...config.limits, maxTurns: 9, bodyTimeoutMs: 1_234 },
      canaries: { intervalSeconds: 77 },
      notify: { channels: [{ id: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1, transport: 'tcp' }] },
    })
    const report = await running.app.operations.reload(OPERATOR)
    expect(report.changed).toEqual([
      'limits.maxTurns',
      'notify',
      'rateLimits.requestsPerMinute',
      'rateLimits.tokensPerMinute',
    ])
    expect(report.restartNeeded).toEqual(['canaries.intervalSeconds', 'limits.bodyTimeoutMs'])
    expect(running.app.config.canaries.intervalSeconds).toBe(0)
    expect((await running.app.notify.channels()).map(({ id }) => id)).toEqual(['siem'])
    const statuses = [await ask('scripted'), await ask('scripted')].map(({ status }) => status)
    expect(statuses).toEqual([200, 429])
    next = (config) => ({ ...config, rateLimits: { requestsPerMinute: 1_000_000, tokensPerMinute: 100_000_000 } })
    await running.app.operations.reload(OPERATOR)
    expect((await ask('scripted')).status).toBe(200)
  })

  it('changes nothing when it is not valid, or when its upstreams can’t be opened', async () => {
    const { config } = running.app
    next = () => parseConfig({ rateLimits: { requestsPerMinute: -1 } })
    await expect(running.app.operations.reload(OPERATOR)).rejects.toThrow(AppError)
    next = (running) => ({
      ...running,
      rateLimits: { requestsPerMinute: 3, tokensPerMinute: 3 },
      upstreams: running.upstreams.map((one) => (one.id === 'slow' ? { ...one, caFile: '/nowhere/ca.pem' } : one)),
    })
    await expect(running.app.operations.reload(OPERATOR)).rejects.toThrow(/ca\.pem/)
    expect(running.app.config).toEqual(config)
    expect((await ask('scripted')).status).toBe(200)
    await running.app.operations.reloadBySignal()
    expect(running.logText()).toContain('the configuration stays as it was')
  })

  it('sets the log level for a time, on record, and lets it go back', async () => {
    const { operations, log } = running.app
    const configured = log.level
    expect(await operations.setLogLevel('error', 1, OPERATOR)).toMatchObject({ level: 'error', configured: 'info' })
    expect(log.level).toBe('error')
    expect(await lastEvent()).toMatchObject({
      kind: 'system.log_level_set',
      data: { from: configured, to: 'error', seconds: 1 },
    })
    await expect.poll(() => log.level, { timeout: 5_000 }).toBe('info')
    await expect.poll(async () => (await lastEvent())?.data).toMatchObject({ from: 'error', to: 'info' })
    expect(operations.logLevel().until).toBeNull()
  })
})
