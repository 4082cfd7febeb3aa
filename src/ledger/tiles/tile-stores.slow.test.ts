import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { s3Available, startStorage } from '../../../test/support/s3.ts'
import { systemIds } from '../../base/ids.ts'
import { LedgerConfig } from '../../base/ledger-config.ts'
import { openTiles } from './open-tiles.ts'
import type { TileStore } from './tile-store.ts'

const tile = (byte: number, width = 256) => Buffer.alloc(32 * width, byte)
const tilesOf = (config: unknown) => LedgerConfig.parse({ shared: true, tiles: config }).tiles

async function all(paths: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const path of paths) found.push(path)
  return found.sort()
}

const KINDS = ['folder', ...(s3Available('tile stores') ? ['s3'] : [])]

describe.each(KINDS)('tiles in %s', (kind) => {
  let open: () => Promise<TileStore>
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'safelevel-tiles-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    if (kind === 'folder') open = () => openTiles(tilesOf({ folder }), systemIds)
    else {
      const storage = stack.use(await startStorage())
      open = () => openTiles(tilesOf(storage.tiles(storage.process.port)), systemIds)
    }
  })
  afterAll(() => stack.disposeAsync())

  it('gives back what was written, and tells what is not there', async () => {
    const store = await open()
    expect(await store.read('tile/0/000')).toBeNull()
    expect(await store.read('checkpoint')).toBeNull()
    await store.write([
      ['tile/0/000', tile(1)],
      ['tile/0/001.p/7', tile(2, 7)],
      ['tile/entries/x001/000', tile(3)],
    ])
    await store.writeText('vkey', 'a key\n')
    expect(Buffer.compare((await store.read('tile/0/000')) ?? Buffer.of(), tile(1))).toBe(0)
    expect(Buffer.compare((await store.read('tile/0/001.p/7')) ?? Buffer.of(), tile(2, 7))).toBe(0)
    expect(Buffer.from((await store.read('vkey')) ?? []).toString()).toBe('a key\n')
    expect(await all(store.list())).toEqual(['tile/0/000', 'tile/0/001.p/7', 'tile/entries/x001/000', 'vkey'])
    // The same again is no error: whoever takes over writes what may be there.
    await store.write([['tile/0/000', tile(1)]])
    await store.close()
  })

  it('drops the partial forms of a full tile, and removes what is surplus', async () => {
    const store = await open()
    await store.write([
      ['tile/0/001.p/9', tile(2, 9)],
      ['tile/0/001.p/10', tile(2, 10)],
    ])
    await store.write([['tile/0/001', tile(2)]])
    await store.dropPartials([{ level: 0, index: 1, width: 256 }])
    // Also the one of 7 hashes, which another wrote before this one took over.
    expect((await all(store.list())).filter((path) => path.startsWith('tile/0/001'))).toEqual(['tile/0/001'])
    await store.write([
      ['tile/0/002.p/5', tile(3, 5)],
      ['tile/0/003.p/5', tile(3, 5)],
      ['tile/0/002', tile(3)],
    ])
    await store.dropPartials([{ level: 0, index: 2, width: 256 }])
    const last = () => all(store.list()).then((paths) => paths.filter((path) => /00[23]/.test(path)))
    expect(await last()).toEqual(['tile/0/002', 'tile/0/003.p/5'])
    await store.remove(['tile/0/003.p/5'])
    expect(await last()).toEqual(['tile/0/002'])
    await store.close()
  })

  it('replaces the checkpoint, and leaves nothing unfinished behind', async () => {
    const store = await open()
    for (const note of ['one', 'two', 'three']) await store.replaceCheckpoint(note)
    expect(Buffer.from((await store.read('checkpoint')) ?? []).toString()).toBe('three')
    await store.close()
    if (kind === 'folder') expect(await readdir(join(store.place, '.temporary'))).toEqual([])
  })

  it.runIf(kind === 's3')('refuses a checkpoint of who does not know the one that stands', async () => {
    const [one, two] = [await open(), await open()]
    await one.read('checkpoint')
    await two.read('checkpoint')
    await one.replaceCheckpoint('of one')
    await expect(two.replaceCheckpoint('of two')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(Buffer.from((await two.read('checkpoint')) ?? []).toString()).toBe('of one')
    // Who read it may, and who finds its own words there counts them as written.
    await two.replaceCheckpoint('of two')
    await one.read('checkpoint')
    await one.replaceCheckpoint('of one again')
    const late = two.replaceCheckpoint('of one again')
    await expect(late).resolves.toBeUndefined()
    for (const store of [one, two]) await store.close()
  })

  it.runIf(kind === 's3')('refuses another tile in the place of a full one', async () => {
    const store = await open()
    await store.write([['tile/0/009', tile(9)]])
    await expect(store.write([['tile/0/009', tile(8)]])).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    expect(Buffer.compare((await store.read('tile/0/009')) ?? Buffer.of(), tile(9))).toBe(0)
    await store.close()
  })
})

describe('storage that fails', () => {
  /** Answers as `answer` says, and counts. */
  async function failing(answer: (n: number) => number | 'silence') {
    let count = 0
    const server = createServer((request, response) => {
      const status = answer(++count)
      request.resume()
      if (status === 'silence') return
      request.on('end', () => response.writeHead(status, { etag: '"e"' }).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
    const s3 = { bucket: 'bucket', endpoint: `http://127.0.0.1:${port}`, pathStyle: true }
    const store = await openTiles(tilesOf({ s3 }), systemIds)
    return {
      store,
      count: () => count,
      async [Symbol.asyncDispose]() {
        await store.close()
        server.closeAllConnections()
        server.close()
      },
    }
  }

  it('is asked again when it answers 500, and given up after a few times', async () => {
    await using passing = await failing((n) => (n < 3 ? 500 : 200))
    await passing.store.write([['tile/0/000', tile(1)]])
    expect(passing.count()).toBe(3)
    await using broken = await failing(() => 503)
    await expect(broken.store.write([['tile/0/000', tile(1)]])).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringMatching(/^the tile store fails \(503/),
    })
    expect(broken.count()).toBe(3)
  })

  it('is not asked again when it refuses, and says what to look at', async () => {
    await using forbidden = await failing(() => 403)
    await expect(forbidden.store.read('checkpoint')).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringMatching(/refuses \(403.*check ledger\.tiles\.s3 and its credentials/),
    })
    expect(forbidden.count()).toBe(1)
  })

  it('is given up when it does not answer', async () => {
    await using silent = await failing(() => 'silence')
    const startedMs = performance.now()
    await expect(silent.store.read('tile/0/000')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(performance.now() - startedMs).toBeLessThan(12_000)
  }, 20_000)
})
