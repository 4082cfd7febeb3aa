import { createHash } from 'node:crypto'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { s3Available, startStorage } from '../../../../test/support/s3.ts'
import { freshDataDir } from '../../../../test/support/stores.ts'
import { ENGINEER, noise, partOf, putParts, readAll, VaultWorld } from '../../../../test/support/vault-world.ts'
import { systemIds } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { type DbHandle, openDb } from '../../../db/index.ts'
import { parseWeightsConfig, type VaultFinding } from '../index.ts'
import { openStore } from './open-store.ts'

const MIB = 1024 * 1024
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

type Fault = (method: string, url: string) => 'break' | 'fail' | 'cut' | null

/** Stands between the vault and the storage, and does to requests what networks and overloaded servers do. */
class Faults {
  fault: Fault = () => null
  readonly server: Server
  constructor(port: number) {
    this.server = createServer((req, res) => {
      const what = this.fault(req.method ?? '', req.url ?? '')
      if (what === 'fail') return void req.resume().on('end', () => res.writeHead(503).end())
      const { method, url: path, headers } = req
      const onward = request({ port, method, path, headers }, (answer) => {
        if (what === 'break') return res.destroy() // done there, and nobody learns of it
        res.writeHead(answer.statusCode ?? 500, answer.headers)
        if (what === 'cut') {
          answer.once('data', (some: Buffer) => res.write(some))
          setTimeout(() => res.destroy(), 20) // whether the answer has a body or not
          return
        }
        answer.pipe(res)
      })
      onward.on('error', () => res.destroy())
      req.pipe(onward)
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }
}

describe.skipIf(!s3Available('the vault on S3'))('the vault on S3', () => {
  const stack = new AsyncDisposableStack()
  let handle: DbHandle
  let faults: Faults
  let endpoint: string
  let bucket: string
  let world: VaultWorld
  let run = 0
  const storeOf = (prefix: string) =>
    openStore(
      parseWeightsConfig({ store: { type: 's3', bucket, endpoint, prefix, pathStyle: true } }).vault.store,
      '',
      systemIds,
    )

  beforeAll(async () => {
    const storage = stack.use(await startStorage())
    const { port } = storage.process
    bucket = (storage.tiles(port) as { s3: { bucket: string } }).s3.bucket
    faults = new Faults(port)
    endpoint = await faults.start()
    stack.defer(() => void faults.server.close())
    handle = stack.use(await openDb({ url: null, dataDir: await freshDataDir(), log: silentLog }))
  })
  afterAll(() => stack.disposeAsync())
  beforeEach(async () => {
    faults.fault = () => null
    world = await VaultWorld.open(handle, { store: await storeOf(`run-${run++}/`) })
    return () => world[Symbol.asyncDispose]()
  })

  it('keeps files, gives ranges, and is checked, erased and recovered', async () => {
    const files = { 'a.bin': noise(40 * MIB + 5), 'b.bin': Buffer.alloc(0) }
    await world.put('atlas/1', files)
    for (const [path, bytes] of Object.entries(files))
      expect((await readAll(world.vault, 'atlas/1', path)).equals(bytes)).toBe(true)
    await using opened = await world.vault.openFile('atlas/1', 'a.bin')
    const pieces: Buffer[] = []
    for await (const piece of opened.range(33 * MIB - 3, 70_000)) pieces.push(Buffer.from(piece))
    expect(Buffer.concat(pieces)).toEqual(files['a.bin'].subarray(33 * MIB - 3, 33 * MIB - 3 + 70_000))
    const findings: VaultFinding[] = []
    for await (const finding of world.vault.fsck({ deep: true, by: ENGINEER })) findings.push(finding)
    expect(findings).toEqual([])
    await handle.db.deleteFrom('weightsRecord').execute()
    await using other = await world.another()
    expect(await other.recover(ENGINEER)).toMatchObject([{ version: 'atlas/1', outcome: 'restored' }])
    expect((await readAll(other, 'atlas/1', 'a.bin')).equals(files['a.bin'])).toBe(true)
  })

  it('loses nothing to errors half-way and answers that never come', async () => {
    const files = { 'a.bin': noise(36 * MIB) }
    let requests = 0
    faults.fault = (method) =>
      (['fail', null, 'break', null, 'cut', null] as const)[method === 'HEAD' ? 1 : requests++ % 6] ?? null
    const version = await world.put('atlas/1', files)
    expect(requests).toBeGreaterThan(10)
    expect((await readAll(world.vault, 'atlas/1', 'a.bin')).equals(files['a.bin'])).toBe(true)
    expect((await world.vault.versions.files(version.id))[0]?.sha256).toBe(sha256(files['a.bin']))
  })

  it('says that the store is away, keeps what is in, and goes on when it is back', async () => {
    const files = { 'a.bin': noise(36 * MIB) }
    const upload = await world.begin('atlas/1', files)
    await world.vault.uploads.putPart(upload.id, 0, 0, partOf(upload, files, 0, 0))
    faults.fault = () => 'fail'
    const putting = world.vault.uploads.putPart(upload.id, 0, 1, partOf(upload, files, 0, 1))
    await expect(putting).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    faults.fault = () => null
    const again = await world.begin('atlas/1', files)
    expect(again.files[0]?.stored).toEqual([0])
    await putParts(world.vault, again, files)
    await world.vault.uploads.finish(upload.id, ENGINEER)
    expect((await world.vault.versions.files('atlas/1'))[0]?.sha256).toBe(sha256(files['a.bin']))
    expect((await readAll(world.vault, 'atlas/1', 'a.bin')).equals(files['a.bin'])).toBe(true)
  })

  it('asks for parts again that the store has lost', async () => {
    const files = { 'a.bin': noise(36 * MIB) }
    const upload = await world.begin('atlas/1', files)
    await putParts(world.vault, upload, files)
    await handle.db
      .updateTable('weightsPart')
      .set({ etag: '"00000000000000000000000000000000"' })
      .where('part', '=', 1)
      .execute()
    await expect(world.vault.uploads.finish(upload.id, ENGINEER)).rejects.toThrow('send them again')
    const again = await world.begin('atlas/1', files)
    expect(again.files[0]?.stored).toEqual([0, 2])
    await putParts(world.vault, again, files)
    await world.vault.uploads.finish(upload.id, ENGINEER)
    expect((await readAll(world.vault, 'atlas/1', 'a.bin')).equals(files['a.bin'])).toBe(true)
  })

  it('gives nothing of an object that was cut, replaced or is gone', async () => {
    await world.put('atlas/1', { 'a.bin': noise(100_000) })
    await world.put('atlas/2', { 'a.bin': noise(100_000) })
    const [first, second] = await handle.db
      .selectFrom('weightsRecord')
      .select('id')
      .where('kind', '=', 'vault_file')
      .orderBy('id')
      .execute()
    const store = await storeOf(`run-${run - 1}/`)
    const size = (await world.vault.versions.files('atlas/1'))[0]?.storedBytes ?? 0
    const object = (key = '', sizeBytes = size) => ({ key, sizeBytes, firstBytes: sizeBytes, partBytes: MIB })
    const bytes = Buffer.alloc(size)
    {
      await using other = await store.open(object(second?.id))
      expect(await other.read(bytes, 0)).toBe(size)
    }
    const replace = async (content: Buffer) => {
      const target = await store.begin(object(first?.id, content.length))
      const sink = await store.part(object(first?.id, content.length), target, 0)
      await sink.write([content])
      const mark = await sink.commit()
      await store.remove(object(first?.id), '')
      await store.finish(object(first?.id, content.length), target, [mark ?? ''])
    }
    for (const content of [bytes, bytes.subarray(0, 50_000)]) {
      await replace(content)
      await expect(readAll(world.vault, 'atlas/1', 'a.bin')).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    }
    await store.remove(object(first?.id), '')
    await expect(readAll(world.vault, 'atlas/1', 'a.bin')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await store[Symbol.asyncDispose]()
  })
})
