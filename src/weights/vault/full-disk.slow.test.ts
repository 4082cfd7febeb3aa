import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDataDir } from '../../../test/support/stores.ts'
import { ENGINEER, noise, putParts, readAll, VaultWorld } from '../../../test/support/vault-world.ts'
import { systemIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { openDb } from '../../db/index.ts'
import { LocalStore } from './stores/local-store.ts'

const MIB = 1024 * 1024
const disk = mkdtempSync(join(tmpdir(), 'safelevel-full-'))
// Only root may mount; elsewhere the test is skipped, and says so.
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', disk]).status === 0
if (!isMounted) process.stderr.write('SKIPPED: a full disk under the vault (needs root, to mount a small one)\n')

describe.skipIf(!isMounted)('a disk that runs full under the vault', () => {
  const stack = new AsyncDisposableStack()
  let world: VaultWorld
  beforeAll(async () => {
    const handle = stack.use(await openDb({ url: null, dataDir: await freshDataDir(), log: silentLog }))
    world = stack.use(await VaultWorld.open(handle, { store: new LocalStore(join(disk, 'weights'), systemIds) }))
  })
  afterAll(async () => {
    await stack.disposeAsync()
    spawnSync('umount', [disk])
    rmSync(disk, { recursive: true, force: true })
  })

  it('is told as such; what is in stays, and with room the upload goes on', async () => {
    const files = { 'a.bin': noise(40 * MIB) }
    const upload = await world.begin('atlas/1', files)
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - 20 * MIB))
    await expect(putParts(world.vault, upload, files)).rejects.toMatchObject({ code: 'INSUFFICIENT_STORAGE' })
    const { files: now } = await world.vault.uploads.get(upload.id)
    expect(now[0]?.stored).toEqual([0])
    const beginning = world.begin('atlas/2', files)
    await expect(beginning).rejects.toMatchObject({ code: 'INSUFFICIENT_STORAGE' })
    rmSync(join(disk, 'ballast'))
    await putParts(world.vault, await world.begin('atlas/1', files), files)
    await world.vault.uploads.finish(upload.id, ENGINEER)
    expect((await readAll(world.vault, 'atlas/1', 'a.bin')).equals(files['a.bin'])).toBe(true)
  })
})
