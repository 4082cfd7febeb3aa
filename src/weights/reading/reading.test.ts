import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  BASE,
  clearReading,
  noise,
  openReading,
  PlainVault,
  ReadingDevice,
  ScriptedAccess,
  takeAll,
} from '../../../test/support/reading-world.ts'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { type Clock, ManualClock, systemClock } from '../../base/clock.ts'
import type { DbHandle } from '../../db/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import type { Reading, ReadingGrant, Session } from './index.ts'

const MIB = 1024 * 1024
const DAY_MS = 86_400_000
const BY = { type: 'staff', id: 'per_ciso' } as const
const WEIGHTS = noise(3 * MIB + 17)
const DECOY = noise(10)

describe.each(storeKinds('weights/reading'))('reading weights on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let device: ReadingDevice
  let clock: ManualClock
  let log: MemoryLog
  let vault: PlainVault
  let access: ScriptedAccess
  let open: Reading[]

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
    device = await ReadingDevice.make()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await Promise.all((open ?? []).map((one) => one.close()))
    await clearReading(handle)
    clock = new ManualClock()
    log = new MemoryLog()
    access = new ScriptedAccess()
    open = []
    vault = new PlainVault([
      { path: 'config.json', bytes: Buffer.from('{}') },
      {
        path: 'model.safetensors',
        bytes: WEIGHTS,
        tensors: [{ name: 'a.weight', dtype: 'F32', shape: [2, 2], start: 100, length: 16 }],
      },
      { path: 'decoy.safetensors', bytes: DECOY, canary: true },
    ])
  })

  const room = (over: { ledger?: EventLog; clock?: Clock } = {}) => {
    const reading = openReading({ db: handle, ledger: log, vault, access, clock, ...over })
    open.push(reading)
    return reading
  }
  const session = ({ id, thumbprint }: ReadingGrant): Session => ({
    id: 'wses_1',
    grantId: id,
    thumbprint,
    expiresAtMs: clock.now() + DAY_MS,
  })
  const begin = async (reading: Reading, grant: ReadingGrant, start: number, length: number) =>
    reading.read(await reading.file(session(grant), { path: 'model.safetensors' }), start, length)
  const read = async (reading: Reading, grant: ReadingGrant, start: number, length: number) =>
    takeAll(await begin(reading, grant, start, length))
  const reads = () =>
    log.events.filter(({ kind }) => kind === 'weights.read').map(({ data }) => [data.start, data.length])

  it('gives what was sealed, any part of it, and puts it on record first', async () => {
    const reading = room()
    const grant = access.add(device)
    expect(await read(reading, grant, 0, WEIGHTS.length)).toEqual(WEIGHTS)
    expect(await read(reading, grant, 262_000, 2_000)).toEqual(WEIGHTS.subarray(262_000, 264_000))
    expect(log.kinds()).toEqual(['weights.read', 'weights.opened', 'weights.read'])
    expect(log.events[2]).toMatchObject({
      actor: { type: 'staff', id: 'per_1' },
      subject: { type: 'weights_grant', id: grant.id },
      data: {
        grant: grant.id,
        version: 'orca/1',
        file: 1,
        start: 262_000,
        length: 2_000,
        segments: [0, 1],
        host: 'trainer-7',
      },
    })
    expect(JSON.stringify(log.events)).not.toContain('safetensors')
    expect((await reading.usage([grant.id])).get(grant.id)).toBe(WEIGHTS.length + 2_000)
  })

  it('lists what the grant covers, and tensors where there are any', async () => {
    const reading = room()
    const some = session(access.add(device, { files: ['model*'] }))
    expect(await reading.files(some)).toMatchObject([{ n: 1, path: 'model.safetensors', sizeBytes: WEIGHTS.length }])
    expect(await reading.tensors(some, { n: 1 })).toMatchObject([{ name: 'a.weight' }])
    expect(await reading.tensor(some, 'a.weight')).toMatchObject({
      file: { position: 1 },
      tensor: { start: 100, length: 16 },
    })
    await expect(reading.tensor(some, 'b.weight')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (const which of [{ n: 0 }, { n: 9 }, { path: 'config.json' }, { path: 'nothing' }])
      await expect(reading.file(some, which)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(access.touches).toEqual([])
    const everything = session(access.add(device))
    expect((await reading.files(everything)).map(({ path }) => path)).toEqual(['config.json', 'model.safetensors'])
  })

  it('raises the alarm when a decoy is asked for, and lets nobody notice', async () => {
    const reading = room()
    const everything = access.add(device)
    for (const which of [{ path: 'decoy.safetensors' }, { n: 2 }]) {
      const refusal = await reading.file(session(everything), which).catch((error: unknown) => error)
      expect(refusal).toEqual(
        await reading.file(session(everything), { path: 'nothing' }).catch((error: unknown) => error),
      )
    }
    const named = access.add(device, { files: ['decoy.safetensors'] })
    expect(await takeAll(await reading.read(await reading.file(session(named), { n: 2 }), 0, 10))).toEqual(DECOY)
    expect(access.touches.map(({ grantId, path }) => [grantId, path])).toEqual([
      [everything.id, 'decoy.safetensors'],
      [everything.id, 'decoy.safetensors'],
      [named.id, 'decoy.safetensors'],
    ])
  })

  it('gives not one byte over the grant’s budget, however many ask at once and on how many replicas', async () => {
    const replicas = [room(), room()]
    const grant = access.add(device, { budgetBytes: 1_000_000 })
    const starts = Array.from({ length: 24 }, (_, i) => (i * 7_919) % MIB)
    const results = await Promise.all(
      starts.map((start, i) => {
        const reading = replicas[i % 2]
        return reading === undefined ? null : read(reading, grant, start, 99_991).catch((error: unknown) => error)
      }),
    )
    const given = results.filter(Buffer.isBuffer)
    expect(given).toHaveLength(10)
    expect(given.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(999_910)
    expect(vault.opened).toBeLessThanOrEqual(1_000_000)
    for (const error of results.filter((one) => !Buffer.isBuffer(one)))
      expect(error).toMatchObject({ code: 'BUDGET_SPENT', message: expect.stringContaining('90 of 1000000') })
    expect(reads()).toHaveLength(10)
    expect(await read(room(), grant, 0, 90)).toEqual(WEIGHTS.subarray(0, 90))
    await expect.poll(() => access.spentGrants).toEqual([grant.id])
    await expect(read(room(), grant, 0, 1)).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'the grant is spent' })
  })

  it('ends a grant that has nothing left with its last read', async () => {
    const reading = room({ clock: systemClock })
    const grant = access.add(device, { budgetBytes: 300_000 })
    const slow = await begin(reading, grant, 0, 200_000)
    expect(await read(reading, grant, 0, 100_000)).toEqual(WEIGHTS.subarray(0, 100_000))
    await expect(begin(reading, grant, 0, 1)).rejects.toMatchObject({ code: 'BUDGET_SPENT' })
    await sleep(300)
    expect(access.spentGrants).toEqual([])
    expect(await takeAll(slow)).toEqual(WEIGHTS.subarray(0, 200_000))
    await expect.poll(() => access.spentGrants).toEqual([grant.id])
  })

  it.each(['weights.read', 'weights.opened'])(
    'opens nothing before %s is on the ledger, nor when that fails',
    async (kind) => {
      const grant = access.add(device)
      let stall = (): Promise<void> => Promise.resolve()
      const ledger: EventLog = {
        append: (event) => (event.kind === kind ? stall() : Promise.resolve()).then(() => log.append(event)),
      }
      const reading = room({ ledger })
      // With the file open already there is one event less to wait for.
      if (kind === 'weights.read') await read(reading, grant, 0, 1_000)
      const [before, opened] = [vault.opened, vault.openFiles]
      stall = () => Promise.reject(new Error('disk gone'))
      await expect(begin(reading, grant, 0, 1_000)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      const recorded = Promise.withResolvers<void>()
      stall = () => recorded.promise
      const waiting = read(reading, grant, 0, 1_000)
      await sleep(50)
      expect([vault.opened, vault.openFiles]).toEqual([before, opened])
      recorded.resolve()
      expect(await waiting).toEqual(WEIGHTS.subarray(0, 1_000))
      // Counted all the same: what was refused for want of a record was never known to be safe.
      expect((await reading.usage([grant.id])).get(grant.id)).toBe(before + 2_000)
    },
  )

  it('takes from every budget that is set, and from none when one is short', async () => {
    const reading = room()
    const grant = access.add(device)
    const small = { capacityBytes: 5_000, bytesPerDay: 1_000 }
    await reading.budgets.set({ kind: 'person', id: '*', capacityBytes: 100_000, bytesPerDay: 0 }, BY)
    await reading.budgets.set({ kind: 'model', id: 'orca', ...small }, BY)
    await read(reading, grant, 0, 4_000)
    await expect(read(reading, grant, 0, 2_000)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds: 86_400,
    })
    await expect(read(reading, grant, 0, 6_000)).rejects.toMatchObject({
      code: 'BUDGET_SPENT',
      message: expect.stringContaining('ask for that much at a time'),
    })
    const left = async () =>
      Object.fromEntries((await reading.budgets.list()).map(({ kind, id, leftBytes }) => [`${kind} ${id}`, leftBytes]))
    expect(await left()).toEqual({ 'person *': 100_000, 'person per_1': 96_000, 'model orca': 1_000 })
    expect((await reading.usage([grant.id])).get(grant.id)).toBe(4_000)
    clock.advance(DAY_MS)
    await read(reading, grant, 0, 2_000)
    expect(await left()).toMatchObject({ 'person per_1': 94_000, 'model orca': 0 })
    clock.jump(-7 * DAY_MS)
    await expect(read(reading, grant, 0, 1)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(read(room({ clock }), access.add(device, { personId: 'per_2' }), 0, 1)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    })
  })

  it('asks for budgets of everybody while the overlay is on, and has some ready', async () => {
    const reading = room()
    expect(await reading.budgets.list()).toEqual([])
    access.stretch = true
    await read(reading, access.add(device), 0, 1_000)
    const budgets = await reading.budgets.list()
    expect(budgets.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'person *',
      'person per_1',
      'host *',
      'host trainer-7',
      'model *',
      'model orca',
      'organisation *',
    ])
    expect(budgets[1]).toMatchObject({ source: 'overlay', leftBytes: 64 * 1024 ** 3 - 1_000, daysToExfiltrate: 0 })
  })

  it('lets one person lower a budget and two raise it', async () => {
    const reading = room()
    const of = { kind: 'host', id: 'trainer-7' } as const
    const grant = access.add(device)
    await reading.budgets.set({ ...of, capacityBytes: 1_000_000, bytesPerDay: 1_000_000 }, BY)
    expect(await reading.budgets.list()).toMatchObject([
      { daysToExfiltrate: expect.closeTo(2.1457, 3), setBy: ['per_ciso'] },
    ])
    await read(reading, grant, 0, 1_000)
    await reading.budgets.set({ ...of, capacityBytes: 500, bytesPerDay: 1_000_000 }, BY)
    for (const more of [
      { capacityBytes: 501, bytesPerDay: 1 },
      { capacityBytes: 1, bytesPerDay: 1_000_001 },
    ])
      await expect(reading.budgets.set({ ...of, ...more }, BY)).rejects.toMatchObject({ code: 'CONFLICT' })
    const action = reading.budgets.raising()
    const raise = action.schema.parse({ ...of, capacityBytes: 2_000, bytesPerDay: 2_000 })
    const approved = {
      id: 'apr_1',
      requester: 'per_a',
      approvers: ['per_b'],
      approvedAt: '2026-01-01T00:00:00.000Z',
      effectiveUntil: null,
      digest: '',
    }
    await action.execute(raise, approved)
    await action.execute(raise, approved)
    expect(await reading.budgets.list()).toMatchObject([
      // What is in the bucket stays: raising it gives nothing at once.
      { capacityBytes: 2_000, leftBytes: 2_000 },
    ])
    expect(log.events.filter(({ kind }) => kind === 'weights.budget_set')).toHaveLength(3)
    const lift = action.schema.parse({ ...of, lifted: true })
    await action.check?.(lift, 'per_a')
    await action.execute(lift, { ...approved, id: 'apr_2' })
    expect(await reading.budgets.list()).toEqual([])
    await expect(action.check?.(lift, 'per_a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const own = action.schema.parse({ kind: 'person', id: 'per_a', capacityBytes: 1, bytesPerDay: 1 })
    await expect(action.check?.(own, 'per_a')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(action.rule(own, { bootstrap: false })).toMatchObject({ kind: 'quorum', excluded: ['per_a'] })
  })

  it('keeps what share of a model each has ever read', async () => {
    const reading = room()
    await read(reading, access.add(device), 0, 10)
    await read(reading, access.add(device), 5, 10)
    await read(reading, access.add(device, { personId: 'per_2' }), 0, 2 * MIB)
    expect(await reading.coverage.ofVersion('orca/1')).toMatchObject([
      { personId: 'per_2', bytes: 2 * MIB, files: [{ path: 'model.safetensors', share: expect.closeTo(2 / 3, 4) }] },
      { personId: 'per_1', bytes: MIB },
    ])
    expect(await reading.coverage.ofPerson('per_1')).toMatchObject([
      { version: 'orca/1', share: MIB / (WEIGHTS.length + 12), sizeBytes: WEIGHTS.length + 12 },
    ])
    expect(await reading.coverage.ofPerson('per_3')).toEqual([])
  })

  it.each(['revoked', 'locked'])('stops within a second what is %s while somebody reads slowly', async (state) => {
    const reading = room({ clock: systemClock })
    const grant = access.add(device)
    const slow = await begin(reading, grant, 0, WEIGHTS.length)
    const pieces = slow[Symbol.asyncIterator]()
    expect((await pieces.next()).done).toBe(false)
    const endedAt = new Promise<number>((resolve) => slow.ended.addEventListener('abort', () => resolve(Date.now())))
    const revokedAt = Date.now()
    access.end(grant.id, state)
    expect((await endedAt) - revokedAt).toBeLessThan(1_000)
    await expect(pieces.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(begin(reading, grant, 0, 1)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    slow[Symbol.dispose]()
    await expect.poll(() => [vault.openFiles, reading.measure().openReads]).toEqual([0, 0])
  })

  it('holds back while nobody can say whether the grant stands, and ends what stays so', async () => {
    const reading = room({ clock: systemClock })
    const grant = access.add(device)
    const slow = await begin(reading, grant, 0, WEIGHTS.length)
    const pieces = slow[Symbol.asyncIterator]()
    const countRest = async () => {
      let count = 0
      while (!(await pieces.next()).done) count += 1
      return count
    }
    access.failing = new Error('database gone')
    await sleep(1_100)
    const before = vault.opened
    const rest = countRest()
    await sleep(300)
    expect(vault.opened - before).toBeLessThanOrEqual(256 * 1024) // one piece is opened, and not given out
    access.failing = null
    expect(await rest).toBeGreaterThan(10)
    const cut = await begin(room({ clock }), grant, 0, WEIGHTS.length)
    access.failing = new Error('database gone')
    clock.advance(10_001)
    await expect.poll(() => cut.ended.aborted, { timeout: 2_000 }).toBe(true)
    await expect(takeAll(cut)).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  it.each([
    ['is erased', { state: 'erased' }],
    ['is another one now', { manifestDigest: 'cd'.repeat(32) }],
  ])('stops when the version %s', async (_, change) => {
    const reading = room({ clock: systemClock })
    const grant = access.add(device)
    const slow = await begin(reading, grant, 0, WEIGHTS.length)
    Object.assign(vault, change)
    await expect.poll(() => slow.ended.aborted, { timeout: 1_000 }).toBe(true)
    await expect(takeAll(slow)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(begin(reading, grant, 0, 1)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('lets nobody keep others out by many slow reads', async () => {
    const reading = room()
    const [greedy, other] = [access.add(device), access.add(device)]
    const slow = await Promise.all(Array.from({ length: 16 }, () => begin(reading, greedy, 0, 1_000)))
    await expect(begin(reading, greedy, 0, 1)).rejects.toMatchObject({ code: 'OVERLOADED' })
    expect(await read(reading, other, 0, 5)).toEqual(WEIGHTS.subarray(0, 5))
    for (const one of slow) one[Symbol.dispose]()
    expect(await read(reading, greedy, 0, 5)).toEqual(WEIGHTS.subarray(0, 5))
  })

  it('refuses what is no range of the file, and forgets the key when it closes', async () => {
    const reading = room()
    const covered = await reading.file(session(access.add(device)), { n: 1 })
    for (const [start, length] of [
      [-1, 2],
      [0, 0],
      [0, WEIGHTS.length + 1],
      [WEIGHTS.length, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const)
      await expect(reading.read(covered, start, length)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await takeAll(await reading.read(covered, 0, 1))
    expect(vault.openFiles).toBe(1)
    await reading.close()
    await expect.poll(() => vault.openFiles).toBe(0)
  })

  it('begins a session for the device of the grant, with one proof for each request', async () => {
    const reading = room()
    const grant = access.add(device)
    const url = `${BASE}/sessions`
    const start = async (proof: string, id = grant.id) => reading.start(id, { proof, method: 'POST', url })
    const proof = await device.proof('POST', url, clock.now())
    const begun = await start(proof)
    expect(begun).toMatchObject({ tokenType: 'DPoP', grant: grant.id, version: 'orca/1', leftBytes: 1_000_000_000 })
    expect(log.kinds()).toEqual(['weights.session_started'])
    expect(access.touches).toMatchObject([{ version: 'orca/1', path: null }])
    await expect(start(proof)).rejects.toMatchObject({ message: expect.stringContaining('used before') })
    const other = await ReadingDevice.make('P-256')
    await expect(start(await other.proof('POST', url, clock.now()))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
