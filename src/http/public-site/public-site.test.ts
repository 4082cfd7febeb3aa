import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy, shippedPolicy } from '../../../test/support/policies.ts'
import { ManualClock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { folderSource } from '../../ledger/index.ts'
import { Policy } from '../../policy/index.ts'
import { createPublicSite, type PublicSiteDeps } from './index.ts'

const policy = shippedPolicy()
const changed = Policy.load(
  changedPolicy('There are no exceptions.', '<b>None</b> at all.').replace('version: 1.1.0', 'version: 1.2.0'),
  { calibratedThresholds: CALIBRATED },
)
const OLDER = versionOf(policy, 1, null, 'superseded')
const NEWER = versionOf(changed, 2, policy.digest, 'in_force')

function versionOf(
  { version, digest, document }: Policy,
  number: number,
  previous: string | null,
  state: 'in_force' | 'superseded',
) {
  const at = '2026-06-01T00:00:00.000Z'
  const by = { draftId: null, approvalId: null, requestedBy: 'per_1', approvedBy: ['per_2'] }
  const about = {
    number,
    version,
    digest,
    previous,
    state,
    source: 'published',
    changelog: `Why <i>${version}</i> came.`,
  } as const
  return { version: { ...about, ...by, publishedAt: at, effectiveAt: at }, document }
}
const clock = new ManualClock(Date.UTC(2026, 2, 1, 17, 30))
const KEY = 'log.example/1+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
let folder = ''
let publicDir = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelevel-site-'))
  publicDir = join(folder, 'public')
  mkdirSync(join(publicDir, 'tile/0/x001'), { recursive: true })
  mkdirSync(join(publicDir, 'tile/0/x001/068.p'))
  writeFileSync(join(folder, 'secret'), 'not public')
  writeFileSync(join(publicDir, 'tile/0/x001/067'), 'full tile')
  writeFileSync(join(publicDir, 'tile/0/x001/068.p/8'), 'partial tile')
})
afterAll(() => rmSync(folder, { recursive: true }))

function ledgerOf(
  size: number,
  note: string | null,
  witnesses: ReturnType<PublicSiteDeps['ledger']['witnesses']> = null,
) {
  const tiles = folderSource(publicDir)
  return {
    tiles,
    size: () => size,
    checkpoint: () => note,
    verifierKey: () => KEY,
    trustPolicy: () => null,
    witnesses: () => witnesses,
  }
}

function site(more: Partial<PublicSiteDeps> = {}, contact: string | undefined = 'mailto:security@orca.example') {
  return createPublicSite({
    config: {
      organisation: { name: 'Orca <Research>', securityContact: contact },
      publicUrl: 'https://ai.orca.example/',
      host: '127.0.0.1',
    },
    baseUrl: () => 'https://ai.orca.example/',
    models: () => [
      { name: 'orca-2', surface: 'api', enforced: true, sandbox: false },
      { name: '<script>alert(1)</script>', surface: 'api', enforced: false, sandbox: true },
    ],
    policy: () => policy,
    policyVersions: () => [NEWER.version, OLDER.version],
    policyVersion: async (reference) => {
      const found = [NEWER, OLDER].find(({ version }) => [version.version, version.digest].includes(reference))
      if (found === undefined) throw new AppError('NOT_FOUND', 'there is no such version of the policy')
      return found
    },
    ledger: ledgerOf(48_211, 'log.example/1\n7\nabc=\n'),
    clock,
    readiness: () => ({ ready: true, reasons: [], observed: [] }),
    ...more,
  })
}
const page = async (path: string, on = site()) => (await on.request(path)).text()

