import { describe, expect, it } from 'vitest'
import { codeOf, IdentityWorld } from '../../../test/support/identity-world.ts'

const world = IdentityWorld.inEachTest()

describe('the program that holds a token', () => {
  it('is one of at most six hundred new ones in a minute', { timeout: 60_000 }, async () => {
    const identity = world.open({ client: 'sub' })
    for (let i = 0; i < 600; i++) await identity.authenticate(await world.tokenOf({ sub: `client ${i}` }))
    expect(await codeOf(identity.authenticate(await world.tokenOf({ sub: 'client 600' })))).toMatch(/^RATE_LIMITED/)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ sub: 'client 599' })))).toBe('accepted')
    world.clock.advance(101)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ sub: 'client 600' })))).toBe('accepted')
  })
})
