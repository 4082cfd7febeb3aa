import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StaffWorld } from '../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'

interface Account {
  email?: string
  emailVerified?: boolean
  groups?: string[]
}

/** An OpenID provider in this process: its own sign-in pages, walked by `signInThere`. */
class TestProvider {
  readonly accounts = new Map<string, Account>()
  server!: Server
  issuer = ''

  async start(): Promise<void> {
    // @ts-expect-error the package carries no types
    const { Provider } = await import('oidc-provider')
    this.server = createServer((req, res) => handler(req, res))
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    const address = this.server.address()
    this.issuer = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
    const warn = console.warn
    const info = console.info
    console.warn = console.info = () => {}
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: 'safelevel',
          client_secret: 'secret',
          redirect_uris: ['http://localhost:8081/login/oidc/callback'],
        },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
      scopes: ['openid', 'email', 'profile', 'groups'],
      cookies: { keys: ['test'] },
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
      findAccount: (_: unknown, id: string) => {
        const { email, emailVerified = true, groups = [] } = this.accounts.get(id) ?? {}
        const claims = { sub: id, name: `Name of ${id}`, email, email_verified: emailVerified, groups }
        return { accountId: id, claims: () => claims }
      },
    })
    console.warn = warn
    console.info = info
    const handler = provider.callback()
  }

  /** As a browser and a person would: to the provider, through its pages, to the address that it sends the browser back to. */
  async signInThere(start: string, login: string): Promise<URL> {
    const cookies = new Map<string, string>()
    let url = new URL(start)
    let form: URLSearchParams | null = null
    for (let step = 0; step < 20; step++) {
      const response: Response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') },
        ...(form === null ? {} : { method: 'POST', body: form }),
      })
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        cookies.set(name, value)
      }
      const location = response.headers.get('location')
      if (location !== null) {
        url = new URL(location, url)
        form = null
        if (url.port === '8081') return url
        continue
      }
      const page = await response.text()
      const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]
      if (action === undefined) throw new Error(`the provider shows no form: ${response.status}`)
      url = new URL(action, url)
      const prompt = page.includes('name="login"') ? 'login' : 'consent'
      form = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'x' } : { prompt })
    }
    throw new Error('the provider sends the browser in circles')
  }
}

