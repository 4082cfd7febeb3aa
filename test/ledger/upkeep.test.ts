import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import {
  fsck,
  importLedger,
  KnownLogs,
  localFsckPlace,
  openFileSigner,
  openPlace,
  openSharedPlace,
  sharedFsckPlace,
  verifyLedger,
} from '../../src/ledger/index.ts'
import { postgresAvailable } from '../support/postgres.ts'
import { newEvent, SharedWorld } from './shared-world.ts'
import { event, openLedger, record, temporaryFolder } from './support.ts'

const weights = ({ findings }: { findings: readonly { weight: string; words: string }[] }, weight: string) =>
  findings.filter((finding) => finding.weight === weight).map(({ words }) => words)

describe('fsck of a ledger in a folder', () => {
  async function filled(size: number) {
    const dataDir = await temporaryFolder()
    {
      await using ledger = await openLedger(dataDir)
      await record(ledger, 0, size)
    }
    const dir = join(dataDir, 'ledger')
    const look = async (mend = false) => fsck({ ...(await localFsckPlace(dir, null)), mend })
    return { dir, dataDir, look, path: (name: string) => join(dir, 'public', name) }
  }

  it('finds nothing in one that is whole, also after erasing', async () => {
    const { dataDir, look } = await filled(600)
    expect(await look()).toMatchObject({ ok: true, size: 600, bodies: { checked: 600, erased: 0 }, findings: [] })
    await using ledger = await openLedger(dataDir)
    await ledger.erase(7)
    expect(await look()).toMatchObject({ ok: true, bodies: { checked: 599, erased: 1 }, findings: [] })
  })

  it.each([
    ['a tile', 'tile/0/000', 'tile/0/000: entry 1 does not match its hash'],
    ['a bundle', 'tile/entries/001', 'the private record of entry 257 is not the one in the public log'],
    ['the tile above', 'tile/1/000.p/2', 'tile/1/000.p/2: the hashes do not match the level below'],
    ['the checkpoint', 'checkpoint', /the checkpoint: /],
  ])('says which is damaged: %s', async (_name, file, words) => {
    const { look, path } = await filled(600)
    const bytes = await readFile(path(file))
    bytes[40] = (bytes[40] ?? 0) ^ 1
    await writeFile(path(file), bytes)
    const report = await look()
    expect(report.ok).toBe(false)
    expect(weights(report, 'wrong')[0]).toMatch(words)
  })

  it('says what is missing, and what is only left over', async () => {
    const { look, path } = await filled(600)
    await writeFile(path('tile/0/007'), Buffer.alloc(8192))
    await writeFile(path('notes.txt'), 'mine')
    const partial = path('tile/0/000.p')
    await mkdir(partial)
    await writeFile(join(partial, '9'), Buffer.alloc(9 * 32))
    const report = await look()
    expect(report.ok).toBe(true)
    expect(weights(report, 'surplus')).toEqual(['1 partial tile whose full tile stands'])
    expect(weights(report, 'note')).toEqual([
      '1 tile ahead of the checkpoint: it was being published, or is to be',
      "1 file that is none of the log's, such as notes.txt",
    ])
    expect(await look(true)).toMatchObject({ ok: true, deleted: 1 })
    expect(weights(await look(), 'surplus')).toEqual([])
    await rm(path('tile/0/002.p'), { recursive: true })
    const missing = await look()
    expect(missing.ok).toBe(false)
    expect(weights(missing, 'wrong')).toEqual([
      'tile/0/002.p/88 is missing',
      'missing at the right edge: tile/0/002.p/88',
    ])
  })

  it('tells a changed body from a damaged log', async () => {
    const { dir, look } = await filled(300)
    const [segment = ''] = await readdir(join(dir, 'private'))
    const path = join(dir, 'private', segment)
    const bytes = await readFile(path)
    const at = bytes.indexOf('req_77')
    bytes.write('req_78', at)
    await writeFile(path, bytes)
    const report = await look()
    expect(report.ok).toBe(false)
    expect(weights(report, 'wrong')).toEqual(['the body of entry 77 is not the one that was committed to'])
    expect(weights(report, 'note')).toEqual(['the public files are whole: entries, tiles and root agree'])
  })
})

