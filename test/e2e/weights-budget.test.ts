import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { noise, ReadingDevice } from '../support/reading-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { ServedChild } from '../support/served-child.ts'
import { type Gotten, grantIn, Insider, replicaFolder, sealIn } from '../support/weights-served.ts'

const MIB = 1024 * 1024
const BUDGET = 24 * MIB + 12_345
const WEIGHTS = noise(16 * MIB + 99)
const VERSION = 'orca/1'

describe.skipIf(!postgresAvailable('an insider at the vault'))('an insider with a valid grant', () => {
  let resources: AsyncDisposableStack
  let home: RunningApp
  let config: Record<string, unknown>
  let databaseUrl: string
  let device: ReadingDevice

  beforeEach(async () => {
    resources = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'safelevel-weights-'))
    resources.defer(() => rm(folder, { recursive: true, force: true }))
    databaseUrl = resources.use(await createTestDatabase()).url
    const before = process.env.DATABASE_URL
    process.env.DATABASE_URL = databaseUrl
    resources.defer(() => {
      if (before === undefined) delete process.env.DATABASE_URL
      else process.env.DATABASE_URL = before
    })
    config = {
      ledger: { checkpointIntervalMs: 20, shared: true, tiles: { folder: join(folder, 'tiles') } },
      weights: { store: { type: 'local', folder: join(folder, 'weights') }, segmentKiB: 64 },
      classifier: { mode: 'screen' },
      canaries: { intervalSeconds: 0 },
    }
    home = resources.use(await startApp({ databaseUrl, config }))
    device = await ReadingDevice.make()
    await sealIn(home, VERSION, { 'model.bin': WEIGHTS })
  }, 120_000)
  afterEach(() => resources.disposeAsync())

  async function serve(name: string) {
    const folder = await mkdtemp(join(tmpdir(), `safelevel-${name}-`))
    resources.defer(() => rm(folder, { recursive: true, force: true }))
    const child = new ServedChild(await replicaFolder(home, folder), config)
    resources.defer(() => child.kill())
    const at = await child.ready
    if (at === null) throw new Error(`it did not start: ${child.stderr}`)
    return { child, control: at.control }
  }
  /** Ranges that overlap, each counted as often as it comes. */
  const range = (i: number) => {
    const start = (i * 1_048_583) % (WEIGHTS.length - 3 * MIB)
    return { start, header: `bytes=${start}-${start + 3 * MIB - 1}` }
  }
  const recorded = () => bytesOnRecord(home)

  it('gets not one byte over the budget, with many requests on two replicas that are killed and started again', async () => {
    const grant = await grantIn(home, device, { version: VERSION, budgetBytes: BUDGET })
    const insider = new Insider(device, grant.id)
    await insider.begin(home.controlUrl)
    let replicas = await Promise.all([serve('one'), serve('two')])
    const controls = () => [home.controlUrl, ...replicas.map(({ control }) => control)]
    const received: { start: number; gotten: Gotten }[] = []
    const ask = async (i: number) => {
      const { start, header } = range(i)
      const at = controls()[i % 3] ?? ''
      received.push({ start, gotten: await insider.get(at, '/files/0', header) })
    }
    for (let round = 0; round < 3; round++) {
      const asking = Promise.all(Array.from({ length: 6 }, (_, i) => ask(round * 6 + i)))
      // The first two rounds end in kill -9, at some instant between a request and its last byte.
      if (round < 2) {
        await sleep(20 + 40 * round)
        await Promise.all(replicas.map(({ child }) => child.kill()))
      }
      await asking
      if (round < 2) replicas = await Promise.all([serve(`one-${round}`), serve(`two-${round}`)])
    }
    // What is left goes byte by byte: the last one too, and none after.
    for (let length = 2 * MIB; length >= 1; ) {
      const gotten = await insider.get(controls()[length % 3] ?? '', '/files/0', `bytes=0-${length - 1}`)
      if (gotten.status === 206) received.push({ start: 0, gotten })
      else length = Math.floor(length / 2)
    }
    const given = received.filter(({ gotten }) => gotten.status === 206)
    for (const { start, gotten } of given)
      expect(gotten.bytes.equals(WEIGHTS.subarray(start, start + gotten.bytes.length))).toBe(true)
    const got = given.reduce((sum, { gotten }) => sum + gotten.bytes.length, 0)
    const used = (await home.app.weights.reading.usage([grant.id])).get(grant.id) ?? 0
    expect(got).toBeGreaterThan(0)
    expect(got).toBeLessThanOrEqual(await recorded())
    expect(await recorded()).toBeLessThanOrEqual(used)
    expect(used).toBe(BUDGET)
    await expect.poll(async () => (await home.app.weights.access.grants.get(grant.id)).state).toBe('spent')
    for (const control of controls()) expect((await insider.get(control, '/files/0', 'bytes=0-0')).status).toBe(403)
  }, 240_000)

  it('gets no more from several grants at once than the budget of the person, the host or the organisation', async () => {
    const { reading } = home.app.weights
    const by = { type: 'staff', id: 'per_ciso' } as const
    await reading.budgets.set({ kind: 'organisation', id: '*', capacityBytes: 5 * MIB, bytesPerDay: 0 }, by)
    const other = await serve('other')
    const insiders = await Promise.all(
      [1, 2].map(async () => {
        const own = await ReadingDevice.make('P-256')
        const grant = await grantIn(home, own, { version: VERSION, budgetBytes: 1_000 * MIB })
        const insider = new Insider(own, grant.id)
        await insider.begin(other.control)
        return insider
      }),
    )
    const results = await Promise.all(
      Array.from({ length: 24 }, (_, i) => {
        const at = [home.controlUrl, other.control][i % 2] ?? ''
        return insiders[Math.floor(i / 2) % 2]?.get(at, '/files/0', `bytes=${i * 1_000}-${i * 1_000 + MIB - 1}`)
      }),
    )
    const got = results.filter((one) => one?.status === 206)
    expect(got).toHaveLength(5)
    expect(results.filter((one) => one?.status === 403)).toHaveLength(19)
    const [budget] = await reading.budgets.list()
    expect(budget).toMatchObject({ kind: 'organisation', leftBytes: 0, daysToExfiltrate: null })
  }, 120_000)

  it('is cut off on another replica within a second of being revoked, and by a lock', async () => {
    const other = await serve('other')
    const { grants, locks } = home.app.weights.access
    const by = { type: 'staff', id: 'per_ciso' } as const
    for (const stop of [
      (id: string) => grants.revoke(id, by, 'a test'),
      () => locks.lock({ model: 'orca' }, by, 'a test'),
    ]) {
      const own = await ReadingDevice.make()
      const grant = await grantIn(home, own, { version: VERSION, budgetBytes: 1_000 * MIB })
      const insider = new Insider(own, grant.id)
      await insider.begin(other.control)
      // Reads again and again, so that something is open at any instant.
      let isOver = false
      let last = 0
      const reading = (async () => {
        while (!isOver) {
          const { status } = await insider.get(other.control, '/files/0')
          if (status === 200) last = Date.now()
          else isOver = true
        }
      })()
      await expect.poll(() => last, { timeout: 20_000 }).toBeGreaterThan(0)
      await stop(grant.id)
      const stoppedAt = Date.now()
      await reading
      expect(Date.now() - stoppedAt).toBeLessThan(1_000)
    }
  }, 120_000)
})

/** How many bytes the ledger says were given out. */
async function bytesOnRecord({ app: { ledger } }: RunningApp): Promise<number> {
  await ledger.refresh()
  let bytes = 0
  for (let from = 0; from < ledger.size; from += 1_000) {
    for (const { event } of await ledger.entries(from, 1_000))
      if (event?.kind === 'weights.read') bytes += Number(event.data.length)
  }
  return bytes
}
