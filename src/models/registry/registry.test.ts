import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { NewCheckpoint } from './index.ts'
import { Registry } from './index.ts'

const BY: Actor = { type: 'operator', id: 'operator' }
const T0 = Date.UTC(2026, 0, 1)
const at = (days: number) => new Date(T0 + days * 86_400_000).toISOString()

describe.each(storeKinds('models registry'))('the registry on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let registry: Registry
  let log: MemoryLog
  let clock: ManualClock
  const record = (input: Partial<NewCheckpoint> & { checkpoint: string; flops: number }) =>
    registry.checkpoints.record({ model: 'atlas', ...input }, BY)

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await handle.db.deleteFrom('modelRecord').execute()
    await handle.db.deleteFrom('journalIntent').execute()
    log = new MemoryLog()
    clock = new ManualClock(T0 + 10 * 86_400_000)
    registry = await Registry.open({ db: handle, ledger: log, clock, ids: seededIds(clock, 5) })
  })

  it('begins a line with its first checkpoint, and records both', async () => {
    const made = await record({ checkpoint: 'c1', flops: 1e24, takenAt: at(1) })
    expect(made).toMatchObject({ id: 'atlas/c1', flops: 1e24, takenAt: at(1), recordedAt: at(10), loss: null })
    expect(log.kinds()).toEqual(['models.registered', 'models.checkpoint_recorded'])
    expect(log.events[1]).toMatchObject({ data: { flops: 1e24, receipt: null }, subject: { id: 'atlas/c1' } })
    expect(await registry.checkpoints.get('atlas/c1')).toEqual(made)
    expect(await registry.lines.get('atlas')).toMatchObject({ model: 'atlas', multiplier: 1, family: null })
  })

  it.each([
    ['negative compute', { flops: -1 }],
    ['no compute', { flops: 0 }],
    ['compute that is no number', { flops: Number.NaN }],
    ['compute without end', { flops: Number.POSITIVE_INFINITY }],
    ['a loss that is negative', { loss: -2 }],
    ['a name that leaves its folder', { checkpoint: '../x' }],
    ['a factor below 1', { gains: [{ method: 'tools', factor: 0.5 }] }],
    ['a local time', { takenAt: '2026-01-01T00:00:00+02:00' }],
  ])('refuses %s', async (_, bad) => {
    await expect(record({ checkpoint: 'c1', flops: 1e24, ...bad })).rejects.toThrow()
    expect(log.events).toEqual([])
  })

  it('refuses duplicates, shrinking compute, time that runs backwards and the future', async () => {
    const digest = 'a'.repeat(64)
    await record({ checkpoint: 'c1', flops: 2e24, takenAt: at(5), weightsDigest: digest })
    const refused = async (input: Partial<NewCheckpoint>, code: string, words: string) => {
      const attempt = record({ checkpoint: 'c2', flops: 3e24, takenAt: at(6), ...input })
      await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
    }
    await refused({ checkpoint: 'c1' }, 'CONFLICT', 'recorded already')
    await refused({ weightsDigest: digest }, 'CONFLICT', 'as atlas/c1')
    await refused({ flops: 1e24 }, 'CONFLICT', 'cumulative')
    await refused({ takenAt: at(4) }, 'CONFLICT', 'before atlas/c1')
    await refused({ takenAt: at(11) }, 'REQUEST_INVALID', 'future')
    await refused({ parent: 'atlas/none' }, 'NOT_FOUND', 'parent')
    await refused({ parent: 'atlas/c1', flops: 1e24 }, 'CONFLICT', 'cumulative')
    await refused({ lossSet: 'held-out' }, 'REQUEST_INVALID', 'no loss')
    clock.jump(-86_400_000)
    await refused({ takenAt: at(6) }, 'CONFLICT', 'the clock says')
    expect(log.events).toHaveLength(2)
  })

  it('takes a branch from an earlier checkpoint when its parent is named', async () => {
    await record({ checkpoint: 'c1', flops: 1e24, takenAt: at(1) })
    await record({ checkpoint: 'c2', flops: 4e24, takenAt: at(2) })
    await record({ checkpoint: 'fork', flops: 2e24, takenAt: at(3), parent: 'atlas/c1' })
    await expect(record({ checkpoint: 'back', flops: 3e24, takenAt: at(4), parent: 'atlas/c2' })).rejects.toThrow('c2')
    expect((await registry.checkpoints.latest('atlas'))?.checkpoint).toBe('fork')
  })

  it('holds a run to its own last checkpoint, and its first to where the run began', async () => {
    await record({ checkpoint: 'base', flops: 2e24, takenAt: at(1) })
    await registry.runs.declare({ model: 'atlas', run: 'r1', parent: 'atlas/base', plannedFlops: 8e24 }, BY)
    await expect(record({ checkpoint: 'r1a', flops: 1e24, run: 'r1', takenAt: at(2) })).rejects.toThrow('cumulative')
    await record({ checkpoint: 'r1a', flops: 3e24, run: 'r1', takenAt: at(2) })
    await expect(record({ checkpoint: 'r1b', flops: 2.5e24, run: 'r1', takenAt: at(3) })).rejects.toThrow('r1a')
    expect((await registry.checkpoints.latest('atlas', 'r1'))?.id).toBe('atlas/r1a')
    await expect(registry.runs.declare({ model: 'atlas', run: 'r1', plannedFlops: 9e24 }, BY)).rejects.toThrow(
      'already',
    )
    await registry.runs.end('atlas/r1', BY)
    await expect(registry.runs.end('atlas/r1', BY)).rejects.toThrow('ended')
  })

  it('records one of two checkpoints of one name that come at once', async () => {
    const both = await Promise.allSettled([1e24, 2e24].map((flops) => record({ checkpoint: 'c1', flops })))
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(log.kinds()).toEqual(['models.registered', 'models.checkpoint_recorded'])
  })

  it('declares deployments, and keeps the list of the first halt', async () => {
    await record({ checkpoint: 'c1', flops: 1e24 })
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: ['atlas-1'] }]
    await registry.deployments.declare({ deployment: 'd1', checkpoint: 'atlas/c1', surfaces }, BY)
    const again = registry.deployments.declare({ deployment: 'd2', checkpoint: 'atlas/c1', surfaces }, BY)
    await expect(again).rejects.toThrow('belongs to the deployment d1')
    await registry.deployments.freeze('d1', ['org_b', 'org_a', 'org_b'], BY)
    const twice = await registry.deployments.freeze('d1', ['org_c'], BY)
    expect(twice.frozen?.organisations).toEqual(['org_a', 'org_b'])
    await registry.deployments.withdraw('d1', BY)
    await expect(registry.deployments.freeze('d1', [], BY)).rejects.toThrow('withdrawn')
    // Its names are free again.
    await registry.deployments.declare({ deployment: 'd2', checkpoint: 'atlas/c1', surfaces }, BY)
  })

  it('is in effect only once it is recorded, and then after a restart too', async () => {
    log.failing = 'before'
    await expect(record({ checkpoint: 'c1', flops: 1e24 })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await registry.checkpoints.latest('atlas')).toBeNull()
    log.failing = null
    registry = await Registry.open({ db: handle, ledger: log, clock, ids: seededIds(clock, 6) })
    expect((await registry.checkpoints.latest('atlas'))?.id).toBe('atlas/c1')
  })

  it('numbers its changes, and pages', async () => {
    const before = await registry.version()
    for (const n of [1, 2, 3]) await record({ checkpoint: `c${n}`, flops: n * 1e24 })
    expect(await registry.version()).toBe(before + 3)
    const first = await registry.checkpoints.list({ model: 'atlas', limit: 2 })
    const second = await registry.checkpoints.list({ model: 'atlas', limit: 2, after: first.next ?? '' })
    expect([...first.items, ...second.items].map(({ checkpoint }) => checkpoint)).toEqual(['c1', 'c2', 'c3'])
    expect(second.next).toBeNull()
  })
})
