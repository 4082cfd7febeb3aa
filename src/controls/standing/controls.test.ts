import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { type LedgerEntry, type Recorded, recordedEvent } from '../../ledger/index.ts'
import { Catalogue, type Control } from '../catalogue/index.ts'
import type { Finding, Probe, State } from '../probe.ts'
import { Controls } from './controls.ts'
import { CONTROL_EXCEPTION_ACTION } from './exceptions.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 10)
const SETTLED_MS = 15_000

/** The ledger as it is followed: what is appended has its place at once. */
class FollowedLog extends MemoryLog {
  readonly origin = 'test'
  get size(): number {
    return this.events.length
  }
  refresh = async () => this.size
  async recorded(from: number, limit: number): Promise<readonly Recorded[]> {
    return this.events.slice(from, from + limit).map((event, i) => recordedEvent(from + i, event))
  }
  async entry(position: number): Promise<LedgerEntry> {
    const event = this.events[position]
    if (event === undefined) throw new AppError('LEDGER_ENTRY_NOT_FOUND', 'no such entry')
    return { position, event, recordedAt: event.time, leafHash: '0'.repeat(64) }
  }
}

const control = (id: string, mode: Control['mode']): Control => ({
  ...{ id, mode, title: `${id} holds`, statement: 's', sources: [{ policy: 'rsp-2.2', clause: '1' }] },
  ...{ lineage: [], mappings: {}, owner: 'rso', freshDays: 30, guidance: 'g' },
})
const CATALOGUE = new Catalogue(
  [
    { family: 'GOV', title: 'Governance', controls: [control('GOV-01', 'gated'), control('GOV-02', 'tracked')] },
    { family: 'DEP', title: 'Deployment', controls: [control('DEP-01', 'enforced'), control('DEP-02', 'enforced')] },
  ],
  [
    {
      ...{ id: 'rsp-2.2', kind: 'profile', title: 't', statement: 's', from: ['rsp-2.2'], families: ['GOV', 'DEP'] },
      ...{ also: [], without: [], controls: ['GOV-01', 'GOV-02', 'DEP-01'] },
    },
  ],
)
const PEOPLE = { person: 'per_rso', roles: new Set(['rso'] as const) }
const approved = (id: string, people: readonly string[], at: number) => ({
  ...{ id, requester: people[0] ?? '', approvers: people.slice(1), approvedAt: new Date(at).toISOString() },
  ...{ effectiveUntil: null, digest: '' },
})

