import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { exportSPKI, importJWK, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDataDir } from '../../../test/support/stores.ts'
import { TokenIssuer } from '../../../test/support/token-issuer.ts'
import { ManualClock, systemClock } from '../../base/clock.ts'
import { EgressConfig, IdentityConfig } from '../../base/edge-config.ts'
import { Egress } from '../../base/egress.ts'
import { systemIds } from '../../base/ids.ts'
import { createLog } from '../../base/log.ts'
import { openDb } from '../../db/index.ts'
import type { LedgerEvent } from '../../ledger/index.ts'
import { Accounts } from '../index.ts'
import { Identity } from './index.ts'

const digest = (text: string) => createHmac('sha256', 'k').update(text).digest('hex')
const SYSTEM = { type: 'operator', id: 'operator' } as const

const shared = new AsyncDisposableStack()
const events: LedgerEvent[] = []
const logged: string[] = []
const log = createLog('debug', { write: (line) => void logged.push(line) })
let resources: AsyncDisposableStack
let issuer: TokenIssuer
let clock: ManualClock
let accounts: Accounts
let organisationId: string
let projectId: string

beforeAll(async () => {
  const db = shared.adopt(await openDb({ url: null, dataDir: await freshDataDir(), log }), (opened) => opened.close())
  const ledger = { append: async (event: LedgerEvent) => ({ position: events.push(event) - 1 }) }
  const defaults = { requestsPerMinute: 600, tokensPerMinute: 400_000 }
  accounts = shared.use(await Accounts.open({ db, ledger, clock: systemClock, ids: systemIds, log, digest, defaults }))
  organisationId = (await accounts.createOrganisation({ name: 'Acme', tier: 'gold' }, SYSTEM)).id
  projectId = (await accounts.createProject({ organisationId, name: 'one' }, SYSTEM)).id
})
afterAll(() => shared.disposeAsync())
beforeEach(async () => {
  resources = new AsyncDisposableStack()
  issuer = resources.use(await TokenIssuer.start())
  clock = new ManualClock(Date.now())
  events.length = 0
  logged.length = 0
})
afterEach(() => resources.disposeAsync())

function open(config: Record<string, unknown> = {}, more: Record<string, unknown>[] = []): Identity {
  const usual = {
    id: 'corp',
    issuer: issuer.url,
    audience: ['safelevel'],
    organisation: organisationId,
    project: projectId,
  }
  const { issuers } = IdentityConfig.parse({ issuers: [{ ...usual, ...config }, ...more] })
  const egress = resources.use(new Egress(EgressConfig.parse({})))
  return resources.use(new Identity({ issuers, tenants: accounts, egress, digest, clock, log }))
}
const tokenOf = (claims: Record<string, unknown> = {}, options: Parameters<TokenIssuer['token']>[1] = {}) =>
  issuer.token(claims, { nowMs: clock.now(), ...options })
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  )

describe('a good token', () => {
  it('is its project, with the organisation’s tier, a client that stays the same and the person behind it', async () => {
    const identity = open({ endUser: 'sub' })
    const principal = await identity.authenticate(await tokenOf())
    expect(principal).toEqual({
      keyId: expect.stringMatching(/^jwt_[0-9A-HJKMNP-TV-Z]{26}$/),
      organisationId,
      projectId,
      tier: 'gold',
      testString: true,
      issuer: 'corp',
      endUser: 'user-1',
    })
    const later = await identity.authenticate(await tokenOf({ sub: 'user-2' }))
    expect([later.keyId, later.endUser]).toEqual([principal.keyId, 'user-2'])
    expect((await identity.authenticate(await tokenOf({ azp: 'app-2' }))).keyId).not.toBe(principal.keyId)
  })

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', async (alg) => {
    await issuer.rotate(alg)
    expect(await codeOf(open().authenticate(await tokenOf()))).toBe('accepted')
  })

  it('names its project and organisation by a claim that holds our ids, or by a map, also deep inside', async () => {
    const byId = open({ organisation: { claim: 'org' }, project: { claim: ['app', 'project'] } })
    const claims = { org: organisationId, app: { project: projectId } }
    expect((await byId.authenticate(await tokenOf(claims))).projectId).toBe(projectId)
    const map = { acme: organisationId }
    const mapped = open({ organisation: { claim: 'https://example.com/org', map }, project: projectId })
    expect(await codeOf(mapped.authenticate(await tokenOf({ 'https://example.com/org': 'acme' })))).toBe('accepted')
    expect(await codeOf(mapped.authenticate(await tokenOf({ 'https://example.com/org': 'evil' })))).toBe(
      'FORBIDDEN: the organisation that the token names in "https://example.com/org" is not known here',
    )
  })

  it('takes its keys where it is told, without discovery', async () => {
    const identity = open({ jwksUri: `${issuer.url}/elsewhere` })
    expect(await codeOf(identity.authenticate(await tokenOf()))).toBe('accepted')
  })

  it('is asked for the scope that the configuration names', async () => {
    const identity = open({ scope: 'models.use' })
    for (const claims of [{ scope: 'openid models.use' }, { scp: 'models.use' }, { scp: ['models.use'] }])
      expect(await codeOf(identity.authenticate(await tokenOf(claims)))).toBe('accepted')
    for (const claims of [{}, { scope: 'models.used' }, { scp: ['models'] }])
      expect(await codeOf(identity.authenticate(await tokenOf(claims)))).toBe(
        'FORBIDDEN: the token lacks the scope "models.use"',
      )
  })
})

