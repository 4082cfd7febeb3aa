import { createPublicKey } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDataDir } from '../../../test/support/stores.ts'
import { ENGINEER, noise, readAll, VaultWorld } from '../../../test/support/vault-world.ts'
import { silentLog } from '../../base/log.ts'
import { type DbHandle, openDb } from '../../db/index.ts'
import { readTensorIndex } from './formats/index.ts'
import { type Erasure, type FsckOptions, type Vault, type VaultFinding, verifyModel } from './index.ts'

const files = { 'a.bin': noise(300_000), 'b/c.bin': noise(70_000) }

describe('the upkeep of the vault', () => {
  let handle: DbHandle
  let dataDir: string
  let world: VaultWorld
  let vault: Vault
  beforeAll(async () => {
    dataDir = await freshDataDir()
    handle = await openDb({ url: null, dataDir, log: silentLog })
  })
  afterAll(async () => {
    await handle.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    world = await VaultWorld.open(handle)
    vault = world.vault
    return () => world[Symbol.asyncDispose]()
  })

  const stored = (...path: string[]) => join(world.folder, 'weights', ...path)
  const uploadOf = (n = 0) => readdirSync(stored())[n] ?? ''
  const check = async (options: Partial<FsckOptions> = {}, of: Vault = vault): Promise<VaultFinding[]> => {
    const findings: VaultFinding[] = []
    for await (const finding of of.fsck({ deep: true, by: ENGINEER, ...options })) findings.push(finding)
    return findings
  }
  const erase = (erasure: Erasure, of: Vault = vault) =>
    of.erasing().execute(erasure, {
      ...{ id: 'apr_1', requester: 'per_1', approvers: ['per_2'], approvedAt: '2026-01-01T00:00:00Z' },
      effectiveUntil: null,
    } as never)
  const problems = (findings: VaultFinding[]) => findings.map(({ problem, position }) => [problem, position])

  it('finds nothing where all is well, and says when it looked', async () => {
    await world.put('atlas/1', files)
    expect(await vault.lastDeepCheck('atlas/1')).toBeNull()
    let bytes = 0
    expect(await check({ onProgress: (more) => (bytes += more) })).toEqual([])
    expect(bytes).toBe(370_000)
    expect(await vault.lastDeepCheck('atlas/1')).toEqual({ at: '2026-01-01T00:00:00.001Z', ok: true })
    expect(world.log.events.at(-1)).toMatchObject({ kind: 'weights.checked', data: { findings: 0 } })
  })

  it.each<[string, (part: string, other: string) => void, string, boolean]>([
    ['a changed byte', (part) => writeFileSync(part, flip(readFileSync(part))), 'file_damaged', true],
    ['a file cut short', (part) => truncateSync(part, 1000), 'file_size', false],
    ['a file that is gone', (part) => rmSync(part), 'file_missing', false],
    [
      'files that were swapped',
      (part, other) => {
        renameSync(part, `${part}.x`)
        cpSync(other, part)
        truncateSync(part, statSync(`${part}.x`).size)
        rmSync(`${part}.x`)
      },
      'file_damaged',
      true,
    ],
  ])('finds %s', async (_, damage, problem, isOnlyDeep) => {
    await world.put('atlas/1', files)
    await world.put('atlas/2', files)
    const [first, second] = [stored(uploadOf(0), '00000', '00000'), stored(uploadOf(1), '00000', '00000')]
    damage(first, second)
    expect(problems(await check({ deep: false }))).toEqual(isOnlyDeep ? [] : [[problem, 0]])
    expect(problems(await check({ version: 'atlas/1' }))).toEqual([[problem, 0]])
    expect(await check({ version: 'atlas/2' })).toEqual([])
    expect(await vault.lastDeepCheck('atlas/1')).toMatchObject({ ok: false })
    await expect(readAll(vault, 'atlas/1', 'a.bin')).rejects.toMatchObject({ name: 'AppError' })
    expect(await readAll(vault, 'atlas/1', 'b/c.bin')).toEqual(files['b/c.bin'])
  })

  it('finds what belongs to nothing, and mends what recovery needs', async () => {
    await world.put('atlas/1', files)
    rmSync(stored(uploadOf(), 'recovery.json'))
    cpSync(stored(uploadOf()), stored('zzz_stray'), { recursive: true })
    expect(problems(await check({ deep: false }))).toEqual([
      ['record_missing', null],
      ['orphan', null],
    ])
    writeFileSync(stored(uploadOf(), 'recovery.json'), '{}')
    expect(problems(await check({ deep: false, model: 'atlas' }))).toEqual([['record_stale', null]])
    expect(await check({ deep: false, model: 'atlas' })).toEqual([])
  })

  it('rotates keys without touching a file', async () => {
    await world.put('atlas/1', files)
    await world.put('atlas/2', files)
    const open = await world.begin('atlas/3', files)
    const before = readFileSync(stored(uploadOf(), '00000', '00000'))
    expect(await vault.rotateKey('atlas', ENGINEER)).toEqual({ model: 'atlas', keyVersion: 2, dataKeys: 6 })
    expect(readFileSync(stored(uploadOf(), '00000', '00000'))).toEqual(before)
    expect(await check()).toEqual([])
    expect((await vault.uploads.get(open.id)).state).toBe('open')
    await using other = await world.another()
    expect(await readAll(other, 'atlas/2', 'a.bin')).toEqual(files['a.bin'])
    expect(await vault.rewrap(ENGINEER)).toBe(1)
    expect(await check()).toEqual([])
    await expect(vault.rotateKey('borea', ENGINEER)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('erases a version: its keys at once, and then what they opened', async () => {
    await world.put('atlas/1', files)
    await world.put('atlas/2', files)
    const [first = ''] = readdirSync(stored())
    cpSync(stored(first), join(world.folder, 'copy'), { recursive: true })
    await using opened = await vault.openFile('atlas/1', 'a.bin')
    await erase({ version: 'atlas/1', reason: 'superseded' })
    await erase({ version: 'atlas/1', reason: 'superseded' }) // as after a crash
    expect(world.log.events.filter(({ kind }) => kind === 'weights.erased')).toMatchObject([
      { subject: { id: 'atlas/1' }, data: { approval: 'apr_1', versions: 1, files: 2 } },
    ])
    await expect(opened.range(0, 100).next()).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await vault.versions.get('atlas/1')).toMatchObject({ state: 'erased' })
    expect(await vault.versions.files('atlas/1')).toEqual([])
    await expect(vault.openFile('atlas/1', 'a.bin')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(vault.signature('atlas/1')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readdirSync(stored())).toHaveLength(1)
    cpSync(join(world.folder, 'copy'), stored(first), { recursive: true })
    expect(await vault.recover(ENGINEER)).toMatchObject([{ outcome: 'known' }, { outcome: 'known' }])
    await expect(vault.openFile('atlas/1', 'a.bin')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await readAll(vault, 'atlas/2', 'a.bin')).toEqual(files['a.bin'])
    const asking = vault.erasing().check?.({ version: 'atlas/1', reason: 'again' }, 'per_1')
    await expect(asking).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('erases a model with its key, and what is on its way', async () => {
    await world.put('atlas/1', files)
    const open = await world.begin('atlas/2', files)
    await erase({ model: 'atlas', reason: 'over' })
    expect((await vault.uploads.get(open.id)).state).toBe('abandoned')
    await expect(world.begin('atlas/3', files)).rejects.toThrow("can't come back")
    await expect(vault.rotateKey('atlas', ENGINEER)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await vault.rewrap(ENGINEER)).toBe(0)
    await expect(vault.erasing().check?.({ model: 'atlas', reason: 'again' }, 'per_1')).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(vault.erasing().check?.({ model: 'borea', reason: 'x' }, 'per_1')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('is recovered from the store and the root key when the database is lost', async () => {
    await world.put('atlas/1', files)
    const old = join(world.folder, 'old')
    cpSync(stored(), old, { recursive: true })
    await vault.rotateKey('atlas', ENGINEER)
    await world.put('atlas/2', files)
    await world.put('borea/1', files)
    // A rotation that did not come to the first record.
    cpSync(join(old, uploadOf(), 'recovery.json'), stored(uploadOf(), 'recovery.json'))
    const versions = (await vault.versions.list({ limit: 10 })).items
    writeFileSync(stored(uploadOf(2), 'recovery.json'), flip(readFileSync(stored(uploadOf(2), 'recovery.json'))))
    await handle.db.deleteFrom('weightsRecord').execute()
    await using other = await world.another()
    const results = await other.recover(ENGINEER)
    expect(results.map(({ version, outcome }) => [version.slice(0, 4), outcome]).toSorted()).toEqual([
      ['atla', 'restored'],
      ['atla', 'restored'],
      ['upl_', 'failed'],
    ])
    expect((await other.versions.list({ limit: 10 })).items).toEqual(versions.slice(0, 2))
    for (const id of ['atlas/1', 'atlas/2']) expect(await readAll(other, id, 'a.bin')).toEqual(files['a.bin'])
    expect(problems(await check({}, other))).toEqual([
      ['record_stale', null],
      ['orphan', null],
    ])
    expect(world.log.kinds().filter((kind) => kind === 'weights.recovered')).toHaveLength(2)
  })

  it('is not recovered with another root key', async () => {
    await world.put('atlas/1', files)
    await handle.db.deleteFrom('weightsRecord').execute()
    await using other = await world.another({ keysDir: join(world.folder, 'other-keys') })
    expect(await other.recover(ENGINEER)).toMatchObject([{ outcome: 'failed' }])
    expect((await other.versions.list({ limit: 10 })).items).toEqual([])
  })

  it('signs versions from stored digests, and lists what they consist of', async () => {
    await world.put('atlas/1', files)
    await vault.plantFile({ version: 'atlas/1', path: 'canary.bin', sizeBytes: 1000 }, ENGINEER)
    rmSync(stored(uploadOf(), '00000'), { recursive: true })
    const bundle = Buffer.from(await vault.signature('atlas/1'))
    const listed = (await vault.versions.files('atlas/1')).filter(({ canary }) => !canary)
    expect(verifyModel(bundle, createPublicKey(vault.signingKey))).toMatchObject({
      name: 'atlas/1',
      files: listed.map(({ path, sha256 }) => ({ path, sha256 })),
    })
    await using other = await world.another()
    expect(other.signingKey).toBe(vault.signingKey)
    expect(await vault.bom('atlas/1')).toMatchObject({
      specVersion: '1.6',
      serialNumber: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      components: listed.map(({ path: name, sha256: content }) => ({ name, hashes: [{ alg: 'SHA-256', content }] })),
    })
  })

  it('plants decoys that nobody can tell from outside', async () => {
    const decoy = await vault.plantModel({ model: 'atlas', version: '9', sizeBytes: 100_000 }, ENGINEER)
    const real = await world.put('atlas/1', files)
    expect(decoy).toMatchObject({ decoy: true, fileCount: 2 })
    const inside = await readAll(vault, 'atlas/9', 'model.safetensors')
    expect(
      await readTensorIndex('model.safetensors', async (at, n) => inside.subarray(at, at + n), inside.length),
    ).not.toEqual([])
    expect((await vault.versions.list({ limit: 10 })).items).toEqual([real])
    expect((await vault.versions.list({ limit: 10, decoys: true })).items).toEqual([real, decoy])
    await vault.plantFile({ version: 'atlas/1', path: 'b/d.bin', sizeBytes: 70_000 }, ENGINEER)
    expect(await vault.versions.get('atlas/1')).toEqual(real)
    expect((await vault.versions.files('atlas/1')).map(({ path, canary }) => [path, canary])).toEqual([
      ['a.bin', false],
      ['b/c.bin', false],
      ['b/d.bin', true],
    ])
    expect(await readAll(vault, 'atlas/1', 'b/d.bin')).toHaveLength(70_000)
    const again = vault.plantFile({ version: 'atlas/1', path: 'b/d.bin', sizeBytes: 1 }, ENGINEER)
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(vault.plantFile({ version: 'atlas/1', path: '../x', sizeBytes: 1 }, ENGINEER)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    expect(await check()).toEqual([])
    expect(JSON.stringify(world.log.events)).not.toMatch(/decoy|canary/)
  })
})

function flip(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const at = Math.floor(changed.length / 2)
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}
