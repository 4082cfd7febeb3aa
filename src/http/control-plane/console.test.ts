import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { createRouter } from '../router.ts'
import { CONSOLE_POLICY, consolePages } from './console.ts'

const SCRIPT = 'console.log(1)'

describe('serving the console', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'safelevel-console-'))
    await write('<p>first</p>')
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  async function write(index: string) {
    await mkdir(join(dir, 'assets'), { recursive: true })
    await writeFile(join(dir, 'index.html'), index)
    await writeFile(join(dir, 'assets/main-Abc_123x.js'), SCRIPT)
    await writeFile(join(dir, 'assets/main-Abc_123x.js.br'), brotliCompressSync(SCRIPT))
    await writeFile(join(dir, 'assets/mark.svg'), '<svg/>')
    await writeFile(join(dir, 'secret.env'), 'KEY=1')
    await rm(join(dir, 'build.json'), { force: true })
    await writeFile(join(dir, 'build.json'), JSON.stringify({ index }))
  }

  function served() {
    const app = createRouter(silentLog)
    app.use('*', consolePages(dir))
    app.get('/api/v1/status', (c) => c.json({ ok: true }))
    return (path: string, init?: RequestInit) => app.request(`http://localhost:8081${path}`, init)
  }

  it.each(['/', '/setup', '/login', '/queue?severity=high', '/people/per_1', '/index.html'])(
    'gives its first page at %s, never kept',
    async (path) => {
      const response = await served()(path)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('<p>first</p>')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(response.headers.get('content-security-policy')).toBe(CONSOLE_POLICY)
    },
  )

  it('lets only scripts, styles and calls from itself in, nothing inline, no frame and no markup from strings', () => {
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
      expect(CONSOLE_POLICY.split('; ')).toContain(rule)
    expect(CONSOLE_POLICY).not.toMatch(/unsafe|\*|https?:/)
  })

  it('gives files whose name holds their digest for good, others anew', async () => {
    const script = await served()('/assets/main-Abc_123x.js')
    expect(await script.text()).toBe(SCRIPT)
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect((await served()('/assets/mark.svg')).headers.get('cache-control')).toBe('no-store')
  })

  it('sends Brotli to who takes it', async () => {
    const call = served()
    const packed = await call('/assets/main-Abc_123x.js', { headers: { 'accept-encoding': 'gzip, br;q=0.9' } })
    expect(packed.headers.get('content-encoding')).toBe('br')
    expect(brotliDecompressSync(new Uint8Array(await packed.arrayBuffer())).toString()).toBe(SCRIPT)
    for (const encoding of ['gzip', 'br;q=0', 'abr', ''])
      expect(
        (await call('/assets/main-Abc_123x.js', { headers: { 'accept-encoding': encoding } })).headers.has(
          'content-encoding',
        ),
      ).toBe(false)
  })

  it.each([
    '/assets/gone-12345678.js',
    '/api/v1/nothing',
    '/api',
    '/metrics',
    '/healthz',
    '/readyz',
    '/scim/v2/Users',
    '/status/x',
    '/login/oidc/callback',
  ])('leaves %s to others', async (path) => {
    const response = await served()(path)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  it('leaves what changes something to others', async () => {
    expect((await served()('/people', { method: 'POST' })).status).toBe(404)
  })

  it.each([
    '/secret.env',
    '/build.json',
    '/assets/../secret.env',
    '/..%2f..%2fpackage.json',
    '/assets/%2e%2e/secret.env',
  ])('never gives %s', async (path) => {
    const text = await (await served()(path)).text()
    expect(text).not.toContain('KEY=1')
    expect(text).not.toContain('"index"')
  })

  it('goes on with what was built anew while it runs', async () => {
    const call = served()
    await (await call('/')).text()
    await write('<p>second</p>')
    expect(await (await call('/')).text()).toBe('<p>second</p>')
  })

  it('says what to do where nothing is built', async () => {
    await rm(dir, { recursive: true })
    const response = await served()('/')
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('/status')
  })
})
