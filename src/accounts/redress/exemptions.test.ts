import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RedressWorld } from '../../../test/support/redress-world.ts'
import type { Member } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { EXEMPT_ACTION } from './index.ts'

const DAY_MS = 86_400_000
const CYBER = { id: '2.1', labels: ['cyber_operations'] }

describe.each(storeKinds('exemptions'))('exemptions on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: RedressWorld
  let analyst: Member
  let rso: Member
  let ciso: Member

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await RedressWorld.open(handle)
    analyst = await world.people.member(['analyst'])
    rso = await world.people.member(['rso'])
    ciso = await world.people.member(['ciso'])
  })
  afterEach(() => world.close())

  const payload = (more: Record<string, unknown> = {}) => ({
    scope: { type: 'project', id: world.principal.projectId },
    clauses: ['2.1'],
    reason: 'A security firm tests its own systems.',
    riskNote: 'Answers could be passed on; contract forbids it.',
    days: 7,
    ...more,
  })
  const ask = (given: unknown, by = analyst) =>
    world.people.staff.approvals.request({
      action: EXEMPT_ACTION,
      payload: given,
      reason: 'see payload',
      requester: by.id,
    })
  const grant = async (given: unknown = payload()) => {
    world.clock.advance(1) // so that the newest is the last
    const { id } = await ask(given)
    const approval = await world.people.approve(id, ciso)
    expect(approval.state).toBe('executed')
    return (await world.redress.exemptions.list({ limit: 1 })).items[0]?.id ?? ''
  }
  const from = (redress = world.redress, principal = world.principal, endUser: string | null = null) =>
    redress.exemptionFrom(principal, endUser, CYBER, 'cyber_operations')

  it.each([
    ['longer than the installation allows', { days: 31 }, 'REQUEST_INVALID'],
    ['without end', { days: 0 }, 'REQUEST_INVALID'],
    ['for no clause', { clauses: [] }, 'REQUEST_INVALID'],
    ['for a clause that there isn’t', { clauses: ['99.9'] }, 'REQUEST_INVALID'],
    ['for the same clause twice', { clauses: ['2.1', '2.1'] }, 'REQUEST_INVALID'],
    ['without a reason', { reason: ' ' }, 'REQUEST_INVALID'],
    ['without a risk note', { riskNote: '' }, 'REQUEST_INVALID'],
    ['with control characters', { reason: 'a\u0000b' }, 'REQUEST_INVALID'],
    ['for a project that there isn’t', { scope: { type: 'project', id: 'prj_0' } }, 'NOT_FOUND'],
    ['for a key that there isn’t', { scope: { type: 'key', id: "'; drop table api_key; --" } }, 'NOT_FOUND'],
    [
      'for an end user without a project',
      { scope: { type: 'end_user', id: `eu_${'0'.repeat(32)}` } },
      'REQUEST_INVALID',
    ],
    ['with something unknown in it', { forever: true }, 'REQUEST_INVALID'],
  ])('refuses one %s before anybody is asked', async (_, more, code) => {
    await expect(ask(payload(more))).rejects.toMatchObject({ code })
    expect((await world.people.staff.approvals.list({ limit: 10 })).items).toEqual([])
  })

  it('never exempts from where children are harmed, nor from what the policy says is absolute', async () => {
    const view = world.policy
    const children = ['3.4', '3.3', '3.5', '4.1', '3.2']
      .map((id) => view.clause(id))
      .find((c) => c?.labels.includes('child_exploitation'))
    if (!children) throw new Error('the shipped policy has no clause on child exploitation where it was looked for')
    await expect(ask(payload({ clauses: [children.id] }))).rejects.toMatchObject({ code: 'FORBIDDEN' })
    world.policy = {
      ...view,
      clause: (id) => {
        const clause = view.clause(id)
        return clause === null ? null : { ...clause, exemptible: id !== '2.1' }
      },
    }
    await expect(ask(payload())).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('says what can be asked for: each clause, and which of them nobody is exempted from', () => {
    const { policyVersion, maxDays, clauses } = world.redress.exemptions.terms()
    expect([policyVersion, maxDays]).toEqual([world.policy.version, 30])
    expect(clauses.find(({ id }) => id === '2.1')).toMatchObject({ exemptible: true, severity: expect.any(String) })
    const closed = clauses.filter(({ labels }) => labels.includes('child_exploitation'))
    expect(closed.length).toBeGreaterThan(0)
    expect(closed.every(({ exemptible }) => !exemptible)).toBe(true)
    expect(new Set(clauses.map(({ id }) => id)).size).toBe(clauses.length)
  })

  it('takes two people, of the right roles, and who asked is not one who agrees', async () => {
    await expect(ask(payload(), ciso)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { id } = await ask(payload(), rso)
    await expect(world.people.approve(id, rso)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.people.approve(id, analyst)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(from()).toBeNull()
    await world.people.approve(id, ciso)
    expect(from()).toMatch(/^exm_/)
  })

  it('holds at once for its own traffic and clause, and for nothing else', async () => {
    const id = await grant()
    expect(from()).toBe(id)
    expect(from(world.redress, world.other)).toBeNull()
    expect(
      world.redress.exemptionFrom(world.principal, null, { id: '1.1', labels: ['chemical'] }, 'chemical'),
    ).toBeNull()
    // The clause's number has come to mean something else.
    expect(
      world.redress.exemptionFrom(world.principal, null, { id: '2.1', labels: ['chemical'] }, 'chemical'),
    ).toBeNull()
    expect(
      world.redress.exemptionFrom(world.principal, null, { ...CYBER, exemptible: false }, 'cyber_operations'),
    ).toBeNull()
    expect(world.log.events.findLast((e) => e.kind === 'redress.exemption_granted')).toMatchObject({
      subject: { type: 'exemption', id },
      data: { scope: 'project', clauses: ['2.1'], requestedBy: analyst.id, approvedBy: [ciso.id] },
    })
    expect(JSON.stringify(world.log.events)).not.toContain('security firm')
  })

  it('can be for one key or one end user only', async () => {
    const endUser = world.accounts.endUserId(world.principal, 'maria@example.com')
    const id = await grant(payload({ scope: { type: 'end_user', id: endUser, projectId: world.principal.projectId } }))
    expect(from()).toBeNull()
    expect(from(world.redress, world.principal, endUser)).toBe(id)
    expect(from(world.redress, { ...world.principal, projectId: 'prj_other' }, endUser)).toBeNull()
    expect(from(world.redress, { ...world.other }, endUser)).toBeNull()
    const key = await grant(payload({ scope: { type: 'key', id: world.principal.keyId } }))
    expect(from()).toBe(key)
    expect(from(world.redress, { ...world.principal, keyId: 'key_other' })).toBeNull()
  })

  it('is over at its very millisecond, and its end is recorded once', async () => {
    const id = await grant()
    world.clock.advance(7 * DAY_MS - 1)
    expect(from()).toBe(id)
    world.clock.advance(1)
    expect(from()).toBeNull()
    await world.redress.catchUp()
    await world.redress.catchUp()
    expect(world.log.kinds().filter((k) => k === 'redress.exemption_expired')).toHaveLength(1)
    expect(await world.redress.exemptions.get(id)).toMatchObject({ state: 'expired', endedBy: null })
    // A clock that goes back revives nothing.
    world.clock.jump(-DAY_MS)
    expect(from()).toBeNull()
    expect(from(await world.another())).toBeNull()
  })

  it('is ended by one person, at once here and at the next look elsewhere', async () => {
    const id = await grant()
    await using elsewhere = await world.another()
    expect(from(elsewhere)).toBe(id)
    const by = { type: 'staff', id: rso.id } as const
    await expect(world.redress.exemptions.end(id, by, '')).rejects.toThrow()
    await world.redress.exemptions.end(id, by, 'misused')
    expect(from()).toBeNull()
    await elsewhere.refresh()
    expect(from(elsewhere)).toBeNull()
    await expect(world.redress.exemptions.end(id, by, 'again')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(world.redress.exemptions.end('exm_0', by, 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is carried out once although the ledger failed on the way', async () => {
    const { id } = await ask(payload())
    const action = world.redress.exemptions.action()
    const approved = {
      id,
      requester: analyst.id,
      approvers: [ciso.id],
      approvedAt: new Date(world.clock.now()).toISOString(),
      effectiveUntil: null,
      digest: '0'.repeat(64),
    }
    world.log.failing = 'after'
    await expect(action.execute(action.schema.parse(payload()), approved)).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    })
    expect(from()).toBeNull()
    world.log.failing = null
    await action.execute(action.schema.parse(payload()), approved)
    await world.redress.catchUp()
    expect(from()).toMatch(/^exm_/)
    expect((await world.redress.exemptions.list({ limit: 10 })).items).toHaveLength(1)
    const granted = world.log.events.filter((e) => e.kind === 'redress.exemption_granted')
    expect(new Set(granted.map((e) => e.id)).size).toBe(1)
  })
})
