import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { type LedgerEvent, openFileSigner, parseVkey, verifyDisclosure } from '../../src/ledger/index.ts'
import { postgresAvailable } from '../support/postgres.ts'
import { newEvent, type Replica, SharedWorld } from './shared-world.ts'

const sequencerOf = (replicas: readonly Replica[]) => replicas.find(({ ledger }) => ledger.health().sequencer?.here)
const append = async (replica: Replica, count: number): Promise<string[]> => {
  const events = Array.from({ length: count }, (_, n) => newEvent(undefined, n))
  await Promise.all(events.map((event) => replica.ledger.append(event)))
  return events.map(({ id }) => id)
}
const caughtUp = (replica: Replica, size: number) =>
  expect.poll(() => replica.ledger.size, { timeout: 5_000, interval: 5 }).toBe(size)

describe.skipIf(!postgresAvailable('the shared ledger'))('a ledger that replicas share', () => {
  it('is one log, in one order, whoever records and whoever reads', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    const two = await world.replica()
    const heard: (readonly [number, string])[] = []
    two.ledger.listen(({ position, event }) => heard.push([position, event?.id ?? '']))
    const ids = (await Promise.all([append(one, 700), append(two, 700)])).flat()
    await Promise.all([caughtUp(one, 1_400), caughtUp(two, 1_400)])
    await world.check(ids)
    const read = await Promise.all(
      [one, two].map(async ({ ledger }) => {
        const pages = [await ledger.recorded(0, 1_000), await ledger.recorded(1_000, 1_000)]
        return pages.flat().map(({ position, event }) => ({ position, event }))
      }),
    )
    expect(read[0]).toEqual(read[1])
    await expect.poll(() => heard.length).toBe(1_400)
    expect(heard).toEqual((read[0] ?? []).map(({ position, event }) => [position, event?.id]))
    expect([one, two].filter(({ ledger }) => ledger.health().sequencer?.here)).toHaveLength(1)
    expect(one.ledger.checkpoint()).toBe(two.ledger.checkpoint())
  })

  it('proves what another replica recorded', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    const two = await world.replica()
    const [id = ''] = await append(two, 1)
    await append(one, 300)
    await caughtUp(one, 301)
    const entry = await one.ledger.find(id)
    const proof = await one.ledger.proof(entry?.position ?? -1)
    expect(proof.event).toMatchObject({ id })
    expect(await verifyDisclosure(proof, parseVkey(world.signer.vkey))).toMatchObject({ origin: world.signer.name })
    await expect(one.ledger.proof(301)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    expect(await one.ledger.find('evt_none')).toBeNull()
  })

  it('has an event once, however often and from wherever it is sent', async () => {
    await using world = await SharedWorld.open()
    const replicas = [await world.replica(), await world.replica(), await world.replica()]
    const event = newEvent()
    await Promise.all(replicas.flatMap(({ ledger }) => [ledger.append(event), ledger.append(event)]))
    await replicas[0]?.ledger.append(event)
    await world.check([event.id])
    expect(await world.eventIds()).toEqual([event.id])
    expect(replicas.reduce((sum, { ledger }) => sum + (ledger.health().sequencer?.duplicates ?? 0), 0)).toBe(6)
    const other = replicas[0]?.ledger.append({ ...event, data: { n: 2 } })
    await expect(other).rejects.toMatchObject({ code: 'INTERNAL', message: 'another ledger event has this id' })
  })

  it('is begun by one of those that begin it at once', async () => {
    await using world = await SharedWorld.open()
    const replicas = [await world.replica(), await world.replica(), await world.replica()]
    const genesis = replicas.map((_, n) => ({ ...newEvent(undefined, n), id: 'evt_genesis' }))
    const begun = await Promise.all(replicas.map(({ ledger }, n) => ledger.begin(genesis[n] as LedgerEvent)))
    expect(begun.filter(Boolean)).toHaveLength(1)
    // At once, before anybody has given the first its place.
    expect(await (replicas[0] as Replica).ledger.begin(newEvent())).toBe(false)
    await world.check(['evt_genesis'])
    expect((await (replicas[1] as Replica).ledger.entry(0)).event).toEqual(genesis[begun.indexOf(true)])
    expect(await world.eventIds()).toEqual(['evt_genesis'])
  })

  it('keeps the order of what was recorded one after the other, on whichever replicas', async () => {
    await using world = await SharedWorld.open()
    const replicas = [await world.replica(), await world.replica()]
    const ids: string[] = []
    for (let n = 0; n < 60; n++) ids.push(...(await append(replicas[n % 2] as Replica, 1)))
    await world.check(ids)
    expect(await world.eventIds()).toEqual(ids)
  })

  it('is taken over at once when the sequencer stops, and within the lease when it is gone', async () => {
    await using world = await SharedWorld.open()
    const replicas = [await world.replica({ leaseMs: 2_500 }), await world.replica({ leaseMs: 2_500 })]
    const ids = await append(replicas[1] as Replica, 10)
    await world.check(ids)
    await replicas[0]?.ledger.close()
    const stoppedMs = performance.now()
    await expect.poll(() => sequencerOf(replicas), { interval: 10 }).toBe(replicas[1])
    expect(performance.now() - stoppedMs).toBeLessThan(700)
    const third = await world.replica({ leaseMs: 2_500 })
    replicas[1]?.crash()
    const goneMs = performance.now()
    ids.push(...(await append(third, 10)))
    await expect.poll(() => third.ledger.health().publishedSize, { interval: 20, timeout: 6_000 }).toBe(20)
    const tookMs = performance.now() - goneMs
    process.stdout.write(`what was recorded after the sequencer was gone was proven ${Math.round(tookMs)} ms later\n`)
    expect(tookMs).toBeLessThan(5_000)
    await world.check(ids)
  }, 30_000)

  it('rejects within its time when the database is away, says why, and records again by itself', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    const ids = await append(one, 3)
    one.cable.set('silent')
    const startedMs = performance.now()
    const late = newEvent()
    await expect(one.ledger.append(late)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(performance.now() - startedMs).toBeLessThan(2_500)
    expect(one.ledger.health()).toMatchObject({ state: 'sealed', reason: 'the database can’t be reached' })
    const soonMs = performance.now()
    await expect(one.ledger.append(newEvent())).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(performance.now() - soonMs).toBeLessThan(50)
    one.cable.set('whole')
    await expect.poll(() => one.ledger.health().state, { timeout: 10_000 }).toBe('ok')
    ids.push(...(await append(one, 3)))
    await world.check(ids)
    // It may have arrived before the silence; if it did not, sending it again is what records it.
    await one.ledger.append(late)
    await world.check([...ids, late.id])
  }, 30_000)

  it('rides out a short cut without a rejection', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica({ appendTimeoutMs: 5_000 })
    const ids: string[] = []
    for (let round = 0; round < 5; round++) {
      const appending = append(one, 50)
      await sleep(round)
      one.cable.set('cut')
      await sleep(150)
      one.cable.set('whole')
      ids.push(...(await appending))
    }
    await world.check(ids)
  }, 30_000)

  it('gives places while the tile store fails, and publishes when it is back', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    const two = await world.replica()
    let failing = true
    for (const replica of [one, two])
      replica.fault = () => {
        if (failing) throw new Error('EIO')
      }
    const ids = await append(two, 300)
    await caughtUp(two, 300)
    await expect.poll(() => one.ledger.health()).toMatchObject({ state: 'degraded', publishedSize: 0 })
    // Also by who takes over meanwhile.
    one.crash()
    await expect.poll(() => two.ledger.health().sequencer?.here, { timeout: 5_000 }).toBe(true)
    ids.push(...(await append(two, 300)))
    await caughtUp(two, 600)
    failing = false
    await world.check(ids)
    await expect.poll(() => two.ledger.health().state).toBe('ok')
  }, 30_000)

  it('does not let a sequencer publish that slept while another took over', async () => {
    await using world = await SharedWorld.open()
    const sleeper = await world.replica()
    const ids = await append(sleeper, 5)
    await world.check(ids)
    const awake = await world.replica()
    for (const step of ['write', 'checkpoint'] as const) {
      const slept = Promise.withResolvers<void>()
      const first = sequencerOf([sleeper, awake]) as Replica
      const second = first === sleeper ? awake : sleeper
      first.fault = (at) => (at === step ? slept.promise : undefined)
      ids.push(...(await append(second, 5)))
      await expect.poll(() => first.ledger.health().size).toBe(ids.length)
      // Its lease is not renewed any more, as if all of it slept.
      first.cable.set('silent')
      await expect.poll(() => second.ledger.health().sequencer?.here, { timeout: 5_000 }).toBe(true)
      ids.push(...(await append(second, 5)))
      await expect.poll(() => second.ledger.health().publishedSize).toBe(ids.length)
      slept.resolve()
      first.fault = () => {}
      await sleep(100)
      first.cable.set('whole')
      ids.push(...(await append(first, 5)))
      await world.check(ids)
    }
  }, 30_000)

  it('erases a body everywhere, and the log stays whole', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    const two = await world.replica()
    const ids = await append(one, 20)
    await caughtUp(two, 20)
    expect((await two.ledger.recorded(7, 1))[0]?.event).not.toBeNull()
    await one.ledger.erase(7)
    await expect.poll(async () => (await two.ledger.recorded(7, 1))[0]?.event).toBeNull()
    expect((await one.ledger.entry(7)).event).toBeNull()
    await expect(two.ledger.proof(7)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    await expect(one.ledger.erase(20)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    expect(ids).toHaveLength(20)
  })

  it('writes lost tiles anew from the database', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    const ids = await append(one, 600)
    await world.check(ids)
    await one.ledger.close()
    const level = join(world.dir, 'tiles/tile/0')
    await writeFile(join(level, '002.p', (await readdir(join(level, '002.p')))[0] ?? ''), 'damaged')
    const two = await world.replica()
    ids.push(...(await append(two, 10)))
    await world.check(ids)
    expect(world.lines.join('')).toContain('writing them anew from the database')
  })

  it('stops when the database was put back to an earlier state than what is published', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    await world.check(await append(one, 10))
    await one.ledger.close()
    const published = await readFile(join(world.dir, 'tiles/checkpoint'))
    await world.session.query('delete from ledger_entry where position >= 8', [], 5_000)
    await world.session.query('update ledger_head set size = 8, published_size = 0, note = null', [], 5_000)
    const reopened = world.replica()
    await expect(reopened).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      message: expect.stringContaining('earlier state'),
    })
    expect(await readFile(join(world.dir, 'tiles/checkpoint'))).toEqual(published)
  }, 30_000)

  it('goes by no machine’s clock', async () => {
    await using world = await SharedWorld.open()
    const off = (ms: number): Clock => ({ now: () => systemClock.now() + ms, monotonic: () => systemClock.monotonic() })
    const replicas = [await world.replica({ clock: off(300_000) }), await world.replica({ clock: off(-7_200_000) })]
    const ids: string[] = []
    for (let round = 0; round < 3; round++) {
      ids.push(...(await append(replicas[0] as Replica, 5)), ...(await append(replicas[1] as Replica, 5)))
      await world.settled()
      const before = sequencerOf(replicas) as Replica
      // Nobody takes the lease from who holds it, however late it is by the other's clock.
      await sleep(600)
      expect(sequencerOf(replicas)).toBe(before)
      await before.ledger.close()
      replicas[replicas.indexOf(before)] = await world.replica({ clock: off(round * 60_000) })
    }
    await world.check(ids)
    const [first] = await (replicas[0] as Replica).ledger.entries(0, 1)
    expect(Math.abs(Date.parse(first?.recordedAt ?? '') - systemClock.now())).toBeLessThan(60_000)
  }, 30_000)

  it('refuses a replica with another key', async () => {
    await using world = await SharedWorld.open()
    await world.replica()
    const signer = await openFileSigner({ path: join(world.dir, 'other.key'), ids: systemIds })
    const stranger = world.replica({ signer })
    await expect(stranger).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('copy the folder of keys'),
    })
  })
})
