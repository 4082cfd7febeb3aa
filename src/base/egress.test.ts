import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Certificate, makeCertificate } from '../../test/support/certificates.ts'
import { connectProxy, type LocalServer, listenLocally } from '../../test/support/clouds.ts'
import { EgressConfig } from './edge-config.ts'
import { Egress, type EgressOptions } from './egress.ts'
import { type ProxySettings, readProxies } from './proxies.ts'

const resources = new AsyncDisposableStack()
let dir: string
let authority: Certificate
let plain: LocalServer
let secure: LocalServer
let proxy: LocalServer & { readonly asked: string[] }
const at = (name: string, text: string) => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-egress-'))
  resources.defer(() => rmSync(dir, { recursive: true, force: true }))
  authority = makeCertificate(['Test authority'], { authority: true })
  at('ca.pem', authority.cert)
  plain = resources.use(await listenLocally((_, res) => void res.end('plain')))
  const certificate = makeCertificate(['models.example.com', 'localhost'], { issuer: authority })
  secure = resources.use(await listenLocally((_, res) => void res.end('secure'), certificate))
  proxy = resources.use(await connectProxy(secure))
})
afterAll(() => resources.disposeAsync())

/** What a request to `url` gives: the answer, or the code of the error. */
async function get(
  url: string,
  config: object,
  proxies: ProxySettings = {},
  options: Partial<EgressOptions> = {},
): Promise<string> {
  await using egress = new Egress(EgressConfig.parse(config), proxies)
  const dispatcher = egress.open({ origin: new URL(url).origin, connectTimeoutMs: 2_000, ...options })
  try {
    const { body } = await dispatcher.request({ origin: new URL(url).origin, path: '/', method: 'GET' })
    return await body.text()
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  } finally {
    await dispatcher.destroy()
  }
}