describe('a token that is refused', () => {
  it('has expired, is not valid yet, is too old, or never ends', async () => {
    const identity = open({ maxTokenAgeSeconds: 120 })
    const now = Math.floor(clock.now() / 1_000)
    expect(await codeOf(identity.authenticate(await tokenOf({ exp: now - 31 })))).toMatch(/^UNAUTHENTICATED: .*expired/)
    expect(await codeOf(identity.authenticate(await tokenOf({ exp: now - 29 })))).toBe('accepted')
    expect(await codeOf(identity.authenticate(await tokenOf({ nbf: now + 60 })))).toMatch(/not valid yet/)
    expect(await codeOf(identity.authenticate(await tokenOf({ iat: now - 200, exp: now + 9_999 })))).toMatch(
      /^UNAUTHENTICATED/,
    )
    expect(await codeOf(identity.authenticate(await tokenOf({ exp: undefined })))).toMatch(/^UNAUTHENTICATED: .*"exp"/)
  })

  it('is for somebody else, or comes from somebody else', async () => {
    const identity = open()
    expect(await codeOf(identity.authenticate(await tokenOf({ aud: 'other' })))).toMatch(/another audience/)
    expect(await codeOf(identity.authenticate(await tokenOf({ aud: ['x', 'y'] })))).toMatch(/another audience/)
    expect(await codeOf(identity.authenticate(await tokenOf({ iss: 'https://evil.example' })))).toMatch(/not trusted/)
    expect(await codeOf(identity.authenticate(await tokenOf({ iss: 7 })))).toMatch(/not trusted|can’t be read/)
  })

  it('is signed by nobody, by a shared secret made of the public key, or by another key under the same name', async () => {
    const identity = open()
    await identity.authenticate(await tokenOf())
    const good = await tokenOf()
    const [, payload = ''] = good.split('.')
    const header = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url')
    const kid = issuer.keys[0]?.kid
    for (const alg of ['none', 'None', 'NONE', 'nOnE'])
      expect(await codeOf(identity.authenticate(`${header({ alg, kid })}.${payload}.`))).toMatch(/^UNAUTHENTICATED/)
    const publicKey = await importJWK(issuer.keys[0]?.publicJwk ?? {}, 'RS256', { extractable: true })
    if (publicKey instanceof Uint8Array) throw new Error('no public key')
    const confused = await new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()))
      .setProtectedHeader({ alg: 'HS256', kid: kid ?? '' })
      .sign(Buffer.from(await exportSPKI(publicKey)))
    expect(await codeOf(identity.authenticate(confused))).toMatch(/algorithm that is not allowed/)
    const other = resources.use(await TokenIssuer.start())
    const forged = await other.token({ iss: issuer.url }, { nowMs: clock.now(), header: { kid } })
    expect(await codeOf(identity.authenticate(forged))).toMatch(/signature or form is wrong/)
    const brought = await other.token(
      { iss: issuer.url },
      { nowMs: clock.now(), header: { kid, jwk: other.keys[0]?.publicJwk, jku: `${other.url}/keys` } },
    )
    expect(await codeOf(identity.authenticate(brought))).toMatch(/signature or form is wrong/)
  })

  it('was changed anywhere', async () => {
    const identity = open()
    const good = await tokenOf()
    const parts = good.split('.')
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom('A', 'x', '_', '.', '%'), async (at, char) => {
        fc.pre(good[at] !== char)
        const bad = good.slice(0, at) + char + good.slice(at + 1)
        // The last character of a part carries bits that mean nothing.
        const same = bad
          .split('.')
          .every((part, i) => Buffer.from(part, 'base64url').equals(Buffer.from(parts[i] ?? '', 'base64url')))
        fc.pre(!same)
        expect(await codeOf(identity.authenticate(bad))).toMatch(/^UNAUTHENTICATED/)
      }),
      { numRuns: 60 },
    )
  })

  it('means a project that is not there, or one of another organisation', async () => {
    const identity = open({ project: { claim: 'project' } })
    expect(await codeOf(identity.authenticate(await tokenOf({ project: 'prj_none' })))).toMatch(
      /^FORBIDDEN: the project that the token means does not exist/,
    )
    const other = await accounts.createOrganisation({ name: 'Other' }, SYSTEM)
    const theirs = await accounts.createProject({ organisationId: other.id, name: 'two' }, SYSTEM)
    expect(await codeOf(identity.authenticate(await tokenOf({ project: theirs.id })))).toMatch(
      /not one of its organisation/,
    )
    for (const project of [undefined, null, '', {}, ['x'], 'p'.repeat(501)])
      expect(await codeOf(identity.authenticate(await tokenOf({ project })))).toBe(
        'FORBIDDEN: the token names no project: it lacks the claim "project"',
      )
  })

  it('leaves no trace of itself or its claims in the log, nor in what is said', async () => {
    const identity = open({ project: { claim: 'project' } })
    const secrets = ['person-secret-claim', 'prj_secret_value']
    const bad = await tokenOf({ sub: secrets[0], project: secrets[1], aud: 'other' })
    const good = await tokenOf({ sub: secrets[0], project: secrets[1] })
    const said = [await codeOf(identity.authenticate(bad)), await codeOf(identity.authenticate(good))].join()
    for (const secret of [...secrets, bad.slice(20, 60), good.split('.')[2] ?? '-'])
      expect(said + logged.join('')).not.toContain(secret)
  })
})

