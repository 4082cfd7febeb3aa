import fc from 'fast-check'
import { exportSPKI, importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { codeOf, IdentityWorld, SYSTEM } from '../../../test/support/identity-world.ts'
import { TokenIssuer } from '../../../test/support/token-issuer.ts'
import { EgressConfig } from '../../base/edge-config.ts'
import { Egress } from '../../base/egress.ts'
import { createLog } from '../../base/log.ts'
import { Identity } from './index.ts'

const world = IdentityWorld.inEachTest()

describe('a good token', () => {
  it('is its project, with the organisation’s tier, a client that stays the same and the person behind it', async () => {
    const identity = world.open({ endUser: 'sub' })
    const principal = await identity.authenticate(await world.tokenOf())
    expect(principal).toEqual({
      keyId: expect.stringMatching(/^jwt_[0-9A-HJKMNP-TV-Z]{26}$/),
      organisationId: world.organisationId,
      projectId: world.projectId,
      tier: 'gold',
      testString: true,
      issuer: 'corp',
      endUser: 'user-1',
    })
    const later = await identity.authenticate(await world.tokenOf({ sub: 'user-2' }))
    expect([later.keyId, later.endUser]).toEqual([principal.keyId, 'user-2'])
    expect((await identity.authenticate(await world.tokenOf({ azp: 'app-2' }))).keyId).not.toBe(principal.keyId)
  })

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', async (alg) => {
    await world.issuer.rotate(alg)
    expect(await codeOf(world.open().authenticate(await world.tokenOf()))).toBe('accepted')
  })

  it('names its project and organisation by a claim that holds our ids, or by a map, also deep inside', async () => {
    const byId = world.open({ organisation: { claim: 'org' }, project: { claim: ['app', 'project'] } })
    const claims = { org: world.organisationId, app: { project: world.projectId } }
    expect((await byId.authenticate(await world.tokenOf(claims))).projectId).toBe(world.projectId)
    const map = { acme: world.organisationId }
    const mapped = world.open({ organisation: { claim: 'https://example.com/org', map }, project: world.projectId })
    expect(await codeOf(mapped.authenticate(await world.tokenOf({ 'https://example.com/org': 'acme' })))).toBe(
      'accepted',
    )
    expect(await codeOf(mapped.authenticate(await world.tokenOf({ 'https://example.com/org': 'evil' })))).toBe(
      'FORBIDDEN: the organisation that the token names in "https://example.com/org" is not known here',
    )
  })

  it('takes its keys where it is told, without discovery', async () => {
    const identity = world.open({ jwksUri: `${world.issuer.url}/elsewhere` })
    expect(await codeOf(identity.authenticate(await world.tokenOf()))).toBe('accepted')
  })

  it('is asked for the scope that the configuration names', async () => {
    const identity = world.open({ scope: 'models.use' })
    for (const claims of [{ scope: 'openid models.use' }, { scp: 'models.use' }, { scp: ['models.use'] }])
      expect(await codeOf(identity.authenticate(await world.tokenOf(claims)))).toBe('accepted')
    for (const claims of [{}, { scope: 'models.used' }, { scp: ['models'] }])
      expect(await codeOf(identity.authenticate(await world.tokenOf(claims)))).toBe(
        'FORBIDDEN: the token lacks the scope "models.use"',
      )
  })
})

