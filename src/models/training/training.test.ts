import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { CADENCES, Evaluations } from '../evaluation/index.ts'
import { Registry } from '../registry/index.ts'
import { LeaseSigner, Training } from './index.ts'

const BY: Actor = { type: 'operator', id: 'operator' }
const MINUTE_MS = 60_000

/** A ledger in memory that has a name. */
class NamedLog extends MemoryLog {
  readonly origin = 'test.example/log'
}

describe.each(storeKinds('models training'))('the training gate on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let log: NamedLog
  let registry: Registry
  let training: Training
  let state: { state: string; effect: string }
  const ask = (flops: number, more: object = {}) => training.ask({ model: 'atlas', run: 'r1', flops, ...more }, BY)

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await training[Symbol.asyncDispose]()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await training?.[Symbol.asyncDispose]()
    for (const table of ['modelRecord', 'journalIntent'] as const) await handle.db.deleteFrom(table).execute()
    clock = new ManualClock(Date.UTC(2026, 0, 10))
    log = new NamedLog()
    state = { state: 'training', effect: 'run' }
    const base = { db: handle, ledger: log, clock, ids: seededIds(clock, 6), log: silentLog }
    registry = await Registry.open(base)
    const cadence = CADENCES['rsp-1.0']
    const { standings } = await Evaluations.open({ ...base, registry, cadence })
    training = await Training.open({
      ...{ ...base, registry, segments: standings, config: { leaseMinutes: 30, interval: 4, buffer: 6 } },
      ...{ signer: new LeaseSigner(Buffer.alloc(32, 3)), stateOf: async () => state },
    })
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, BY)
  })

  it('answers with a lease that is on record, counted from the first checkpoint', async () => {
    const lease = await ask(1.2e24)
    expect(lease).toMatchObject({ answer: 'continue', basis: 'baseline', reference: 'atlas/c1', k: 1.2, headroom: 5 })
    expect(lease.expiresAt).toBe(new Date(clock.now() + 30 * MINUTE_MS).toISOString())
    expect(lease.maxFlops).toBeLessThan(4e24)
    expect(log.events.at(-1)).toMatchObject({ kind: 'training.gate_answered', subject: { id: lease.id }, actor: BY })
    expect(await training.leases('atlas', 'r1', 10)).toMatchObject([{ id: lease.id }])
  })

  it('stops at the interval, at the buffer, at the calendar, and where training stops', async () => {
    expect((await ask(1.5e24, { untilFlops: 4e24 })).answer).toBe('evaluate-now')
    expect(await ask(4e24, { run: 'r2' })).toMatchObject({ answer: 'evaluate-now', maxFlops: null, expiresAt: null })
    expect((await ask(6e24, { run: 'r3' })).answer).toBe('pause')
    state = { state: 'locked', effect: 'lock' }
    expect((await ask(1.1e24, { run: 'r4' })).answer).toBe('pause')
    state = { state: 'training', effect: 'run' }
    clock.advance(Date.UTC(2026, 3, 10) - clock.now() - MINUTE_MS)
    expect((await ask(1.1e24, { run: 'r4' })).expiresAt).toBe('2026-04-10T00:00:00.000Z')
    clock.advance(MINUTE_MS)
    expect((await ask(1.1e24, { run: 'r4' })).answer).toBe('evaluate-now')
  })

  it('holds a run to what it has said, and refuses what makes no sense', async () => {
    await ask(3.9e24)
    expect(await ask(1.1e24)).toMatchObject({ flops: 3.9e24, reasons: [expect.stringContaining('a run of its own')] })
    await expect(ask(2e24, { untilFlops: 1e24 })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    for (const bad of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY]) await expect(ask(bad)).rejects.toThrow()
    await expect(ask(1e24, { model: 'nobody' })).rejects.toThrow('checkpoint record --model nobody')
    clock.jump(-3_600_000)
    await expect(ask(3.9e24)).rejects.toMatchObject({ code: 'CONFLICT' })
    log.failing = 'before'
    await expect(ask(1e24, { run: 'r9' })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })

  it('raises an alarm over a checkpoint that no receipt had let through', async () => {
    const { id: receipt } = await ask(2e24, { untilFlops: 3e24 })
    const record = (checkpoint: string, flops: number, more: object) =>
      registry.checkpoints.record({ model: 'atlas', checkpoint, flops, run: 'r1', ...more }, BY)
    await record('good', 3e24, { receipt })
    await record('none', 3e24, {})
    await record('far', 3.1e24, { receipt })
    await record('made-up', 3.2e24, { receipt: 'lse_x' })
    await training.checkReceipts()
    await training.checkReceipts()
    const alarms = await training.alarms('atlas')
    expect(alarms.map(({ id }) => id).sort()).toEqual(['atlas/far', 'atlas/made-up', 'atlas/none'])
    expect(await training.receiptOf('atlas/good')).toMatchObject({ problem: null })
    expect(log.kinds().filter((kind) => kind === 'training.checkpoint_without_receipt')).toHaveLength(3)
  })
})
