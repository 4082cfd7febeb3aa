import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { expect, it } from 'vitest'
import { allowScript, verifyRoutes } from './verify-page.ts'

const KEY = 'log.example/1+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'

/** As the public site puts it together: headers that forbid all scripts, then this page. */
function site(policy: string): Hono {
  const made = new Hono()
  allowScript(made)
  made.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"] } }))
  verifyRoutes(made, {
    config: { organisation: { name: 'Orca <Research>' }, publicUrl: undefined, host: '127.0.0.1' },
    ledger: {
      tiles: { read: async () => null },
      size: () => 7,
      checkpoint: () => null,
      verifierKey: () => KEY,
      trustPolicy: () => policy,
      witnesses: () => null,
    },
  })
  made.get('/other', (c) => c.text('other'))
  return made
}

it('may load its own script and nothing else, as no other page may', async () => {
  const response = await site('quorum none\n').request('/verify')
  const policy = response.headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "trusted-types 'none'"])
    expect(policy).toContain(rule)
  expect(policy).not.toContain('unsafe')
  const scripts = [...(await response.text()).matchAll(/<script[^>]*>/g)].map(([tag]) => tag)
  for (const tag of scripts) expect(tag).toMatch(/ src="\/verify\/[0-9a-f]{16}\.js"/)
  expect((await site('').request('/other')).headers.get('content-security-policy')).not.toContain('script-src')
})

it('escapes what it is told of the log', async () => {
  const text = await (await site('"><script>alert(1)</script>').request('/verify')).text()
  expect(text).not.toContain('<script>alert')
  expect(text).toContain('Orca &lt;Research&gt;')
})

it.each(['/verify/0000000000000000.js', '/verify/..%2f..%2fpackage.json', '/verify/x'])(
  'has no script at %s',
  async (path) => {
    expect((await site('').request(path)).status).toBe(404)
  },
)

it('says how else to check, to whom runs no script', async () => {
  const text = await (await site('').request('/verify')).text()
  expect(text).toContain('<noscript>')
  expect(text).toContain('safelevel ledger verify')
})
