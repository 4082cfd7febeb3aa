import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Ceremony, SoftwareAuthenticator } from '../../test/support/software-authenticator.ts'
import { type Member, StaffWorld } from '../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'
import { CEREMONY, SESSION, TOKEN } from './records.ts'
import * as store from './store.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe.each(storeKinds('sign-in'))('signing in on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  let world: StaffWorld
  let ada: Member

  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await StaffWorld.open(handle)
    ada = await world.member(['administrator'])
  })

  const attempt = async (key: SoftwareAuthenticator, bent: Partial<Ceremony> = {}, source = '192.0.2.1') => {
    const { ceremony, options } = await world.staff.signIn.start(source)
    const assertion = key.get({ challenge: String(options.challenge), ...bent })
    return world.staff.signIn.finish(ceremony, assertion, { device: 'test', source })
  }

  it.each(['ES256', 'EdDSA'] as const)('takes %s keys, several for one person', async (algorithm) => {
    const key = new SoftwareAuthenticator({ algorithm, counter: 1 })
    await world.addKey(ada.id, key)
    for (const each of [key, key, ada.key]) {
      const { token } = await attempt(each)
      expect((await world.staff.sessions.authenticate(token))?.person.id).toBe(ada.id)
    }
    expect(world.log.kinds()).toEqual(['staff.signed_in', 'staff.signed_in', 'staff.signed_in'])
  })

  it('names nobody before the key is shown', async () => {
    const { options } = await world.staff.signIn.start('192.0.2.1')
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required', allowCredentials: [] })
  })

  it.each([
    ['another origin', { origin: 'https://localhost.evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:8080' }],
    ['another host', { rpId: 'evil.example' }],
    ['an unverified person', { userVerified: false }],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['a frame of another page', { crossOrigin: true }],
    ['the wrong type', { type: 'webauthn.create' }],
  ])('refuses %s', async (_, bent) => {
    await expect(attempt(ada.key, bent)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(world.log.kinds()).toEqual(['staff.sign_in_failed'])
    expect(JSON.stringify(world.log.events)).not.toContain('evil')
  })

  it('refuses a key that nobody registered, and puts nothing of strangers on the ledger', async () => {
    await expect(attempt(new SoftwareAuthenticator())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(world.log.events).toEqual([])
  })

  it('answers a challenge once, in time, and for its purpose', async () => {
    const { ceremony, options } = await world.staff.signIn.start('192.0.2.1')
    const assertion = ada.key.get({ challenge: String(options.challenge) })
    const origin = { device: 'x', source: '192.0.2.1' }
    const { token } = await world.staff.signIn.finish(ceremony, assertion, origin)
    await expect(world.staff.signIn.finish(ceremony, assertion, origin)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    const late = await world.staff.signIn.start('192.0.2.1')
    const tooLate = ada.key.get({ challenge: String(late.options.challenge) })
    world.clock.advance(5 * MINUTE_MS)
    await expect(world.staff.signIn.finish(late.ceremony, tooLate, origin)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    const identity = await world.staff.sessions.authenticate(token)
    if (identity === null) throw new Error('no session')
    const other = await world.staff.signIn.start('192.0.2.1')
    const forSignIn = ada.key.get({ challenge: String(other.options.challenge) })
    await expect(
      world.staff.signIn.finishAgain(identity, other.ceremony, forSignIn, '192.0.2.1'),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('says aloud when the counter of a key went back', async () => {
    const key = new SoftwareAuthenticator({ counter: 10 })
    await world.addKey(ada.id, key)
    await attempt(key)
    await expect(attempt(key, { counter: 11 })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(attempt(key, { counter: 3 })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(world.notices.map(({ kind }) => kind)).toEqual(Array(2).fill('staff.passkey_counter_went_back'))
    await attempt(key)
  })

  it('ends sessions that are idle, old, revoked or whose person has left', async () => {
    const { token: idle } = await world.signIn(ada)
    world.clock.advance(HOUR_MS)
    expect(await world.staff.sessions.authenticate(idle)).toBeNull()
    const { token: busy } = await world.signIn(ada)
    for (let i = 0; i < 12 * 2 - 1; i++) {
      world.clock.advance(HOUR_MS / 2)
      expect(await world.staff.sessions.authenticate(busy)).not.toBeNull()
    }
    world.clock.advance(HOUR_MS / 2)
    expect(await world.staff.sessions.authenticate(busy)).toBeNull()
    const { token, identity } = await world.signIn(ada)
    await world.staff.sessions.end(identity.session.id, ada.id, 'signed_out')
    expect(await world.staff.sessions.authenticate(token)).toBeNull()
    const { token: last } = await world.signIn(ada)
    await world.staff.people.deactivate(ada.id, { type: 'system', id: 'scim' }, 'provisioning')
    expect(await world.staff.sessions.authenticate(last)).toBeNull()
    await expect(attempt(ada.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('gives no session more time when the clock is set back', async () => {
    const { token } = await world.signIn(ada)
    world.clock.advance(30 * MINUTE_MS)
    await world.staff.sessions.authenticate(token)
    world.clock.jump(-24 * HOUR_MS)
    const again = await world.staff.sessions.authenticate(token)
    expect(again?.fresh).toBe(false)
  })

  it('knows nobody by a wrong, empty or long token, and stores none', async () => {
    const { token } = await world.signIn(ada)
    for (const other of ['', token.slice(1), `${token}x`, token.toUpperCase(), 'x'.repeat(1_000_000)]) {
      expect(await world.staff.sessions.authenticate(other)).toBeNull()
    }
    const rows = JSON.stringify(await store.list(handle.db, SESSION))
    expect(rows).not.toContain(token)
    expect(rows).not.toContain('192.0.2.1')
  })

  it('makes who fails wait, and never the person where they have been before', async () => {
    await attempt(ada.key, {}, 'home')
    for (let i = 0; i < 5; i++) {
      await expect(attempt(ada.key, { userVerified: false }, 'attacker')).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      })
    }
    await expect(attempt(ada.key, {}, 'attacker')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(attempt(ada.key, {}, 'elsewhere')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await attempt(ada.key, {}, 'home')
    world.clock.advance(2_000)
    for (let i = 0; i < 30; i++) {
      world.clock.advance(20 * MINUTE_MS)
      await expect(attempt(ada.key, { userVerified: false }, `attacker ${i}`)).rejects.toBeDefined()
    }
    world.clock.advance(MINUTE_MS)
    await attempt(ada.key, {}, 'elsewhere')
  })

  it('forgets challenges that nobody answered', async () => {
    await world.staff.signIn.start('a')
    world.clock.advance(6 * MINUTE_MS)
    await world.staff.catchUp()
    expect(await store.list(handle.db, CEREMONY)).toEqual([])
  })

  describe('a setup link', () => {
    const enrol = async (token: string, key = new SoftwareAuthenticator(), bent: Partial<Ceremony> = {}) => {
      const { ceremony, options } = await world.staff.enrolment.start(token, { displayName: 'First' }, 'x')
      const attestation = key.create({ challenge: String(options.challenge), ...bent })
      const answer = { token, ceremony, attestation, label: 'key', bootstrapDays: 14 }
      return world.staff.enrolment.finish(answer, { device: 'x', source: 'x' })
    }

    it('is good once and for an hour, and dies with the next', async () => {
      const first = (await world.staff.enrolment.issueSetup())?.token ?? ''
      const second = (await world.staff.enrolment.issueSetup())?.token ?? ''
      await expect(enrol(first)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      world.clock.advance(HOUR_MS)
      await expect(enrol(second)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      const third = (await world.staff.enrolment.issueSetup())?.token ?? ''
      expect(JSON.stringify(await store.list(handle.db, TOKEN))).not.toContain(third)
      const { token } = await enrol(third)
      const roles = (await world.staff.sessions.authenticate(token))?.roles
      expect([...(roles ?? [])]).toEqual(['administrator'])
      await expect(enrol(third)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(await world.staff.enrolment.issueSetup()).toBeNull()
    })

    it('makes one administrator, though two answer at once', async () => {
      const token = (await world.staff.enrolment.issueSetup())?.token ?? ''
      const both = await Promise.allSettled([enrol(token), enrol(token)])
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    })

    it.each([
      ['another origin', { origin: 'https://evil.example' }],
      ['another host', { rpId: 'evil.example' }],
      ['an unverified person', { userVerified: false }],
      ['the wrong type', { type: 'webauthn.get' }],
      ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ])('refuses a key made for %s, and stays good', async (_, bent) => {
      const token = (await world.staff.enrolment.issueSetup())?.token ?? ''
      await expect(enrol(token, undefined, bent)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await enrol(token)
    })

    it('takes no key twice', async () => {
      const key = new SoftwareAuthenticator()
      await world.addKey(ada.id, key)
      const token = (await world.staff.enrolment.issueSetup())?.token ?? ''
      await expect(enrol(token, key)).rejects.toMatchObject({ code: 'CONFLICT' })
    })
  })

  it('adds and removes keys, but the last', async () => {
    const { identity } = await world.signIn(ada)
    const { ceremony, options } = await world.staff.passkeys.startAdding(identity)
    expect(options).toMatchObject({ excludeCredentials: [{ id: ada.key.id }] })
    const key = new SoftwareAuthenticator({ algorithm: 'ES256' })
    const attestation = key.create({ challenge: String(options.challenge) })
    const added = await world.staff.passkeys.add(ada.id, ceremony, attestation, 'spare')
    expect(added).toMatchObject({ transports: ['usb'], label: 'spare' })
    const old = (await world.staff.passkeys.list(ada.id)).find((known) => known.credentialId === ada.key.id)
    await world.staff.passkeys.remove(ada.id, old?.id ?? '')
    await expect(world.staff.passkeys.remove(ada.id, added.id)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(attempt(ada.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await attempt(key)
    world.clock.advance(6 * MINUTE_MS)
    const later = { ...identity, fresh: false }
    await expect(world.staff.passkeys.startAdding(later)).rejects.toMatchObject({ code: 'TOUCH_REQUIRED' })
  })
})