describe('every page', () => {
  it.each(['/', '/policy', '/policy/history', '/policy/versions/1.2.0', '/policy/versions/1.1.0', '/nowhere'])(
    '%s runs no script, loads nothing from elsewhere and stays below 100 KB',
    async (path) => {
      const response = await site().request(path)
      const text = await response.text()
      expect(text.length).toBeLessThan(100_000)
      expect(text).not.toMatch(/<script|style=|javascript:|<img| on[a-z]+=/i)
      expect([...text.matchAll(/<link[^>]* href="([^"]*)"/g)].map((m) => m[1])).toEqual([
        '/favicon.svg',
        expect.stringMatching(/^\/site-[0-9a-f]{12}\.css$/),
        '/feed.xml',
      ])
      const forms = path === '/policy/history' ? "'self'" : "'none'"
      expect(response.headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`,
      )
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('set-cookie')).toBeNull()
    },
  )

  it('names a style sheet that is there', async () => {
    const href = /href="(\/site-[^"]*)"/.exec(await page('/'))?.[1] ?? ''
    const response = await site().request(href)
    expect(response.headers.get('content-type')).toContain('text/css')
    expect(response.headers.get('cache-control')).toContain('immutable')
  })

  it('answers 404 with a way back, and 405 to anything but reading', async () => {
    expect((await site().request('/nowhere')).status).toBe(404)
    expect(await page('/nowhere')).toContain('href="/"')
    const posted = await site().request('/policy', { method: 'POST', body: 'x' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await site().request('/', { method: 'HEAD' })).status).toBe(200)
  })
})

describe('/', () => {
  it('claims no level and says of each model whether the policy is enforced', async () => {
    const text = await page('/')
    expect(text).toContain('No AI safety level is claimed.')
    expect(text).toMatch(/orca-2<\/code>.*enforced/)
    expect(text).toMatch(/not a real model.*observed only/)
  })

  it('never says that something is withheld when every model is only observed', async () => {
    const models = () => [{ name: 'orca-2', surface: 'api', enforced: false, sandbox: false }]
    const text = await page('/', site({ models }))
    expect(text).toContain('Nothing is withheld')
    expect(text).not.toContain('What the policy refuses is withheld')
  })

  it('shows where to report before anything else, or plainly that nobody is named', async () => {
    const named = await page('/')
    expect(named.indexOf('href="mailto:security@orca.example"')).toBeLessThan(named.indexOf('No AI safety level'))
    const unnamed = await page(
      '/',
      site({ config: { organisation: { name: 'This installation' }, publicUrl: undefined, host: '127.0.0.1' } }),
    )
    expect(unnamed).toContain('No contact is named. This installation listens on this machine only (127.0.0.1)')
  })

  it('says who witnesses the ledger, or that too few do', async () => {
    const by = ['w1.example', '<b>w2']
    const witnessed = await page('/', site({ ledger: ledgerOf(7, 'x', { witnessed: true, by, of: 3 }) }))
    expect(witnessed).toMatch(/witnessed<\/span> by\s+w1\.example, &lt;b&gt;w2:/)
    expect(witnessed).not.toContain('unwitnessed')
    const few = await page('/', site({ ledger: ledgerOf(7, 'x', { witnessed: false, by: ['w1'], of: 3 }) }))
    expect(few).toContain('unwitnessed')
    expect(few).toContain('1 of 3 witnesses')
  })

  it('says unwitnessed, and how to verify with the real address and key', async () => {
    const text = await page('/')
    expect(text).toContain('unwitnessed')
    expect(text).toContain('48,211')
    expect(text).toContain(`npx safelevel ledger verify https://ai.orca.example/ledger \\\n  --key '${KEY}'`)
  })

  it.each([
    [0, []],
    [6, ['tile/0/000.p/6']],
    [256, ['tile/0/000']],
    [48_211, ['tile/0/000']],
  ])('names a tile that exists in a log of %d entries', async (size, tiles) => {
    const ledger = ledgerOf(size, 'x')
    const text = await page('/', site({ ledger }))
    expect([...text.matchAll(/curl -O \S+\/ledger\/(\S+)<\/code>/g)].map((m) => m[1])).toEqual(tiles)
  })

  it('escapes every name that it shows', async () => {
    const text = await page('/')
    expect(text).toContain('Orca &lt;Research&gt;')
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })
})