describe('a token that is refused', () => {
  it('has expired, is not valid yet, is too old, or never ends', async () => {
    const identity = world.open({ maxTokenAgeSeconds: 120 })
    const now = Math.floor(world.clock.now() / 1_000)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ exp: now - 31 })))).toMatch(
      /^UNAUTHENTICATED: .*expired/,
    )
    expect(await codeOf(identity.authenticate(await world.tokenOf({ exp: now - 29 })))).toBe('accepted')
    expect(await codeOf(identity.authenticate(await world.tokenOf({ nbf: now + 60 })))).toMatch(/not valid yet/)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ iat: now - 200, exp: now + 9_999 })))).toMatch(
      /^UNAUTHENTICATED/,
    )
    expect(await codeOf(identity.authenticate(await world.tokenOf({ exp: undefined })))).toMatch(
      /^UNAUTHENTICATED: .*"exp"/,
    )
  })

  it('is for somebody else, or comes from somebody else', async () => {
    const identity = world.open()
    expect(await codeOf(identity.authenticate(await world.tokenOf({ aud: 'other' })))).toMatch(/another audience/)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ aud: ['x', 'y'] })))).toMatch(/another audience/)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ iss: 'https://evil.example' })))).toMatch(
      /not trusted/,
    )
    expect(await codeOf(identity.authenticate(await world.tokenOf({ iss: 7 })))).toMatch(/not trusted|can’t be read/)
  })

  it('is signed by nobody, by a shared secret made of the public key, or by another key under the same name', async () => {
    const identity = world.open()
    await identity.authenticate(await world.tokenOf())
    const good = await world.tokenOf()
    const [, payload = ''] = good.split('.')
    const header = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url')
    const kid = world.issuer.keys[0]?.kid
    for (const alg of ['none', 'None', 'NONE', 'nOnE'])
      expect(await codeOf(identity.authenticate(`${header({ alg, kid })}.${payload}.`))).toMatch(/^UNAUTHENTICATED/)
    const publicKey = await importJWK(world.issuer.keys[0]?.publicJwk ?? {}, 'RS256', { extractable: true })
    if (publicKey instanceof Uint8Array) throw new Error('no public key')
    const confused = await new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()))
      .setProtectedHeader({ alg: 'HS256', kid: kid ?? '' })
      .sign(Buffer.from(await exportSPKI(publicKey)))
    expect(await codeOf(identity.authenticate(confused))).toMatch(/algorithm that is not allowed/)
    const other = world.resources.use(await TokenIssuer.start())
    const forged = await other.token({ iss: world.issuer.url }, { nowMs: world.clock.now(), header: { kid } })
    expect(await codeOf(identity.authenticate(forged))).toMatch(/signature or form is wrong/)
    const brought = await other.token(
      { iss: world.issuer.url },
      { nowMs: world.clock.now(), header: { kid, jwk: other.keys[0]?.publicJwk, jku: `${other.url}/keys` } },
    )
    expect(await codeOf(identity.authenticate(brought))).toMatch(/signature or form is wrong/)
  })

  it('was changed anywhere', async () => {
    const identity = world.open()
    const good = await world.tokenOf()
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
    const identity = world.open({ project: { claim: 'project' } })
    expect(await codeOf(identity.authenticate(await world.tokenOf({ project: 'prj_none' })))).toMatch(
      /^FORBIDDEN: the project that the token means does not exist/,
    )
    const other = await world.accounts.createOrganisation({ name: 'Other' }, SYSTEM)
    const theirs = await world.accounts.createProject({ organisationId: other.id, name: 'two' }, SYSTEM)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ project: theirs.id })))).toMatch(
      /not one of its organisation/,
    )
    for (const project of [undefined, null, '', {}, ['x'], 'p'.repeat(501)])
      expect(await codeOf(identity.authenticate(await world.tokenOf({ project })))).toBe(
        'FORBIDDEN: the token names no project: it lacks the claim "project"',
      )
  })

  it('leaves no trace of itself or its claims in the log, nor in what is said', async () => {
    const identity = world.open({ project: { claim: 'project' } })
    const secrets = ['person-secret-claim', 'prj_secret_value']
    const bad = await world.tokenOf({ sub: secrets[0], project: secrets[1], aud: 'other' })
    const good = await world.tokenOf({ sub: secrets[0], project: secrets[1] })
    const said = [await codeOf(identity.authenticate(bad)), await codeOf(identity.authenticate(good))].join()
    for (const secret of [...secrets, bad.slice(20, 60), good.split('.')[2] ?? '-'])
      expect(said + world.logged.join('')).not.toContain(secret)
  })
})

describe('a token that comes again', () => {
  it('is good no longer than it says, nor than its key is known', async () => {
    const identity = world.open()
    const now = Math.floor(world.clock.now() / 1_000)
    const short = await world.tokenOf({ exp: now + 10 })
    const long = await world.tokenOf({ exp: now + 86_400 })
    for (let i = 0; i < 3; i++) for (const token of [short, long]) await identity.authenticate(token)
    world.clock.advance(39_000)
    expect(await codeOf(identity.authenticate(short))).toBe('accepted') // 30 s of tolerance
    world.clock.advance(2_000)
    expect(await codeOf(identity.authenticate(short))).toMatch(/has expired/)
    await identity.authenticate(long)
    await world.issuer.rotate()
    world.clock.advance(301_000)
    await identity.refresh()
    expect(await codeOf(identity.authenticate(long))).toMatch(/a key that its issuer does not have/)
  })

  it('is as old as it is, whatever was found before', async () => {
    const identity = world.open({ maxTokenAgeSeconds: 60, clockToleranceSeconds: 0 })
    const token = await world.tokenOf({ exp: Math.floor(world.clock.now() / 1_000) + 86_400 })
    expect(await codeOf(identity.authenticate(token))).toBe('accepted')
    world.clock.advance(59_000)
    expect(await codeOf(identity.authenticate(token))).toBe('accepted')
    world.clock.advance(2_000)
    expect(await codeOf(identity.authenticate(token))).toMatch(/^UNAUTHENTICATED/)
  })
})

describe('what looks like a token', () => {
  it('is taken where an issuer is configured, and nothing else is', () => {
    const identity = world.open()
    expect(identity.takes('eyJhbGciOiJub25lIn0.e30.')).toBe(true)
    for (const secret of ['sl_live_abc', 'eyJ', 'eyJ.a', 'eyJ a.b.c', '', `eyJ${'a'.repeat(50_000)}`])
      expect(identity.takes(secret)).toBe(false)
    const none = new Identity({
      issuers: [],
      tenants: world.accounts,
      egress: new Egress(EgressConfig.parse({})),
      digest: world.digest,
      clock: world.clock,
      log: createLog('silent'),
    })
    expect(none.takes('eyJhbGciOiJub25lIn0.e30.')).toBe(false)
  })
})
