import { describe, expect, it } from 'vitest'
import { systemIds } from '../../src/base/ids.ts'
import { LedgerConfig } from '../../src/base/ledger-config.ts'
import { openTiles } from '../../src/ledger/index.ts'
import { Cable } from '../chaos/cable.ts'
import { postgresAvailable } from '../support/postgres.ts'
import { s3Available, startStorage } from '../support/s3.ts'
import { newEvent, type Replica, SharedWorld } from './shared-world.ts'

const append = async ({ ledger }: Replica, count: number): Promise<string[]> => {
  const events = Array.from({ length: count }, (_, n) => newEvent(undefined, n))
  await Promise.all(events.map((event) => ledger.append(event)))
  return events.map(({ id }) => id)
}
const AVAILABLE = postgresAvailable('the shared ledger on S3') && s3Available('the shared ledger on S3')

describe.skipIf(!AVAILABLE)('a shared ledger whose tiles lie in a bucket', () => {
  /** Each replica reaches the storage by a line of its own. */
  async function onStorage() {
    await using stack = new AsyncDisposableStack()
    const storage = stack.use(await startStorage())
    const world = stack.use(await SharedWorld.open())
    const at = (port: number) => LedgerConfig.parse({ shared: true, tiles: storage.tiles(port) }).tiles
    world.tiles = () => openTiles(at(storage.process.port), systemIds)
    const open = stack.move()
    const replica = async () => {
      const line = open.use(await Cable.open(() => storage.process.port))
      const opened = await world.replica({ leaseMs: 1_000, openTiles: () => openTiles(at(line.port), systemIds) })
      return { opened, line }
    }
    return { world, storage, replica, [Symbol.asyncDispose]: () => open.disposeAsync() }
  }

  it('is published, verified and taken over', async () => {
    await using on = await onStorage()
    const one = await on.replica()
    const two = await on.replica()
    const ids = [...(await append(one.opened, 400)), ...(await append(two.opened, 400))]
    await on.world.check(ids)
    one.opened.crash()
    ids.push(...(await append(two.opened, 400)))
    await on.world.check(ids)
    const left: string[] = []
    for await (const path of (await on.world.tiles()).list()) if (path.includes('.p/')) left.push(path)
    expect(left.filter((path) => /\/00[0-3]\.p\//.test(path)).length).toBeLessThan(20)
  }, 60_000)

  it('lets another replica publish when the sequencer alone is cut off from the storage', async () => {
    await using on = await onStorage()
    const replicas = [await on.replica(), await on.replica()]
    const ids = await append(replicas[0]?.opened as Replica, 10)
    await on.world.check(ids)
    const first = replicas.find(({ opened }) => opened.ledger.health().sequencer?.here)
    const second = replicas.find((replica) => replica !== first)
    first?.line.set('silent')
    const cutMs = performance.now()
    ids.push(...(await append(second?.opened as Replica, 10)))
    await expect.poll(() => second?.opened.ledger.health().publishedSize, { timeout: 8_000, interval: 20 }).toBe(20)
    const tookMs = performance.now() - cutMs
    process.stdout.write(`another replica published ${Math.round(tookMs)} ms after the sequencer lost the storage\n`)
    expect(tookMs).toBeLessThan(5_000)
    first?.line.set('whole')
    ids.push(...(await append(first?.opened as Replica, 10)))
    await on.world.check(ids)
  }, 60_000)

  it('records and gives places while the storage is gone, and publishes it all when it is back', async () => {
    await using on = await onStorage()
    const one = await on.replica()
    const two = await on.replica()
    const ids = await append(one.opened, 10)
    await on.world.check(ids)
    await on.storage.process.kill()
    ids.push(...(await append(two.opened, 300)))
    await expect.poll(() => two.opened.ledger.size, { timeout: 10_000 }).toBe(310)
    await expect.poll(() => one.opened.ledger.health().state, { timeout: 15_000 }).toBe('degraded')
    await on.storage.process.start()
    await on.world.check(ids)
    await expect.poll(() => two.opened.ledger.health().state, { timeout: 15_000 }).toBe('ok')
  }, 90_000)
})
