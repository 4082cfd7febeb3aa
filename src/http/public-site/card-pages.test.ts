import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CardsWorld, RSO } from '../../../test/support/cards-world.ts'
import { shippedPolicy } from '../../../test/support/policies.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { cardJsonSchema, type ModelCard } from '../../models/cards/index.ts'
import { createPublicSite } from './index.ts'

const DAY_MS = 86_400_000
const HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)> " onmouseover="x'

describe('the pages of model cards', () => {
  const [kind] = storeKinds('card pages')
  let store: TestStore
  let handle: DbHandle
  let world: CardsWorld
  let site: ReturnType<typeof createPublicSite>
  let card: ModelCard

  beforeAll(async () => {
    if (kind === undefined) throw new Error('no store')
    store = await kind.create()
    handle = await store.open()
    world = await CardsWorld.open(handle)
    await world.begin()
    const policy = shippedPolicy()
    site = createPublicSite({
      config: { organisation: { name: 'Kelp <Labs>' }, publicUrl: undefined, host: '127.0.0.1' },
      baseUrl: () => 'https://kelp.example',
      models: () => [],
      policy: () => policy,
      policyVersions: () => [],
      policyVersion: () => Promise.reject(new Error('not asked for')),
      ledger: {
        tiles: { read: async () => null },
        size: () => 0,
        checkpoint: () => null,
        verifierKey: () => 'log.example/1+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
        trustPolicy: () => null,
        witnesses: () => null,
      },
      clock: world.clock,
      cards: world.cards,
      readiness: () => ({ ready: true, reasons: [], observed: [] }),
    })
    const written = await world.written()
    card = {
      ...written,
      summary: `About ${HOSTILE}`,
      limitations: [HOSTILE],
      withheld: [{ path: '/evaluations/1', audience: 'authorities', reason: 'It would show <b>how</b> to pass.' }],
    }
    await world.publish(card)
  })
  afterAll(async () => {
    world[Symbol.dispose]()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  const page = async (path: string) => (await site.request(path)).text()

  it('say what a card says, what it rests on, and that something is withheld and why', async () => {
    const text = await page('/cards/orca-2')
    expect(text).toContain('<h1>Orca 2: model card</h1>')
    expect(text).toContain('autonomy-1 helpful-only')
    expect(text).toContain('aria-label="evidence 1"')
    expect(text).toContain(card.evaluations[0]?.evidence[0]?.digest ?? 'none')
    expect(text).toContain('1 part is withheld from this edition')
    expect(text).toContain('It would show &lt;b&gt;how&lt;/b&gt; to pass.')
    expect(text).not.toContain('biology-1 helpful-only')
    expect(text).toContain('none is claimed')
    expect(await page('/cards')).toContain('<a href="/cards/orca-2">Orca 2</a>')
    expect(await page('/')).toContain('/cards/orca-2')
  })

  it.each(['/cards', '/cards/orca-2', '/cards/orca-2/v/1'])(
    '%s holds no script, no style of its own, and is small',
    async (path) => {
      const response = await site.request(path)
      const text = await response.text()
      expect(response.status).toBe(200)
      expect(Buffer.byteLength(text)).toBeLessThan(100_000)
      expect(text).not.toMatch(/<script|style=|<style|javascript:|<img/i)
      expect(text.replaceAll(/&[a-z0-9#]+;/g, '')).not.toMatch(/<[^>]* on[a-z]+=/i)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    },
  )

  it('hand out files that keep back what the page keeps back', async () => {
    const json = await site.request('/cards/orca-2.json')
    expect(json.headers.get('content-type')).toBe('application/json')
    expect(await json.json()).toMatchObject({ format: 'safelevel-card/v1', evaluations: [{ suite: 'autonomy-1' }] })
    const bom = await (await site.request('/cards/orca-2.cdx.json')).json()
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
    const text = await page('/cards/orca-2.md')
    expect(text).toContain('# Orca 2: model card')
    for (const body of [JSON.stringify(bom), text, await page('/cards/orca-2.json')])
      expect(body).not.toContain('biology-1')
    expect(text).not.toContain('<script>')
    expect(await (await site.request('/schemas/model-card.v1.json')).json()).toEqual(
      JSON.parse(JSON.stringify(cardJsonSchema())),
    )
  })

  it.each([
    '/cards/nobody',
    '/cards/orca-2.exe',
    '/cards/orca-2/v/9',
    '/cards/orca-2/v/draft',
    '/cards/orca-2/v/0',
    '/cards/orca-2/v/..%2fdraft',
    '/cards/orca-2/diff/1/draft',
    '/cards/orca-2/diff/1/9',
    '/cards/%00',
    '/cards/orca-2%2fdraft',
    '/cards/..%2f..%2fetc%2fpasswd.json',
  ])('answer 404 at %s, and no draft is public', async (path) => {
    expect((await site.request(path)).status).toBe(404)
  })

  it('turn amber, say which claim and since when, and show what a renewed card changed', async () => {
    world.clock.advance(DAY_MS)
    await world.assess('orca-2/c1', 0)
    const stale = await page('/cards/orca-2')
    expect(stale).toContain('Some of this no longer holds')
    expect(stale).toContain(
      'Evaluation autonomy-1 helpful-only: something newer has followed what it rests on, since 2026-01-03.',
    )
    expect(stale).toContain('A part that is withheld: something newer')
    expect(stale).not.toContain('biology-1 helpful-only')
    expect(await page('/cards')).toContain('out of date')
    const renewed = await world.cards.renew(card)
    const evidence = renewed.evaluations[0]?.evidence ?? []
    const next = {
      ...renewed,
      capabilities: [{ words: 'It passes none of the tasks.', evidence }],
      limitations: [...card.limitations, 'It is slow.'],
    }
    await world.publish(next, 'apr_2')
    const diff = await page('/cards/orca-2/diff/1/2')
    expect(diff).toContain('it has fallen; the intervals lie apart')
    expect(diff).toContain('a limitation was added')
    expect(diff).toContain('it rests on other evidence now')
    expect(diff).not.toContain('biology-1 helpful-only')
    expect(await page('/cards/orca-2')).not.toContain('no longer holds')
    expect(await page('/cards/orca-2/v/1')).toContain('This is an earlier version')
  })

  it('say that a card was withdrawn, and why, and keep it readable', async () => {
    await world.cards.withdraw('orca-2', 2, 'A figure <was> misread.', RSO)
    const text = await page('/cards/orca-2')
    expect(text).toContain('was withdrawn')
    expect(text).toContain('A figure &lt;was&gt; misread.')
    expect(await page('/cards/orca-2/v/2')).toContain('It passes none of the tasks.')
    expect((await site.request('/cards/orca-2.json')).status).toBe(404)
  })
})
