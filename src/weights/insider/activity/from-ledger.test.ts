import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../../../test/support/stores.ts'
import { WeightsAccessWorld } from '../../../../test/support/weights-access-world.ts'
import type { DbHandle } from '../../../db/index.ts'
import type { LedgerEvent } from '../../../ledger/index.ts'
import { type Activity, Fault, fromLedger, readActivityLine, writeActivityLine } from './index.ts'

const STAFF = { type: 'staff', id: 'per_1' } as const
const SYSTEM = { type: 'system', id: 'weights' } as const

const event = (kind: string, more: Partial<LedgerEvent> = {}): LedgerEvent => ({
  ...{ id: 'evt_1', time: '2026-06-01T08:00:00.000Z', kind, actor: STAFF, subject: { type: 'thing', id: 'one' } },
  ...{ digests: {}, data: {}, ...more },
})
const activity = (one: LedgerEvent): Activity | null => fromLedger({ event: one })
const grant = { type: 'weights_grant', id: 'wgr_1' }

describe('a ledger event as an activity', () => {
  it.each<[string, LedgerEvent, Partial<Activity>]>([
    [
      'a read',
      event('weights.read', {
        subject: grant,
        data: {
          grant: 'wgr_1',
          device: 'dev_1',
          host: 'lab',
          version: 'atlas/v1',
          file: 2,
          start: 10,
          length: 20,
          segments: [0, 1],
        },
      }),
      { person: 'per_1', host: 'dev_1', grant: 'wgr_1', version: 'atlas/v1', file: 2, start: 10, bytes: 20 },
    ],
    [
      'a session',
      event('weights.session_started', {
        subject: grant,
        data: { session: 's', device: null, host: 'trainer-7', version: 'atlas/v1' },
      }),
      { person: 'per_1', host: 'trainer-7', grant: 'wgr_1', version: 'atlas/v1', bytes: 0 },
    ],
    [
      'a grant that Safelevel gives: to whom it is given',
      event('weights.grant_given', {
        actor: SYSTEM,
        subject: grant,
        data: { person: 'per_2', approvers: ['per_3', 'per_4'], budgetBytes: 9, use: 'run' },
      }),
      {
        person: 'per_2',
        grant: 'wgr_1',
        data: { actor: 'system', person: 'per_2', approvers: 'per_3,per_4', budgetBytes: 9, use: 'run' },
      },
    ],
    [
      'a lock that two people had lifted: who asked',
      event('weights.lock_lifted', { actor: SYSTEM, data: { model: 'atlas', people: ['per_5', 'per_6'] } }),
      { person: 'per_5' },
    ],
    [
      'an exemption: who asked',
      event('redress.exemption_granted', { actor: SYSTEM, data: { requestedBy: 'per_7' } }),
      { person: 'per_7' },
    ],
    [
      'a sign-in that failed: whose key it was',
      event('staff.sign_in_failed', { actor: SYSTEM, subject: { type: 'person', id: 'per_8' } }),
      { person: 'per_8', outcome: 'failure' },
    ],
    [
      'what is done to a version tells its size, and nothing left',
      event('weights.sealed', { subject: { type: 'vault_version', id: 'atlas/v1' }, data: { bytes: 7, files: 1 } }),
      { version: 'atlas/v1', bytes: 0, data: { bytes: 7, files: 1 } },
    ],
    [
      'a role by the directory: nobody’s doing',
      event('staff.role_granted', { actor: SYSTEM, data: { person: 'per_1', role: 'ciso' } }),
      { person: null },
    ],
    [
      'the operator',
      event('staff.recovery_started', { actor: { type: 'operator', id: 'token' }, data: { grant: null } }),
      { person: null, data: { actor: 'operator' } },
    ],
    [
      'a policy’s version is no version of weights',
      event('policy.published', { data: { version: '3' } }),
      { version: null, data: { version: '3' } },
    ],
    [
      'a touched decoy',
      event('weights.canary_touched', {
        data: { via: 'read', person: 'per_1', device: 'dev_1', grant: 'wgr_1', drill: false },
      }),
      { host: 'dev_1', grant: 'wgr_1' },
    ],
    ['a glass that did not break', event('weights.glass_refused', { data: { given: 2 } }), { outcome: 'failure' }],
    [
      'nested data',
      event('system.started', {
        actor: SYSTEM,
        data: { streaming: { mode: 'hold', size: 3 }, models: [{ name: 'x' }], enforced: false },
      }),
      {
        data: { actor: 'system', 'streaming.mode': 'hold', 'streaming.size': 3, 'models.0.name': 'x', enforced: false },
      },
    ],
  ])('%s', (_, given, expected) => {
    expect(activity(given)).toMatchObject({
      id: 'evt_1',
      timeMs: Date.UTC(2026, 5, 1, 8),
      source: 'ledger',
      ...expected,
    })
  })

  it('is none for what customers do, and for what was erased', () => {
    expect(activity(event('gateway.decision', { actor: { type: 'key', id: 'k' } }))).toBeNull()
    expect(fromLedger({ event: null })).toBeNull()
  })

  it('can always be kept', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any')),
        fc.dictionary(fc.string(), tie('any')),
      ),
    })).any
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.string({ unit: 'binary' }), (data, id) => {
        const made = activity(event('weights.read', { data: data as LedgerEvent['data'], subject: { type: 'x', id } }))
        const read = made === null ? null : readActivityLine(writeActivityLine(made))
        expect(read instanceof Fault ? read.says : '').toBe('')
      }),
      { numRuns: 40 },
    )
  })
})

describe.each(storeKinds('from the ledger').slice(0, 1))('events as the rooms make them, on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  it('tell who it was, on what, and under which grant', async () => {
    await using world = await WeightsAccessWorld.open(handle)
    const [engineer, approver, officer] = [
      await world.member('security_engineer'),
      await world.member('weights_approver'),
      await world.member('ciso'),
    ]
    await world.staff.signIn(engineer)
    const device = await world.device(engineer, approver)
    const given = await world.grant(engineer, device, [approver])
    await world.access.grants.revoke(given.id, { type: 'staff', id: officer.id }, 'enough')
    const found = world.staff.log.events.map((one) => activity(one)).filter((one) => one !== null)
    const of = (kind: string) => found.find((one) => one.kind === kind)
    expect(of('staff.signed_in')).toMatchObject({ person: engineer.id, outcome: 'success' })
    expect(of('weights.device_registered')).toMatchObject({ person: engineer.id, host: device.id })
    expect(of('weights.device_approved')).toMatchObject({ person: engineer.id, host: device.id })
    expect(of('approvals.given')).toMatchObject({ person: approver.id, data: { action: 'weights.device' } })
    expect(of('approvals.approved')).toMatchObject({ person: approver.id, data: { requester: engineer.id } })
    expect(of('weights.grant_given')).toMatchObject({
      ...{ person: engineer.id, grant: given.id, host: device.id, version: 'atlas/v1' },
      data: { approvers: approver.id, use: 'program', budgetBytes: 1_000_000 },
    })
    expect(of('weights.grant_ended')).toMatchObject({ person: officer.id, grant: given.id })
    for (const one of found) expect(readActivityLine(writeActivityLine(one))).toEqual(one)
  })
})
