import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/base/config.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { makeCertificate } from '../support/certificates.ts'
import { isRequired } from '../support/required.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, EVENT_STREAM } from '../support/scripted-upstream.ts'
import { freePort, Served } from '../support/tools.ts'

/** What comes until it holds these words. @throws where it ends before */
async function until(read: AsyncIterator<Buffer>, words: string): Promise<string> {
  let said = ''
  while (!said.includes(words)) {
    const next = await read.next()
    if (next.done === true) throw new Error(`it ended before it said ${words}: ${said.slice(-500)}`)
    said += next.value.toString()
  }
  return said
}

/** Real proxies with the files that ship, in front of both planes; only ports, certificates and the staff's network are put in their place. */
const NAMES = { public: 'ai.example.com', control: 'console.example.com' }
/** Whoever asks: another address than the proxy's own, which is trusted. */
const CLIENT = '127.0.0.2'
const CALM = Array<string>(30).fill('Bread is made of flour, water, salt and time. ')
const LIMIT = parseConfig({}).limits.maxBodyBytes
const authority = makeCertificate(['Test authority'], { authority: true })

interface Ports {
  readonly proxy: number
  readonly public: string
  readonly control: string
}
interface Proxy {
  readonly name: string
  readonly versionArgs: readonly string[]
  /** Writes its files below the folder. @returns the arguments that it is started with */
  readonly prepare: (folder: string, ports: Ports, staffNetwork: string) => string[]
}

const shipped = (name: string) => readFileSync(new URL(`../../deploy/proxy/${name}`, import.meta.url), 'utf8')

const nginx: Proxy = {
  name: 'nginx',
  versionArgs: ['-v'],
  prepare: (folder, ports, staffNetwork) => {
    const site = shipped('nginx.conf')
      .replaceAll('listen 443 ssl', `listen 127.0.0.1:${ports.proxy} ssl`)
      .replaceAll('/etc/nginx/tls/', `${folder}/`)
      .replace('127.0.0.1:8080', ports.public)
      .replace('127.0.0.1:8081', ports.control)
      .replace('allow 10.0.0.0/8', `allow ${staffNetwork}`)
    writeFileSync(join(folder, 'site.conf'), site)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (what) => `${what}_temp_path ${folder}/${what};`,
    )
    const main = `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;
events {} http { access_log off; ${temporary.join(' ')} include ${folder}/site.conf; }`
    writeFileSync(join(folder, 'nginx.conf'), main)
    return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
  },
}

const caddy: Proxy = {
  name: 'caddy',
  versionArgs: ['version'],
  prepare: (folder, ports, staffNetwork) => {
    let site = shipped('Caddyfile')
      .replace('127.0.0.1:8080', ports.public)
      .replace('127.0.0.1:8081', ports.control)
      .replace('10.0.0.0/8', staffNetwork)
    for (const name of Object.values(NAMES))
      site = site.replace(
        `\n${name} {`,
        `\n${name} {\n\tbind 127.0.0.1\n\ttls ${folder}/${name}.pem ${folder}/${name}.key`,
      )
    const options = `{\n\tadmin off\n\thttps_port ${ports.proxy}\n\tauto_https disable_redirects\n}\n`
    writeFileSync(join(folder, 'Caddyfile'), options + site)
    return ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')]
  },
}

function isInstalled({ name, versionArgs }: Proxy): boolean {
  if (spawnSync(name, versionArgs).error === undefined) return true
  if (isRequired(name)) throw new Error(`deploy: SAFELEVEL_TEST_REQUIRE names ${name}, but it is not installed`)
  process.stderr.write(`SKIPPED, so not shown: deploy/proxy with a real ${name}, which is not installed\n`)
  return false
}

