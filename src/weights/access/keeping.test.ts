import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Member } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { actorOf, WeightsAccessWorld } from '../../../test/support/weights-access-world.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Access, Device } from './index.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const OPERATOR: Actor = { type: 'operator', id: 'token' }

describe.each(storeKinds('weights keeping'))('what is owed for access to weights on $kind', ({ create }) => {
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

  it('lets an environment serve for as long as two people have attested it', async () => {
    const settings = { network_policy: 'deny-all', swap: false }
    const attest = () =>
      world.decided(
        'weights.environment',
        { name: 'cluster', kind: 'kubernetes', settings, boundary: 'GPU memory is in the clear', evidence: 'audit 7' },
        engineer,
        ciso,
      )
    await attest()
    const node = await world.device(engineer, approver, 'cluster')
    const grant = await world.grant(engineer, node, [approver], { use: 'serve', windowMinutes: 90 * 1_440 })
    expect(grant).toMatchObject({ kind: 'standing', environment: 'cluster' })
    const check = () => access.grants.requireActive(grant.id, node.thumbprint)
    await check()
    // Whoever answers for it leaves: it goes on for a week.
    await world.end(engineer, rso)
    await check()
    await access.catchUp()
    await access.catchUp()
    expect(world.events('grant_orphaned')).toHaveLength(1)
    expect(Date.parse((await access.grants.get(grant.id)).expiresAt)).toBe(world.clock.now() + 7 * DAY_MS)
    await access.environments.revoke('cluster', OPERATOR, 'breached')
    await expect(check()).rejects.toThrow('its environment is revoked')
  })

  it('registers the copy that an export makes, and tells once when it should be gone', async () => {
    const grant = await give({ use: 'export', copy: { place: 'shelf 3', days: 10 } })
    const copy = await access.copies.get(grant.copy ?? '')
    expect(copy).toMatchObject({
      version: 'atlas/v1',
      place: 'shelf 3',
      owner: engineer.id,
      grant: grant.id,
      state: 'stands',
    })
    world.clock.advance(10 * DAY_MS)
    await access.catchUp()
    await (await world.another()).catchUp()
    expect(world.events('copy_overdue')).toMatchObject([{ subject: { id: copy.id } }])
    expect(await access.copies.overdue('atlas')).toHaveLength(1)
    const extension = { copy: copy.id, place: 'shelf 3', owner: engineer.id, days: 5 }
    await expect(world.decided('weights.extend_copy', { ...extension, owner: approver.id }, engineer)).rejects.toThrow(
      'not as it stands',
    )
    // Whoever owns it does not agree, whatever role they hold besides.
    const theirs = await access.copies.register(
      { version: 'atlas/v1', place: 'lab', owner: ciso.id, days: 90 },
      actorOf(ciso),
    )
    const own = { copy: theirs.id, place: 'lab', owner: ciso.id, days: 5 }
    await expect(world.decided('weights.extend_copy', own, engineer, ciso)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await world.decided('weights.extend_copy', extension, engineer, approver)
    expect(await access.copies.overdue()).toEqual([])
    world.clock.advance(5 * DAY_MS)
    await access.catchUp()
    expect(world.events('copy_overdue')).toHaveLength(2)
    await access.copies.destroyed(copy.id, 'shredded', actorOf(ciso))
    expect(await access.copies.overdue()).toEqual([])
    await expect(access.copies.destroyed(copy.id, 'again', actorOf(ciso))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(JSON.stringify(world.staff.log.events)).not.toContain('shelf')
  })

  describe('recertification', () => {
    it('revokes once what nobody confirmed, whoever runs it', async () => {
      const other = await world.another()
      const mine = await world.device(engineer, approver)
      const copy = await access.copies.register(
        { version: 'atlas/v1', place: 'lab', owner: engineer.id, days: 60 },
        actorOf(ciso),
      )
      const campaign = await access.campaigns.start(actorOf(ciso))
      expect(campaign.items.map(({ type }) => type)).toEqual(['device', 'device', 'copy'])
      await expect(access.campaigns.start(actorOf(ciso))).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(
        access.campaigns.confirm(campaign.id, { type: 'device', id: device.id }, engineer.id),
      ).rejects.toThrow('somebody else')
      await access.campaigns.confirm(campaign.id, { type: 'device', id: device.id }, approver.id)
      await access.catchUp()
      expect((await access.campaigns.get(campaign.id)).state).toBe('open')
      world.clock.advance(14 * DAY_MS)
      await Promise.all([access.catchUp(), other.catchUp()])
      await access.catchUp()
      expect(await access.devices.get(device.id)).toMatchObject({ state: 'approved' })
      expect(await access.devices.get(mine.id)).toMatchObject({ state: 'revoked' })
      expect(await access.copies.get(copy.id)).toMatchObject({ recalledAt: expect.any(String) })
      expect(await access.copies.overdue('atlas')).toHaveLength(1)
      expect(world.events('campaign_closed')).toMatchObject([{ data: { items: 3, revoked: 2 } }])
      expect([
        world.events('device_ended').length,
        world.events('copy_recalled').length,
        world.events('copy_overdue').length,
      ]).toEqual([1, 1, 1])
      await expect(access.campaigns.confirm(campaign.id, { type: 'device', id: mine.id }, approver.id)).rejects.toThrow(
        'ended at',
      )
    })

    it('begins by itself, once, and again after its time', async () => {
      const other = await world.another()
      await access.catchUp()
      expect(await access.campaigns.list()).toEqual([])
      world.clock.advance(90 * DAY_MS)
      await Promise.all([access.catchUp(), other.catchUp()])
      expect(await access.campaigns.list()).toMatchObject([{ startedBy: 'weights', items: [{ id: device.id }] }])
      // A clock that jumps far ahead closes it and begins none with nothing in it.
      world.clock.jump(400 * DAY_MS)
      await access.catchUp()
      expect(await access.campaigns.list()).toMatchObject([{ state: 'closed' }])
      world.clock.jump(-400 * DAY_MS)
      await access.catchUp()
      expect(await access.devices.get(device.id)).toMatchObject({ state: expect.stringMatching(/expired|revoked/) })
    })
  })

  describe('breaking the glass', () => {
    const setUp = async (threshold = 2, shares = 3) => {
      const { id } = await world.decided('weights.glass', { threshold, shares }, ciso, rso)
      const glass = (await access.glass.list()).find(({ approval }) => approval === id)
      return { glass: glass?.id ?? '', shares: (await access.glass.deal(glass?.id ?? '', ciso.id)).shares }
    }
    const breaking = (shares: string[], more = {}) => ({
      ...{ shares, device: device.id, version: 'atlas/v1', files: ['*'], use: 'program' as const },
      ...{ budgetBytes: 1_000, minutes: 30, reason: 'nobody answers', ...more },
    })

    it('takes k shares, is loud and short, and owes a review by somebody else before it can happen again', async () => {
      const { glass, shares } = await setUp()
      const [first = '', second = ''] = shares
      await expect(access.glass.deal(glass, ciso.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect(access.glass.break(breaking([first]), engineer.id)).rejects.toThrow('2 different shares are needed')
      await expect(access.glass.break(breaking([first, first]), engineer.id)).rejects.toThrow('given already')
      await expect(access.glass.break(breaking(shares), approver.id)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(access.glass.break(breaking(shares, { minutes: 61 }), engineer.id)).rejects.toThrow('at most 60')
      expect(world.events('glass_refused')).toHaveLength(2)
      const grant = await access.glass.break(breaking([second, first]), engineer.id)
      expect(grant).toMatchObject({ kind: 'break_glass', approval: null, approvers: [], state: 'active' })
      expect(Date.parse(grant.expiresAt) - world.clock.now()).toBe(30 * 60_000)
      await opens(grant.id)
      expect(world.events('glass_broken')).toMatchObject([{ data: { person: engineer.id, grant: grant.id } }])
      await expect(access.glass.break(breaking(shares), engineer.id)).rejects.toThrow('not reviewed yet')
      await expect(setUp()).rejects.toThrow('review that first')
      world.clock.advance(72 * HOUR_MS)
      await access.catchUp()
      await access.catchUp()
      expect(world.events('glass_review_overdue')).toHaveLength(1)
      await expect(access.glass.review(glass, 'fine', engineer.id)).rejects.toThrow('who broke it')
      await access.glass.review(glass, 'It was right', rso.id)
      await expect(access.glass.break(breaking(shares), engineer.id)).rejects.toThrow('no shares are out')
      const anew = await setUp()
      await expect(access.glass.break(breaking(shares), engineer.id)).rejects.toThrow('none of the set')
      expect((await access.glass.break(breaking(anew.shares), engineer.id)).kind).toBe('break_glass')
      const told = JSON.stringify(world.staff.log.events)
      for (const secret of [...shares, 'nobody answers', 'It was right']) expect(told).not.toContain(secret)
      expect(JSON.stringify(await access.glass.list())).not.toContain('Hash')
    })

    it('happens once, of two who try at the same time', async () => {
      const { shares } = await setUp()
      const other = await world.another()
      const tries = await Promise.allSettled([
        access.glass.break(breaking(shares), engineer.id),
        other.glass.break(breaking(shares), engineer.id),
      ])
      expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect(world.events('glass_broken')).toHaveLength(1)
      await access.refresh()
      expect(access.grants.active()).toHaveLength(1)
    })

    it('opens no lock, and shares of before are worth nothing', async () => {
      const before = await setUp()
      const { shares } = await setUp()
      await expect(access.glass.break(breaking(before.shares), engineer.id)).rejects.toThrow('none of the set')
      await access.locks.lock('all', actorOf(ciso), 'alarm')
      await expect(access.glass.break(breaking(shares), engineer.id)).rejects.toThrow('opens no lock')
    })

    it('lapses when nobody deals the shares in a day', async () => {
      await world.decided('weights.glass', { threshold: 2, shares: 2 }, ciso, rso)
      world.clock.advance(DAY_MS)
      await access.catchUp()
      expect(await access.glass.list()).toMatchObject([{ state: 'lapsed' }])
      await expect(world.decided('weights.glass', { threshold: 3, shares: 2 }, ciso)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      })
    })
  })

  it('gives what too few agreed to a day, once the stretch of ASL-3 is switched on', async () => {
    await world.decided(
      'weights.environment',
      { name: 'cluster', kind: 'slurm', settings: {}, boundary: 'none', evidence: 'audit 7' },
      engineer,
      ciso,
    )
    const node = await world.device(engineer, approver, 'cluster')
    const serving = { use: 'serve' as const, windowMinutes: 10 * 1_440 }
    const one = await world.grant(engineer, node, [approver], serving)
    await world.decided('weights.overlay', { on: true }, ciso, rso)
    expect(await access.overlay.get()).toMatchObject({ on: true, switchedBy: [ciso.id, rso.id] })
    await expect(world.decided('weights.overlay', { on: true }, ciso)).rejects.toThrow('already')
    const two = await world.grant(engineer, node, [approver, rso], serving)
    expect(two.approvers).toHaveLength(2)
    await world.decided('weights.overlay', { on: false }, rso, ciso)
    const leftMs = async ({ id }: { id: string }) =>
      Date.parse((await access.grants.get(id)).expiresAt) - world.clock.now()
    expect([await leftMs(one), await leftMs(two)]).toEqual([DAY_MS, 10 * DAY_MS])
    expect((await give()).approvers).toHaveLength(1)
    expect(world.events('overlay_switched').map(({ data }) => [data.on, data.shortened])).toEqual([
      [true, 1],
      [false, 0],
    ])
  })

  it('drills its canaries', async () => {
    const planted = await access.canaries.plantModel(
      { model: 'atlas-next', version: 'v1', sizeBytes: 4_096 },
      actorOf(ciso),
    )
    await access.canaries.plantFile({ version: 'atlas/v1', path: 'optimizer.bin', sizeBytes: 4_096 }, actorOf(engineer))
    await expect(
      access.canaries.plantFile({ version: 'atlas/v1', path: 'a*', sizeBytes: 4_096 }, actorOf(ciso)),
    ).rejects.toThrow()
    await expect(
      access.canaries.plantModel({ model: 'atlas', version: 'v1', sizeBytes: 4_096 }, actorOf(ciso)),
    ).rejects.toThrow('of this name')
    // One that could not be sealed is none.
    const seal = world.vault.plantFile.bind(world.vault)
    world.vault.plantFile = () => Promise.reject(new Error('disk full'))
    const failed = access.canaries.plantFile({ version: 'atlas/v1', path: 'b.bin', sizeBytes: 4_096 }, actorOf(ciso))
    await expect(failed).rejects.toThrow('disk full')
    world.vault.plantFile = seal
    expect([await access.canaries.list(), access.canaries.isCanary('atlas/v1', 'b.bin')]).toMatchObject([
      { length: 2 },
      false,
    ])
    const other = await world.another()
    expect((await other.canaries.drill(actorOf(ciso))).items.map(({ ok }) => ok)).toEqual([true, true])
    expect(world.events('canary_touched').map(({ data }) => data.drill)).toEqual([true, true])
    const touch = { version: 'atlas-next/v1', paths: ['model.safetensors'], personId: engineer.id, device: device.id }
    expect(await other.canaries.touched({ ...touch, via: 'read', grant: 'grt_1' }, actorOf(engineer))).toBe(1)
    expect(await access.canaries.get(planted.id)).toMatchObject({ touches: 1 })
    world.vault.put('atlas-next/v1', [], { state: 'erased' })
    const { items } = await access.canaries.drill(actorOf(ciso))
    expect(items.filter(({ ok }) => !ok)).toMatchObject([
      { canary: planted.id, says: expect.stringContaining('no longer') },
    ])
    const told = JSON.stringify(world.staff.log.events)
    for (const name of ['atlas-next', 'optimizer.bin']) expect(told).not.toContain(name)
  })

  it('says for the gate of deployments whether weights are contained', async () => {
    const digest = (await world.vault.find('atlas/v1'))?.manifestDigest ?? ''
    const finding = (more = {}) =>
      access.finding({ model: 'atlas', checkpoint: 'atlas/v1', weightsDigest: digest, ...more })
    expect(await finding()).toMatchObject({ met: true, says: expect.stringContaining('sealed in the vault') })
    expect(await finding({ checkpoint: 'atlas/v9' })).toMatchObject({
      met: false,
      says: expect.stringContaining('not in the vault'),
    })
    expect(await finding({ weightsDigest: null })).toMatchObject({
      met: false,
      says: expect.stringContaining('no digest'),
    })
    expect(await finding({ weightsDigest: 'a'.repeat(64) })).toMatchObject({
      met: false,
      says: expect.stringContaining('another digest'),
    })
    world.vault.checks.set('atlas/v1', { at: '2026-01-01T00:00:00.000Z', ok: false })
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('damaged') })
    world.vault.checks.clear()
    world.lockedModels.add('atlas')
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('threshold') })
    world.lockedModels.clear()
    await access.copies.register({ version: 'atlas/v1', place: 'lab', owner: engineer.id, days: 1 }, actorOf(ciso))
    await access.custodies.state({ model: 'zephyr', place: 'a partner', statement: 'sealed there' }, actorOf(ciso))
    expect(await finding({ model: 'zephyr', checkpoint: 'zephyr/v1' })).toMatchObject({
      met: true,
      says: expect.stringContaining('CISO'),
    })
    world.clock.advance(90 * DAY_MS)
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('1 copy should be gone') })
    expect(await finding({ model: 'zephyr', checkpoint: 'zephyr/v1' })).toMatchObject({ met: false })
    await access.custodies.state(
      { model: 'zephyr', place: 'a partner', statement: 'sealed there', days: 5 },
      actorOf(ciso),
    )
    await access.custodies.end('zephyr', actorOf(ciso))
    expect(await finding({ model: 'zephyr', checkpoint: 'zephyr/v1' })).toMatchObject({ met: false })
  })
})
