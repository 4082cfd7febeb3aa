import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  NEWER,
  OLDER,
  policy,
  sampleDeps,
  sampleRecord,
  sampleSite,
  sampleSources,
} from '../../../test/support/public-site-world.ts'
import { ManualClock } from '../../base/clock.ts'
import { TransparencyReport } from '../../transparency/index.ts'
import { homePage } from './home-page.ts'
import type { PublicRecord, PublicSiteDeps } from './index.ts'
import { securityTxt } from './security-txt.ts'

let record: PublicRecord
beforeAll(async () => {
  record = await sampleRecord()
})
const site = (more: Parameters<typeof sampleSite>[1] = {}) => sampleSite(record, more)
const get = (path: string, more: Parameters<typeof sampleSite>[1] = {}) => site(more).request(path)
const page = async (path: string, more: Parameters<typeof sampleSite>[1] = {}) => (await get(path, more)).text()

describe('every page of the public record', () => {
  it.each([
    '/',
    '/transparency',
    '/transparency/2026-q2',
    '/transparency/2026-q3',
    '/transparency/2026-q3/1',
    '/transparency/2026-q4',
    '/acknowledgements',
    '/sitemap',
    `/policy/diff/${OLDER.version.digest}/${NEWER.version.digest}`,
  ])('%s runs no script, loads nothing from elsewhere and stays below 100 KB', async (path) => {
    const response = await get(path)
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html.length).toBeLessThan(100_000)
    expect(html).not.toMatch(/<script|style=|javascript:|<img| on[a-z]+=/i)
    expect(html).not.toContain('<Research>')
    expect(response.headers.get('cache-control')).toBe('public, max-age=60')
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it.each([
    '/transparency/2026-q5',
    '/transparency/2025-q4',
    '/transparency/2026-q3/3',
    '/transparency/2026-q3/0',
    '/transparency/2026-q3/01',
    '/transparency/2026-q3/-1',
    '/transparency/2026-q3/1e3',
    '/transparency/2026-q3.xml',
    '/transparency/2026-q3%00.json',
    '/transparency/..%2f..%2fetc%2fpasswd',
    `/transparency/${'9'.repeat(8_000)}`,
    '/transparency/%E0%A4%A',
    '/transparency/2026-q3/1/1',
    '/advisories/adv-1',
    '/policy/diff/1.1.0/9.9.9',
    '/policy/diff?from=1.1.0',
    '/policy/diff?from=1.1.0&to=%0d%0aset-cookie:a=b',
  ])('has nothing at %s', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('says nothing of the address that it was asked under', async () => {
    for (const path of [
      '/',
      '/feed.xml',
      '/sitemap.xml',
      '/robots.txt',
      '/.well-known/security.txt',
      '/policy/diff?from=1.1.0&to=1.2.0',
    ]) {
      const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
      const response = await site().request(`http://evil.example${path}`, { headers })
      expect(await response.text()).not.toContain('evil')
      expect(response.headers.get('location') ?? '').not.toContain('evil')
    }
  })

  it('stays on its feet whatever path it is given', async () => {
    const piece = fc.constantFrom(
      'transparency',
      'policy',
      'diff',
      'decisions',
      '2026-q3',
      '1',
      '.json',
      '%00',
      '%0d%0a',
      '..',
      '%2e%2e',
      '<b>',
      "'",
      '"',
      '%ff',
      '?',
      'id=',
      '&',
      '#',
      '\u202e',
    )
    const on = site()
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const response = await on.request(`/${pieces.join('/')}`)
        expect(response.status).toBeLessThan(500)
        expect(await response.text()).not.toContain('<b>')
      }),
      { numRuns: 200 },
    )
  })
})

