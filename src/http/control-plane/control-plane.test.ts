import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOf, ControlWorld } from '../../../test/support/control-world.ts'
import { STATUS } from '../../../test/support/status-view.ts'
import { proveServer } from '../../accounts/index.ts'
import { describeApi, type StatusView } from './index.ts'
import { ROUTE_ACTIONS } from './route-actions.ts'

describe('the control plane', () => {
  let world: ControlWorld
  beforeAll(async () => {
    world = await ControlWorld.open()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  describe('the ledger', () => {
    it('is read in pages and proven', async () => {
      const page = await bodyOf(await world.call('GET', '/api/v1/ledger/entries?from=0&limit=2'))
      expect(page).toMatchObject({ items: [{ position: 0 }, { position: 1 }], next: 2 })
      const end = await (await world.call('GET', `/api/v1/ledger/entries?from=${page.size}`)).json()
      expect(end).toMatchObject({ items: [], next: null })
      const entry = await bodyOf(await world.call('GET', '/api/v1/ledger/entries/1'))
      expect(page).toHaveProperty('items[1]', entry)
      const proof = await (await world.call('GET', '/api/v1/ledger/proof/1')).json()
      expect(proof).toMatchObject({ position: 1, event: entry.event, origin: 'test.example/log' })
      const checkpoint = await world.call('GET', '/api/v1/ledger/checkpoint')
      expect(checkpoint.headers.get('content-type')).toContain('text/plain')
      expect(await checkpoint.text()).toMatch(/^test\.example\/log\n\d+\n/)
    })

    it.each(['-1', '1.5', 'x', '99999999999999999999', '%00', '1e3'])('refuses position %s', async (position) => {
      for (const path of ['entries', 'proof']) {
        const response = await world.call('GET', `/api/v1/ledger/${path}/${position}`)
        expect(response.status).toBe(400)
        expect(await response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
      }
    })

    it('says when there is no such entry', async () => {
      const response = await world.call('GET', '/api/v1/ledger/entries/999999')
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    })
  })

  describe('the host name', () => {
    const from = (host: string, boundHost: string) =>
      world.plane({ host: boundHost }).request('http://localhost/healthz', { headers: { host } })

    it.each(['localhost:8081', '127.0.0.1', '[::1]:8081', 'LOCALHOST'])('%s passes on loopback', async (host) => {
      expect((await from(host, '127.0.0.1')).status).toBe(200)
    })
    it.each([
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '192.168.1.5',
      'localhost@evil.example',
      '',
    ])('"%s" is refused on loopback', async (host) => {
      const response = await from(host, 'localhost')
      expect(response.status).toBe(403)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    })
    it('elsewhere is the bound name or an address', async () => {
      for (const host of ['10.0.0.7:8081', '[fd00::1]', 'localhost', 'Control.internal']) {
        expect((await from(host, 'control.internal')).status).toBe(200)
      }
      expect((await from('evil.example', 'control.internal')).status).toBe(403)
      expect((await from('evil.example', '0.0.0.0')).status).toBe(403)
    })
  })

  describe('the status page', () => {
    it('says what runs, escapes what it shows, and needs no script', async () => {
      const response = await world.plane().request('http://localhost/status')
      const page = await response.text()
      expect(response.status).toBe(200)
      for (const words of ['Ready', 'unwitnessed', 'sandbox-1', 'not a real model', '48,211', '1 d 2 h', 'refuse']) {
        expect(page).toContain(words)
      }
      expect(page).not.toContain('<script')
      expect(page).toContain('&lt;script&gt;')
      expect(page.toLowerCase()).not.toContain('console')
      expect(page).not.toMatch(/(src|href)=/)
    })

    it('is styled under its own security policy', async () => {
      const response = await world.plane().request('http://localhost/status')
      const page = await response.text()
      const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? ''
      const { createHash } = await import('node:crypto')
      const hash = createHash('sha256').update(style).digest('base64')
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toContain(`style-src 'sha256-${hash}'`)
      expect(policy).toContain("default-src 'none'")
      expect(page).not.toContain('style=')
    })

    it('says why it is not ready and what is only observed', async () => {
      const status: StatusView = {
        ...STATUS,
        health: {
          state: 'unready',
          ready: false,
          reasons: ['the ledger cannot record'],
          conditions: [
            { code: 'ledger_stopped', severity: 'unready', words: 'the ledger cannot record', since: STATUS.startedAt },
            { code: 'limits_alone', severity: 'degraded', words: 'Valkey is away', since: STATUS.startedAt },
          ],
        },
        models: [{ name: 'm', upstream: 'u', surface: 'api', sandbox: false, enforced: false }],
        ledger: { ...STATUS.ledger, health: 'sealed', reason: 'the disk is full' },
        decisions: {},
      }
      const page = await (await world.plane({ status: async () => status }).request('http://localhost/status')).text()
      for (const words of [
        'Not ready',
        'the ledger cannot record',
        'ledger_stopped',
        'Valkey is away',
        'observed only',
        'the disk is full',
        'None yet',
      ]) {
        expect(page).toContain(words)
      }
    })

    it('needs the token where the plane is bound beyond loopback, and the API then takes no login box', async () => {
      const app = world.plane({ host: '0.0.0.0' })
      const basic = (password: string) => ({
        authorization: `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`,
      })
      for (const path of ['/status', '/metrics']) {
        const url = `http://10.0.0.7:8081${path}`
        expect((await app.request(url)).status).toBe(401)
        expect((await app.request(url, { headers: basic('wrong') })).status).toBe(401)
        expect((await app.request(url, { headers: basic(world.deps.operatorToken) })).status).toBe(200)
      }
      const api = await app.request('http://10.0.0.7:8081/api/v1/keys', { headers: basic(world.deps.operatorToken) })
      expect(api.status).toBe(401)
    })
  })

  it('answers health, readiness and metrics', async () => {
    expect(await (await world.plane().request('http://localhost/healthz')).json()).toEqual({ status: 'ok' })
    expect((await world.plane().request('http://localhost/readyz')).status).toBe(200)
    world.ready = false
    const response = await world.plane().request('http://localhost/readyz')
    world.ready = true
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      status: 'not ready',
      reasons: ['the ledger cannot record'],
      conditions: [expect.objectContaining({ code: 'ledger_stopped', severity: 'unready' })],
    })
    expect(await (await world.plane().request('http://localhost/metrics')).text()).toBe('up 1\n')
  })

  it('proves to the holder of the token that it holds it too', async () => {
    const headers = { 'x-safelevel-challenge': 'a nonce' }
    const response = await world.plane().request('http://localhost/healthz', { headers })
    expect(response.headers.get('x-safelevel-proof')).toBe(proveServer(world.deps.operatorToken, 'a nonce'))
    expect((await world.plane().request('http://localhost/healthz')).headers.has('x-safelevel-proof')).toBe(false)
  })

  it('hides the cause of a failure of ours', async () => {
    const broken = {
      ...world.deps.accounts,
      keys: async () => {
        throw new Error('select secret from api_key')
      },
    }
    const response = await world.plane({ accounts: broken }).request('http://localhost/api/v1/keys', {
      headers: { authorization: `Bearer ${world.deps.operatorToken}` },
    })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain('INTERNAL')
    expect(text).not.toContain('select')
  })

  it('is described by docs/openapi.json', async () => {
    const file = new URL('../../../docs/openapi.json', import.meta.url)
    const now = `${JSON.stringify(describeApi(world.plane()), null, 2)}\n`
    if (process.env.UPDATE_OPENAPI === '1') writeFileSync(file, now)
    expect(readFileSync(file, 'utf8'), 'run with UPDATE_OPENAPI=1 after a wanted change').toBe(now)
    const headers = { authorization: `Bearer ${world.deps.operatorToken}` }
    const served = await world.plane().request('http://localhost:8081/api/v1/openapi.json', { headers })
    expect(await served.json()).toEqual(JSON.parse(now))
  })

  it('describes every route of the API', () => {
    const { paths = {} } = describeApi(world.plane())
    const api = Object.entries(paths).filter(([path]) => !path.startsWith('/vault/v1/'))
    const described = api.flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(new Set([...described, 'GET /api/v1/openapi.json'])).toEqual(new Set(ROUTE_ACTIONS.keys()))
  })
})
