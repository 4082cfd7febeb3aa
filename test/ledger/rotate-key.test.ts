import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import {
  followKeys,
  KnownLogs,
  openFileSigner,
  openPlace,
  openSharedPlace,
  parseVkey,
  rotateLocalKey,
  rotateSharedKey,
  signSuccession,
  successionPath,
  verifyLedger,
} from '../../src/ledger/index.ts'
import { postgresAvailable } from '../support/postgres.ts'
import { newEvent, SharedWorld } from './shared-world.ts'
import { openLedger, record, temporaryFolder } from './support.ts'

async function knownLogs(): Promise<KnownLogs> {
  return KnownLogs.open(join(await temporaryFolder(), 'known-logs.json'))
}

async function localLog() {
  const dataDir = await temporaryFolder()
  const grow = async (from: number, to: number) => {
    await using ledger = await openLedger(dataDir)
    await record(ledger, from, to)
    return ledger.vkey
  }
  const dir = join(dataDir, 'ledger')
  const keyPath = join(dataDir, 'keys/ledger.key')
  const rotate = () => rotateLocalKey({ dir, keyPath, ids: systemIds, clock: systemClock, log: silentLog })
  const known = await knownLogs()
  const verify = async (vkey?: string, place = dir) =>
    verifyLedger({ place: await openPlace(place), knownLogs: known, clock: systemClock, vkey })
  return { dir, keyPath, grow, rotate, verify }
}

describe('a log with a new key', () => {
  it('verifies with the key that was pinned before, however often it changed, and pins the new one', async () => {
    const log = await localLog()
    const first = await log.grow(0, 300)
    await log.verify()
    const one = await log.rotate()
    expect(one).toMatchObject({ from: first, size: 300 })
    await log.grow(300, 400)
    const two = await log.rotate()
    await log.grow(400, 700)
    const report = await log.verify()
    expect(report).toMatchObject({ size: 700, keyFrom: 'pinned', vkey: two.to, previous: { size: 300 } })
    expect(report.handedOver).toEqual([
      { from: first, to: one.to, size: 300 },
      { from: one.to, to: two.to, size: 400 },
    ])
    expect((await log.verify()).handedOver).toEqual([])
    // Who was given the first key on paper, and who was given the newest.
    for (const vkey of [first, two.to]) {
      const place = await openPlace(log.dir)
      const fresh = await verifyLedger({ place, knownLogs: await knownLogs(), clock: systemClock, vkey })
      expect(fresh).toMatchObject({ vkey: two.to, keyFrom: 'given' })
    }
  })

  it('is still verified by who knows only the old key, until something new is published', async () => {
    const log = await localLog()
    const first = await log.grow(0, 10)
    const { to } = await log.rotate()
    const note = await readFile(join(log.dir, 'public/checkpoint'), 'utf8')
    for (const vkey of [first, to]) expect(note).toContain(`— ${parseVkey(vkey).name} `)
    expect(note.match(/^— /gm)).toHaveLength(2)
    await log.verify(first)
  })

  it('goes on with the same new key after a crash before the end', async () => {
    const log = await localLog()
    await log.grow(0, 10)
    await log.verify()
    const before = await readFile(log.keyPath)
    const { to } = await log.rotate()
    const next = await readFile(log.keyPath)
    // As if only the last step had not been done.
    await writeFile(log.keyPath, before, { mode: 0o600 })
    await writeFile(`${log.keyPath}.next`, next, { mode: 0o600 })
    expect((await log.rotate()).to).toBe(to)
    await log.grow(10, 20)
    expect((await log.verify()).vkey).toBe(to)
  })

  it('is not believed when the last word is forged, of another log, or hands over another history', async () => {
    const log = await localLog()
    await log.grow(0, 10)
    await log.verify()
    const old = await openFileSigner({ path: log.keyPath, ids: systemIds })
    await log.rotate()
    const present = await openFileSigner({ path: log.keyPath, ids: systemIds })
    await log.grow(10, 20)
    const path = join(log.dir, 'public', successionPath(old))
    const honest = await readFile(path, 'utf8')
    const thief = await openFileSigner({ path: join(await temporaryFolder(), 'k'), origin: old.name, ids: systemIds })
    const root = Buffer.alloc(32, 7)
    const words = {
      'of another history': await signSuccession(old, present, { size: 10, root }),
      'of more entries than there are': await signSuccession(old, present, { size: 1_000, root }),
      'without the old key’s signature': honest.split('\n').toSpliced(-3, 1).join('\n'),
      'without the new key’s signature': honest.split('\n').toSpliced(-2, 1).join('\n'),
      'signed by a thief': await signSuccession(thief, present, { size: 10, root }),
      'no note': 'hello',
    }
    for (const [name, note] of Object.entries(words)) {
      await writeFile(path, note)
      await expect(log.verify(), name).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    }
    await writeFile(path, honest)
    await log.verify()
  })

  it('ends a chain that goes in a circle', async () => {
    const folder = await temporaryFolder()
    const signer = (name: string) =>
      openFileSigner({ path: join(folder, name), origin: 'test.example/log', ids: systemIds })
    const [one, two] = [await signer('one'), await signer('two')]
    const head = { size: 0, root: Buffer.alloc(32) }
    const notes = new Map([
      [successionPath(one), await signSuccession(one, two, head)],
      [successionPath(two), await signSuccession(two, one, head)],
    ])
    const read = async (path: string) => Buffer.from(notes.get(path) ?? '')
    await expect(followKeys(parseVkey(one.vkey), read)).rejects.toMatchObject({ code: 'MALFORMED' })
  })
})