describe('/policy/history and its versions', () => {
  it('list every version with the reason for it, and escape what authors wrote', async () => {
    const text = await page('/policy/history')
    for (const { version } of [OLDER, NEWER]) {
      expect(text).toContain(`<a href="/policy/versions/${version.digest}">Version ${version.version}</a>`)
      expect(text).toContain(`Why &lt;i&gt;${version.version}&lt;/i&gt; came.`)
    }
    expect(text).not.toContain('per_1')
  })

  it('show what changed against the version before, and the whole text', async () => {
    const text = await page('/policy/versions/1.2.0')
    expect(text).toContain(`<a href="/policy/versions/${policy.digest}">version 1.1.0</a>`)
    expect(text).toContain('clause 4.1 Sexual exploitation of children')
    expect(text).toContain('&lt;b&gt;None&lt;/b&gt; at all.')
    expect(text).toContain('id="clause-7.2"')
    expect(await page(`/policy/versions/${policy.digest}`)).not.toContain('<table>')
  })

  it.each(['9.9.9', '%2e%2e%2f', 'x'.repeat(3_000), "'; drop table policy_version; --"])(
    'know nothing of %s',
    async (reference) => {
      expect((await site().request(`/policy/versions/${encodeURIComponent(reference)}`)).status).toBe(404)
    },
  )
})

describe('/policy', () => {
  it('shows every clause under its own anchor, with version, date and digest', async () => {
    const text = await page('/policy')
    const { sections, version, effective, digest } = policy.view()
    for (const clause of sections.flatMap((section) => section.clauses)) {
      expect(text.split(`id="clause-${clause.id}"`).length).toBe(2)
      expect(text).toContain(clause.title.replaceAll("'", '&#39;'))
    }
    for (const fact of [version, effective, digest]) expect(text).toContain(fact)
  })

  it('says of each clause what really happens', async () => {
    const text = await page('/policy')
    expect(text).toContain(
      'Severity: extreme. Requests and answers that fall under it are refused. When the check cannot be made, nothing is answered.',
    )
    expect(text).toContain(
      'Severity: moderate. Requests that fall under it are answered and recorded, or refused where the case is plain; when the check cannot be made, the answer is given and recorded as not checked.',
    )
  })

  it('says first of all when it is not enforced, and on which models', async () => {
    const model = { name: 'orca-2', surface: 'api', sandbox: false }
    const on = (...enforced: boolean[]) =>
      page('/policy', site({ models: () => enforced.map((e) => ({ ...model, enforced: e })) }))
    expect(await on(true, true)).not.toContain('not enforced')
    expect(await on(true, false)).toContain('This policy is not enforced on every model here')
    expect(await on(false)).toContain('This policy is not enforced here')
  })

  it('says how to contest a refusal, under the anchor to which refusals may point', async () => {
    const text = await page('/policy')
    expect(text.slice(text.indexOf('id="contest"'))).toContain('href="mailto:security@orca.example"')
  })

  it('is published as the very bytes that the digest names', async () => {
    const response = await site().request('/policy.json')
    const bytes = await response.arrayBuffer()
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
    expect(digest).toBe(policy.digest)
    expect(response.headers.get('content-type')).toContain('application/json')
  })
})

