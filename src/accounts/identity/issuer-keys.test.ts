import { describe, expect, it } from 'vitest'
import { codeOf, IdentityWorld } from '../../../test/support/identity-world.ts'
import type { TokenIssuer } from '../../../test/support/token-issuer.ts'

const world = IdentityWorld.inEachTest()

describe('the keys of an issuer', () => {
  it('are read once for many tokens, and again when a token names a new one', async () => {
    const identity = world.open()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => world.tokenOf()))
    await Promise.all(tokens.map((token) => identity.authenticate(token)))
    expect(world.issuer.reads).toBe(1)
    await world.issuer.rotate()
    world.clock.advance(31_000)
    expect(await codeOf(identity.authenticate(await world.tokenOf()))).toBe('accepted')
    expect(world.issuer.reads).toBe(2)
  })

  it('are not asked for again by a flood of made-up names', async () => {
    const identity = world.open()
    await identity.authenticate(await world.tokenOf())
    world.clock.advance(31_000)
    for (let i = 0; i < 50; i++) {
      const token = await world.tokenOf({}, { header: { kid: `made-up-${i}` } })
      expect(await codeOf(identity.authenticate(token))).toMatch(/a key that its issuer does not have/)
    }
    expect(world.issuer.reads).toBe(2)
  })

  it('serve for an hour while they can’t be read, and then nobody’s token is taken until they can', async () => {
    const identity = world.open()
    await identity.authenticate(await world.tokenOf())
    world.issuer.respond = (_, res) => res.writeHead(500).end()
    world.clock.advance(400_000)
    await identity.refresh()
    expect(identity.health()).toEqual([
      { id: 'corp', state: 'stale', ageSeconds: 400, problem: expect.stringContaining('status 500') },
    ])
    expect(await codeOf(identity.authenticate(await world.tokenOf()))).toBe('accepted')
    world.clock.advance(3_600_000 - 400_000)
    expect(await codeOf(identity.authenticate(await world.tokenOf()))).toBe('accepted')
    world.clock.advance(1)
    expect(await codeOf(identity.authenticate(await world.tokenOf()))).toMatch(
      /^IDENTITY_UNAVAILABLE: the keys of the issuer "corp"/,
    )
    expect(identity.health()[0]?.state).toBe('down')
    world.issuer.respond = null
    world.clock.advance(5_001)
    expect(await codeOf(identity.authenticate(await world.tokenOf()))).toBe('accepted')
    expect(identity.health()[0]).toMatchObject({ state: 'fresh', problem: null })
  })

  it('stop serving when the issuer has taken them away', async () => {
    const identity = world.open()
    const stolen = world.issuer.keys[0]
    await identity.authenticate(await world.tokenOf())
    await world.issuer.rotate()
    world.clock.advance(301_000)
    await identity.refresh()
    const token = await world.tokenOf({}, stolen === undefined ? {} : { key: stolen })
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
    world.issuer.respond = respond
    expect(await codeOf(world.open().authenticate(await world.tokenOf()))).toMatch(why)
  })

  it('keep no request waiting longer than five seconds', { timeout: 15_000 }, async () => {
    world.issuer.respond = () => {}
    const identity = world.open()
    const token = await world.tokenOf()
    const started = performance.now()
    const answers = await Promise.all([codeOf(identity.authenticate(token)), codeOf(identity.authenticate(token))])
    expect(performance.now() - started).toBeLessThan(7_000)
    expect(answers.join()).toMatch(/^IDENTITY_UNAVAILABLE.*IDENTITY_UNAVAILABLE/)
    expect(await codeOf(identity.authenticate(token))).toMatch(/^IDENTITY_UNAVAILABLE/) // at once: it was just tried
    expect(world.issuer.reads).toBe(1)
  })

  it('come over https unless the issuer is this machine, and from the issuer that was asked for', async () => {
    const identity = world.open({ jwksUri: 'http://keys.example.com/jwks' })
    expect(await codeOf(identity.check())).toMatch(/over https only/)
    const alias = world.open({ issuer: world.issuer.url.replace('127.0.0.1', 'localhost') })
    expect(await codeOf(alias.check())).toMatch(/that of another issuer/)
  })
})