describe.each([nginx, caddy].map((proxy) => [proxy.name, proxy] as const))('%s, as deploy/proxy has it', (_, proxy) => {
  const open = new AsyncDisposableStack()
  let app: RunningApp
  let port = 0
  let outsiders = 0
  const skip = !isInstalled(proxy)

  beforeAll(async () => {
    if (skip) return
    const staff = { origin: `https://${NAMES.control}` }
    const config = { publicUrl: `https://${NAMES.public}`, trustedProxies: ['127.0.0.1'], staff }
    app = open.use(await startApp({ config: { ...config, enforcement: { linkAddresses: true } } }))
    port = await start(`${CLIENT}/32`)
    outsiders = await start('10.0.0.0/8')
  }, 60_000)
  afterAll(() => open.disposeAsync())

  async function start(staffNetwork: string): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), `safelevel-${proxy.name}-`))
    open.defer(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'home'))
    for (const name of Object.values(NAMES)) {
      const { cert, key } = makeCertificate([name], { issuer: authority })
      writeFileSync(join(folder, `${name}.pem`), cert)
      writeFileSync(join(folder, `${name}.key`), key)
    }
    const ports = { proxy: await freePort(), public: new URL(app.url).host, control: new URL(app.controlUrl).host }
    const args = proxy.prepare(folder, ports, staffNetwork)
    const env = {
      HOME: join(folder, 'home'),
      XDG_DATA_HOME: join(folder, 'home'),
      XDG_CONFIG_HOME: join(folder, 'home'),
    }
    const served = open.use(new Served(proxy.name, args, { env }))
    await served.listens(ports.proxy, 15_000)
    return ports.proxy
  }

  interface Asked {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string | Buffer
    readonly through?: number
  }
  async function ask(name: string, path: string, { method = 'GET', headers = {}, body, through = port }: Asked = {}) {
    const sent = request({
      ...{ host: '127.0.0.1', port: through, localAddress: CLIENT, servername: name, ca: authority.cert },
      ...{ method, path, agent: false, headers: { host: name, ...headers } },
    })
    sent.on('error', () => undefined) // a proxy may close on who still sends; the answer has come by then, or the next line throws
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer
  }
  async function text(answer: IncomingMessage): Promise<string> {
    const parts: Buffer[] = []
    for await (const part of answer) parts.push(part)
    return Buffer.concat(parts).toString()
  }
  const chat = (content: string, more: object = {}, headers: Record<string, string> = {}) =>
    ask(NAMES.public, '/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], ...more }),
    })
  const operator = () => ({ authorization: `Bearer ${app.app.operatorToken}` })

  it.skipIf(skip)('passes on what is released while the model still speaks', async () => {
    const first = Promise.withResolvers<void>()
    async function* pieces() {
      const piece = (delta: object, finish_reason: string | null) => {
        const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: MODEL }
        return Buffer.from(
          encodeSse({ name: null, data: JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason }] }) }),
        )
      }
      for (const content of CALM) yield piece({ content }, null)
      await first.promise
      yield piece({ content: 'The end.' }, null)
      yield piece({}, 'stop')
      yield Buffer.from('data: [DONE]\n\n')
    }
    app.upstream.respond = () => bytesAnswer(pieces(), EVENT_STREAM)
    try {
      const answer = await chat('How do I bake bread?', { stream: true })
      const read = answer[Symbol.asyncIterator]()
      const begun = await until(read, 'flour')
      expect(begun).not.toContain('The end.')
      first.resolve()
      expect(await until(read, 'data: [DONE]')).toContain('The end.')
    } finally {
      first.resolve()
      app.upstream.respond = null
    }
  })

  it.skipIf(skip)('tells who the client is, whatever it says of itself', async () => {
    const seen: (string | null)[] = []
    const { enforcement } = app.app
    const observe = enforcement.observe.bind(enforcement)
    enforcement.observe = (traffic) => {
      seen.push(traffic.address)
      observe(traffic)
    }
    await text(await chat('Good day', {}, { 'x-forwarded-for': '203.0.113.7' }))
    await text(await chat('Good day', {}, { forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7' }))
    expect(seen).toEqual([CLIENT, CLIENT])
  })

  it.skipIf(skip)(
    'lets in what Safelevel takes, and leaves it to Safelevel to say that a body is too large',
    async () => {
      const frame = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Good day' }] })
      const padded = (bytes: number) => frame.padEnd(bytes)
      const send = (body: string) =>
        ask(NAMES.public, '/v1/chat/completions', {
          method: 'POST',
          headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/json' },
          body,
        })
      const whole = await send(padded(LIMIT))
      expect([whole.statusCode, await text(whole)]).not.toEqual([413, expect.anything()])
      const over = await send(padded(LIMIT + 1))
      expect(over.statusCode).toBe(413)
      expect(JSON.parse(await text(over))).toMatchObject({
        error: { message: expect.stringContaining('larger than') },
      })
    },
  )

  it.skipIf(skip)('waits for longer than an answer may be held', () => {
    const seconds = Number(
      /read_timeout (\d+)s/.exec(shipped(proxy.name === 'nginx' ? 'nginx.conf' : 'Caddyfile'))?.[1],
    )
    expect(seconds * 1_000).toBeGreaterThan(parseConfig({}).limits.requestTimeoutMs)
  })

  it.skipIf(skip)(
    'shows the console under its own name and to the staff’s network alone, its live views as they come',
    async () => {
      expect((await ask(NAMES.public, '/api/v1/status', { headers: operator() })).statusCode).toBe(404)
      const status = await ask(NAMES.control, '/api/v1/status', { headers: operator() })
      expect([status.statusCode, JSON.parse(await text(status))]).toMatchObject([200, { store: 'embedded' }])
      const outside = ask(NAMES.control, '/api/v1/status', { headers: operator(), through: outsiders })
      expect(
        await outside.then(
          ({ statusCode }) => statusCode,
          () => 'closed',
        ),
      ).toBe(proxy.name === 'nginx' ? 403 : 'closed')

      const live = await ask(NAMES.control, '/api/v1/events', { headers: operator() })
      expect(live.headers['content-type']).toContain('text/event-stream')
      await text(await chat('Good day'))
      expect(await until(live[Symbol.asyncIterator](), 'gateway.decision')).toContain('"position"')
      live.destroy()
    },
  )
})
