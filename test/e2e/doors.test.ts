import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { Agent, request, fetch as undiciFetch } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pinnedFetch } from '../../src/base/pinned-fetch.ts'
import { testString } from '../../src/screening/index.ts'
import { type Certificate, makeCertificate } from '../support/certificates.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** TLS of our own on both planes, certificates that change under way, and reverse proxies whose word counts. */
let dir: string
let authority: Certificate
const open = new AsyncDisposableStack()

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-doors-'))
  authority = makeCertificate(['Test authority'], { authority: true })
})
afterAll(async () => {
  await open.disposeAsync()
  rmSync(dir, { recursive: true, force: true })
})

function writePair(name: string, { cert, key }: Pick<Certificate, 'cert' | 'key'>) {
  const pair = { certFile: join(dir, `${name}.pem`), keyFile: join(dir, `${name}.key`) }
  writeFileSync(pair.certFile, cert)
  writeFileSync(pair.keyFile, key)
  return pair
}

const trusting = (ca: string) =>
  open.adopt(new Agent({ connect: { ca, servername: 'ai.example.com' } }), (a) => a.close())
const ask = { model: MODEL, max_tokens: 20, messages: [{ role: 'user', content: 'Good day' }] }

async function shownBy(url: string, ca: string, options: { maxVersion?: 'TLSv1.1' | 'TLSv1.2' } = {}) {
  const { port } = new URL(url)
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port: Number(port),
    ca,
    servername: 'ai.example.com',
    ...options,
  })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  return { socket, fingerprint256, protocol: socket.getProtocol() }
}

describe('TLS of our own', () => {
  let running: RunningApp
  let pair: ReturnType<typeof writePair>

  beforeAll(async () => {
    pair = writePair('one', makeCertificate(['ai.example.com'], { issuer: authority }))
    const config = { tls: { public: pair, control: pair, hstsSeconds: 86_400 }, canaries: { intervalSeconds: 3_600 } }
    running = open.use(await startApp({ config }))
  }, 120_000)

  it('serves both planes, canaries included', async () => {
    expect(running.url).toMatch(/^https:/)
    expect(running.controlUrl).toMatch(/^https:/)
    const answer = await undiciFetch(`${running.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': running.key, 'content-type': 'application/json' },
      body: JSON.stringify(ask),
      dispatcher: trusting(authority.cert),
    })
    expect([answer.status, answer.headers.get('strict-transport-security')]).toEqual([200, 'max-age=86400'])
    const own = pinnedFetch(() => ({ pem: authority.cert, name: 'ai.example.com' }))
    expect((await own(`${running.controlUrl}/healthz`, {})).status).toBe(200)
    const states = () => [...new Set(running.app.canaries.list().map(({ state, detail }) => `${state}: ${detail}`))]
    await expect.poll(states, { timeout: 30_000 }).toContain('holds: refused')
    expect(states().join()).not.toContain('not answered')
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow()
  })

  it('takes no version below 1.2', async () => {
    const { socket, protocol } = await shownBy(running.url, authority.cert, { maxVersion: 'TLSv1.2' })
    socket.destroy()
    expect(protocol).toBe('TLSv1.2')
    await expect(shownBy(running.url, authority.cert, { maxVersion: 'TLSv1.1' })).rejects.toThrow()
  })

  it('takes a new certificate without a restart, drops no connection for it, and keeps the old one when the new is bad', {
    timeout: 30_000,
  }, async () => {
    const before = await shownBy(running.url, authority.cert)
    const next = makeCertificate(['ai.example.com'], { issuer: authority })
    writeFileSync(pair.certFile, next.cert) // the key is still the old one: half of a change
    await expect
      .poll(() => running.app.readiness().conditions.map(({ code }) => code), { timeout: 20_000 })
      .toContain('certificate')
    const meanwhile = await shownBy(running.url, authority.cert)
    expect(meanwhile.fingerprint256).toBe(before.fingerprint256)
    meanwhile.socket.destroy()
    writeFileSync(pair.keyFile, next.key)
    await expect
      .poll(
        async () => {
          const { socket, fingerprint256 } = await shownBy(running.url, authority.cert)
          socket.destroy()
          return fingerprint256 !== before.fingerprint256
        },
        { timeout: 20_000, interval: 300 },
      )
      .toBe(true)
    expect(running.app.readiness().conditions.map(({ code }) => code)).not.toContain('certificate')
    before.socket.write(`GET /healthz HTTP/1.1\r\nhost: ai.example.com\r\nconnection: close\r\n\r\n`)
    const [bytes] = await once(before.socket, 'data')
    expect(String(bytes)).toMatch(/^HTTP\/1\.1 200/)
  })
})

describe('behind a reverse proxy', () => {
  let running: RunningApp

  beforeAll(async () => {
    const config = {
      trustedProxies: ['127.0.0.0/8'],
      redress: { appealsPerHour: 2 },
      enforcement: { linkAddresses: true },
    }
    running = open.use(await startApp({ config }))
  }, 120_000)

  const form = (text: string) =>
    new URLSearchParams({ about: `dec_${text}`, text: 'It was a recipe.', contact: '' }).toString()
  const appeal = (url: string, forwardedFor: string) =>
    request(`${url}/appeal`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': forwardedFor },
      body: form('x'),
    }).then(async ({ statusCode, body }) => {
      await body.dump()
      return statusCode
    })

  it('counts each client for itself', async () => {
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push(await appeal(running.url, `6.6.6.${i}, 198.51.100.1`))
    expect(statuses.filter((status) => status === 429)).toHaveLength(3)
    expect(await appeal(running.url, '198.51.100.2')).not.toBe(429)
  })

  it('links accounts by the address of the client, not of the proxy', async () => {
    const post = (from: string, user: string) =>
      fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${running.key}`,
          'content-type': 'application/json',
          'x-forwarded-for': from,
        },
        body: JSON.stringify({ ...ask, user, messages: [{ role: 'user', content: testString('biological') }] }),
      }).then((answer) => answer.text())
    const addresses: (string | null)[] = []
    const { enforcement } = running.app
    const observe = enforcement.observe.bind(enforcement)
    enforcement.observe = (traffic) => {
      addresses.push(traffic.address)
      observe(traffic)
    }
    await post('198.51.100.1', 'a')
    await post('6.6.6.6, 198.51.100.2', 'b')
    await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${running.key}`,
        'content-type': 'application/json',
        'x-forwarded-for': '198.51.100.3',
      },
      body: JSON.stringify({ ...ask, user: 'c' }),
    }).then((answer) => answer.text())
    expect(addresses).toContain('198.51.100.3')
    expect(addresses).not.toContain('127.0.0.1')
  })

  it('keeps the status page and the metrics from who comes through it, though the plane binds loopback', async () => {
    for (const path of ['/status', '/metrics']) {
      expect((await fetch(running.controlUrl + path)).status).toBe(200)
      const through = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-host': 'localhost' }
      expect((await fetch(running.controlUrl + path, { headers: through })).status).toBe(401)
      const token = { ...through, authorization: `Bearer ${running.app.operatorToken}` }
      expect((await fetch(running.controlUrl + path, { headers: token })).status).toBe(200)
    }
    const other = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-host': 'evil.example' }
    expect((await fetch(`${running.controlUrl}/status`, { headers: other })).status).toBe(403)
  })
})
