import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SoftwareAuthenticator } from '../../../test/support/software-authenticator.ts'
import { type Member, StaffWorld } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Role, StaffConfig } from '../../staff/index.ts'
import { createRouter } from '../router.ts'
import { mountStaff, STAFF_ROUTES } from './index.ts'

const ORIGIN = 'http://localhost:8081'
const OPERATOR_TOKEN = `sl_op_${'x'.repeat(38)}`
const SCIM_TOKEN = 's'.repeat(40)

/** A browser: keeps cookies, names its origin, sends the token of its session. */
class Browser {
  cookies = new Map<string, string>()
  csrf: string | null = null
  readonly #app: ReturnType<typeof createRouter>
  constructor(app: ReturnType<typeof createRouter>) {
    this.#app = app
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await this.#app.request(`${ORIGIN}${path}`, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { origin: ORIGIN }),
        ...(this.csrf === null ? {} : { 'x-safelevel-csrf': this.csrf }),
        ...(this.cookies.size === 0 ? {} : { cookie: [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ') }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  // biome-ignore lint/suspicious/noExplicitAny: the body as a test looks at it
  async read(method: string, path: string, body?: unknown): Promise<any> {
    const response = await this.send(method, path, body)
    expect(response.status, `${method} ${path}`).toBeLessThan(300)
    return response.json()
  }

  async signIn(key: SoftwareAuthenticator): Promise<void> {
    const { ceremony, options } = await this.read('POST', '/api/v1/staff/login/options')
    const assertion = key.get({ challenge: options.challenge })
    expect((await this.send('POST', '/api/v1/staff/login', { ceremony, assertion })).status).toBe(204)
    this.csrf = (await this.read('GET', '/api/v1/staff/session')).csrf
  }
}

describe.each(storeKinds('staff doors'))('the doors for staff on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  let world: StaffWorld
  let app: ReturnType<typeof createRouter>

  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })
  const open = async (config: Partial<StaffConfig> = {}) => {
    world = await StaffWorld.open(handle, config, SCIM_TOKEN)
    app = createRouter(silentLog)
    mountStaff(app, { staff: world.staff, operatorToken: OPERATOR_TOKEN, log: silentLog })
  }
  beforeEach(() => open())

  const signedIn = async (roles: Role[]): Promise<{ browser: Browser; member: Member }> => {
    const member = await world.member(roles)
    const browser = new Browser(app)
    await browser.signIn(member.key)
    return { browser, member }
  }

  it('lets the first administrator in once, who makes a team in the browser alone', async () => {
    const setup = await world.staff.enrolment.issueSetup()
    const key = new SoftwareAuthenticator({ algorithm: 'ES256', counter: 1 })
    const ada = new Browser(app)
    const enrol = async (
      browser: Browser,
      token: string,
      authenticator: SoftwareAuthenticator,
      person: object | null,
    ) => {
      const { ceremony, options } = await browser.read('POST', '/api/v1/staff/enrolment/options', { token, person })
      const attestation = authenticator.create({ challenge: options.challenge })
      return browser.send('POST', '/api/v1/staff/enrolment', { token, ceremony, attestation, label: 'blue key' })
    }
    const made = await enrol(ada, setup?.token ?? '', key, { displayName: 'Ada', email: 'ada@example.com' })
    expect(made.status).toBe(204)
    const cookie = made.headers.getSetCookie()[0] ?? ''
    expect(cookie).toMatch(/^safelevel-session=[\w-]{43};.*HttpOnly.*SameSite=Strict/i)
    const me = await ada.read('GET', '/api/v1/staff/session')
    expect(me).toMatchObject({ roles: ['administrator'], fresh: true, bootstrap: true, person: { displayName: 'Ada' } })
    ada.csrf = me.csrf
    const again = await new Browser(app).send('POST', '/api/v1/staff/enrolment/options', {
      token: setup?.token,
      person: { displayName: 'Eve' },
    })
    expect(again.status).toBe(401)

    const bo = await ada.read('POST', '/api/v1/staff/people', { displayName: 'Bo', email: 'bo@example.com' })
    const grant = { action: 'staff.grant_role', payload: { personId: bo.id, role: 'rso' }, reason: 'her job' }
    expect((await ada.send('POST', '/api/v1/approvals', grant)).status).toBe(409)
    const link = await ada.read('POST', `/api/v1/staff/people/${bo.id}/link`)
    expect(link.url).toMatch(/^http:\/\/localhost:8081\/setup#[\w-]{43}$/)
    const hers = new Browser(app)
    expect((await enrol(hers, link.url.split('#')[1], new SoftwareAuthenticator(), null)).status).toBe(204)
    expect(await ada.read('POST', '/api/v1/approvals', grant)).toMatchObject({ state: 'executed', bootstrap: true })
    expect(await hers.read('GET', '/api/v1/staff/session')).toMatchObject({ roles: ['rso'] })
    expect((await ada.send('DELETE', '/api/v1/staff/bootstrap')).status).toBe(204)
    const ceo = { ...grant, payload: { personId: bo.id, role: 'ceo' } }
    expect(await ada.read('POST', '/api/v1/approvals', ceo)).toMatchObject({ state: 'pending', bootstrap: false })
  })

  it('lets people ask, sign and deny', async () => {
    const { browser: rso } = await signedIn(['rso'])
    const { browser: ceo, member } = await signedIn(['ceo'])
    const ann = await world.member([])
    const payload = { personId: ann.id, role: 'policy_editor' }
    const asked = await rso.read('POST', '/api/v1/approvals', {
      action: 'staff.grant_role',
      payload,
      reason: 'new job',
    })
    expect(asked).toMatchObject({ state: 'pending', missing: [{ group: 'second person', count: 1 }] })
    expect((await ceo.read('GET', '/api/v1/approvals/inbox')).items).toMatchObject([{ id: asked.id }])
    expect((await rso.read('GET', '/api/v1/approvals/inbox')).items).toEqual([])
    expect((await rso.send('POST', `/api/v1/approvals/${asked.id}/options`)).status).toBe(403)
    const options = await ceo.read('POST', `/api/v1/approvals/${asked.id}/options`)
    const assertion = member.key.get({ challenge: options.challenge })
    const approved = await ceo.read('POST', `/api/v1/approvals/${asked.id}/approve`, { assertion })
    expect(approved).toMatchObject({ state: 'executed', missing: [] })
    expect(JSON.stringify(approved)).not.toContain(assertion.response.signature)
    expect((await ceo.read('GET', `/api/v1/approvals/${asked.id}/evidence`)).signatures).toHaveLength(1)
    world.clock.advance(1)
    const next = await rso.read('POST', '/api/v1/approvals', {
      action: 'staff.reset_passkeys',
      payload: { personId: ann.id },
      reason: 'lost',
    })
    expect(await ceo.read('POST', `/api/v1/approvals/${next.id}/deny`, { reason: 'not seen' })).toMatchObject({
      state: 'denied',
    })
    expect((await ceo.read('GET', '/api/v1/approvals?limit=1')).items).toMatchObject([{ id: next.id }])
  })

  it('refuses every listed route to strangers, dead sessions, customers, and the operator where it needs a person', async () => {
    const { browser: gone } = await signedIn(['rso'])
    await gone.send('DELETE', '/api/v1/staff/session')
    for (const [route, { action, operator }] of STAFF_ROUTES) {
      const [method = '', pattern = ''] = route.split(' ')
      const path = pattern.replace(':id', 'x')
      if (action !== 'open') {
        const anonymous = await new Browser(app).send(method, path)
        expect(anonymous.status, route).toBe(401)
        const bad = { cookie: 'safelevel-session=AAAA', authorization: '' }
        expect((await new Browser(app).send(method, path, undefined, bad)).status, route).toBe(401)
        const customer = { authorization: `Bearer sl_live_${'x'.repeat(38)}` }
        expect((await new Browser(app).send(method, path, undefined, customer)).status, route).toBe(401)
      }
      const asOperator = await new Browser(app).send(method, path, undefined, {
        authorization: `Bearer ${OPERATOR_TOKEN}`,
      })
      if (operator !== true) expect(asOperator.status, route).toBe(403)
      else expect(asOperator.status, route).not.toBe(401)
    }
  })

  it('has an action for every route, and no other', () => {
    const routes = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'))
      .map(({ method, path }) => `${method} ${path}`)
    expect(new Set(routes)).toEqual(new Set(STAFF_ROUTES.keys()))
  })

  it('refuses a route that nobody has listed, and what a role may not do', async () => {
    app.get('/api/v1/staff/forgotten', (c) => c.text('secret'))
    const { browser } = await signedIn(['auditor'])
    expect((await browser.send('GET', '/api/v1/staff/forgotten')).status).toBe(403)
    expect((await browser.send('POST', '/api/v1/staff/people', { displayName: 'X' })).status).toBe(403)
    expect((await browser.send('GET', '/api/v1/staff/people')).status).toBe(200)
    const { browser: nobody } = await signedIn([])
    expect((await nobody.send('GET', '/api/v1/staff/people')).status).toBe(403)
    expect((await nobody.send('GET', '/api/v1/staff/session')).status).toBe(200)
  })

  it('refuses changes from pages of other sites', async () => {
    const { browser } = await signedIn(['administrator'])
    const change = (headers: Record<string, string>) =>
      browser.send('POST', '/api/v1/staff/people', { displayName: 'Mallory' }, headers)
    for (const origin of ['https://evil.example', 'http://localhost:8080', 'null', 'http://127.0.0.1:8081']) {
      expect((await change({ origin })).status).toBe(403)
    }
    expect((await change({ 'x-safelevel-csrf': 'wrong' })).status).toBe(403)
    browser.csrf = null
    expect((await change({})).status).toBe(403)
    expect((await world.staff.people.list({ limit: 9 })).items).toHaveLength(1)
  })

  it('wants a fresh touch of the key for what is grave', async () => {
    const { browser, member } = await signedIn(['administrator'])
    world.clock.advance(6 * 60_000)
    expect((await browser.send('POST', '/api/v1/staff/people', { displayName: 'Late' })).status).toBe(409)
    const ann = await world.member([])
    const payload = { personId: ann.id, role: 'analyst' }
    const grant = { action: 'staff.grant_role', payload, reason: 'job' }
    expect((await browser.send('POST', '/api/v1/approvals', grant)).status).toBe(409)
    const { ceremony, options } = await browser.read('POST', '/api/v1/staff/session/touch/options')
    const assertion = member.key.get({ challenge: options.challenge })
    const touched = await browser.send('POST', '/api/v1/staff/session/touch', { ceremony, assertion })
    expect(touched.status).toBe(204)
    const replayed = await browser.send('POST', '/api/v1/staff/session/touch', { ceremony, assertion })
    expect(replayed.status).toBe(401)
    expect((await browser.send('POST', '/api/v1/staff/people', { displayName: 'Late' })).status).toBe(201)
    expect((await browser.send('POST', '/api/v1/approvals', grant)).status).toBe(201)
  })

  it('uses host cookies over TLS', async () => {
    await open({ origin: 'https://console.example.com' })
    const member = await world.member(['rso'])
    const key = new SoftwareAuthenticator({ origin: 'https://console.example.com' })
    await world.addKey(member.id, key)
    const headers = { origin: 'https://console.example.com' }
    const browser = new Browser(app)
    const begun = await browser.send('POST', '/api/v1/staff/login/options', undefined, headers)
    const { ceremony, options } = z
      .object({ ceremony: z.string(), options: z.object({ challenge: z.string() }) })
      .parse(await begun.json())
    const assertion = key.get({ challenge: options.challenge })
    const signed = await browser.send('POST', '/api/v1/staff/login', { ceremony, assertion }, headers)
    expect(signed.headers.getSetCookie()[0]).toMatch(
      /^__Host-safelevel-session=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
  })

  it('marks every answer while the development login is on, and has none otherwise', async () => {
    const login = (browser: Browser) => browser.send('POST', '/api/v1/staff/login/development', { roles: ['analyst'] })
    const off = await login(new Browser(app))
    expect(off.status).toBe(403)
    expect(off.headers.has('x-safelevel-development-login')).toBe(false)
    await open({ developmentLogin: true })
    const browser = new Browser(app)
    expect((await login(browser)).status).toBe(204)
    const me = await browser.send('GET', '/api/v1/staff/session')
    expect(me.headers.get('x-safelevel-development-login')).toBe('enabled')
    expect(await me.json()).toMatchObject({ roles: ['analyst'], person: { development: true } })
    expect((await new Browser(app).send('GET', '/nothing')).headers.get('x-safelevel-development-login')).toBe(
      'enabled',
    )
  })

  it.each([
    ['no JSON', '/api/v1/staff/login', '{'],
    ['an empty object', '/api/v1/staff/login', '{}'],
    ['a number', '/api/v1/staff/enrolment/options', '5'],
    ['an assertion of garbage', '/api/v1/staff/login', JSON.stringify({ ceremony: 'x', assertion: { id: '!' } })],
    [
      'a huge credential id',
      '/api/v1/staff/login',
      JSON.stringify({ ceremony: 'x', assertion: { id: 'a'.repeat(9_000) } }),
    ],
  ])('answers %s with a problem', async (_, path, body) => {
    const headers = { origin: ORIGIN, 'content-type': 'application/json' }
    const response = await app.request(`${ORIGIN}${path}`, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  describe('provisioning', () => {
    const scim = (method: string, path: string, body?: unknown, token = SCIM_TOKEN) =>
      app.request(`${ORIGIN}/scim/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
    // biome-ignore lint/suspicious/noExplicitAny: the body as a test looks at it
    const read = async (response: Response | Promise<Response>): Promise<any> => (await response).json()

    it('takes joiners, groups and leavers, who lose everything at once', async () => {
      await open({ groupRoles: { analysts: ['analyst'], leaders: ['rso'] } })
      const user = {
        userName: 'kim@example.com',
        externalId: 'ext-1',
        name: { givenName: 'Kim', familyName: 'Lee' },
        active: true,
      }
      const made = await scim('POST', '/Users', user)
      expect(made.status).toBe(201)
      const kim = await read(made)
      expect(kim).toMatchObject({
        userName: 'kim@example.com',
        displayName: 'Kim Lee',
        active: true,
        externalId: 'ext-1',
      })
      expect((await scim('POST', '/Users', user)).status).toBe(409)
      expect(await read(scim('GET', '/Users?filter=userName%20eq%20%22KIM@example.com%22'))).toMatchObject({
        totalResults: 1,
      })
      expect(await read(scim('GET', '/Users?filter=externalId%20eq%20%22none%22'))).toMatchObject({ totalResults: 0 })
      const group = await read(scim('POST', '/Groups', { displayName: 'analysts', members: [{ value: kim.id }] }))
      await scim('POST', '/Groups', { displayName: 'leaders', members: [{ value: kim.id }] })
      const held = async () => (await world.staff.assignments.list(kim.id)).map(({ role }) => role)
      expect(await held()).toEqual(['analyst'])
      expect((await world.staff.people.get(kim.id)).groupRoles.toSorted()).toEqual(['analyst', 'rso'])
      const out = { Operations: [{ op: 'remove', path: `members[value eq "${kim.id}"]` }] }
      expect(await read(scim('PATCH', `/Groups/${group.id}`, out))).toMatchObject({ members: [] })
      expect(await held()).toEqual([])
      await scim('PATCH', `/Groups/${group.id}`, {
        Operations: [{ op: 'Add', path: 'members', value: [{ value: kim.id }] }],
      })

      const key = new SoftwareAuthenticator()
      await world.addKey(kim.id, key)
      const browser = new Browser(app)
      await browser.signIn(key)
      expect((await browser.send('GET', '/api/v1/staff/people')).status).toBe(200)
      const leave = { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] }
      expect(await read(scim('PATCH', `/Users/${kim.id}`, leave))).toMatchObject({ active: false })
      expect((await browser.send('GET', '/api/v1/staff/people')).status).toBe(401)
      expect(await held()).toEqual([])
      const back = { Operations: [{ op: 'replace', value: { active: true } }] }
      expect(await read(scim('PATCH', `/Users/${kim.id}`, back))).toMatchObject({ active: true })
      expect(await held()).toEqual([])
      expect((await scim('DELETE', `/Users/${kim.id}`)).status).toBe(204)
      expect(await read(scim('GET', `/Users/${kim.id}`))).toMatchObject({ active: false })
      expect(JSON.stringify(world.log.events)).not.toMatch(/kim|Kim|Lee/)
    })

    it('refuses strangers and what it can’t read', async () => {
      expect((await scim('GET', '/Users', undefined, 'wrong')).status).toBe(401)
      expect((await scim('GET', '/Users', undefined, OPERATOR_TOKEN)).status).toBe(401)
      for (const body of [
        '{',
        '[]',
        '{"userName":5}',
        '{"userName":"a","userName":"b"}',
        '{"userName":""}',
        '{"emails":[{"value":"x"}]}',
      ]) {
        const response = await scim('POST', '/Users', body)
        expect(response.status, body).toBe(400)
        expect(await response.json()).toMatchObject({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
          status: '400',
        })
      }
      // What it can't find by is no other attribute's value.
      for (const filter of [
        '/Users?filter=userName co "a"',
        '/Users?filter=displayName eq "a"',
        '/Groups?filter=externalId eq "a"',
      ])
        expect((await scim('GET', encodeURI(filter))).status, filter).toBe(400)
      expect((await scim('GET', '/Users/per_0')).status).toBe(404)
      expect((await scim('POST', '/Groups', { displayName: 'g', members: [{ value: 'per_0' }] })).status).toBe(400)
      const member = await world.member(['rso'])
      // Only those whom the provider brought are the provider's to change.
      expect((await scim('DELETE', `/Users/${member.id}`)).status).toBe(404)
    })
  })
})
