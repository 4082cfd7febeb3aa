import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Member } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { WeightsAccessWorld } from '../../../test/support/weights-access-world.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { UNLOCK_ACTION } from './index.ts'

const PROGRAMME: Actor = { type: 'system', id: 'insider' }

describe.each(storeKinds('person locks'))('a lock on one person on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: WeightsAccessWorld
  let engineer: Member
  let approver: Member

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await WeightsAccessWorld.open(handle)
    engineer = await world.member('security_engineer')
    approver = await world.member('weights_approver')
  })
  afterEach(() => world[Symbol.asyncDispose]())

  const lock = (id: string) => world.access.locks.lock({ person: { id, shown: 'P-7F3K-9QD2' } }, PROGRAMME, 'an alert')

  it('keeps them from weights and nobody else, and names them nowhere', async () => {
    const device = await world.device(engineer, approver)
    const grant = await world.grant(engineer, device, [approver])
    const other = await world.member('security_engineer')
    const theirs = await world.device(other, approver)
    const free = await world.grant(other, theirs, [approver])
    const made = await lock(engineer.id)
    expect((await lock(engineer.id)).id).toBe(made.id)
    const { grants, locks } = world.access
    await expect(grants.requireActive(grant.id, device.thumbprint)).rejects.toMatchObject({
      message: expect.stringContaining('you are kept from weights'),
    })
    expect(grants.faultNow(grant.id)).toContain('you are kept from weights')
    expect(await grants.requireActive(free.id, theirs.thumbprint)).toMatchObject({ id: free.id })
    await expect(world.access.requests.ask(world.asking(device), engineer.id)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(await locks.reason('atlas')).toBeNull()
    const told = JSON.stringify([
      await locks.list(),
      world.staff.log.events.filter(({ kind }) => kind === 'weights.locked'),
    ])
    expect(told).toContain('P-7F3K-9QD2')
    expect(told).not.toContain(engineer.id)
  })

  it('is lifted by two others: to whom it is on, the request is not there', async () => {
    const ciso = await world.member('ciso')
    const locked = await world.member('ciso', 'security_engineer')
    const { id } = await lock(locked.id)
    const payload = { lock: id, model: null, person: 'P-7F3K-9QD2' }
    const { approvals } = world.staff.staff
    const ask = (requester: Member, given: object = payload) =>
      approvals.request({ action: UNLOCK_ACTION, payload: given, reason: 'cleared', requester: requester.id })
    await expect(ask(locked)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(ask(engineer, { lock: id, model: null })).rejects.toMatchObject({ code: 'CONFLICT' })
    const asked = await ask(engineer)
    await expect(world.staff.approve(asked.id, locked)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await world.staff.approve(asked.id, ciso)).toMatchObject({ state: 'executed' })
    expect(await world.access.locks.reason('atlas', locked.id)).toBeNull()
  })

  it('ends what was granted to them, once', async () => {
    const device = await world.device(engineer, approver)
    const grant = await world.grant(engineer, device, [approver])
    expect(await world.access.grants.revokeOf(engineer.id, PROGRAMME, 'an alert')).toBe(1)
    expect(await world.access.grants.revokeOf(engineer.id, PROGRAMME, 'an alert')).toBe(0)
    expect(await world.access.grants.get(grant.id)).toMatchObject({ state: 'revoked', endedBy: 'weights' })
  })
})