describe('/', () => {
  it('answers in the order in which a stranger needs it: where to report before all', async () => {
    const html = await page('/')
    const places = [
      'mailto:security@orca.example',
      'id="level"',
      'id="report"',
      'id="policy"',
      'id="numbers"',
      'id="ledger"',
    ]
    const at = places.map((place) => html.indexOf(place))
    expect(at.every((one) => one > 0)).toBe(true)
    expect(at).toEqual(at.toSorted((a, b) => a - b))
  })

  it('tells of each deployment what was shown, and claims no level', async () => {
    const html = await page('/')
    expect(html).toContain('No AI safety level is claimed.')
    expect(html).toContain('control catalogue that would prove it is not installed')
    expect(html).toMatch(/orca-2-api.*Live.*cleared on.*21 July 2026.*the next by.*21 December 2026/s)
    expect(html).toMatch(/orca-mini-api.*2d: frozen.*no assessment has cleared.*the next one is due/s)
  })

  it('still says where to report when nothing else can be read', async () => {
    const broken = async () => {
      throw new Error('the store is gone')
    }
    const html = await page('/', {
      transparency: { ...record, deployments: broken, editions: broken, running: broken },
    })
    expect(html).toContain('mailto:security@orca.example')
    expect(html).toContain('could not be read')
  })

  it('names the cards, and says of each whether its evidence holds', async () => {
    const row = (model: string, state: string, current: object | null = {}) => ({
      model,
      title: `<${model}>`,
      current,
      draft: null,
      standing: { state },
    })
    const list = async () => ({ items: [row('a/b', 'fresh'), row('c', 'stale'), row('d', 'none', null)], next: null })
    const html = await homePage({ ...sampleDeps(record), cards: { list } } as unknown as PublicSiteDeps).then(String)
    expect(html).toMatch(/href="\/cards\/a%2Fb">&lt;a\/b&gt;<\/a> .*evidence holds/)
    expect(html).toMatch(/href="\/cards\/c">.*evidence out of date/)
    expect(html).not.toContain('/cards/d')
  })

  it('says what the policy is about to become', async () => {
    const soon = {
      ...NEWER.version,
      version: '2.0.0',
      state: 'scheduled',
      effectiveAt: '2027-01-01T00:00:00.000Z',
    } as const
    expect(await page('/', { policyVersions: () => [soon, NEWER.version] })).toMatch(
      /about to change.*version 2\.0\.0.*1 January 2027/s,
    )
  })
})