describe.skipIf(!postgresAvailable('key rotation of a shared ledger'))('a shared log with a new key', () => {
  it('goes on without a stop where the new key is at hand, and records where it is not', async () => {
    await using world = await SharedWorld.open()
    const keys = await mkdtemp(join(tmpdir(), 'safelevel-keys-'))
    onTestFinished(() => rm(keys, { recursive: true, force: true }))
    const [mounted, copied] = [join(world.dir, 'keys/ledger.key'), join(keys, 'ledger.key')]
    await cp(mounted, copied)
    const reloadFrom = (path: string) => () => openFileSigner({ path, ids: systemIds })
    const one = await world.replica({ reloadSigner: reloadFrom(mounted) })
    const two = await world.replica({ reloadSigner: reloadFrom(copied) })
    const place = async () => openSharedPlace({ url: world.url, tiles: await world.tiles(), log: world.log })
    const known = await knownLogs()
    const verify = async () => verifyLedger({ place: await place(), knownLogs: known, clock: systemClock })
    const append = (n: number) => Promise.all(Array.from({ length: n }, () => two.ledger.append(newEvent())))
    await append(20)
    await expect.poll(() => two.ledger.health().publishedSize).toBe(20)
    await verify()
    const tiles = await world.tiles()
    const { from, to } = await rotateSharedKey({
      url: world.url,
      tiles,
      keyPath: mounted,
      ids: systemIds,
      log: world.log,
    })
    await append(20)
    await expect.poll(() => two.ledger.health().publishedSize, { timeout: 10_000 }).toBe(40)
    expect(one.ledger.health().sequencer?.here).toBe(true)
    expect(two.ledger.health()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('copy ledger.key') })
    expect(await verify()).toMatchObject({ size: 40, vkey: to, handedOver: [{ from, to, size: 20 }] })
    await cp(mounted, copied)
    await expect.poll(() => two.ledger.health().state, { timeout: 5_000 }).toBe('ok')
    await one.ledger.close()
    await append(5)
    await expect.poll(() => two.ledger.health().publishedSize, { timeout: 10_000 }).toBe(45)
    await expect(
      world.replica({ signer: world.signer }), // the old one
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('rotated') })
  }, 60_000)
})