describe.each(storeKinds('oidc'))('sign-in at an identity provider on $kind', ({ create }) => {
  const provider = new TestProvider()
  let testStore: TestStore
  let handle: DbHandle
  let world: StaffWorld

  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
    await provider.start()
  })
  afterAll(async () => {
    provider.server.close()
    provider.server.closeAllConnections()
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })
  const open = async (issuer = provider.issuer) => {
    const scopes = ['openid', 'profile', 'email', 'groups']
    world = await StaffWorld.open(
      handle,
      {
        oidc: { issuer, clientId: 'safelevel', scopes, groupsClaim: 'groups', allowInsecure: true },
        groupRoles: { analysts: ['analyst'], leaders: ['rso'] },
      },
      's'.repeat(40),
    )
    provider.accounts.clear()
  }
  beforeEach(() => open())

  const oidc = () => {
    if (world.staff.oidc === null) throw new Error('not configured')
    return world.staff.oidc
  }
  const origin = { device: 'browser', source: '192.0.2.9' }
  const signIn = async (login: string, link: string | null = null) => {
    const { url, ceremony } = await oidc().start('192.0.2.9', link)
    const back = await provider.signInThere(url, login)
    const { token } = await oidc().finish(ceremony, back.search, origin)
    const identity = await world.staff.sessions.authenticate(token)
    if (identity === null) throw new Error('no session')
    return identity
  }

  it('knows a person by subject, and brings roles in line with groups at each sign-in', async () => {
    provider.accounts.set('kim', { email: 'kim@example.com', groups: ['analysts', 'leaders', 'others'] })
    const first = await signIn('kim')
    expect(first.session.method).toBe('oidc')
    expect(first.fresh).toBe(false)
    expect([...first.roles]).toEqual(['analyst'])
    expect(first.person).toMatchObject({ displayName: 'Name of kim', email: 'kim@example.com' })
    expect(first.person.groupRoles.toSorted()).toEqual(['analyst', 'rso'])
    provider.accounts.set('kim', { email: 'new@example.com', groups: [] })
    const second = await signIn('kim')
    expect(second.person.id).toBe(first.person.id)
    expect([...second.roles]).toEqual([])
    expect(JSON.stringify(world.log.events)).not.toMatch(/kim|example/i)
  }, 60_000)

  it('asks with PKCE, state and nonce', async () => {
    const url = new URL((await oidc().start('x', null)).url)
    const query = Object.fromEntries(url.searchParams)
    expect(query).toMatchObject({ code_challenge_method: 'S256', response_type: 'code', client_id: 'safelevel' })
    for (const name of ['code_challenge', 'state', 'nonce']) expect(query[name]?.length).toBeGreaterThan(20)
  })

  it('takes an answer once, from the browser that began, unbent', async () => {
    provider.accounts.set('kim', {})
    const begun = await oidc().start('a', null)
    const back = await provider.signInThere(begun.url, 'kim')
    const other = await oidc().start('b', null)
    const refused = { code: 'UNAUTHENTICATED' }
    await expect(oidc().finish(other.ceremony, back.search, { ...origin, source: 'b' })).rejects.toMatchObject(refused)
    await expect(oidc().finish('cer_0', back.search, { ...origin, source: 'c' })).rejects.toMatchObject(refused)
    await oidc().finish(begun.ceremony, back.search, origin)
    await expect(oidc().finish(begun.ceremony, back.search, origin)).rejects.toMatchObject(refused)
    const again = await oidc().start('e', null)
    const answer = await provider.signInThere(again.url, 'kim')
    answer.searchParams.set('state', 'another')
    await expect(oidc().finish(again.ceremony, answer.search, { ...origin, source: 'e' })).rejects.toMatchObject(
      refused,
    )
    for (const bend of ['?error=access_denied', '', '?code=x&state=y', `${back.search}&state=z`]) {
      const { ceremony } = await oidc().start('d', null)
      await expect(oidc().finish(ceremony, bend, { ...origin, source: 'd' })).rejects.toMatchObject(refused)
    }
  })

  it('makes nobody somebody else by an e-mail address', async () => {
    const ada = await world.member(['rso'])
    const person = { ...(await world.staff.people.get(ada.id)), email: 'ada@example.com' }
    await world.staff.context.journal.make({ type: 'system', id: 'test' }, async (db) => {
      return { events: [], puts: await world.staff.people.aliases(db, person), result: undefined }
    })
    provider.accounts.set('eve', { email: 'ADA@example.com' })
    await expect(signIn('eve')).rejects.toMatchObject({ code: 'CONFLICT' })
    provider.accounts.set('kim', { email: 'kim@example.com', emailVerified: false })
    const kim = await world.staff.scim?.createUser({ userName: 'kim@example.com' })
    await expect(signIn('kim')).rejects.toMatchObject({ code: 'CONFLICT' })
    provider.accounts.set('kim', { email: 'kim@example.com' })
    expect((await signIn('kim')).person.id).toBe(kim?.id)
  })

  it('links an account to who is signed in, and to nobody else', async () => {
    const ada = await world.member(['rso'])
    const bob = await world.member(['ceo'])
    provider.accounts.set('ada', { email: 'ada@example.com' })
    expect((await signIn('ada', ada.id)).person.id).toBe(ada.id)
    expect((await signIn('ada')).person.id).toBe(ada.id)
    await expect(signIn('ada', bob.id)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(signIn('other', ada.id)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('keeps out who has left', async () => {
    provider.accounts.set('kim', { groups: ['analysts'] })
    const { person } = await signIn('kim')
    await world.staff.people.deactivate(person.id, { type: 'system', id: 'scim' }, 'left')
    await expect(signIn('kim')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('says when the provider can’t be reached', async () => {
    await open('http://localhost:9')
    await expect(oidc().start('x', null)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })
})
