import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ENGINEER, noise, partOf, putParts, readAll, VaultWorld } from '../../../test/support/vault-world.ts'
import { safetensorsFile } from '../../../test/support/weights-files.ts'
import type { DbHandle } from '../../db/index.ts'
import { manifestDigest } from './index.ts'

const MIB = 1024 * 1024
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const header = JSON.stringify({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] } })

describe.each(storeKinds('vault'))('the vault on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: VaultWorld
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
    return () => world[Symbol.asyncDispose]()
  })

  it('takes files in and gives any range of them back', async () => {
    const files = {
      'a.bin': noise(40 * MIB + 17),
      'empty.txt': Buffer.alloc(0),
      'm/model.safetensors': safetensorsFile(header, 16),
    }
    const version = await world.put('atlas/1', files)
    const manifest = Object.entries(files).map(([path, bytes]) => ({
      path,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    }))
    expect(version).toMatchObject({ id: 'atlas/1', state: 'sealed', decoy: false, fileCount: 3 })
    expect(version.manifestDigest).toBe(manifestDigest('atlas', '1', manifest))
    for (const [path, bytes] of Object.entries(files))
      expect((await readAll(world.vault, 'atlas/1', path)).equals(bytes)).toBe(true)
    await using opened = await world.vault.openFile('atlas/1', 'm/model.safetensors')
    expect(await opened.tensors()).toEqual([
      { name: 'a', dtype: 'F32', shape: [2, 2], start: 8 + header.length, length: 16 },
    ])
    expect((await world.vault.versions.files('atlas/1')).map(({ path }) => path)).toEqual(Object.keys(files))
    expect(world.log.kinds()).toEqual(['weights.key_created', 'weights.upload_begun', 'weights.sealed'])
    expect((await world.vault.versions.list({ limit: 10 })).items).toEqual([version])
  })
})
