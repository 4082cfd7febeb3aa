import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Member } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { WeightsAccessWorld } from '../../../test/support/weights-access-world.ts'
import type { DbHandle } from '../../db/index.ts'
import { conflictsWith, ROLES } from '../../staff/roles.ts'
import type { Device } from './index.ts'

const DAY_MS = 86_400_000

describe.each(storeKinds('weights rules'))('who agrees to access to weights on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: WeightsAccessWorld
  let engineer: Member
  let approver: Member
  let ciso: Member
  let rso: Member
  let device: Device

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    ;({ world, engineer, approver, ciso, rso, device } = await WeightsAccessWorld.withCast(handle))
  })

  const ask = (by = engineer, more = {}) => world.access.requests.ask(world.asking(device, more), by.id)
  const state = async (id: string) => (await world.staff.staff.approvals.get(id)).state
  const stretch = (on: boolean) => world.decided('weights.overlay', { on }, ciso, rso)

  it('is asked for by whoever works with weights, and by nobody else', async () => {
    for (const role of ROLES) {
      const member = await world.member(role)
      const asking = ask(member)
      // Whoever else asks has no device of their own: the rule must refuse them all the same.
      if (role !== 'security_engineer')
        await expect(asking).rejects.toMatchObject({ code: expect.stringMatching(/FORBIDDEN|CONFLICT/) })
      else await expect(asking).rejects.toThrow('somebody else’s')
    }
    expect((await ask()).state).toBe('pending')
  })

  it('without the stretch, takes one who approves weights; nobody of another role alone', async () => {
    for (const role of ROLES) {
      const member = await world.member(role)
      const asked = await ask()
      if (role === 'weights_approver') {
        expect((await world.staff.approve(asked.id, member)).state).toBe('executed')
        expect(await world.access.grants.byApproval(asked.id)).toMatchObject({
          ...{ state: 'active', kind: 'person', personId: engineer.id, approvers: [member.id], approval: asked.id },
        })
        continue
      }
      await expect(world.staff.approve(asked.id, member), role).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(await world.access.grants.byApproval(asked.id), role).toBeNull()
    }
  })

  it('with the stretch, takes one of each group, whoever comes first, and nobody for both', async () => {
    await stretch(true)
    const both = await world.member('weights_approver', 'rso')
    const cases: [Member[], boolean][] = [
      [[approver], false],
      [[ciso], false],
      [[rso, ciso], false],
      [[approver, ciso], true],
      [[rso, approver], true],
      [[both], false],
      [[both, approver], true],
      [[both, ciso], true],
      [[await world.member('weights_approver'), approver], false],
    ]
    for (const [people, given] of cases) {
      const asked = await ask()
      for (const person of people) await world.staff.approve(asked.id, person)
      expect(await state(asked.id)).toBe(given ? 'executed' : 'pending')
      const grant = await world.access.grants.byApproval(asked.id)
      expect(new Set(grant?.approvers).size).toBe(given ? 2 : 0)
      if (!given) await world.staff.staff.approvals.withdraw(asked.id, engineer.id, 'enough')
    }
  })

  it('nobody approves their own, by whatever role they hold besides', async () => {
    await stretch(true)
    const chief = await world.member('security_engineer', 'ciso')
    const theirs = await world.device(chief, approver)
    const asked = await world.access.requests.ask(world.asking(theirs), chief.id)
    await expect(world.staff.approve(asked.id, chief)).rejects.toThrow('nobody approves their own')
    await world.staff.approve(asked.id, approver)
    expect(await state(asked.id)).toBe('pending')
    await world.staff.approve(asked.id, rso)
    expect(await world.access.grants.byApproval(asked.id)).toMatchObject({ personId: chief.id })
    expect(conflictsWith('security_engineer', ['weights_approver'])).toEqual(['weights_approver'])
  })

  it('a deputy agrees for who is away, never for who asks, never beside them', async () => {
    await stretch(true)
    const chief = await world.member('security_engineer', 'ciso')
    const theirs = await world.device(chief, approver)
    const deputy = await world.member('analyst')
    const expiresAt = new Date(world.clock.now() + DAY_MS).toISOString()
    const stand = (principal: Member, by: Member) =>
      world.decided(
        'staff.grant_role',
        { personId: deputy.id, role: 'ciso', expiresAt, deputyFor: principal.id },
        principal,
        by,
      )
    await stand(chief, rso)
    // For somebody else's request the deputy fills the seat of the CISO.
    const other = await ask()
    await world.staff.approve(other.id, deputy)
    expect((await world.staff.approve(other.id, approver)).state).toBe('executed')
    // Not for the request of whom they stand in for.
    const own = await world.access.requests.ask(world.asking(theirs), chief.id)
    await expect(world.staff.approve(own.id, deputy)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('counts who agreed with what they hold when it is decided', async () => {
    await stretch(true)
    const asked = await ask()
    await world.staff.approve(asked.id, ciso)
    await world.end(ciso, rso, 'ciso')
    expect((await world.staff.approve(asked.id, approver)).state).toBe('pending')
    expect(await world.access.grants.byApproval(asked.id)).toBeNull()
    expect((await world.staff.approve(asked.id, rso)).state).toBe('executed')
  })

  it('gives nothing to somebody whose job it no longer is', async () => {
    const asked = await ask()
    await world.end(engineer, rso, 'security_engineer')
    const decided = await world.staff.approve(asked.id, approver)
    expect(decided).toMatchObject({ state: 'failed', closedReason: expect.stringContaining('holds none of the roles') })
    expect(await world.access.grants.byApproval(asked.id)).toBeNull()
  })

  it('gives nothing once it is withdrawn, denied, or too late', async () => {
    const { approvals } = world.staff.staff
    const withdrawn = await ask()
    await approvals.withdraw(withdrawn.id, engineer.id, 'not needed')
    const denied = await ask()
    await approvals.deny(denied.id, approver.id, 'no')
    const late = await ask()
    world.clock.advance(3 * DAY_MS)
    for (const { id } of [withdrawn, denied, late]) {
      await expect(world.staff.approve(id, approver)).rejects.toMatchObject({ code: 'CONFLICT' })
      expect(await world.access.grants.byApproval(id)).toBeNull()
    }
  })

  it('counts the window from the approval, not from when it was asked for', async () => {
    const asked = await ask()
    world.clock.advance(2 * DAY_MS)
    await world.staff.approve(asked.id, approver)
    const grant = await world.access.grants.byApproval(asked.id)
    expect(Date.parse(grant?.startsAt ?? '')).toBe(world.clock.now())
    expect(Date.parse(grant?.expiresAt ?? '')).toBe(world.clock.now() + 3_600_000)
    world.clock.advance(3_599_999)
    await world.access.grants.requireActive(grant?.id ?? '', device.thumbprint)
    world.clock.advance(1)
    await expect(world.access.grants.requireActive(grant?.id ?? '', device.thumbprint)).rejects.toThrow(
      'its window ended',
    )
  })

  it('asks anew when more must agree since', async () => {
    const asked = await ask()
    await stretch(true)
    const decided = await world.staff.approve(asked.id, approver)
    expect(decided).toMatchObject({ state: 'failed', closedReason: expect.stringContaining('another rule holds') })
    expect(await world.access.grants.byApproval(asked.id)).toBeNull()
  })

  it('signs what matters: the version, its digest, the files, the device, the host, the budget and the window', async () => {
    const asked = await ask(engineer, { files: ['model-1.safetensors'] })
    const { statement } = await world.staff.staff.approvals.get(asked.id)
    const { payload } = JSON.parse(statement)
    expect(payload).toEqual({
      ...{ version: 'atlas/v1', files: ['model-1.safetensors'], purpose: 'Look at layer 7', use: 'program' },
      ...{ destination: null, copy: null, budgetBytes: 1_000_000, windowMinutes: 60 },
      manifestDigest: (await world.vault.find('atlas/v1'))?.manifestDigest,
      ...{ device: device.id, thumbprint: device.thumbprint, host: 'lab-7', environment: null },
    })
    world.vault.put('atlas/v1', [], { manifestDigest: 'f'.repeat(64) })
    expect(await world.staff.approve(asked.id, approver)).toMatchObject({
      state: 'failed',
      closedReason: expect.stringContaining('another digest'),
    })
  })

  it('asks who names a decoy like anybody else, and tells others', async () => {
    await world.access.canaries.plantFile({ version: 'atlas/v1', path: 'secret.bin', sizeBytes: 4_096 }, SYSTEM)
    const touches = () => world.staff.log.events.filter(({ kind }) => kind === 'weights.canary_touched')
    await expect(ask(engineer, { files: ['*', 's*'] })).rejects.toThrow('no file')
    await ask()
    expect(touches()).toEqual([])
    const asked = await ask(engineer, { files: ['secret.bin'] })
    expect(asked.state).toBe('pending')
    expect(touches()).toMatchObject([{ data: { via: 'request', person: engineer.id, drill: false } }])
    expect(JSON.stringify(world.staff.log.events)).not.toContain('secret.bin')
  })
})

const SYSTEM = { type: 'staff' as const, id: 'per_ciso' }
