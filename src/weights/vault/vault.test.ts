import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ENGINEER, noise, partOf, putParts, readAll, VaultWorld } from '../../../test/support/vault-world.ts'
import { safetensorsFile } from '../../../test/support/weights-files.ts'
import type { DbHandle } from '../../db/index.ts'
import { manifestDigest, type NewUpload, type Vault } from './index.ts'

const MIB = 1024 * 1024
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const header = JSON.stringify({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] } })
/** Two parts and a piece. */
const big = noise(33 * MIB + 17)

describe.each(storeKinds('vault'))('the vault on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: VaultWorld
  let vault: Vault
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await VaultWorld.open(handle)
    vault = world.vault
    return () => world[Symbol.asyncDispose]()
  })

  it('takes files in and gives any range of them back', async () => {
    const files = { 'a.bin': big, 'empty.txt': Buffer.alloc(0), 'm/model.safetensors': safetensorsFile(header, 16) }
    const version = await world.put('atlas/1', files)
    const manifest = Object.entries(files).map(([path, bytes]) => ({
      path,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    }))
    expect(version).toMatchObject({ id: 'atlas/1', state: 'sealed', decoy: false, fileCount: 3 })
    expect(version.manifestDigest).toBe(manifestDigest('atlas', '1', manifest))
    for (const [path, bytes] of Object.entries(files))
      expect((await readAll(vault, 'atlas/1', path)).equals(bytes)).toBe(true)
    await using opened = await vault.openFile('atlas/1', 'm/model.safetensors')
    expect(await opened.tensors()).toEqual([
      { name: 'a', dtype: 'F32', shape: [2, 2], start: 8 + header.length, length: 16 },
    ])
    expect((await vault.versions.files('atlas/1')).map(({ path }) => path)).toEqual(Object.keys(files))
    expect(world.log.kinds()).toEqual(['weights.key_created', 'weights.upload_begun', 'weights.sealed'])
    expect((await vault.versions.list({ limit: 10 })).items).toEqual([version])
    expect(JSON.stringify(world.log.events)).not.toContain('safetensors')
  })

  it('goes on where an upload was interrupted, in another process, in any order', async () => {
    const files = { 'a.bin': big, 'b.bin': noise(100) }
    const begun = await world.begin('atlas/1', files)
    await vault.uploads.putPart(begun.id, 0, 2, partOf(begun, files, 0, 2))
    await expect(vault.uploads.finish(begun.id, ENGINEER)).rejects.toThrow('file 0 lacks 2 of its parts')
    await using other = await world.another()
    const again = await world.begin('atlas/1', files, other)
    expect(again).toMatchObject({
      id: begun.id,
      files: [
        { parts: 3, stored: [2] },
        { parts: 1, stored: [] },
      ],
    })
    await putParts(other, again, files)
    const version = await other.uploads.finish(begun.id, ENGINEER)
    expect((await readAll(vault, 'atlas/1', 'a.bin')).equals(big)).toBe(true)
    expect((await vault.versions.files('atlas/1'))[0]?.sha256).toBe(sha256(big))
    expect(await vault.uploads.finish(begun.id, ENGINEER)).toEqual(version)
    expect((await vault.uploads.get(begun.id)).state).toBe('sealed')
  })

  it('takes parts in parallel from two replicas, each part once', async () => {
    const files = { 'a.bin': big }
    const upload = await world.begin('atlas/1', files)
    await using other = await world.another()
    const both = [vault, other].flatMap((one) => [0, 1, 2].map((part) => [one, part] as const))
    const ended = await Promise.allSettled(
      both.map(([one, part]) => one.uploads.putPart(upload.id, 0, part, partOf(upload, files, 0, part))),
    )
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([])
    await Promise.all([vault, other].map((one) => one.uploads.finish(upload.id, ENGINEER)))
    expect((await vault.versions.files('atlas/1'))[0]?.sha256).toBe(sha256(big))
    expect((await readAll(other, 'atlas/1', 'a.bin')).equals(big)).toBe(true)
    expect(world.log.kinds().filter((kind) => kind === 'weights.sealed')).toHaveLength(1)
    expect(readdirSync(join(world.folder, 'weights', upload.id, '00000'))).toEqual(['00000', '00001', '00002'])
  })

  it('takes a part that is whole or none of it', async () => {
    const files = { 'a.bin': noise(200_000) }
    const upload = await world.begin('atlas/1', files)
    const put = (bytes: Buffer, part = 0) =>
      vault.uploads.putPart(
        upload.id,
        0,
        part,
        (async function* () {
          yield bytes
        })(),
      )
    await expect(put(noise(199_999))).rejects.toThrow('fewer bytes')
    await expect(put(noise(200_001))).rejects.toThrow('more bytes')
    await expect(put(noise(1), 1)).rejects.toThrow('file 0 has parts 0 to 0')
    for (const file of [1, -1, 0.5]) {
      const putting = vault.uploads.putPart(upload.id, file, 0, partOf(upload, files, 0, 0))
      await expect(putting).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    const broken = (async function* () {
      yield noise(100_000)
      throw new Error('connection lost')
    })()
    await expect(vault.uploads.putPart(upload.id, 0, 0, broken)).rejects.toThrow('connection lost')
    expect((await vault.uploads.get(upload.id)).files[0]?.stored).toEqual([])
    await putParts(vault, upload, files)
    await put(noise(200_000)) // in already: not even read
    await vault.uploads.finish(upload.id, ENGINEER)
    expect(await readAll(vault, 'atlas/1', 'a.bin')).toEqual(files['a.bin'])
    await expect(put(noise(200_000))).rejects.toThrow('this upload is sealed')
  })

  it.each<[string, NewUpload['files'], string]>([
    ['a path that goes up', [{ path: '../a', sizeBytes: 1 }], 'goes up'],
    ['a path twice', [1, 2].map((sizeBytes) => ({ path: 'a', sizeBytes })), 'stands twice'],
    ['a file that is a folder', ['a', 'a/b'].map((path) => ({ path, sizeBytes: 1 })), 'file for a folder'],
    ['no files', [], 'files'],
    ['a size that is none', [{ path: 'a', sizeBytes: -1 }], 'files.0.sizeBytes'],
    ['a file larger than any', [{ path: 'a', sizeBytes: 2 ** 45 }], 'files.0.sizeBytes'],
  ])('refuses to begin with %s', async (_, files, words) => {
    const beginning = vault.uploads.begin({ model: 'atlas', version: '1', files }, ENGINEER)
    await expect(beginning).rejects.toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringContaining(words) })
    expect(world.log.events).toEqual([])
  })

  it('refuses what does not fit on the disk before a byte is sent', async () => {
    const files = [{ path: 'a', sizeBytes: 2 ** 44 }]
    await expect(vault.uploads.begin({ model: 'atlas', version: '1', files }, ENGINEER)).rejects.toMatchObject({
      code: 'INSUFFICIENT_STORAGE',
    })
  })

  it('makes no version of weights whose header is hostile', async () => {
    const files = { 'model.safetensors': safetensorsFile(header, 15) }
    await expect(world.put('atlas/1', files)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    expect(await vault.versions.find('atlas/1')).toBeNull()
    const [upload] = readdirSync(join(world.folder, 'weights'))
    await vault.uploads.abandon(upload ?? '', ENGINEER)
    await vault.clear()
    expect(readdirSync(join(world.folder, 'weights'))).toEqual([])
    await world.put('atlas/1', { 'model.safetensors': safetensorsFile(header, 16) })
  })

  it('has one upload of a version at a time, and each version once', async () => {
    const files = { 'a.bin': noise(10) }
    const first = await world.begin('atlas/1', files)
    await expect(world.begin('atlas/1', { 'b.bin': noise(10) })).rejects.toMatchObject({ code: 'CONFLICT' })
    await vault.uploads.abandon(first.id, ENGINEER)
    await expect(vault.uploads.finish(first.id, ENGINEER)).rejects.toMatchObject({ code: 'CONFLICT' })
    await world.put('atlas/1', { 'b.bin': noise(10) })
    await expect(world.begin('atlas/1', files)).rejects.toThrow('in the vault already')
    await vault.uploads.abandon(first.id, ENGINEER)
    expect(world.log.kinds().filter((kind) => kind.endsWith('abandoned'))).toHaveLength(1)
  })

  it('gives up uploads whose time is over', async () => {
    const upload = await world.begin('atlas/1', { 'a.bin': noise(10) })
    await vault.clear()
    expect((await vault.uploads.get(upload.id)).state).toBe('open')
    world.clock.advance(15 * 86_400_000)
    await vault.clear()
    expect((await vault.uploads.get(upload.id)).state).toBe('abandoned')
    expect(readdirSync(join(world.folder, 'weights'))).toEqual([])
  })

  it('gives nothing of what is not sealed or not there', async () => {
    await world.begin('atlas/1', { 'a.bin': noise(10) })
    await expect(vault.openFile('atlas/1', 'a.bin')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(vault.versions.get('atlas/1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(vault.versions.files('atlas/1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(vault.uploads.get('upl_none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('stops a read that is under way, and reads nothing once closed', async () => {
    await world.put('atlas/1', { 'a.bin': big })
    const stop = new AbortController()
    const opened = await vault.openFile('atlas/1', 'a.bin', { signal: stop.signal })
    let bytes = 0
    const reading = (async () => {
      for await (const chunk of opened.range(0, big.length)) {
        bytes += chunk.length
        stop.abort(new Error('revoked'))
      }
    })()
    await expect(reading).rejects.toThrow('revoked')
    expect(bytes).toBeLessThanOrEqual(MIB)
    await opened[Symbol.asyncDispose]()
    await expect(opened.range(0, 1).next()).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