describe.skipIf(!postgresAvailable('upkeep of a shared ledger'))('fsck of a shared ledger', () => {
  it('finds nothing in one that is whole, and each kind of damage', async () => {
    await using world = await SharedWorld.open()
    const one = await world.replica()
    for (let n = 0; n < 300; n += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => one.ledger.append(newEvent(`evt_${n + i}`))))
    await world.settled()
    await one.ledger.close()
    const look = async () =>
      fsck({ ...(await sharedFsckPlace({ url: world.url, tiles: await world.tiles(), log: silentLog })), mend: false })
    expect(await look()).toMatchObject({ ok: true, size: 300, bodies: { checked: 300, erased: 0 } })
    const damage: [string, string, RegExp][] = [
      [
        'update ledger_record set body = body || $1 where event_id = $2',
        'evt_5',
        /the body of entry \d+ is not the one/,
      ],
      ['delete from ledger_record where $1::bytea is not null and event_id = $2', 'evt_6', /1 entry without a record/],
      [
        'insert into ledger_record (event_id, salt, body) select $2, sha256($1::bytea), $1::bytea',
        'evt_lost',
        /1 record that has no place, and does not wait for one/,
      ],
      [
        'update ledger_head set size = size + 1 where $1::bytea is not null and $2::text is not null',
        '',
        /the head says 301 entries, there are 300/,
      ],
    ]
    for (const [sql, id, words] of damage) {
      await world.session.query(sql, [Buffer.from('x'), id], 5_000)
      const report = await look()
      expect(report.ok).toBe(false)
      expect(weights(report, 'wrong').join('\n')).toMatch(words)
    }
  })
})

describe.skipIf(!postgresAvailable('importing a ledger'))('a ledger carried over', () => {
  it('is the same log, with each entry at its place, and goes on from there', async () => {
    await using world = await SharedWorld.open()
    const dataDir = await temporaryFolder()
    await rename(join(world.dir, 'keys'), join(dataDir, 'keys'))
    const keyPath = join(dataDir, 'keys/ledger.key')
    {
      await using ledger = await openLedger(dataDir)
      await record(ledger, 0, 700)
      // The same event twice, as only a log of one process can have it; and one that is gone.
      await ledger.append(event(3))
      await ledger.erase(5)
    }
    const dir = join(dataDir, 'ledger')
    const signer = await openFileSigner({ path: keyPath, ids: systemIds })
    const known = await KnownLogs.open(join(dataDir, 'known.json'))
    const before = await verifyLedger({ place: await openPlace(dir), knownLogs: known, clock: systemClock })
    const common = { dir, signer, url: world.url, clock: systemClock, ids: systemIds, log: silentLog }
    // Cut off after the first page: a replica that starts now is told to wait.
    const broken = importLedger({
      ...common,
      tiles: await world.tiles(),
      onProgress: () => {
        throw new Error('pulled the plug')
      },
    })
    await expect(broken).rejects.toThrow('pulled the plug')
    await expect(world.replica()).rejects.toMatchObject({ message: expect.stringContaining('ledger import') })
    const report = await importLedger({ ...common, tiles: await world.tiles() })
    expect(report).toMatchObject({ origin: signer.name, size: 701 })
    expect(report.resumedAt).toBeGreaterThan(0)
    const again = importLedger({ ...common, tiles: await world.tiles() })
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' })
    const place = async () => openSharedPlace({ url: world.url, tiles: await world.tiles(), log: silentLog })
    const verify = async () => verifyLedger({ place: await place(), knownLogs: known, clock: systemClock })
    expect(await verify()).toMatchObject({ size: 701, root: before.root, bodies: { checked: 700, erased: 1 } })
    const replica = await world.replica()
    expect((await replica.ledger.entry(700)).event).toEqual(event(3))
    expect((await replica.ledger.entry(5)).event).toBeNull()
    expect(await replica.ledger.find(event(400).id)).toMatchObject({ position: 400 })
    await replica.ledger.append(newEvent())
    await replica.ledger.append(event(42)) // it stands there already
    await world.settled()
    await replica.ledger.close()
    expect(await verify()).toMatchObject({ size: 702, previous: { size: 701 } })
  }, 60_000)
})
