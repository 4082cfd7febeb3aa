import { createHmac } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRooms } from '../../../test/support/rooms.ts'
import { STATUS } from '../../../test/support/status-view.ts'
import { freshDataDir } from '../../../test/support/stores.ts'
import { Accounts, CreatedKey, openOperatorToken, proveServer } from '../../accounts/index.ts'
import { systemClock } from '../../base/clock.ts'
import { systemIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { type DbHandle, openDb } from '../../db/index.ts'
import { Ledger, openFileSigner } from '../../ledger/index.ts'
import { ACTIONS, Staff, StaffConfig } from '../../staff/index.ts'
import { type ControlPlaneDeps, createControlPlane, describeApi, type StatusView } from './index.ts'
import { ROUTE_ACTIONS } from './route-actions.ts'

/** Decisions, by name; the operator's token never takes one. */
const FOR_PEOPLE = [
  'approvals.give',
  'deployment.resume',
  'training.resume',
  'policy.publish',
  'content.reveal',
  'appeals.decide',
  'exemptions.request',
  'weights.open',
  'weights.unlock',
  'evaluations.decide',
]

describe('the control plane', () => {
  let dir: string
  let handle: DbHandle
  let ledger: Ledger
  let accounts: Accounts
  let staff: Staff
  let deps: ControlPlaneDeps
  let ready = true

  beforeAll(async () => {
    dir = await freshDataDir()
    handle = await openDb({ url: null, dataDir: dir, log: silentLog })
    const base = { clock: systemClock, ids: systemIds, log: silentLog }
    ledger = await Ledger.open({
      ...base,
      dir: `${dir}/ledger`,
      signer: await openFileSigner({ path: `${dir}/key`, origin: 'test.example/log', ids: systemIds }),
      checkpointIntervalMs: 10,
    })
    accounts = await Accounts.open({
      ...base,
      db: handle,
      ledger,
      digest: (text) => createHmac('sha256', 'k').update(text).digest('hex'),
      defaults: { requestsPerMinute: 60, tokensPerMinute: 1000 },
    })
    await accounts.ensureFirstKey()
    staff = await Staff.open({
      ...base,
      db: handle,
      ledger,
      digest: (text) => createHmac('sha256', 'k').update(text).digest('hex'),
      config: StaffConfig.parse({}),
      secrets: { oidcClientSecret: null, scimToken: null },
      host: '127.0.0.1',
      installation: 'test.example',
    })
    deps = {
      ...(await openRooms(handle, ledger, dir)),
      accounts,
      ledger,
      staff,
      operatorToken: openOperatorToken(dir, systemIds),
      status: () => STATUS,
      readiness: () => ({ ready, reasons: ready ? [] : ['the ledger cannot record'] }),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
      host: '127.0.0.1',
      ids: systemIds,
      log: silentLog,
    }
  })
  afterAll(async () => {
    await deps.enforcement.close()
    await deps.decisions.close()
    await deps.content.close()
    await accounts.close()
    await ledger.close()
    await handle.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const plane = (changed: Partial<ControlPlaneDeps> = {}) => createControlPlane({ ...deps, ...changed })
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    plane().request(`http://localhost:8081${path}`, {
      method,
      headers: {
        authorization: `Bearer ${deps.operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })

  /** The body as a test looks at it. */
  const read = async (response: Response) => (await response.json()) as Record<string, never>

  describe('keys', () => {
    it('are created, listed without their secret, used and revoked', async () => {
      const created = await call('POST', '/api/v1/keys', { name: 'ci', testString: false })
      expect(created.status).toBe(201)
      const { key, ...shown } = CreatedKey.parse(await created.json())
      expect(accounts.authenticate(key)).toMatchObject({ keyId: shown.id, testString: false })
      const list = await (await call('GET', '/api/v1/keys?limit=200')).text()
      expect(list).toContain(shown.id)
      expect(list).not.toContain(key)
      const revoked = await call('DELETE', `/api/v1/keys/${shown.id}`)
      expect(await revoked.json()).toMatchObject({ id: shown.id, status: 'revoked' })
      expect(accounts.authenticate(key)).toBeNull()
    })

    it('belong to projects, whose limits can be changed one at a time', async () => {
      const organisation = await read(await call('POST', '/api/v1/organisations', { name: 'Acme' }))
      const made = await call('POST', '/api/v1/projects', { organisationId: organisation.id, name: 'web' })
      expect(made.status).toBe(201)
      const project = await read(made)
      expect(project).toMatchObject({ requestsPerMinute: null, tokensPerMinute: null })
      const { items } = await (await call('GET', `/api/v1/projects?organisationId=${organisation.id}`)).json()
      expect(items).toEqual([project])
      expect(await (await call('GET', `/api/v1/organisations/${organisation.id}`)).json()).toEqual(organisation)
      for (const kind of ['organisations', 'projects', 'keys']) {
        expect((await call('GET', `/api/v1/${kind}/none`)).status).toBe(404)
      }
      await call('PATCH', `/api/v1/projects/${project.id}`, { requestsPerMinute: 5 })
      const changed = await call('PATCH', `/api/v1/projects/${project.id}`, { tokensPerMinute: 7 })
      expect(await changed.json()).toMatchObject({ requestsPerMinute: 5, tokensPerMinute: 7 })
      const names = JSON.stringify(await (await call('GET', '/api/v1/organisations')).json())
      expect(names).toContain('Acme')
    })
  })

  describe('the ledger', () => {
    it('is read in pages and proven', async () => {
      const page = await read(await call('GET', '/api/v1/ledger/entries?from=0&limit=2'))
      expect(page).toMatchObject({ items: [{ position: 0 }, { position: 1 }], next: 2 })
      const end = await (await call('GET', `/api/v1/ledger/entries?from=${page.size}`)).json()
      expect(end).toMatchObject({ items: [], next: null })
      const entry = await read(await call('GET', '/api/v1/ledger/entries/1'))
      expect(page).toHaveProperty('items[1]', entry)
      const proof = await (await call('GET', '/api/v1/ledger/proof/1')).json()
      expect(proof).toMatchObject({ position: 1, event: entry.event, origin: 'test.example/log' })
      const checkpoint = await call('GET', '/api/v1/ledger/checkpoint')
      expect(checkpoint.headers.get('content-type')).toContain('text/plain')
      expect(await checkpoint.text()).toMatch(/^test\.example\/log\n\d+\n/)
    })

    it.each(['-1', '1.5', 'x', '99999999999999999999', '%00', '1e3'])('refuses position %s', async (position) => {
      for (const path of ['entries', 'proof']) {
        const response = await call('GET', `/api/v1/ledger/${path}/${position}`)
        expect(response.status).toBe(400)
        expect(await response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
      }
    })

    it('says when there is no such entry', async () => {
      const response = await call('GET', '/api/v1/ledger/entries/999999')
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    })
  })

  describe('authorisation', () => {
    it('knows every route of the API, and each is an action that some role may do', () => {
      const routes = plane()
        .routes.filter((r) => r.method !== 'ALL' && r.path.startsWith('/api/'))
        .map((r) => `${r.method} ${r.path}`)
      expect(new Set(routes)).toEqual(new Set(ROUTE_ACTIONS.keys()))
      for (const { action } of ROUTE_ACTIONS.values()) {
        if (action !== 'open') expect(ACTIONS).toHaveProperty([action])
      }
      const open = plane().routes.filter((r) => r.method !== 'ALL' && !r.path.startsWith('/api/'))
      expect(new Set(open.map((r) => r.path))).toEqual(
        new Set(['/status', '/metrics', '/healthz', '/readyz', '/login/oidc', '/login/oidc/callback']),
      )
    })

    it('keeps what belongs to people from the operator', async () => {
      for (const [route, { action, operator }] of ROUTE_ACTIONS) {
        if (operator === true) expect(FOR_PEOPLE, route).not.toContain(action)
        else if (action !== 'open') {
          const [method = '', path = ''] = route.split(' ')
          const response = await plane().request(`http://localhost${path}`, {
            method,
            headers: { authorization: `Bearer ${deps.operatorToken}` },
          })
          expect(response.status, route).toBe(403)
        }
      }
    })

    it('refuses a route that nobody has listed', async () => {
      const app = plane()
      app.get('/api/v1/forgotten', (c) => c.text('secret'))
      const headers = { authorization: `Bearer ${deps.operatorToken}` }
      for (const method of ['GET', 'HEAD']) {
        const response = await app.request('http://localhost/api/v1/forgotten', { method, headers })
        expect(response.status).toBe(403)
        expect(await response.text()).not.toContain('secret')
      }
    })

    it('refuses every route to all but the operator token', async () => {
      const { key } = await accounts.createKey({}, { type: 'operator', id: 'operator' })
      const token = deps.operatorToken
      const attempts: Record<string, string>[] = [
        {},
        { authorization: `Bearer ${key}` },
        { authorization: token },
        { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${token.slice(0, -1)}` },
        { authorization: `Basic ${Buffer.from(`operator:${token}`).toString('base64')}` },
        { 'x-api-key': token },
        { cookie: `authorization=Bearer ${token}; token=${token}` },
      ]
      for (const [route, { action }] of ROUTE_ACTIONS) {
        if (action === 'open') continue
        const [method = '', path = ''] = route.split(' ')
        for (const headers of attempts) {
          const response = await plane().request(`http://localhost${path}`, { method, headers })
          expect(response.status).toBe(401)
          expect(response.headers.get('www-authenticate')).toContain('Bearer')
          expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
        }
      }
      const withKey = await plane().request('http://localhost/api/v1/keys?token=x', {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(await withKey.text()).toContain('a customer key opens nothing here')
    })
  })

  describe('bad input', () => {
    it.each([
      ['no JSON', '{', {}],
      ['an unknown field', '{"name":"x","admin":true}', {}],
      ['a wrong type', '{"name":5}', {}],
      ['an empty name', '{"name":"  "}', {}],
      ['control characters', '{"name":"a\\u0000b"}', {}],
      ['a past expiry', '{"expiresAt":"2020-01-01T00:00:00Z"}', {}],
      ['no date', '{"expiresAt":"soon"}', {}],
      ['another content type', '{"name":"x"}', { 'content-type': 'text/plain' }],
      ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['an array', '[]', {}],
    ])('%s is a problem document', async (_, body, headers) => {
      const before = ledger.size
      const response = await call('POST', '/api/v1/keys', body, headers)
      expect(response.status).toBe(400)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      const problem = await read(response)
      expect(problem).toMatchObject({ code: 'REQUEST_INVALID', status: 400 })
      expect(problem.requestId).toBe(response.headers.get('x-request-id'))
      expect(ledger.size).toBe(before)
    })

    it('that is too long is refused before it is read', async () => {
      const response = await call('POST', '/api/v1/keys', JSON.stringify({ name: 'x'.repeat(100_000) }))
      expect(response.status).toBe(413)
      expect(await response.json()).toMatchObject({ code: 'REQUEST_TOO_LARGE' })
    })

    it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1e9'])('a page with %s is refused', async (query) => {
      expect((await call('GET', `/api/v1/keys?${query}`)).status).toBe(400)
    })

    it('names of nothing are not found', async () => {
      for (const [method, path, body] of [
        ['DELETE', '/api/v1/keys/key_0', undefined],
        ['PATCH', '/api/v1/projects/prj_0', { requestsPerMinute: 1 }],
        ['POST', '/api/v1/projects', { organisationId: 'org_0', name: 'x' }],
        ['GET', '/api/v1/nothing', undefined],
        ['GET', '/status/nothing', undefined],
        ['GET', '/assets/nothing-0123abcd.js', undefined],
      ] as const) {
        const response = await call(method, path, body)
        expect(response.status).toBe(404)
        expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' })
      }
    })

    it('limits below one are refused', async () => {
      for (const requestsPerMinute of [0, -1, 1.5, 2_000_000_000, '5']) {
        expect((await call('PATCH', '/api/v1/projects/prj_0', { requestsPerMinute })).status).toBe(400)
      }
    })
  })

  describe('the host name', () => {
    const from = (host: string, boundHost: string) =>
      plane({ host: boundHost }).request('http://localhost/healthz', { headers: { host } })

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
      const response = await plane().request('http://localhost/status')
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
      const response = await plane().request('http://localhost/status')
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
        health: { ready: false, reasons: ['the ledger cannot record'] },
        models: [{ name: 'm', upstream: 'u', surface: 'api', sandbox: false, enforced: false }],
        ledger: { ...STATUS.ledger, health: 'sealed', reason: 'the disk is full' },
        decisions: {},
      }
      const page = await (await plane({ status: () => status }).request('http://localhost/status')).text()
      for (const words of ['Not ready', 'the ledger cannot record', 'observed only', 'the disk is full', 'None yet']) {
        expect(page).toContain(words)
      }
    })

    it('needs the token where the plane is bound beyond loopback, and the API then takes no login box', async () => {
      const app = plane({ host: '0.0.0.0' })
      const basic = (password: string) => ({
        authorization: `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`,
      })
      for (const path of ['/status', '/metrics']) {
        const url = `http://10.0.0.7:8081${path}`
        expect((await app.request(url)).status).toBe(401)
        expect((await app.request(url, { headers: basic('wrong') })).status).toBe(401)
        expect((await app.request(url, { headers: basic(deps.operatorToken) })).status).toBe(200)
      }
      const api = await app.request('http://10.0.0.7:8081/api/v1/keys', { headers: basic(deps.operatorToken) })
      expect(api.status).toBe(401)
    })
  })

  it('answers health, readiness and metrics', async () => {
    expect(await (await plane().request('http://localhost/healthz')).json()).toEqual({ status: 'ok' })
    expect((await plane().request('http://localhost/readyz')).status).toBe(200)
    ready = false
    const response = await plane().request('http://localhost/readyz')
    ready = true
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'not ready', reasons: ['the ledger cannot record'] })
    expect(await (await plane().request('http://localhost/metrics')).text()).toBe('up 1\n')
  })

  it('proves to the holder of the token that it holds it too', async () => {
    const headers = { 'x-safelevel-challenge': 'a nonce' }
    const response = await plane().request('http://localhost/healthz', { headers })
    expect(response.headers.get('x-safelevel-proof')).toBe(proveServer(deps.operatorToken, 'a nonce'))
    expect((await plane().request('http://localhost/healthz')).headers.has('x-safelevel-proof')).toBe(false)
  })

  it('hides the cause of a failure of ours', async () => {
    const broken = {
      ...deps.accounts,
      keys: async () => {
        throw new Error('select secret from api_key')
      },
    }
    const response = await plane({ accounts: broken }).request('http://localhost/api/v1/keys', {
      headers: { authorization: `Bearer ${deps.operatorToken}` },
    })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain('INTERNAL')
    expect(text).not.toContain('select')
  })

  it('is described by docs/openapi.json', async () => {
    const file = new URL('../../../docs/openapi.json', import.meta.url)
    const now = `${JSON.stringify(describeApi(plane()), null, 2)}\n`
    if (process.env.UPDATE_OPENAPI === '1') writeFileSync(file, now)
    expect(readFileSync(file, 'utf8'), 'run with UPDATE_OPENAPI=1 after a wanted change').toBe(now)
    const headers = { authorization: `Bearer ${deps.operatorToken}` }
    const served = await plane().request('http://localhost:8081/api/v1/openapi.json', { headers })
    expect(await served.json()).toEqual(JSON.parse(now))
  })

  it('describes every route of the API', () => {
    const { paths = {} } = describeApi(plane())
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(new Set([...described, 'GET /api/v1/openapi.json'])).toEqual(new Set(ROUTE_ACTIONS.keys()))
  })
})
