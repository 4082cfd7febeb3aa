import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { CADENCES, dueOf } from '../models/evaluation/index.ts'
import { ResponseConfig } from '../models/response/index.ts'
import { configuredCadence, Profiles } from './profiles.ts'

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 31)

describe.each(storeKinds('profiles'))('the profile on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let log: MemoryLog
  let clock: ManualClock
  let profiles: Profiles
  const open = (mostMonths = 6) =>
    Profiles.open({
      ...{ db: handle.db, ledger: log, clock, ids: seededIds(clock, 8), log: silentLog },
      configured: { ...CADENCES['rsp-1.0'], mostMonths },
    })

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await profiles[Symbol.asyncDispose]()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await profiles?.[Symbol.asyncDispose]()
    for (const table of ['modelRecord', 'journalIntent'] as const) await handle.db.deleteFrom(table).execute()
    log = new MemoryLog()
    clock = new ManualClock(START)
    profiles = await open()
  })

  const approved = (id: string, people: string[]) => ({
    ...{ id, requester: people[0] ?? '', approvers: people.slice(1), effectiveUntil: null, digest: '' },
    approvedAt: new Date(clock.now()).toISOString(),
  })
  const turnTo = (profile: 'rsp-1.0' | 'rsp-2.2', id: string, people = ['per_rso', 'per_ceo']) =>
    profiles.switching().execute({ profile, reason: 'the board adopted it' }, approved(id, people))
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)

  it('is what the configuration says until two people switch it, once, on record', async () => {
    expect(profiles.view()).toEqual({ profile: 'rsp-1.0', months: 3, since: null, switches: [] })
    await expect(turnTo('rsp-2.2', 'apr_1', ['per_rso', 'per_rso'])).rejects.toThrow('two different')
    await turnTo('rsp-2.2', 'apr_2')
    await turnTo('rsp-2.2', 'apr_2')
    expect(profiles.view()).toMatchObject({
      profile: 'rsp-2.2',
      months: 6,
      switches: [{ people: ['per_rso', 'per_ceo'] }],
    })
    expect(profiles.cadence).toMatchObject({ months: 6, interval: 4, buffer: 6 })
    expect(log.kinds()).toEqual(['models.profile_switched'])
    const other = await open()
    expect(other.view()).toEqual(profiles.view())
    await other[Symbol.asyncDispose]()
    const { check, rule } = profiles.switching()
    await expect(check?.({ profile: 'rsp-2.2', reason: 'x' }, 'per_rso')).rejects.toThrow('in force already')
    expect(rule({ profile: 'rsp-1.0', reason: 'x' }, { bootstrap: false })).toMatchObject({
      requesters: ['rso', 'ceo'],
    })
  })

  it('lets evaluations fall due as the edition asks whose commitments count, or more often, never less', async () => {
    const config = (months?: number) => ResponseConfig.parse(months === undefined ? {} : { months })
    expect(configuredCadence(config(), 'rsp-2.2')).toMatchObject({ months: 6, interval: 4, buffer: 6 })
    expect(configuredCadence(config(), 'rsp-1.0')).toMatchObject({ months: 3 })
    expect(configuredCadence(config(2), 'rsp-2.2')).toMatchObject({ months: 2 })
    expect(() => configuredCadence(config(6), 'rsp-1.0')).toThrow('controls.profile is rsp-1.0')
    const strict = await open(3)
    const { check } = strict.switching()
    await expect(check?.({ profile: 'rsp-2.2', reason: 'x' }, 'per_rso')).rejects.toThrow('controls.profile first')
    await strict[Symbol.asyncDispose]()
  })

  it('takes back no date on which something fell due, and moves one that is to come', async () => {
    expect(day(profiles.dueMs(START))).toBe('2026-04-30')
    // Reference of January: it fell due in April, and stays due when half-years begin in May. One of March comes to be due later.
    clock.advance(Date.UTC(2026, 4, 5) - START)
    await turnTo('rsp-2.2', 'apr_1')
    expect(day(profiles.dueMs(START))).toBe('2026-04-30')
    expect(day(profiles.dueMs(Date.UTC(2026, 2, 1)))).toBe('2026-09-01')
    const growth = { k: 1, kHi: 1, confidence: 'low' as const, estimates: [] }
    const reference = { basis: 'cleared' as const, checkpoint: 'atlas/c1', atMs: START }
    const question = { growth, orders: [], elicitations: [], nowMs: clock.now() }
    expect(dueOf({ ...question, cadence: profiles.cadence, reference })).toMatchObject({ due: true })
  })

  it('makes nothing due before the switch to shorter intervals', async () => {
    await turnTo('rsp-2.2', 'apr_1')
    clock.advance(120 * DAY_MS)
    await turnTo('rsp-1.0', 'apr_2')
    expect(profiles.dueMs(START)).toBe(clock.now())
    expect(day(profiles.dueMs(clock.now()))).toBe('2026-08-31')
  })
})
