import { describe, expect, it } from 'vitest'
import { codeOf, IdentityWorld, SYSTEM } from '../../../test/support/identity-world.ts'
import { Accounts } from '../index.ts'

const world = IdentityWorld.inEachTest()

describe('the program that holds a token', () => {
  it('stands among the keys of its project, and is refused once it was revoked there', async () => {
    const identity = world.open({ client: 'cid' })
    const { keyId } = await identity.authenticate(await world.tokenOf({ cid: 'reporting' }))
    expect(await world.accounts.key(keyId)).toMatchObject({
      projectId: world.projectId,
      name: 'reporting',
      prefix: 'jwt',
      status: 'active',
    })
    await world.accounts.revokeKey(keyId, SYSTEM)
    expect(await codeOf(identity.authenticate(await world.tokenOf({ cid: 'reporting' })))).toBe(
      'UNAUTHENTICATED: the token comes from a client that was revoked here',
    )
    expect(await codeOf(identity.authenticate(await world.tokenOf({ cid: 'other' })))).toBe('accepted')
  })

  it('is no first key: whoever set this up gets theirs all the same', async () => {
    await world.open().authenticate(await world.tokenOf())
    expect(await world.accounts.ensureFirstKey()).toMatch(/^sl_live_/)
    expect(await world.accounts.ensureFirstKey()).toBeNull()
  })

  it('can’t be passed for by anything that is sent as a key', async () => {
    const { keyId } = await world.open().authenticate(await world.tokenOf())
    for (const text of [keyId, `token client\n${keyId}`, world.digest(`token client\n${keyId}`)])
      expect(world.accounts.authenticate(text)).toBeNull()
  })
})

describe('an organisation that its first token makes', () => {
  const create = { organisation: { claim: 'org', create: true }, project: { claim: 'app', create: true } }

  it('is the same ever after, and recorded', async () => {
    const identity = world.open(create)
    const [first, second] = await Promise.all([
      identity.authenticate(await world.tokenOf({ org: 'Müller & Söhne', app: 'bot' })),
      identity.authenticate(await world.tokenOf({ org: 'Müller & Söhne', app: 'bot' })),
    ])
    expect(second).toEqual(first)
    expect((await world.accounts.organisation(first?.organisationId ?? '')).name).toBe('Müller & Söhne')
    expect((await world.accounts.project(first?.projectId ?? '')).name).toBe('bot')
    const made = world.events.filter(({ actor }) => actor.id === 'issuer:corp')
    const kinds = ['accounts.organisation_created', 'accounts.project_created', 'accounts.key_created']
    expect(made.map(({ kind }) => kind)).toEqual(kinds)
    expect((await world.accounts.key(first?.keyId ?? '')).name).toBe('app-1')
    const again = await identity.authenticate(await world.tokenOf({ org: 'Müller & Söhne', app: 'other' }))
    expect([again.organisationId, again.projectId === first?.projectId]).toEqual([first?.organisationId, false])
  })

  it('is one, though two replicas meet its first tokens at once', async () => {
    const replica = await Accounts.open(world.ground)
    await using _ = replica
    const there = world.open(create, [], replica)
    const here = world.open(create)
    const token = await world.tokenOf({ org: 'both', app: 'both', azp: 'both' })
    const principals = await Promise.all([here, there, here, there].map((identity) => identity.authenticate(token)))
    for (const principal of principals) expect(principal).toEqual(principals[0])
    expect(world.events.filter(({ actor }) => actor.id === 'issuer:corp').map(({ kind }) => kind)).toEqual([
      'accounts.organisation_created',
      'accounts.project_created',
      'accounts.key_created',
    ])
    await world.accounts.revokeKey(principals[0]?.keyId ?? '', SYSTEM)
    await replica.refresh()
    expect(await codeOf(there.authenticate(token))).toMatch(/revoked here/)
  })

  it('is never one that is there already, whatever its word', async () => {
    const identity = world.open(create)
    const principal = await identity.authenticate(
      await world.tokenOf({ org: world.organisationId, app: world.projectId }),
    )
    expect(principal.organisationId).not.toBe(world.organisationId)
    expect(principal.projectId).not.toBe(world.projectId)
  })

  it('has a name that is none where the word can’t be one', async () => {
    const principal = await world.open(create).authenticate(await world.tokenOf({ org: 'a\u0000b', app: '\u202e' }))
    expect((await world.accounts.organisation(principal.organisationId)).name).toBe(principal.organisationId)
  })

  it('is made by no issuer that may not', async () => {
    const identity = world.open({ organisation: { claim: 'org' }, project: { claim: 'app', create: true } })
    expect(await codeOf(identity.authenticate(await world.tokenOf({ org: 'org_none', app: 'x' })))).toBe(
      'FORBIDDEN: the organisation that the token means does not exist here',
    )
  })
})
