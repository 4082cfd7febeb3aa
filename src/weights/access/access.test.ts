import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Member } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { actorOf, newPublicJwk, WeightsAccessWorld } from '../../../test/support/weights-access-world.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Access, Device, NewRequest } from './index.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const OPERATOR: Actor = { type: 'operator', id: 'token' }

describe.each(storeKinds('weights access'))('access to weights on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: WeightsAccessWorld
  let access: Access
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
    ;({ world, access, engineer, approver, ciso, rso, device } = await WeightsAccessWorld.withCast(handle))
  })

  const give = (more = {}, approvers = [approver]) => world.grant(engineer, device, approvers, more)
  const opens = (id: string, on: Access = access) => on.grants.requireActive(id, device.thumbprint)

  it('revokes by one person, at once, on every replica, for good', async () => {
    const other = await world.another()
    const { id } = await give()
    await opens(id, other)
    for (const who of [actorOf(approver), OPERATOR]) {
      const grant = who === OPERATOR ? await give() : { id }
      await access.grants.revoke(grant.id, who, 'left his desk')
      for (const replica of [access, other])
        await expect(opens(grant.id, replica)).rejects.toMatchObject({
          code: 'FORBIDDEN',
          message: expect.stringContaining('left his desk'),
        })
      await expect(access.grants.revoke(grant.id, who, 'again')).rejects.toMatchObject({ code: 'CONFLICT' })
    }
    expect(world.events('grant_ended')).toHaveLength(2)
    await access.grants.spent(id)
    expect(await access.grants.get(id)).toMatchObject({ state: 'revoked' })
  })

  it('ends what runs under a grant that is spent', async () => {
    const { id } = await give()
    await access.grants.spent(id)
    await access.grants.spent(id)
    expect(await access.grants.get(id)).toMatchObject({ state: 'spent' })
    await access.grants.revoke(id, actorOf(approver), 'left his desk')
    expect(await access.grants.get(id)).toMatchObject({ state: 'revoked', endedReason: 'left his desk' })
    await expect(access.grants.revoke(id, actorOf(approver), 'again')).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('is seen elsewhere from memory once it was read anew', async () => {
    const other = await world.another()
    const grant = await give()
    await other.refresh()
    expect(other.grants.faultNow(grant.id)).toBeNull()
    await access.locks.lock({ model: 'atlas' }, actorOf(ciso), 'suspicion')
    expect(other.grants.faultNow(grant.id)).toBeNull()
    await other.refresh()
    expect(other.grants.faultNow(grant.id)).toContain('locked since')
  })

  it('is seen within a second by a replica that follows and that nobody asks', async () => {
    const other = await world.another()
    other.start()
    const grant = await give()
    await other.refresh()
    const [told, within] = [(id: string) => () => other.grants.faultNow(id) ?? '', { interval: 10, timeout: 1_000 }]
    const second = await give()
    await other.refresh()
    await access.grants.revoke(grant.id, OPERATOR, 'left his desk')
    await expect.poll(told(grant.id), within).toContain('ended')
    expect(told(second.id)()).toBe('')
    await access.locks.lock('all', OPERATOR, 'alarm')
    await expect.poll(told(second.id), within).toContain('all weights are locked')
  })

  it('opens for its own key alone', async () => {
    const { id } = await give()
    const theirs = await world.device(await world.member('security_engineer'), approver)
    await expect(access.grants.requireActive(id, theirs.thumbprint)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(access.grants.requireActive('grt_none', device.thumbprint)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('locks by one person and lifts by two, each lock by itself', async () => {
    const { id } = await give()
    const first = await access.locks.lock({ model: 'atlas' }, OPERATOR, 'alarm')
    const second = await access.locks.lock('all', actorOf(engineer), 'me too')
    expect((await access.locks.lock('all', actorOf(engineer), 'again')).id).toBe(second.id)
    const third = await access.locks.lock('all', OPERATOR, 'and me')
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
    await expect(opens(id)).rejects.toThrow('locked since')
    await expect(world.access.requests.ask(world.asking(device), engineer.id)).rejects.toThrow('locked since')
    const unlock = (lock: { id: string; model: string | null }, who: Member, ...agreeing: Member[]) =>
      world.decided('weights.unlock', { lock: lock.id, model: lock.model }, who, ...agreeing)
    await expect(unlock(first, approver)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(unlock(first, ciso, ciso)).rejects.toThrow('nobody approves their own')
    await expect(unlock({ id: first.id, model: null }, ciso)).rejects.toThrow('something else')
    expect((await unlock(first, ciso, rso)).state).toBe('executed')
    await expect(opens(id)).rejects.toThrow('all weights are locked')
    expect((await unlock(second, engineer, ciso)).state).toBe('executed')
    await expect(opens(id)).rejects.toThrow(third.id)
    expect((await unlock(third, engineer, rso)).state).toBe('executed')
    expect((await opens(id)).id).toBe(id)
    await expect(unlock(second, engineer)).rejects.toThrow('was lifted')
    expect([world.events('locked').length, world.events('lock_lifted').length]).toEqual([3, 3])
    expect(JSON.stringify(world.staff.log.events)).not.toContain('alarm')
  })

  it('obeys the lock of a response, which nobody lifts here', async () => {
    const { id } = await give()
    world.lockedModels.add('atlas')
    await expect(opens(id)).rejects.toThrow('response to a threshold')
    world.lockedModels.clear()
    await opens(id)
  })

  it('ends with the job, at once for a person', async () => {
    const { id } = await give()
    await world.end(engineer, rso)
    await expect(opens(id)).rejects.toThrow('holds none of the roles')
    await access.catchUp()
    expect(await access.grants.get(id)).toMatchObject({ state: 'revoked', endedBy: 'weights' })
    await access.catchUp()
    expect(world.events('grant_ended')).toHaveLength(1)
  })

  describe('devices', () => {
    const request = ({ id, thumbprint, name, host, personId, environment }: Device) => ({
      ...{ device: id, thumbprint, name, host, personId, environment },
    })

    it('are let in by somebody else, and known by their key alone', async () => {
      const jwk = newPublicJwk()
      const input = { name: 'lab-8', kind: 'person' as const, publicJwk: jwk }
      await expect(access.devices.register(input, ciso.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      const pending = await access.devices.register(input, engineer.id)
      await expect(access.devices.register(input, engineer.id)).rejects.toThrow('registered before')
      await expect(access.devices.require(pending.thumbprint)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await expect(access.requests.ask(world.asking(pending), engineer.id)).rejects.toThrow('not let in')
      const colleague = await world.member('security_engineer')
      // Asked for by a colleague, its owner still does not agree to it.
      const chief = await world.member('security_engineer', 'ciso')
      const own = await access.devices.register({ ...input, publicJwk: newPublicJwk() }, chief.id)
      await expect(world.decided('weights.device', request(own), colleague, chief)).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
      await expect(world.decided('weights.device', { ...request(pending), host: 'other' }, engineer)).rejects.toThrow(
        'not as it stands',
      )
      expect((await world.decided('weights.device', request(pending), engineer, ciso)).state).toBe('executed')
      expect((await access.devices.require(pending.thumbprint)).id).toBe(pending.id)
      await expect(world.decided('weights.device', request(pending), engineer)).rejects.toThrow('only one that waits')
    })

    it('take their grants with them, and never come back', async () => {
      const { id } = await give()
      await access.devices.revoke(device.id, OPERATOR, 'stolen')
      await expect(opens(id)).rejects.toThrow('its device is revoked')
      expect(await access.grants.get(id)).toMatchObject({ state: 'revoked' })
      await expect(
        access.devices.register({ name: 'x', kind: 'person', publicJwk: device.publicJwk }, engineer.id),
      ).rejects.toThrow('makes a new one')
      await expect(access.devices.revoke(device.id, OPERATOR, 'x')).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    it('expire, and nobody needs to look for that', async () => {
      await give()
      world.clock.advance(180 * DAY_MS)
      await expect(access.devices.require(device.thumbprint)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await access.catchUp()
      expect(await access.devices.get(device.id)).toMatchObject({ state: 'expired' })
    })
  })

  describe('requests', () => {
    it('of a device wait for its person, and become what others sign', async () => {
      const { device: _, ...draft } = world.asking(device)
      await expect(access.requests.draft(draft, 'A'.repeat(43))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      const made = await access.requests.draft(draft, device.thumbprint)
      await expect(access.requests.confirm(made.id, approver.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(await access.requests.progress(made.id, device.thumbprint)).toMatchObject({ approval: null, grant: null })
      const asked = await access.requests.confirm(made.id, engineer.id)
      expect((await access.requests.confirm(made.id, engineer.id)).id).toBe(asked.id)
      await world.staff.approve(asked.id, approver)
      expect(await access.requests.progress(made.id, device.thumbprint)).toMatchObject({
        ...{
          draft: { state: 'sent' },
          approval: { state: 'executed' },
          grant: { state: 'active', purpose: 'Look at layer 7' },
        },
      })
      await expect(access.requests.withdraw(made.id, engineer.id)).rejects.toThrow('was sent')
      world.lockedModels.add('atlas')
      await expect(access.requests.draft(draft, device.thumbprint)).rejects.toThrow('response to a threshold')
      world.lockedModels.clear()
      const old = await access.requests.draft(draft, device.thumbprint)
      world.clock.advance(DAY_MS)
      await expect(access.requests.confirm(old.id, engineer.id)).rejects.toThrow('more than a day old')
      await access.catchUp()
      expect(await access.requests.get(old.id)).toMatchObject({ state: 'expired' })
    })

    it('for what can’t be given are refused, saying why', async () => {
      const cases: [Partial<NewRequest>, string][] = [
        [{ version: 'atlas/v2' }, 'NOT_FOUND'],
        [{ version: '../etc' }, 'REQUEST_INVALID'],
        [{ files: [] }, 'REQUEST_INVALID'],
        [{ files: ['nothing.bin'] }, 'no file'],
        [{ files: ['*', '*'] }, 'twice'],
        [{ purpose: ' ' }, 'REQUEST_INVALID'],
        [{ budgetBytes: 0 }, 'REQUEST_INVALID'],
        [{ budgetBytes: 1.5 }, 'REQUEST_INVALID'],
        [{ windowMinutes: 721 }, 'at most 720'],
        [{ destination: { host: 'hub.example', port: 443 } }, 'only what runs in the sandbox'],
        [{ use: 'run', destination: { host: 'a b', port: 443 } }, 'REQUEST_INVALID'],
        [{ use: 'export' }, 'an export says where'],
        [{ copy: { place: 'lab', days: 1 } }, 'an export says where'],
        [{ use: 'export', copy: { place: 'lab', days: 91 } }, 'at most 90'],
        [{ use: 'serve' }, 'only a registered environment'],
        [{ device: 'dev_none' }, 'NOT_FOUND'],
      ]
      for (const [more, why] of cases) {
        const asked = access.requests.ask(world.asking(device, more), engineer.id)
        if (/^[A-Z_]+$/.test(why)) await expect(asked, why).rejects.toMatchObject({ code: why })
        else await expect(asked, why).rejects.toThrow(why)
      }
      expect(world.staff.log.events.filter(({ kind }) => kind === 'approvals.requested')).toHaveLength(1)
    })
  })

  it('gives nothing that can’t be recorded', async () => {
    const asked = await access.requests.ask(world.asking(device), engineer.id)
    const { log } = world.staff
    const append = log.append.bind(log)
    log.append = (event) =>
      event.kind === 'weights.grant_given' ? Promise.reject(new Error('disk gone')) : append(event)
    await world.staff.approve(asked.id, approver)
    expect(await access.grants.byApproval(asked.id)).toBeNull()
    log.append = append
    world.clock.advance(2 * HOUR_MS)
    await world.staff.staff.approvals.catchUp()
    const grant = await access.grants.byApproval(asked.id)
    // Carried out late, it counts from when it was agreed to: its window is over.
    expect(Date.parse(grant?.expiresAt ?? '')).toBeLessThan(world.clock.now())
    await expect(opens(grant?.id ?? '')).rejects.toThrow('its window ended')
    expect(world.events('grant_given')).toHaveLength(1)
  })
})