describe('the way out', () => {
  it('trusts the usual authorities and those that it is told of, and nothing else', async () => {
    const url = `https://localhost:${secure.port}`
    expect(await get(url, {})).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/)
    expect(await get(url, { caFiles: [join(dir, 'ca.pem')] })).toBe('secure')
    expect(await get(url, {}, {}, { caFile: join(dir, 'ca.pem') })).toBe('secure')
    const other = at('other.pem', makeCertificate(['Other'], { authority: true }).cert)
    expect(await get(url, { caFiles: [other] })).not.toBe('secure')
    // The right authority, but another name.
    expect(await get(`https://127.0.0.1:${secure.port}`, { caFiles: [join(dir, 'ca.pem')] })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
  })

  it('leads through the proxy, by the configuration before the environment, but for those who are named', async () => {
    const ca = { caFiles: [join(dir, 'ca.pem')] }
    const url = 'https://models.example.com'
    const there = () => proxy.asked.splice(0).length
    expect([await get(url, { ...ca, proxy: proxy.url }), there()]).toEqual(['secure', 1])
    expect([await get(url, ca, { https: proxy.url }), there()]).toEqual(['secure', 1])
    expect([await get(url, { ...ca, proxy: proxy.url }, { https: 'http://127.0.0.1:9' }), there()]).toEqual([
      'secure',
      1,
    ])
    expect([await get(url, ca, {}, { proxy: proxy.url }), there()]).toEqual(['secure', 1])
    for (const noProxy of [['models.example.com'], ['.example.com'], ['*'], ['other', 'example.com']])
      expect([noProxy, await get(url, { ...ca, proxy: proxy.url, noProxy }), there()]).toEqual([
        noProxy,
        'ENOTFOUND',
        0,
      ])
    expect([await get(url, ca, { https: proxy.url, noProxy: 'a, models.example.com' }), there()]).toEqual([
      'ENOTFOUND',
      0,
    ])
    expect([await get(url, { ...ca, proxy: proxy.url }, {}, { proxy: 'none' }), there()]).toEqual(['ENOTFOUND', 0])
    expect([await get(url, ca, { http: proxy.url }), there()]).toEqual(['ENOTFOUND', 0])
  })

  it('never leads to this machine by way of another', async () => {
    proxy.asked.length = 0
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await get(`http://${host}:${plain.port}`, { proxy: proxy.url })).toBe('plain')
    expect(proxy.asked).toEqual([])
  })

  it('tells the proxy a password of the environment, and says what a proxy without one answers', async () => {
    const gate = resources.use(await connectProxy(secure, 'user:p@ss'))
    const ca = { caFiles: [join(dir, 'ca.pem')] }
    const withPassword = gate.url.replace('http://', 'http://user:p%40ss@')
    expect(await get('https://models.example.com', ca, { https: withPassword })).toBe('secure')
    expect(await get('https://models.example.com', ca, { https: gate.url })).not.toBe('secure')
  })

  it('shows a certificate of our own to who wants one', async () => {
    const certificate = makeCertificate(['localhost'], { issuer: authority })
    const server = createServer(
      { cert: certificate.cert, key: certificate.key, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
      (_, res) => void res.end('known'),
    )
    server.listen(0, '127.0.0.1')
    resources.defer(() => void server.close())
    const ours = makeCertificate(['gateway'], { issuer: authority })
    const pair = { certFile: at('our.pem', ours.cert), keyFile: at('our.key', ours.key) }
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `https://localhost:${(server.address() as AddressInfo).port}`
    const ca = { caFiles: [join(dir, 'ca.pem')] }
    expect(await get(url, ca, {}, pair)).toBe('known')
    expect(await get(url, ca)).not.toBe('known')
  })

  it('stops the start over files that are no certificates', () => {
    const open =
      (config: object, options: Partial<EgressOptions> = {}) =>
      () =>
        new Egress(EgressConfig.parse(config)).open({ origin: 'https://a.example', ...options })
    expect(open({ caFiles: [join(dir, 'none.pem')] })).toThrow(/none\.pem does not exist/)
    expect(open({ caFiles: [at('text.pem', 'hello')] })).toThrow(/holds no certificate/)
    expect(open({}, { certFile: join(dir, 'ca.pem'), keyFile: at('wrong.key', makeCertificate(['x']).key) })).toThrow(
      /wrong\.key is not the key of the certificate/,
    )
  })

  it('fetches what is small, and follows nobody', async () => {
    const server = resources.use(
      await listenLocally((req, res) => {
        if (req.url === '/big') res.end(Buffer.alloc(256 * 1024 + 1))
        else if (req.url === '/moved') res.writeHead(302, { location: '/' }).end()
        else res.setHeader('x-one', ['a', 'b']).end(`${req.method} ${req.headers['content-type']}`)
      }),
    )
    await using egress = new Egress(EgressConfig.parse({}))
    const headers = { 'content-type': 'text/plain' }
    const answer = await egress.fetchSmall(`${server.url}/x?y=1`, { method: 'POST', headers, body: 'z' })
    expect(answer).toMatchObject({ status: 200, body: 'POST text/plain', headers: { 'x-one': 'a, b' } })
    expect((await egress.fetchSmall(`${server.url}/moved`)).status).toBe(302)
    await expect(egress.fetchSmall(`${server.url}/big`)).rejects.toThrow('more than 262144 bytes')
  })
})

describe('proxies of the environment', () => {
  it('are read as other programs read them, small letters first', () => {
    expect(readProxies({})).toEqual({})
    expect(
      readProxies({ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2', NO_PROXY: 'x', http_proxy: 'c:3' }),
    ).toEqual({
      https: 'http://b:2/',
      http: 'http://c:3/',
      noProxy: 'x',
    })
    expect(readProxies({ HTTPS_PROXY: '' })).toEqual({})
  })

  it('are refused without their words when they are none', () => {
    for (const bad of ['socks5://secret@h', 'http://', '::', 'ftp://secret:word@h'])
      expect(() => readProxies({ HTTPS_PROXY: bad })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('secret') }),
      )
  })

  it('never stand in the file with a password', () => {
    expect(EgressConfig.safeParse({ proxy: 'http://user:secret@proxy:3128' }).success).toBe(false)
  })
})