describe('/transparency', () => {
  it('gives what was published byte for byte, and its digest beside it', async () => {
    const { about, bytes } = await record.edition('2026-q3')
    const json = await page('/transparency/2026-q3.json')
    expect(json).toBe(bytes)
    expect(createHash('sha256').update(json).digest('hex')).toBe(about.digest)
    expect(await page('/transparency/2026-q3')).toContain(about.digest)
    expect(await page('/transparency/2026-q3/2.json')).toBe(bytes)
    expect(TransparencyReport.parse(JSON.parse(json)).edition).toBe(2)
  })

  it('says of an edition that was corrected which one takes its place, and of a correction what it changes', async () => {
    expect(await page('/transparency/2026-q3/1')).toMatch(/corrected since.*href="\/transparency\/2026-q3">edition 2/s)
    const html = await page('/transparency/2026-q3')
    expect(html).toContain('its log was restored &lt;late&gt;.')
    expect(html).toMatch(/\/decisions\/requests<\/code>.*5,104,121.*5,160,274/s)
  })

  it('breaks nothing down while the quarter runs, and nothing that is too small afterwards', async () => {
    const running = await page('/transparency/2026-q4')
    expect(running).toContain('still running')
    expect(running).not.toMatch(/4\.1<\/a> child exploitation/)
    expect(running).not.toContain('SHA-256')
    expect(await page('/transparency/2026-q2')).toMatch(/In bands of five|withheld/)
  })

  it('is a table for spreadsheets, in which nothing is a formula', async () => {
    const response = await get('/transparency/2026-q3.csv')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="transparency-2026-q3-2.csv"')
    const csv = await response.text()
    const rows = csv.split('\r\n')
    expect(rows[0]).toBe('part,figure,of,value,least,most')
    expect(rows).toContain('enforcement,byStep,ban,,0,4')
    expect(rows).toContain('appeals,byOutcome,upheld,31,31,31')
    expect(rows.at(-1)).toBe('')
    for (const row of rows) expect(row).not.toMatch(/(^|,)"?[=+@-]/)
    const named = await sampleRecord(sampleSources({ organisation: () => '=cmd|"x"!A1' }))
    expect(await (await sampleSite(named).request('/transparency/2026-q3.csv')).text()).toContain(`"'=cmd|""x""!A1"`)
  })

  it('names the schema that describes it', async () => {
    const response = await get('/schemas/transparency-report.v1.json')
    expect(response.headers.get('content-type')).toBe('application/schema+json')
    expect(await response.json()).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
  })
})

describe('/acknowledgements and advisories', () => {
  it('thank those who would be named, by that name, and link to nothing that runs', async () => {
    const html = await page('/acknowledgements')
    expect(html).toContain('M. Okafor')
    expect(html).toContain('Somebody who would not be named')
    const hostile = [
      { id: 'x', name: '<i>x</i>', about: '"><script>', at: '2026-09-02T10:00:00.000Z', href: 'javascript:alert(1)' },
    ]
    const shown = await page('/acknowledgements', {
      transparency: { ...record, acknowledgements: async () => hostile },
    })
    expect(shown).not.toMatch(/<script|<i>|javascript:/)
    expect(
      await page('/acknowledgements', { transparency: { ...record, acknowledgements: async () => [] } }),
    ).toContain('Nobody stands here yet')
  })

  it('tell of what was disclosed under a number of its own', async () => {
    const advisory = {
      id: 'adv-1',
      title: 'Tool <results>',
      text: 'One.\n\n<b>Two.</b>',
      publishedAt: '2026-09-02T10:00:00.000Z',
    }
    const told = { kind: 'safeguard_bypass', category: null, severity: 'high', credit: null, remedy: null }
    const advisories = async () => [{ ...advisory, ...told }]
    const html = await page('/advisories/adv-1', { advisories })
    expect(html).toContain('Tool &lt;results&gt;')
    expect(html).toContain('<p>&lt;b&gt;Two.&lt;/b&gt;</p>')
    expect((await get('/advisories/adv-2', { advisories })).status).toBe(404)
  })
})

describe('/decisions', () => {
  it('is there only where reasons are, and leads on only by what a number looks like', async () => {
    expect((await get('/decisions')).status).toBe(404)
  })
})

describe('/policy/diff', () => {
  it('shows any version against any other, and is reached by a form', async () => {
    const there = `/policy/diff/${NEWER.version.digest}/${OLDER.version.digest}`
    const response = await get('/policy/diff?from=1.2.0&to=1.1.0')
    expect([response.status, response.headers.get('location')]).toEqual([303, there])
    const html = await page(there)
    expect(html).toContain('From version 1.2.0 to 1.1.0')
    expect(html).toContain('&lt;b&gt;None&lt;/b&gt; at all.')
    expect(await page('/policy/diff/1.1.0/1.1.0')).toContain('It says the same')
  })
})

describe('/sitemap, /robots.txt and security.txt', () => {
  it('name what there is, by the configured address', async () => {
    const xml = await page('/sitemap.xml')
    expect(xml).toContain('<loc>https://ai.orca.example/transparency/2026-q3</loc>')
    expect(xml).not.toContain('/ledger/')
    expect(await page('/robots.txt')).toContain('Sitemap: https://ai.orca.example/sitemap.xml')
    const html = await page('/sitemap')
    for (const path of [...html.matchAll(/<li><a href="(\/[^"]*)"/g)].map((match) => match[1] ?? '')) {
      expect([path, (await get(path)).status]).toEqual([path, 200])
    }
  })

  it('tell strangers where to report, the form first, and where what belongs to it is', () => {
    const told = securityTxt({
      config: {
        organisation: { name: 'x', securityContact: 'mailto:s@x.example' },
        publicUrl: 'https://x.example/',
        host: '',
      },
      clock: new ManualClock(Date.UTC(2026, 10, 22, 9)),
      policy: () => policy,
      ...{ intake: {}, transparency: record },
    })
    expect(told).toMatchInlineSnapshot(`
      "Contact: https://x.example/report
      Contact: mailto:s@x.example
      Expires: 2027-05-21T00:00:00.000Z
      Encryption: https://x.example/report/keys
      Acknowledgments: https://x.example/acknowledgements
      Preferred-Languages: en
      Canonical: https://x.example/.well-known/security.txt
      Policy: https://x.example/report/policy
      "
    `)
  })

  it('name the form even where nobody else is named, and none that is not https', () => {
    const told = (publicUrl: string) =>
      securityTxt({
        ...{
          config: { organisation: { name: 'x' }, publicUrl, host: '' },
          clock: new ManualClock(),
          policy: () => policy,
        },
        ...{ intake: {} },
      })
    expect(told('https://x.example')).toMatch(/^Contact: https:\/\/x\.example\/report\nExpires: /)
    expect(told('http://x.example')).toBeNull()
  })
})