describe('the program that holds a token', () => {
  it('stands among the keys of its project, and is refused once it was revoked there', async () => {
    const identity = open({ client: 'cid' })
    const { keyId } = await identity.authenticate(await tokenOf({ cid: 'reporting' }))
    expect(await accounts.key(keyId)).toMatchObject({ projectId, name: 'reporting', prefix: 'jwt', status: 'active' })
    await accounts.revokeKey(keyId, SYSTEM)
    expect(await codeOf(identity.authenticate(await tokenOf({ cid: 'reporting' })))).toBe(
      'UNAUTHENTICATED: the token comes from a client that was revoked here',
    )
    expect(await codeOf(identity.authenticate(await tokenOf({ cid: 'other' })))).toBe('accepted')
  })

  it('is no first key: whoever set this up gets theirs all the same', async () => {
    await open().authenticate(await tokenOf())
    expect(await accounts.ensureFirstKey()).toMatch(/^sl_live_/)
    expect(await accounts.ensureFirstKey()).toBeNull()
  })

  it('can’t be passed for by anything that is sent as a key', async () => {
    const { keyId } = await open().authenticate(await tokenOf())
    for (const text of [keyId, `token client\n${keyId}`, digest(`token client\n${keyId}`)])
      expect(accounts.authenticate(text)).toBeNull()
  })

  it('is one of at most six hundred new ones in a minute', { timeout: 60_000 }, async () => {
    const identity = open({ client: 'sub' })
    for (let i = 0; i < 600; i++) await identity.authenticate(await tokenOf({ sub: `client ${i}` }))
    expect(await codeOf(identity.authenticate(await tokenOf({ sub: 'client 600' })))).toMatch(/^RATE_LIMITED/)
    expect(await codeOf(identity.authenticate(await tokenOf({ sub: 'client 599' })))).toBe('accepted')
    clock.advance(101)
    expect(await codeOf(identity.authenticate(await tokenOf({ sub: 'client 600' })))).toBe('accepted')
  })
})

