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
  let concerns: string[]
  let open: (mode: 'advise' | 'enforce') => Promise<Training>
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
    concerns = []
    open = (mode) =>
      Training.open({
        ...{ ...base, registry, segments: standings },
        config: { leaseMinutes: 30, interval: 4, buffer: 6, training: mode },
        ...{
          signer: new LeaseSigner(Buffer.alloc(32, 3)),
          stateOf: async () => state,
          concernsOf: async () => concerns,
        },
      })
    training = await open('advise')
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
    expect([...training.openAlarms()].sort()).toEqual(['atlas/far', 'atlas/made-up', 'atlas/none'])
    const settled = await training.settle({ checkpoint: 'atlas/none', reason: 'a copy by hand' }, BY)
    expect(settled).toMatchObject({ problem: 'it names no receipt of the gate', settled: { by: 'operator' } })
    expect(training.openAlarms()).toHaveLength(2)
    // Over is the alarm alone: a vault still finds no receipt.
    expect((await training.receiptOf('atlas/none'))?.problem).not.toBeNull()
    await expect(training.settle({ checkpoint: 'atlas/none', reason: 'again' }, BY)).rejects.toThrow('settled at')
    await expect(training.settle({ checkpoint: 'atlas/good', reason: 'x' }, BY)).rejects.toThrow('no alarm')
    await training.checkReceipts()
    expect(training.openAlarms()).toHaveLength(2)
  })

  it('puts what is asked at once on record together, each by who asked, and loses none', async () => {
    const leases = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(1e24 + i * 1e20, { run: `r${i % 5}` })))
    const told = log.events.filter(({ kind }) => kind === 'training.gate_answered').map(({ subject }) => subject?.id)
    expect(new Set(told)).toEqual(new Set(leases.map(({ id }) => id)))
    expect(await training.leases('atlas', undefined, 100)).toHaveLength(30)
    // What a run has said stands, also where it was said while something else was being recorded.
    expect((await ask(1e24, { run: 'r4' })).flops).toBe(1e24 + 29e20)
    log.failing = 'before'
    const failed = await Promise.allSettled([1, 2, 3].map((i) => ask(1.1e24, { run: `f${i}` })))
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  })

  it('says what a run lacks, and stops it where that is enforced', async () => {
    concerns = ['no safety review']
    expect(await ask(1.1e24)).toMatchObject({ answer: 'continue', reasons: ['no safety review'] })
    await training[Symbol.asyncDispose]()
    training = await open('enforce')
    expect(await ask(1.1e24)).toMatchObject({ answer: 'pause', maxFlops: null, reasons: ['no safety review'] })
    concerns = []
    expect((await ask(1.1e24)).answer).toBe('continue')
  })
})