describe('/.well-known/security.txt', () => {
  it('is valid by RFC 9116 and never expired', async () => {
    const response = await site().request('/.well-known/security.txt')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toMatchInlineSnapshot(`
      "Contact: mailto:security@orca.example
      Expires: 2026-08-28T00:00:00.000Z
      Preferred-Languages: en
      Canonical: https://ai.orca.example/.well-known/security.txt
      Policy: https://ai.orca.example/policy
      "
    `)
  })

  it('expires between tomorrow and a year from now, whenever it is asked', async () => {
    const moving = new ManualClock()
    for (let day = 0; day < 800; day += 37) {
      moving.advance(37 * 86_400_000 + 12_345_678)
      const expires =
        /^Expires: (.*)$/m.exec(await page('/.well-known/security.txt', site({ clock: moving })))?.[1] ?? ''
      const days = (Date.parse(expires) - moving.now()) / 86_400_000
      expect(days).toBeGreaterThan(1)
      expect(days).toBeLessThan(365)
    }
  })

  it('leaves out addresses that are not https, and is absent without a contact', async () => {
    const organisation = { name: 'x', securityContact: 'https://orca.example/report' }
    const text = await page(
      '/.well-known/security.txt',
      site({ config: { organisation, publicUrl: 'http://10.0.0.1', host: '10.0.0.1' } }),
    )
    expect(text).toMatch(/^Contact: https:\/\/orca\.example\/report\n/)
    expect(text).not.toMatch(/Canonical|Policy/)
    const none = site({ config: { organisation: { name: 'x' }, publicUrl: undefined, host: '127.0.0.1' } })
    const response = await none.request('/.well-known/security.txt')
    expect([response.status, await response.text()]).toEqual([
      404,
      'No security contact is configured on this installation.\n',
    ])
  })
})

describe('/ledger', () => {
  it('serves the checkpoint without caching and full tiles for ever', async () => {
    const checkpoint = await site().request('/ledger/checkpoint')
    expect(checkpoint.headers.get('cache-control')).toBe('no-cache')
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    const full = await site().request('/ledger/tile/0/x001/067')
    expect([await full.text(), full.headers.get('cache-control')]).toEqual([
      'full tile',
      'public, max-age=31536000, immutable',
    ])
    const partial = await site().request('/ledger/tile/0/x001/068.p/8')
    expect([await partial.text(), partial.headers.get('cache-control')]).toEqual(['partial tile', 'public, max-age=60'])
  })

  it('serves the key of the log, for those who pin it on their first visit', async () => {
    expect(await page('/ledger/vkey')).toBe(`${KEY}\n`)
  })

  it('says so when there is no checkpoint yet', async () => {
    const ledger = ledgerOf(0, null)
    expect((await site({ ledger }).request('/ledger/checkpoint')).status).toBe(404)
    expect(await page('/', site({ ledger }))).toContain('none yet')
  })

  it.each([
    '/ledger/tile/../../secret',
    '/ledger/tile/0/..%2f..%2f..%2fsecret',
    '/ledger/tile/0/%2e%2e/%2e%2e/%2e%2e/secret',
    '/ledger/tile/0/x001',
    '/ledger/tile/0/x001/068.p',
    '/ledger/tile/0/x001/068.p/256',
    '/ledger/tile/0/x001/068.p/08',
    '/ledger/tile/0/x001/067%00',
    '/ledger/tile/7/000',
    '/ledger/tile/0/67',
    '/ledger/tile/',
    '/ledger/secret',
  ])('has nothing at %s', async (path) => {
    expect((await site().request(path)).status).toBe(404)
  })

  it('gives nothing but tiles, whatever the path', async () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '/',
      '//',
      '\\',
      '%00',
      'tile',
      'secret',
      'x001',
      '067',
      '0',
      '.p',
      '8',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const response = await site().request(`/ledger/tile/${pieces.join('/')}`)
        expect(response.status).toBeLessThan(500)
        expect(await response.text()).not.toContain('not public')
      }),
    )
  })
})

describe('what machines ask', () => {
  it('is alive, and ready only when it can serve', async () => {
    expect((await site().request('/healthz')).status).toBe(200)
    expect(await (await site().request('/readyz')).json()).toEqual({ ready: true, reasons: [], observed: [] })
    const stuck = await site({
      readiness: () => ({ ready: false, reasons: ['the ledger cannot record'], observed: [] }),
    }).request('/readyz')
    expect([stuck.status, await stuck.json()]).toEqual([
      503,
      { ready: false, reasons: ['the ledger cannot record'], observed: [] },
    ])
    expect(stuck.headers.get('cache-control')).toBe('no-store')
  })

  it('has an icon and rules for robots', async () => {
    expect((await site().request('/favicon.svg')).headers.get('content-type')).toBe('image/svg+xml')
    expect(await page('/robots.txt')).toContain('Disallow: /v1/')
  })
})