describe('a token that comes again', () => {
  it('is good no longer than it says, nor than its key is known', async () => {
    const identity = open()
    const now = Math.floor(clock.now() / 1_000)
    const short = await tokenOf({ exp: now + 10 })
    const long = await tokenOf({ exp: now + 86_400 })
    for (let i = 0; i < 3; i++) for (const token of [short, long]) await identity.authenticate(token)
    clock.advance(39_000)
    expect(await codeOf(identity.authenticate(short))).toBe('accepted') // 30 s of tolerance
    clock.advance(2_000)
    expect(await codeOf(identity.authenticate(short))).toMatch(/has expired/)
    await identity.authenticate(long)
    await issuer.rotate()
    clock.advance(301_000)
    await identity.refresh()
    expect(await codeOf(identity.authenticate(long))).toMatch(/a key that its issuer does not have/)
  })

  it('is as old as it is, whatever was found before', async () => {
    const identity = open({ maxTokenAgeSeconds: 60, clockToleranceSeconds: 0 })
    const token = await tokenOf({ exp: Math.floor(clock.now() / 1_000) + 86_400 })
    expect(await codeOf(identity.authenticate(token))).toBe('accepted')
    clock.advance(59_000)
    expect(await codeOf(identity.authenticate(token))).toBe('accepted')
    clock.advance(2_000)
    expect(await codeOf(identity.authenticate(token))).toMatch(/^UNAUTHENTICATED/)
  })
})

describe('what looks like a token', () => {
  it('is taken where an issuer is configured, and nothing else is', () => {
    const identity = open()
    expect(identity.takes('eyJhbGciOiJub25lIn0.e30.')).toBe(true)
    for (const secret of ['sl_live_abc', 'eyJ', 'eyJ.a', 'eyJ a.b.c', '', `eyJ${'a'.repeat(50_000)}`])
      expect(identity.takes(secret)).toBe(false)
    const none = new Identity({
      issuers: [],
      tenants: accounts,
      egress: new Egress(EgressConfig.parse({})),
      digest,
      clock,
      log: createLog('silent'),
    })
    expect(none.takes('eyJhbGciOiJub25lIn0.e30.')).toBe(false)
  })
})

describe('the keys of an issuer', () => {
  it('are read once for many tokens, and again when a token names a new one', async () => {
    const identity = open()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf()))
    await Promise.all(tokens.map((token) => identity.authenticate(token)))
    expect(issuer.reads).toBe(1)
    await issuer.rotate()
    clock.advance(31_000)
    expect(await codeOf(identity.authenticate(await tokenOf()))).toBe('accepted')
    expect(issuer.reads).toBe(2)
  })

  it('are not asked for again by a flood of made-up names', async () => {
    const identity = open()
    await identity.authenticate(await tokenOf())
    clock.advance(31_000)
    for (let i = 0; i < 50; i++) {
      const token = await tokenOf({}, { header: { kid: `made-up-${i}` } })
      expect(await codeOf(identity.authenticate(token))).toMatch(/a key that its issuer does not have/)
    }
    expect(issuer.reads).toBe(2)
  })

  it('serve for an hour while they can’t be read, and then nobody’s token is taken until they can', async () => {
    const identity = open()
    await identity.authenticate(await tokenOf())
    issuer.respond = (_, res) => res.writeHead(500).end()
    clock.advance(400_000)
    await identity.refresh()
    expect(identity.health()).toEqual([
      { id: 'corp', state: 'stale', ageSeconds: 400, problem: expect.stringContaining('status 500') },
    ])
    expect(await codeOf(identity.authenticate(await tokenOf()))).toBe('accepted')
    clock.advance(3_600_000 - 400_000)
    expect(await codeOf(identity.authenticate(await tokenOf()))).toBe('accepted')
    clock.advance(1)
    expect(await codeOf(identity.authenticate(await tokenOf()))).toMatch(
      /^IDENTITY_UNAVAILABLE: the keys of the issuer "corp"/,
    )
    expect(identity.health()[0]?.state).toBe('down')
    issuer.respond = null
    clock.advance(5_001)
    expect(await codeOf(identity.authenticate(await tokenOf()))).toBe('accepted')
    expect(identity.health()[0]).toMatchObject({ state: 'fresh', problem: null })
  })

  it('stop serving when the issuer has taken them away', async () => {
    const identity = open()
    const stolen = issuer.keys[0]
    await identity.authenticate(await tokenOf())
    await issuer.rotate()
    clock.advance(301_000)
    await identity.refresh()
    const token = await tokenOf({}, stolen === undefined ? {} : { key: stolen })
    expect(await codeOf(identity.authenticate(token))).toMatch(/a key that its issuer does not have/)
  })

  it.each<[string, TokenIssuer['respond'], RegExp]>([
    ['is no JSON', (_, res) => void res.end('<html>'), /not JSON/],
    ['is no set of keys', (_, res) => void res.end('{"keys":7}'), /no set of keys/],
    ['has no public key', (_, res) => void res.end('{"keys":[{"kty":"oct","k":"AAAA"}]}'), /no public key/],
    ['goes elsewhere', (_, res) => void res.writeHead(302, { location: '/other' }).end(), /status 302/],
    ['is endless', (_, res) => void res.end(Buffer.alloc(300_000, 32)), /did not answer, or broke off/],
    ['breaks off', (req) => void req.socket.destroy(), /did not answer, or broke off/],
  ])('are not taken from an answer that %s', async (_, respond, why) => {
    issuer.respond = respond
    expect(await codeOf(open().authenticate(await tokenOf()))).toMatch(why)
  })

  it('keep no request waiting longer than five seconds', { timeout: 15_000 }, async () => {
    issuer.respond = () => {}
    const identity = open()
    const token = await tokenOf()
    const started = performance.now()
    const answers = await Promise.all([codeOf(identity.authenticate(token)), codeOf(identity.authenticate(token))])
    expect(performance.now() - started).toBeLessThan(7_000)
    expect(answers.join()).toMatch(/^IDENTITY_UNAVAILABLE.*IDENTITY_UNAVAILABLE/)
    expect(await codeOf(identity.authenticate(token))).toMatch(/^IDENTITY_UNAVAILABLE/) // at once: it was just tried
    expect(issuer.reads).toBe(1)
  })

  it('come over https unless the issuer is this machine, and from the issuer that was asked for', async () => {
    const identity = open({ jwksUri: 'http://keys.example.com/jwks' })
    expect(await codeOf(identity.check())).toMatch(/over https only/)
    const alias = open({ issuer: issuer.url.replace('127.0.0.1', 'localhost') })
    expect(await codeOf(alias.check())).toMatch(/that of another issuer/)
  })
})

