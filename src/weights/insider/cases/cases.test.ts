import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InsiderWorld } from '../../../../test/support/insider-world.ts'
import type { Member } from '../../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../../test/support/stores.ts'
import type { DbHandle } from '../../../db/index.ts'
import { newAssignment } from '../../../staff/assignments.ts'
import { ASSIGNMENT } from '../../../staff/records.ts'
import * as staffStore from '../../../staff/store.ts'
import { OPEN_ACTION, type Viewer } from '../index.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const PAGE = { limit: 50 }

describe.each(storeKinds('insider cases'))('cases about insiders on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: InsiderWorld
  let suspect: Member
  let engineer: Member
  let ciso: Member
  let rso: Member
  let seen: Viewer

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  const begin = async (config: Record<string, unknown> = {}) => {
    world = await InsiderWorld.open(handle, config)
    suspect = await world.member('security_engineer')
    engineer = await world.member('security_engineer')
    ciso = await world.member('ciso')
    rso = await world.member('rso')
    seen = await world.viewer(ciso)
  }
  beforeEach(() => begin())
  afterEach(() => world[Symbol.asyncDispose]())

  const look = async () => {
    await world.insider.look()
    await world.insider.catchUp()
  }
  const theirs = async () => {
    await world.touch(suspect.id)
    await look()
    const [one] = (await world.insider.cases.list(seen, PAGE)).items
    if (one === undefined) throw new Error('there is no case')
    return one
  }
  const ask = (id: string, by: Member) =>
    world.staff.staff.approvals.request({
      ...{ action: OPEN_ACTION, payload: { case: id }, reason: 'the canary', requester: by.id },
    })
  const open = async (id: string) => world.staff.approve((await ask(id, engineer)).id, ciso)

  it('contains at once whoever touches a canary, and names nobody', async () => {
    const one = await theirs()
    expect(one).toMatchObject({ state: 'waiting', level: 'certain', person: null, drill: false })
    expect(one.pseudonym).toMatch(/^P-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    const { done } = world.containment
    expect(done.toSorted()).toEqual(
      [`lock ${suspect.id} as ${one.pseudonym}`, `revoke_grants ${suspect.id}`, `step_up ${suspect.id}`].toSorted(),
    )
    expect(one.containment.map(({ state, by }) => [state, by])).toEqual(Array(3).fill(['done', 'policy']))
    const read = await world.insider.cases.read(one.id, seen)
    expect(world.events('contained')).toHaveLength(3)
    const told = JSON.stringify([world.events(), read, await world.insider.board(seen)])
    expect(told).not.toContain(suspect.id)
    expect(told).not.toContain('Person ')
    expect(world.events('case_read')).toMatchObject([{ actor: { type: 'staff', id: ciso.id } }])
  })

  it('says whom it is about, and where that stands, once two have opened it', async () => {
    const { id } = await theirs()
    const before = await world.insider.cases.read(id, seen)
    expect(before.timeline).toMatchObject([
      { kind: 'weights.canary_touched', position: null, activity: null, host: null, source: 'ledger' },
    ])
    expect(before.timeline[0]?.at).toMatch(/:00:00\.000Z$/)
    await expect(world.insider.cases.proof(id, 0, seen)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await open(id)).toMatchObject({ state: 'executed' })
    const after = await world.insider.cases.read(id, seen)
    expect(after.case).toMatchObject({ state: 'opened', person: suspect.id, openedBy: [engineer.id, ciso.id] })
    expect(after.timeline).toMatchObject([{ position: 0, at: new Date(world.staff.clock.now()).toISOString() }])
    await expect(world.insider.cases.proof(id, 1, seen)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(open(id)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('is not there for whom it is about, nor for who acts in their stead', async () => {
    const deputy = await world.member('ciso')
    const { db } = handle
    const deputising = newAssignment(world.staff.staff.context, {
      ...{ personId: deputy.id, role: 'security_engineer', source: 'approval', deputyFor: suspect.id },
    })
    await staffStore.keep(db, ASSIGNMENT, deputising)
    const { id } = await theirs()
    const { cases } = world.insider
    const asked = await ask(id, engineer)
    const { approvals } = world.staff.staff
    for (const who of [suspect, deputy]) {
      const viewer = await world.viewer(who)
      expect((await cases.list(viewer, PAGE)).items).toEqual([])
      expect((await world.insider.board(viewer)).items.filter(({ of }) => of === 'person')).toEqual([])
      for (const attempt of [
        () => cases.get(id, viewer),
        () => cases.read(id, viewer),
        () => cases.proof(id, 0, viewer),
        () => cases.assign(id, true, viewer),
        () => cases.close(id, 'benign', viewer),
        () => cases.contain(id, ['lock'], viewer),
        () => ask(id, who),
        () => approvals.get(asked.id, who.id),
        () => approvals.evidence(asked.id, who.id),
        () => approvals.options(asked.id, who.id),
        () => approvals.deny(asked.id, who.id, 'nothing to see'),
        () => world.staff.approve(asked.id, who),
      ])
        await expect(attempt()).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await approvals.inbox(who.id)).toEqual([])
      expect((await approvals.list({ limit: 50, viewer: who.id })).items).toEqual([])
    }
    expect((await approvals.list({ limit: 50, viewer: rso.id })).items).toHaveLength(1)
    expect(await world.staff.approve(asked.id, rso)).toMatchObject({ state: 'executed' })
    expect((await cases.list(await world.viewer(engineer), PAGE)).items).toHaveLength(1)
  })

  it('does again what failed, until it is done, once as far as anybody can see', async () => {
    world.containment.failing = true
    const one = await theirs()
    await world.insider.catchUp()
    const waiting = await world.insider.cases.get(one.id, seen)
    expect(waiting.containment).toMatchObject(
      Array(3).fill({ state: 'pending', problem: 'INTERNAL', attempts: expect.any(Number) }),
    )
    expect(world.events('containment_failed')).toHaveLength(3)
    world.containment.failing = false
    // Another process finds what this one left, whatever ended it between the alert and what follows.
    const other = await world.another()
    await Promise.all([other.catchUp(), world.insider.catchUp()])
    expect((await other.cases.get(one.id, seen)).containment.map(({ state }) => state)).toEqual(Array(3).fill('done'))
    expect(world.events('contained')).toHaveLength(3)
  })

  it('joins later alerts, and comes to the same by any number of replicas', async () => {
    const one = await theirs()
    const other = await world.another()
    await world.insider[Symbol.asyncDispose]()
    await other.rebuild()
    await other.look()
    await other.catchUp()
    expect(world.events('alert_raised')).toHaveLength(1)
    world.staff.clock.advance(20 * DAY_MS)
    await world.touch(suspect.id)
    await other.look()
    await other.catchUp()
    const { items } = await other.cases.list(seen, PAGE)
    expect(items).toMatchObject([{ id: one.id, alerts: 2 }])
    expect(world.containment.done).toHaveLength(3)
  })

  it('closes by one person, confirms only what two have opened, and is lifted from the person by others', async () => {
    const { id, pseudonym } = await theirs()
    const { cases } = world.insider
    await expect(cases.close(id, 'confirmed', seen)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await world.record('weights.lock_lifted', ciso.id, {}, { type: 'weights_lock', id: `lck_of_${pseudonym}` })
    await look()
    expect((await cases.get(id, seen)).containment).toMatchObject([{}, {}, { step: 'lock', state: 'released' }])
    await open(id)
    expect(await cases.close(id, 'confirmed', seen)).toMatchObject({ state: 'closed', outcome: 'confirmed' })
    await expect(cases.close(id, 'benign', seen)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(world.events('case_closed')).toMatchObject([{ data: { outcome: 'confirmed' } }])
  })

  it('keeps a flood from locking everybody out', async () => {
    await begin({ mostContained: 2 })
    const people = await Promise.all(Array.from({ length: 4 }, () => world.member('security_engineer')))
    for (const { id } of people) await world.touch(id)
    await look()
    expect(new Set(world.containment.done.map((what) => what.split(' ')[1])).size).toBe(2)
    expect(world.events('breaker_tripped')).toHaveLength(2)
    const held = (await world.insider.cases.list(seen, PAGE)).items.filter(({ containment }) =>
      containment.every(({ state }) => state === 'held'),
    )
    expect(held).toHaveLength(2)
    await world.insider.cases.contain(held[0]?.id ?? '', ['step_up'], seen)
    await world.insider.catchUp()
    expect(world.containment.done).toHaveLength(7)
  })

  it('forgets whom it was about when its time is over', async () => {
    const { id } = await theirs()
    await open(id)
    await world.insider.cases.close(id, 'benign', seen)
    world.staff.clock.advance(29 * DAY_MS)
    await world.insider.erase()
    expect(await world.insider.cases.get(id, seen)).toMatchObject({ person: suspect.id, erasedAt: null })
    world.staff.clock.advance(2 * DAY_MS)
    await world.insider.erase()
    await world.insider.erase()
    expect(await world.insider.cases.get(id, seen)).toMatchObject({ person: null, erasedAt: expect.any(String) })
    expect(await handle.db.selectFrom('insiderText').selectAll().execute()).toEqual([])
    expect((await world.insider.cases.read(id, seen)).timeline).toEqual([])
    expect(world.events('case_erased')).toHaveLength(1)
  })

  it('drills the whole way without touching anybody', async () => {
    const { id } = await world.insider.drills.start({ type: 'staff', id: ciso.id })
    world.staff.clock.advance(300)
    await look()
    expect(await world.insider.drills.list()).toMatchObject([{ id, synthetic: true, ok: true, alertMs: 300 }])
    expect((await world.insider.cases.list(seen, PAGE)).items).toMatchObject([
      { drill: true, state: 'closed', outcome: 'drill', containment: [] },
    ])
    expect(world.containment.done).toEqual([])
  })
})