describe.each(storeKinds('controls'))('controls on $kind', ({ create, kind }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let log: FollowedLog
  let seed = 1
  const opened: Controls[] = []

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    const tables = ['controlRecord', 'controlTurn', 'controlEntry', 'controlBoard', 'journalIntent'] as const
    for (const table of tables) await handle.db.deleteFrom(table).execute()
    clock = new ManualClock(START_MS)
    log = new FollowedLog()
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
  })

  async function open(probes: Record<string, () => Promise<Finding>>): Promise<Controls> {
    const ids = seededIds(clock, seed++)
    const controls = await Controls.open({
      ...{ db: handle, ledger: log, clock, ids, log: silentLog, catalogue: () => CATALOGUE },
      config: { profile: 'rsp-2.2', overlays: [] },
    })
    opened.push(controls)
    controls.watch(Object.entries(probes).map(([id, look]): Probe => ({ control: id, look })))
    return controls
  }
  const finds = (state: State, says = 'seen') => Promise.resolve<Finding>({ state, says, evidence: [] })
  const statesOf = async (controls: Controls) =>
    Object.fromEntries((await controls.board()).controls.map(({ id, state }) => [id, state]))

  it('counts what holds, and shows nothing as holding that nobody looks at', async () => {
    const controls = await open({
      'GOV-01': () => finds('holds'),
      'DEP-01': () => Promise.reject(new Error('secret detail')),
    })
    const board = await controls.board()
    expect(board.counts).toEqual({ holds: 1, stale: 0, fails: 0, unknown: 2, total: 3, excepted: 0 })
    expect(board.controls.map(({ id, state, inProfile }) => [id, state, inProfile])).toEqual([
      ['GOV-01', 'holds', true],
      ['GOV-02', 'unknown', true],
      ['DEP-01', 'unknown', true],
      ['DEP-02', 'unknown', false],
    ])
    expect(JSON.stringify(board)).not.toContain('secret detail')
    clock.advance(121_000)
    expect(await controls.board()).toMatchObject({ counts: { holds: 0, stale: 1 }, problem: expect.any(String) })
    await expect(controls.view('GOV-99')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('puts each change on record once, warns of what is lost, and waits with what nobody can say', async () => {
    let state: State = 'holds'
    const controls = await open({ 'DEP-01': () => finds(state, `it ${state}`) })
    const look = async (ms: number, next: State) => {
      clock.advance(ms)
      state = next
      await controls.look()
      return log.kinds().length
    }
    expect(await look(0, 'holds')).toBe(0)
    await look(SETTLED_MS, 'holds')
    expect(log.kinds()).toEqual(['control.first_looked'])
    await look(20_000, 'holds')
    await look(20_000, 'fails')
    expect(log.kinds().slice(1)).toEqual(['control.changed', 'control.drifted'])
    expect(JSON.stringify(log.events)).not.toContain('it fails')
    await look(20_000, 'unknown')
    await look(20_000, 'unknown')
    expect(log.kinds()).toHaveLength(3)
    expect(await statesOf(controls)).toMatchObject({ 'DEP-01': 'unknown' })
    await look(20_000, 'unknown')
    await look(20_000, 'holds')
    expect(log.kinds().slice(3)).toEqual(['control.changed', 'control.changed'])
    const history = await controls.history('DEP-01', { limit: 10 })
    expect(history.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'unknown holds',
      'fails unknown',
      'holds fails',
      'null holds',
    ])
    const [newest] = history
    expect(await controls.history('DEP-01', { limit: 1, before: newest?.id })).toEqual([history[1]])
    expect((await controls.board()).controls.find(({ id }) => id === 'DEP-01')?.since).toBe(newest?.at)
  })

  it('keeps its history over a restart, and finishes what a ledger cut off that failed', async () => {
    const first = await open({ 'DEP-01': () => finds('holds') })
    clock.advance(SETTLED_MS)
    log.failing = 'after'
    await expect(first.look()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await statesOf(first)).toMatchObject({ 'DEP-01': 'holds' })
    log.failing = null
    await first[Symbol.asyncDispose]()
    const second = await open({ 'DEP-01': () => finds('fails') })
    expect((await second.history('DEP-01', { limit: 5 })).map(({ to }) => to)).toEqual(['holds'])
    clock.advance(SETTLED_MS)
    await second.look()
    expect((await second.history('DEP-01', { limit: 5 })).map(({ to }) => to)).toEqual(['fails', 'holds'])
  })

  it('takes the word of who answers for a control, under their name, until it expires', async () => {
    const controls = await open({})
    const input = { holds: true, statement: 'The board met on 9 January.' }
    const other = { person: 'per_1', roles: new Set(['ciso'] as const) }
    await expect(controls.attest('GOV-02', input, other)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const beyond = { ...input, references: [{ what: 'minutes', entry: 7 }] }
    await expect(controls.attest('GOV-02', beyond, PEOPLE)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(controls.attest('GOV-02', { ...input, days: 31 }, PEOPLE)).rejects.toThrow('30 at most')
    const made = await controls.attest('GOV-02', { ...input, days: 10 }, PEOPLE)
    expect(log.events).toMatchObject([
      { kind: 'control.attested', actor: { id: 'per_rso' }, digests: { attestation: made.digest } },
    ])
    expect(JSON.stringify(log.events)).not.toContain('board met')
    expect(await statesOf(controls)).toMatchObject({ 'GOV-02': 'holds' })
    expect(await controls.attestations.fresh('GOV-02')).toMatchObject({ id: made.id })
    clock.advance(10 * DAY_MS)
    expect(await statesOf(controls)).toMatchObject({ 'GOV-02': 'stale' })
    expect(await controls.attestations.fresh('GOV-02')).toBeNull()
    await controls.attest('GOV-02', { holds: false, statement: 'It did not meet.' }, PEOPLE)
    expect(await statesOf(controls)).toMatchObject({ 'GOV-02': 'fails' })
    expect((await controls.view('GOV-02')).attestations.map(({ holds }) => holds)).toEqual([false, true])
  })

  it('shows an exception of two beside what fails, and never in its place', async () => {
    const controls = await open({ 'DEP-01': () => finds('fails') })
    const action = controls.exceptions.granting()
    const payload = { control: 'DEP-01', days: 5, reason: 'r', mitigation: 'm' }
    await expect(action.check?.({ ...payload, control: 'DEP-99' }, 'per_1')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(action.execute(payload, approved('apr_1', ['per_1'], START_MS))).rejects.toThrow('two different')
    for (let again = 0; again < 2; again++)
      await action.execute(payload, approved('apr_1', ['per_1', 'per_2'], START_MS))
    expect(log.kinds()).toEqual(['control.excepted'])
    expect(await controls.board()).toMatchObject({ counts: { fails: 1, excepted: 1, holds: 0 } })
    clock.advance(5 * DAY_MS)
    await controls.look()
    expect(await controls.board()).toMatchObject({ counts: { fails: 1, excepted: 0 } })
    expect(CONTROL_EXCEPTION_ACTION).toBe('controls.except')
  })

  it('knows where the newest entries stand, and reads anew what was put back', async () => {
    const controls = await open({})
    const event = (kind: string, id: string) => ({
      ...{ id: `evt_${log.size}`, time: new Date(clock.now()).toISOString(), kind, actor: PEOPLE_ACTOR },
      ...{ subject: { type: 'thing', id }, digests: {}, data: {} },
    })
    for (const [kind, id] of THINGS) await log.append(event(kind, id))
    await controls.look()
    const { entries } = controls
    expect(await entries.last('card.published')).toMatchObject({ entry: 2, subject: 'a' })
    expect(await entries.last('card.published', 'b')).toMatchObject({ entry: 1 })
    expect(await entries.last(['card.published', 'gateway.decision'])).toMatchObject({ entry: 3, subject: '' })
    expect((await entries.each('card.published')).map(({ subject }) => subject)).toEqual(['a', 'b'])
    expect([await entries.each('gateway.decision'), await entries.last('card.withdrawn')]).toEqual([[], null])
    expect([(await entries.event(1))?.kind, await entries.event(99)]).toEqual(['card.published', null])
    log.events.splice(1)
    await controls.look()
    expect(await entries.last('card.published')).toMatchObject({ entry: 0, subject: 'a' })
    expect(await entries.last('gateway.decision')).toBeNull()
  })

  it.runIf(kind === 'postgres')('has one replica look at a time, and all of them tell', async () => {
    const first = await open({ 'DEP-01': () => finds('holds') })
    const second = await open({ 'DEP-01': () => finds('fails') })
    await first.look()
    await second.look()
    expect([await statesOf(first), await statesOf(second)]).toMatchObject([
      { 'DEP-01': 'holds' },
      { 'DEP-01': 'holds' },
    ])
    clock.advance(16_000)
    await second.look()
    expect(await statesOf(first)).toMatchObject({ 'DEP-01': 'fails' })
  })
})

const PEOPLE_ACTOR = { type: 'staff', id: 'per_1' } as const
const THINGS = [
  ['card.published', 'a'],
  ['card.published', 'b'],
  ['card.published', 'a'],
  ['gateway.decision', 'req_1'],
] as const