describe('an organisation that its first token makes', () => {
  const create = { organisation: { claim: 'org', create: true }, project: { claim: 'app', create: true } }

  it('is the same ever after, and recorded', async () => {
    const identity = open(create)
    const [first, second] = await Promise.all([
      identity.authenticate(await tokenOf({ org: 'Müller & Söhne', app: 'bot' })),
      identity.authenticate(await tokenOf({ org: 'Müller & Söhne', app: 'bot' })),
    ])
    expect(second).toEqual(first)
    expect((await accounts.organisation(first?.organisationId ?? '')).name).toBe('Müller & Söhne')
    expect((await accounts.project(first?.projectId ?? '')).name).toBe('bot')
    const made = events.filter(({ actor }) => actor.id === 'issuer:corp')
    const kinds = ['accounts.organisation_created', 'accounts.project_created', 'accounts.key_created']
    expect(made.map(({ kind }) => kind)).toEqual(kinds)
    expect((await accounts.key(first?.keyId ?? '')).name).toBe('app-1')
    const again = await identity.authenticate(await tokenOf({ org: 'Müller & Söhne', app: 'other' }))
    expect([again.organisationId, again.projectId === first?.projectId]).toEqual([first?.organisationId, false])
  })

  it('is never one that is there already, whatever its word', async () => {
    const identity = open(create)
    const principal = await identity.authenticate(await tokenOf({ org: organisationId, app: projectId }))
    expect(principal.organisationId).not.toBe(organisationId)
    expect(principal.projectId).not.toBe(projectId)
  })

  it('has a name that is none where the word can’t be one', async () => {
    const principal = await open(create).authenticate(await tokenOf({ org: 'a\u0000b', app: '\u202e' }))
    expect((await accounts.organisation(principal.organisationId)).name).toBe(principal.organisationId)
  })

  it('is made by no issuer that may not', async () => {
    const identity = open({ organisation: { claim: 'org' }, project: { claim: 'app', create: true } })
    expect(await codeOf(identity.authenticate(await tokenOf({ org: 'org_none', app: 'x' })))).toBe(
      'FORBIDDEN: the organisation that the token means does not exist here',
    )
  })
})
