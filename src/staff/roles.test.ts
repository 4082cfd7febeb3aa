import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SoftwareAuthenticator } from '../../test/support/software-authenticator.ts'
import { type Member, StaffWorld } from '../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'
import { assignmentState, type Role } from './index.ts'
import { BOOTSTRAP, PASSKEY } from './records.ts'
import { findStanding } from './standing.ts'
import * as store from './store.ts'

const DAY_MS = 86_400_000
const SCIM = { type: 'system', id: 'scim' } as const
const OPERATOR = { type: 'operator', id: 'operator' } as const

describe.each(storeKinds('roles'))('roles on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  let world: StaffWorld
  let admin: Member
  let rso: Member
  let ann: Member

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
    admin = await world.member(['administrator'])
    rso = await world.member(['rso'])
    ann = await world.member([])
  })

  const ask = (by: Member, to: Member, role: Role, more: object = {}) =>
    world.staff.approvals.request({
      action: 'staff.grant_role',
      payload: { personId: to.id, role, ...more },
      reason: 'job',
      requester: by.id,
    })
  const rolesOf = async (member: Member) => {
    const found = await findStanding(handle.db, member.id, { nowMs: world.clock.now(), development: false })
    return [...(found?.roles ?? [])].toSorted()
  }
  const inDays = (days: number) => new Date(world.clock.now() + days * DAY_MS).toISOString()

  it('take two people where they matter, and one where they do not', async () => {
    expect(await ask(admin, ann, 'analyst')).toMatchObject({ state: 'executed' })
    const asked = await ask(admin, ann, 'policy_editor')
    expect(asked.state).toBe('pending')
    await expect(world.approve(asked.id, admin)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.approve(asked.id, ann)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await rolesOf(ann)).toEqual(['analyst'])
    await world.approve(asked.id, rso)
    expect(await rolesOf(ann)).toEqual(['analyst', 'policy_editor'])
  })

  it('are not given to oneself, to the absent, to leavers, twice, or without a key', async () => {
    await expect(ask(admin, admin, 'ceo')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(ask(ann, rso, 'ceo')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(ask(admin, { ...ann, id: 'per_0' }, 'analyst')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(ask(admin, rso, 'rso')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(ask(admin, ann, 'analyst', { expiresAt: inDays(-1) })).rejects.toMatchObject({ code: 'CONFLICT' })
    const keyless = await world.staff.people.add({ displayName: 'No Key' }, SCIM)
    await expect(ask(admin, { ...ann, id: keyless.id }, 'rso')).rejects.toMatchObject({ code: 'CONFLICT' })
    await world.staff.people.deactivate(ann.id, SCIM, 'left')
    await expect(ask(admin, ann, 'analyst')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('that exclude each other are never held together, also when both were asked for before', async () => {
    await expect(ask(rso, admin, 'weights_approver')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(ask(admin, rso, 'auditor')).rejects.toMatchObject({ code: 'CONFLICT' })
    const engineer = await ask(admin, ann, 'security_engineer')
    const approver = await ask(admin, ann, 'weights_approver')
    await world.approve(engineer.id, rso)
    expect(await world.approve(approver.id, rso)).toMatchObject({ state: 'failed' })
    expect(await rolesOf(ann)).toEqual(['security_engineer'])
  })

  it('sleep when they end, when training or review is due, and wake when that is done', async () => {
    await ask(admin, ann, 'analyst', { expiresAt: inDays(300) })
    const [given] = await world.staff.assignments.list(ann.id)
    if (given === undefined) throw new Error('not given')
    const state = () =>
      world.staff.assignments.list(ann.id).then(([a]) => a && assignmentState(a, { active: true }, world.clock.now()))
    expect(await state()).toBe('active')
    world.clock.advance(30 * DAY_MS)
    expect(await state()).toBe('training_due')
    expect(await rolesOf(ann)).toEqual([])
    const by = { type: 'staff', id: admin.id } as const
    const trained = (at: string) => world.staff.people.recordTraining(ann.id, at, by)
    await expect(trained(inDays(1))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(trained(inDays(-400))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(world.staff.people.recordTraining(admin.id, inDays(0), by)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await trained(inDays(-1))
    expect(await rolesOf(ann)).toEqual(['analyst'])
    world.clock.advance(150 * DAY_MS)
    expect(await state()).toBe('review_due')
    await expect(world.staff.assignments.review(given.id, ann.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await world.staff.assignments.review(given.id, rso.id)
    expect(await state()).toBe('active')
    world.clock.advance(120 * DAY_MS)
    expect(await state()).toBe('expired')
    expect(await rolesOf(ann)).toEqual([])
  })

  it('are taken away by one person', async () => {
    await ask(admin, ann, 'analyst')
    const [given] = await world.staff.assignments.list(ann.id)
    await world.staff.assignments.end(given?.id ?? '', { type: 'staff', id: rso.id }, 'moved on')
    expect(await rolesOf(ann)).toEqual([])
    await expect(world.staff.people.deactivate(rso.id, { type: 'staff', id: rso.id }, 'left')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })

  it('are held in somebody’s stead for a while, never against who asks', async () => {
    const more = { deputyFor: rso.id, expiresAt: inDays(10) }
    await expect(ask(admin, ann, 'rso', more)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(ask(rso, ann, 'rso', { deputyFor: rso.id })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(ask(rso, ann, 'rso', { ...more, expiresAt: inDays(31) })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(ask(rso, ann, 'ceo', more)).rejects.toMatchObject({ code: 'CONFLICT' })
    const asked = await ask(rso, ann, 'rso', more)
    await world.approve(asked.id, admin)
    expect(await rolesOf(ann)).toEqual(['rso'])
    const bob = await world.member([])
    const ofPrincipal = await ask(rso, bob, 'policy_editor')
    await expect(world.approve(ofPrincipal.id, ann)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const ofAdmin = await ask(admin, bob, 'policy_editor')
    expect(await world.approve(ofAdmin.id, ann)).toMatchObject({
      state: 'executed',
      votes: [{ personId: ann.id, role: 'rso', deputyFor: rso.id }],
    })
    await world.staff.people.deactivate(rso.id, { type: 'staff', id: admin.id }, 'left')
    expect(await rolesOf(ann)).toEqual([])
  })

  it('are given by one administrator during the bootstrap alone, marked, and never to oneself', async () => {
    const startedAt = inDays(0)
    await store.keep(handle.db, BOOTSTRAP, { id: 'bootstrap', startedAt, endsAt: inDays(7), endedAt: null })
    expect(await ask(admin, ann, 'ciso')).toMatchObject({ state: 'executed', bootstrap: true })
    await expect(ask(admin, admin, 'rso')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(ask(rso, ann, 'ceo')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    world.clock.advance(7 * DAY_MS)
    expect(await ask(admin, ann, 'ceo')).toMatchObject({ state: 'pending', bootstrap: false })
  })

  it('end with every key when two people reset somebody’s keys', async () => {
    await ask(admin, ann, 'analyst')
    const { token } = await world.signIn(ann)
    await expect(world.staff.enrolment.invite(ann.id, SCIM)).rejects.toMatchObject({ code: 'CONFLICT' })
    const reset = await world.staff.approvals.request({
      action: 'staff.reset_passkeys',
      payload: { personId: ann.id },
      reason: 'lost',
      requester: admin.id,
    })
    await world.approve(reset.id, rso)
    expect(await world.staff.sessions.authenticate(token)).toBeNull()
    expect(await rolesOf(ann)).toEqual([])
    await world.staff.enrolment.invite(ann.id, SCIM)
  })

  describe('a recovery', () => {
    const start = (by: Member, to: Member, role: Role = 'ceo') =>
      world.staff.recoveries.start(
        { grant: { personId: to.id, role }, reason: 'all gone' },
        { type: 'staff', id: by.id },
      )

    it('is refused while anybody could agree', async () => {
      await expect(start(admin, ann)).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    it('waits, is heard, and gives the role in the end', async () => {
      await world.staff.people.deactivate(rso.id, SCIM, 'left')
      await expect(start(admin, ann, 'analyst')).rejects.toMatchObject({ code: 'CONFLICT' })
      const recovery = await start(admin, ann)
      await expect(start(admin, ann)).rejects.toMatchObject({ code: 'CONFLICT' })
      world.clock.advance(3 * DAY_MS - 1)
      await world.staff.catchUp()
      expect(await rolesOf(ann)).toEqual([])
      world.clock.advance(1)
      await world.staff.catchUp()
      expect(await rolesOf(ann)).toEqual(['ceo'])
      expect(world.notices.map(({ kind }) => kind)).toEqual(['staff.recovery_started', 'staff.recovery_done'])
      await expect(world.staff.recoveries.cancel(recovery.id, OPERATOR)).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    it('is stopped by anybody who holds a role', async () => {
      await ask(admin, ann, 'analyst')
      await world.staff.people.deactivate(rso.id, SCIM, 'left')
      const { id } = await start(admin, ann)
      await world.staff.recoveries.cancel(id, { type: 'staff', id: ann.id })
      world.clock.advance(4 * DAY_MS)
      await world.staff.catchUp()
      expect(await rolesOf(ann)).not.toContain('ceo')
      expect(await world.staff.recoveries.list()).toMatchObject([{ state: 'cancelled', closedBy: { id: ann.id } }])
    })

    it('lets the operator only wait for a new first administrator, once every leader is locked out', async () => {
      const link = { grant: null, reason: 'all keys lost' }
      await expect(world.staff.recoveries.start(link, OPERATOR)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(world.staff.recoveries.start(link, { type: 'staff', id: admin.id })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
      await expect(
        world.staff.recoveries.start({ grant: { personId: ann.id, role: 'ceo' }, reason: 'x' }, OPERATOR),
      ).rejects.toMatchObject({ code: 'FORBIDDEN' })
      for (const member of [admin, rso]) {
        for (const key of await world.staff.passkeys.list(member.id)) {
          await store.keep(handle.db, PASSKEY, { ...key, removedAt: inDays(0) })
        }
      }
      const { id } = await world.staff.recoveries.start(link, OPERATOR)
      await expect(world.staff.recoveries.claim(id, OPERATOR)).rejects.toMatchObject({ code: 'CONFLICT' })
      world.clock.advance(3 * DAY_MS)
      await world.staff.catchUp()
      const back = new SoftwareAuthenticator()
      await world.addKey(rso.id, back)
      await world.staff.people.recordTraining(rso.id, inDays(-1), SCIM)
      await expect(world.staff.recoveries.claim(id, OPERATOR)).rejects.toMatchObject({ code: 'CONFLICT' })
      await world.staff.people.deactivate(rso.id, SCIM, 'left')
      expect((await world.staff.recoveries.claim(id, OPERATOR)).token).toMatch(/^[\w-]{43}$/)
      await expect(world.staff.recoveries.claim(id, OPERATOR)).rejects.toMatchObject({ code: 'CONFLICT' })
    })
  })
})
