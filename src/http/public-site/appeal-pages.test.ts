import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RedressWorld } from '../../../test/support/redress-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { appealRoutes } from './appeal-routes.ts'
import { allowForms } from './form-policy.ts'

const HOUR_MS = 3_600_000
const [embedded] = storeKinds('appeal pages')
if (embedded === undefined) throw new Error('no store')

describe('the pages of reasons and appeals', () => {
  let store: TestStore
  let handle: DbHandle
  let world: RedressWorld
  let site: Hono

  beforeAll(async () => {
    store = await embedded.create()
    handle = await store.open()
    world = await RedressWorld.open(handle)
    site = new Hono()
    allowForms(site, ['/appeal', '/appeal/*', '/decisions'])
    site.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], formAction: ["'none'"] } }))
    appealRoutes(
      site,
      { clock: world.clock },
      {
        organisation: 'Orca <Research>',
        appealDueDays: 14,
        appealTextDays: 365,
        appealsPerHour: 20,
        redress: world.redress,
      },
    )
  })
  afterAll(async () => {
    await world.close()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  const get = async (path: string) => {
    const response = await site.request(path)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = async (path: string, fields: Record<string, string> | string, headers: Record<string, string> = {}) => {
    world.clock.advance(HOUR_MS / 20)
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
    const response = await site.request(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const file = async (about = world.refuse().id) => {
    const { text, status } = await post('/appeal', { about, text: 'It was fiction.', contact: '', website: '' })
    expect(status).toBe(201)
    const [receipt = '', secret = ''] = [...text.matchAll(/<dd><code>([^<]+)<\/code>/g)].map((m) => m[1] ?? '')
    return { receipt, secret }
  }

  it('lead from a number to its reasons, and nowhere else', async () => {
    const { id } = world.refuse()
    const found = await site.request(`/decisions?id=%20${id}%20`)
    expect([found.status, found.headers.get('location')]).toEqual([303, `/decisions/${id}`])
    for (const given of [
      'x',
      '//evil.example',
      `${id}%0d%0aset-cookie:a=b`,
      '%3Cscript%3E',
      `${id}/../..`,
      'dec_'.repeat(5_000),
    ]) {
      const refused = await get(`/decisions?id=${given}`)
      expect([refused.status, refused.headers.get('location'), refused.headers.get('set-cookie')]).toEqual([
        400,
        null,
        null,
      ])
      expect(refused.text).not.toMatch(/<script/)
    }
    expect((await get('/decisions')).headers.get('content-security-policy')).toContain("form-action 'self'")
  })

  it('show why something was refused, and nothing of whom or what', async () => {
    const decision = world.refuse({ endUser: `eu_${'b'.repeat(32)}` })
    const { status, text, headers } = await get(`/decisions/${decision.id}`)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    for (const word of [
      'Attacks on computers and networks',
      'breaking into systems',
      'Nobody: the decision was automatic',
      'Risk for public security',
    ]) {
      expect(text).toContain(word)
    }
    const { organisation, project, key, endUser, model } = decision
    for (const secret of [organisation, project, key, endUser, model, '0.91', 'cyber_operations'])
      expect(text).not.toContain(secret)
  })

  it.each(['dec_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x', '%3Cscript%3E', `dec_${'A'.repeat(9_000)}`, '..%2f..%2fetc'])(
    'know nothing of %s',
    async (id) => {
      const { status, text } = await get(`/decisions/${id}`)
      expect(status).toBe(404)
      expect(text).not.toContain('<script')
    },
  )

  it('say the same of a decision that refused nothing as of none', async () => {
    const none = await get('/decisions/dec_01ARZ3NDEKTSV4RRFFQ69G5FAV')
    const allowed = await get(`/decisions/${world.refuse({ outcome: 'allow' }).id}`)
    expect(allowed.status).toBe(none.status)
    expect(allowed.text).toBe(none.text)
  })

  it('run no script, set no cookie, and let forms go to this site alone', async () => {
    const { receipt } = await file()
    for (const path of ['/appeal', `/appeal?about=dec_1`, `/appeal/${receipt}`, `/decisions/${world.refuse().id}`]) {
      const { text, headers } = await get(path)
      expect(text).not.toMatch(/<script|style=|javascript:|<img| on[a-z]+=/i)
      expect(headers.get('set-cookie')).toBeNull()
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain(path.startsWith('/appeal') ? "form-action 'self'" : "form-action 'none'")
    }
  })

  it('take an appeal and show it again with number and secret', async () => {
    const { receipt, secret } = await file()
    const { status, text } = await post('/appeal/status', { receipt, secret })
    expect(status).toBe(200)
    expect(text).toContain('Not decided yet')
    expect(text).toContain('It was fiction.')
    expect((await post('/appeal/status', { receipt, secret: 'WRONG' })).status).toBe(404)
    expect((await post('/appeal/status', { receipt: 'apl_0', secret })).status).toBe(404)
    // The page that one comes to by address alone tells nothing.
    expect((await get(`/appeal/${receipt}`)).text).toBe((await get('/appeal/apl_0')).text.replaceAll('apl_0', receipt))
  })

  it('show the answer, or withdraw, and what is closed stays closed', async () => {
    const { receipt, secret } = await file()
    await world.redress.appeals.take(receipt, 'per_1')
    await world.redress.appeals.decide(receipt, { outcome: 'overturned', answer: 'You are <b>right</b>.' }, 'per_1')
    const { text } = await post('/appeal/status', { receipt, secret })
    expect(text).toContain('The decision was wrong')
    expect(text).toContain('You are &lt;b&gt;right&lt;/b&gt;.')
    expect((await post('/appeal/withdraw', { receipt, secret })).status).toBe(409)
    const other = await file()
    expect((await post('/appeal/withdraw', other)).text).toContain('Withdrawn')
  })

  it.each([
    ['nothing', ''],
    ['no words', new URLSearchParams({ about: 'dec_01ARZ3NDEKTSV4RRFFQ69G5FAV' }).toString()],
    ['an address that is none', new URLSearchParams({ about: 'dec_1', text: 'x', contact: '"><script>' }).toString()],
    ['a control character', 'about=dec_1&text=a%00b'],
    ['bytes that are no text', 'about=%ff%fe&text=%c3%28'],
  ])('refuse %s, and keep what was typed without running it', async (_, body) => {
    const { status, text } = await post('/appeal', body)
    expect([400, 404]).toContain(status)
    expect(text).toContain('Not sent.')
    expect(text).not.toContain('<script>')
  })

  it('refuse JSON, too much, and a second appeal', async () => {
    expect((await post('/appeal', '{"about":"x"}', { 'content-type': 'application/json' })).status).toBe(400)
    expect((await post('/appeal', `text=${'x'.repeat(70_000)}`)).status).toBe(413)
    const { id } = world.refuse()
    await file(id)
    const again = await post('/appeal', { about: id, text: 'Again.' })
    expect(again.status).toBe(409)
    expect(again.text).toContain('Again.')
  })

  it('give a program that fills in every field nothing', async () => {
    const { id } = world.refuse()
    const before = world.log.events.length
    expect((await post('/appeal', { about: id, text: 'Buy!', website: 'https://spam.example' })).status).toBe(400)
    expect(world.log.events.length).toBe(before)
  })

  it('take only so many from one address in an hour', async () => {
    world.clock.advance(HOUR_MS)
    const send = () =>
      site.request('/appeal', {
        method: 'POST',
        body: 'about=x',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    const statuses = []
    for (let i = 0; i < 25; i++) statuses.push((await send()).status)
    expect(statuses.filter((s) => s === 429)).toHaveLength(5)
    world.clock.advance(HOUR_MS / 20)
    expect((await send()).status).not.toBe(429)
  })
})
