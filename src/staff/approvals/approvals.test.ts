import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SoftwareAuthenticator } from '../../../test/support/software-authenticator.ts'
import { type Member, StaffWorld } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { AppError } from '../../base/errors.ts'
import type { DbHandle } from '../../db/index.ts'
import { canonicalJson } from '../../ledger/index.ts'
import type { Approved, Staff } from '../index.ts'
import * as store from '../store.ts'
import { APPROVAL } from './approval.ts'

const Payload = z.strictObject({ deployment: z.string() })
const DAY_MS = 86_400_000

describe.each(storeKinds('approvals'))('approvals on $kind', ({ create, kind }) => {
  let testStore: TestStore
  let handle: DbHandle
  let world: StaffWorld
  let done: { what: string; approved: Approved }[]
  let failure: Error | null
  let rso: Member
  let ceo: Member
  let ciso: Member
  let analyst: Member

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
    done = []
    failure = null
    register(world.staff)
    rso = await world.member(['rso'])
    ceo = await world.member(['ceo'])
    ciso = await world.member(['ciso'])
    analyst = await world.member(['analyst'])
  })

  function register(staff: Staff) {
    const execute = (what: string) => async (payload: { deployment: string }, approved: Approved) => {
      if (failure !== null) throw failure
      done.push({ what: `${what} ${payload.deployment}`, approved })
    }
    staff.approvals.registerAction('deployment.halt', {
      schema: Payload,
      rule: () => ({ kind: 'single', requesters: ['rso', 'ceo', 'ciso', 'analyst'] }),
      execute: execute('halt'),
    })
    staff.approvals.registerAction('deployment.resume', {
      schema: Payload,
      rule: () => ({
        kind: 'quorum',
        requesters: ['rso', 'ceo', 'ciso'],
        groups: [{ name: 'second person', roles: ['rso', 'ceo', 'ciso'], count: 1 }],
        excluded: [],
      }),
      effectMs: () => DAY_MS,
      execute: execute('resume'),
    })
    staff.approvals.registerAction('weights.delete', {
      schema: Payload,
      rule: () => ({
        kind: 'quorum',
        requesters: ['analyst'],
        groups: [
          { name: 'executive', roles: ['ceo'], count: 1 },
          { name: 'security', roles: ['ciso', 'rso'], count: 1 },
        ],
        excluded: [],
      }),
      execute: execute('delete'),
    })
  }

  const ask = (action: string, by: Member, more: object = {}) =>
    world.staff.approvals.request({
      action,
      payload: { deployment: 'dep_1' },
      reason: 'because',
      requester: by.id,
      ...more,
    })

  it('halts by one person at once, and resumes by two, every way round', async () => {
    const people = [rso, ceo, ciso]
    for (const halter of people) {
      const halted = await ask('deployment.halt', halter)
      expect(halted).toMatchObject({ state: 'executed', votes: [] })
      for (const asker of people) {
        const asked = await ask('deployment.resume', asker)
        expect(asked.state).toBe('pending')
        await expect(world.approve(asked.id, asker)).rejects.toThrow('nobody approves their own request')
        await expect(world.approve(asked.id, analyst)).rejects.toMatchObject({ code: 'FORBIDDEN' })
        const before = done.length
        const second = people[(people.indexOf(asker) + 1) % 3] ?? rso
        const resumed = await world.approve(asked.id, second)
        expect(resumed.state).toBe('executed')
        expect(done.slice(before)).toMatchObject([
          { what: 'resume dep_1', approved: { id: asked.id, requester: asker.id, approvers: [second.id] } },
        ])
      }
    }
    await expect(ask('deployment.resume', analyst)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('takes every group, and records each step by identifiers alone', async () => {
    const asked = await ask('weights.delete', analyst, { reason: 'Geheimer Grund' })
    expect(await world.staff.approvals.missing(asked)).toHaveLength(2)
    expect((await world.staff.approvals.inbox(ceo.id)).map(({ id }) => id)).toEqual([asked.id])
    expect((await world.approve(asked.id, ciso)).state).toBe('pending')
    await expect(world.approve(asked.id, ciso)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await world.approve(asked.id, rso)).state).toBe('pending')
    expect(done).toEqual([])
    expect((await world.approve(asked.id, ceo)).state).toBe('executed')
    expect(done).toHaveLength(1)
    expect(world.log.kinds()).toEqual([
      'approvals.requested',
      'approvals.given',
      'approvals.given',
      'approvals.given',
      'approvals.approved',
      'approvals.execution_started',
      'approvals.executed',
    ])
    const recorded = JSON.stringify(world.log.events)
    expect(recorded).not.toContain('Geheim')
    expect(recorded).not.toContain('Person')
  })

  it('is verifiable offline with a crypto library alone', async () => {
    const asked = await ask('deployment.resume', rso)
    await world.approve(asked.id, ceo)
    const evidence = await world.staff.approvals.evidence(asked.id)
    expect(evidence.digest).toBe(createHash('sha256').update(evidence.statement).digest('hex'))
    expect(canonicalJson(JSON.parse(evidence.statement))).toBe(evidence.statement)
    const [signature] = evidence.signatures
    if (signature === undefined) throw new Error('no signature')
    const client = Buffer.from(signature.clientDataJSON, 'base64url')
    expect(Buffer.from(JSON.parse(client.toString()).challenge, 'base64url').toString('hex')).toBe(evidence.digest)
    const signed = Buffer.concat([
      Buffer.from(signature.authenticatorData, 'base64url'),
      createHash('sha256').update(client).digest(),
    ])
    const key = createPublicKey(signature.publicKeyPem)
    expect(verify(null, signed, key, Buffer.from(signature.signature, 'base64url'))).toBe(true)
  })

  it('starts the clock of the effect at the approval', async () => {
    const asked = await ask('deployment.resume', rso)
    world.clock.advance(3_600_000)
    const approvedAtMs = world.clock.now()
    await world.approve(asked.id, ceo)
    expect(done[0]?.approved.effectiveUntil).toBe(new Date(approvedAtMs + DAY_MS).toISOString())
  })

  it.each([
    ['another approval', { challenge: 'other' }],
    ['a wrong origin', { origin: 'https://evil.example' }],
    ['a wrong host', { rpId: 'evil.example' }],
    ['nobody verified', { userVerified: false }],
    ['a frame of another page', { crossOrigin: true }],
    ['a registration', { type: 'webauthn.create' }],
  ])('refuses a signature for %s', async (_, bent) => {
    const asked = await ask('deployment.resume', rso)
    const challenge = Buffer.from(asked.digest, 'hex').toString('base64url')
    const other = Buffer.alloc(32).toString('base64url')
    const { challenge: given, ...rest } = { challenge: undefined, ...bent }
    const assertion = ceo.key.get({ challenge: given === undefined ? challenge : other, ...rest })
    await expect(world.staff.approvals.approve(asked.id, ceo.id, assertion)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    expect((await world.staff.approvals.get(asked.id)).votes).toEqual([])
  })

  it('refuses a signature of somebody else’s key, a removed key, and a bent one', async () => {
    const asked = await ask('deployment.resume', rso)
    const challenge = Buffer.from(asked.digest, 'hex').toString('base64url')
    const give = (assertion: ReturnType<SoftwareAuthenticator['get']>) =>
      world.staff.approvals.approve(asked.id, ceo.id, assertion)
    await expect(give(ciso.key.get({ challenge }))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(give(new SoftwareAuthenticator().get({ challenge }))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    const right = ceo.key.get({ challenge })
    const bent = {
      ...right,
      response: { ...right.response, signature: ciso.key.get({ challenge }).response.signature },
    }
    await expect(give(bent)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const garbage = { ...right, response: { ...right.response, authenticatorData: 'AAAA' } }
    await expect(give(garbage)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect((await give(right)).state).toBe('executed')
    await expect(give(right)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(done).toHaveLength(1)
  })

  it('refuses a key whose counter went back', async () => {
    const counting = await world.member(['ceo'])
    const key = new SoftwareAuthenticator({ counter: 5, algorithm: 'ES256' })
    await world.addKey(counting.id, key)
    const asked = await ask('deployment.resume', rso)
    const challenge = Buffer.from(asked.digest, 'hex').toString('base64url')
    await expect(
      world.staff.approvals.approve(asked.id, counting.id, key.get({ challenge, counter: 4 })),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await world.staff.approvals.approve(asked.id, counting.id, key.get({ challenge }))).state).toBe('executed')
  })

  it('counts two keys of one person once, and two accounts of one subject once', async () => {
    const second = new SoftwareAuthenticator()
    await world.addKey(rso.id, second)
    const asked = await ask('deployment.resume', rso)
    await expect(world.approve(asked.id, { id: rso.id, key: second })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const one = await world.member(['rso'], { subject: 'same' })
    const two = await world.member(['ceo'], { subject: 'same' })
    const other = await ask('deployment.resume', one)
    await expect(world.approve(other.id, two)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('counts no more who left before it was decided', async () => {
    const asked = await ask('weights.delete', analyst)
    await world.approve(asked.id, ceo)
    await world.staff.people.deactivate(ceo.id, { type: 'staff', id: rso.id }, 'left')
    expect((await world.approve(asked.id, ciso)).state).toBe('pending')
    const newCeo = await world.member(['ceo'])
    expect((await world.approve(asked.id, newCeo)).state).toBe('executed')
  })

  it('takes back what a leaver asked for, and keeps everything to be seen', async () => {
    const leaver = await world.member(['rso'])
    const left = await ask('deployment.resume', leaver)
    await world.staff.people.deactivate(leaver.id, { type: 'staff', id: rso.id }, 'left')
    await expect(world.approve(left.id, ceo)).rejects.toMatchObject({ code: 'CONFLICT' })
    const denied = await ask('deployment.resume', rso)
    await expect(world.staff.approvals.deny(denied.id, analyst.id, 'no')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await world.staff.approvals.deny(denied.id, ceo.id, 'not now')
    await expect(world.approve(denied.id, ciso)).rejects.toMatchObject({ code: 'CONFLICT' })
    const withdrawn = await ask('deployment.resume', rso)
    await expect(world.staff.approvals.withdraw(withdrawn.id, ceo.id, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await world.staff.approvals.withdraw(withdrawn.id, rso.id, 'a slip')
    const expired = await ask('deployment.resume', rso, { expiresInMs: 60_000 })
    world.clock.advance(60_000)
    await expect(world.approve(expired.id, ceo)).rejects.toMatchObject({ code: 'CONFLICT' })
    world.clock.jump(-3_600_000)
    await expect(world.approve(expired.id, ceo)).rejects.toMatchObject({ code: 'CONFLICT' })
    world.clock.jump(3_600_000)
    const { items } = await world.staff.approvals.list({ limit: 50 })
    expect(new Map(items.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [left.id, 'withdrawn'],
        [denied.id, 'denied'],
        [withdrawn.id, 'withdrawn'],
        [expired.id, 'expired'],
      ]),
    )
    expect(done).toEqual([])
  })

  it.each([
    ['the statement', { statement: '{"action":"weights.delete"}' }],
    ['who asked', { requester: 'per_other' }],
    ['the rule', { rule: { kind: 'single', requesters: ['rso'] } }],
    ['the action', { action: 'weights.delete' }],
    ['the end', { expiresAt: '2030-01-01T00:00:00.000Z' }],
  ] as const)('refuses an approval of which %s was changed in the store', async (_, change) => {
    const asked = await ask('deployment.resume', rso)
    const rows = await store.find(handle.db, APPROVAL, asked.id)
    if (rows === null) throw new Error('gone')
    await store.keep(handle.db, APPROVAL, APPROVAL.schema.parse({ ...rows, ...change }))
    await expect(world.approve(asked.id, ceo)).rejects.toBeInstanceOf(AppError)
    expect(done).toEqual([])
  })

  it('carries out nothing that was marked approved past the people', async () => {
    const asked = await ask('deployment.resume', rso)
    const row = await store.find(handle.db, APPROVAL, asked.id)
    if (row === null) throw new Error('gone')
    await store.keep(handle.db, APPROVAL, { ...row, state: 'approved', approvedAt: row.requestedAt })
    await world.staff.catchUp()
    expect(done).toEqual([])
    expect(await world.staff.approvals.get(asked.id)).toMatchObject({ state: 'failed' })
    expect(world.notices.map((n) => n.kind)).toEqual(['approvals.tampered'])
  })

  it('tries again what failed, and gives up what can’t be done', async () => {
    failure = new Error('database away')
    const asked = await ask('deployment.resume', rso)
    expect(await world.approve(asked.id, ceo)).toMatchObject({ state: 'approved', attempts: 1 })
    await world.staff.catchUp()
    expect(await world.staff.approvals.get(asked.id)).toMatchObject({ attempts: 1 })
    failure = null
    world.clock.advance(10_000)
    await world.staff.catchUp()
    expect(await world.staff.approvals.get(asked.id)).toMatchObject({ state: 'executed', attempts: 2 })
    failure = new AppError('CONFLICT', 'it runs already')
    const hopeless = await ask('deployment.halt', rso)
    expect(hopeless).toMatchObject({ state: 'failed', closedReason: 'it runs already' })
    expect(done).toHaveLength(1)
  })

  it('lapses when it could not be carried out for a day', async () => {
    failure = new Error('away')
    const asked = await ask('deployment.resume', rso)
    await world.approve(asked.id, ceo)
    failure = null
    world.clock.advance(25 * 3_600_000)
    await world.staff.catchUp()
    expect(await world.staff.approvals.get(asked.id)).toMatchObject({ state: 'expired' })
    expect(done).toEqual([])
  })

  it('goes on after a crash between approval and execution, and in the middle of it', async () => {
    const asked = await ask('deployment.resume', rso)
    const other = await ask('deployment.resume', rso)
    failure = new Error('crash')
    await world.approve(asked.id, ceo)
    await world.approve(other.id, ceo)
    const middle = await store.find(handle.db, APPROVAL, other.id)
    if (middle === null) throw new Error('gone')
    const lease = {
      state: 'executing',
      holder: 'run_dead',
      leaseUntil: new Date(world.clock.now() + 60_000).toISOString(),
    } as const
    await store.keep(handle.db, APPROVAL, { ...middle, ...lease })
    failure = null
    world.clock.advance(5_000)
    const again = await world.reopen()
    await again.catchUp()
    expect(done).toEqual([])
    register(again)
    await again.catchUp()
    // The lease of a process that may still live is respected where processes can share the store.
    expect(done).toHaveLength(kind === 'embedded' ? 2 : 1)
    world.clock.advance(60_000)
    await again.catchUp()
    expect(done).toHaveLength(2)
    expect(await again.approvals.get(other.id)).toMatchObject({ state: 'executed' })
  })

  it('is carried out once, however many ask at the same time', async () => {
    const asked = await ask('deployment.resume', rso)
    const replica = await world.another()
    register(replica)
    failure = new Error('away')
    await world.approve(asked.id, ceo)
    failure = null
    world.clock.advance(10_000)
    const engines = kind === 'postgres' ? [world.staff, replica] : [world.staff]
    await Promise.all([...engines, ...engines, ...engines].map((staff) => staff.catchUp()))
    expect(done).toHaveLength(1)
  })

  it.each(['before', 'after'] as const)(
    'gives a vote effect once the ledger records again, when it failed %s',
    async (when) => {
      const asked = await ask('deployment.resume', rso)
      world.log.failing = when
      await expect(world.approve(asked.id, ceo)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      expect(done).toEqual([])
      world.log.failing = null
      await world.staff.catchUp()
      expect(await world.staff.approvals.get(asked.id)).toMatchObject({ state: 'executed' })
      const given = world.log.events.filter((e) => e.kind === 'approvals.given')
      expect(new Set(given.map((e) => e.id)).size).toBe(1)
    },
  )

  it('refuses what no room registered, what does not fit, and a second room of the same name', async () => {
    await expect(ask('weights.sell', rso)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(ask('deployment.halt', rso, { payload: { deployment: 5 } })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    await expect(ask('deployment.halt', rso, { payload: null })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    for (const expiresInMs of [0, -1, Number.NaN, 1e12]) {
      await expect(ask('deployment.resume', rso, { expiresInMs })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    }
    expect(() => register(world.staff)).toThrow('registered twice')
  })

  it('pages from the newest to the oldest', async () => {
    const made: string[] = []
    for (let i = 0; i < 5; i++) {
      world.clock.advance(1)
      made.push((await ask('deployment.resume', rso)).id)
    }
    const first = await world.staff.approvals.list({ limit: 3 })
    const second = await world.staff.approvals.list({ limit: 3, before: first.next ?? undefined })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made.toReversed())
    expect(second.next).toBeNull()
  })
})
