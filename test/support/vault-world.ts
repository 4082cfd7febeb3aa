import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { Actor } from '../../src/ledger/index.ts'
import { weightsJournal } from '../../src/weights/records/index.ts'
import {
  parseWeightsConfig,
  type Upload,
  Vault,
  type VaultDeps,
  type VaultVersion,
} from '../../src/weights/vault/index.ts'
import { MemoryLog } from './staff-world.ts'

export const ENGINEER: Actor = { type: 'staff', id: 'per_engineer' }

let seed = 1

/** A vault on one database, with a folder for its store and its keys. */
export class VaultWorld implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly log = new MemoryLog()
  readonly ids = seededIds(this.clock, seed++ * 104_729)
  readonly folder = mkdtempSync(join(tmpdir(), 'safelevel-vault-'))
  readonly handle: DbHandle
  vault!: Vault
  readonly #over: Partial<VaultDeps>

  private constructor(handle: DbHandle, over: Partial<VaultDeps>) {
    this.handle = handle
    this.#over = over
  }

  static async open(handle: DbHandle, over: Partial<VaultDeps> = {}): Promise<VaultWorld> {
    await handle.db.deleteFrom('weightsRecord').execute()
    await handle.db.deleteFrom('weightsPart').execute()
    await handle.db.deleteFrom('journalIntent').execute()
    const world = new VaultWorld(handle, over)
    world.vault = await world.another()
    return world
  }

  /** As another process, or this one after a crash, opens it. */
  another(over: Partial<VaultDeps> = {}): Promise<Vault> {
    return Vault.open({
      db: this.handle,
      journal: weightsJournal({ db: this.handle.db, ledger: this.log, clock: this.clock, ids: this.ids }),
      clock: this.clock,
      ids: this.ids,
      log: silentLog,
      config: parseWeightsConfig({ segmentKiB: 64 }).vault,
      keysDir: join(this.folder, 'keys'),
      dataDir: this.folder,
      egress: { fetchSmall: () => Promise.reject(new Error('no way out')) },
      env: {},
      ...this.#over,
      ...over,
    })
  }

  /** Puts files into the vault as a client does. */
  async put(name: string, files: Readonly<Record<string, Buffer>>, vault: Vault = this.vault): Promise<VaultVersion> {
    const upload = await this.begin(name, files, vault)
    await putParts(vault, upload, files)
    return await vault.uploads.finish(upload.id, ENGINEER)
  }

  begin(name: string, files: Readonly<Record<string, Buffer>>, vault: Vault = this.vault): Promise<Upload> {
    this.clock.advance(1) // so that folders in the store sort as they were made
    const [model = '', version = ''] = name.split('/')
    const declared = Object.entries(files).map(([path, { length: sizeBytes }]) => ({ path, sizeBytes }))
    return vault.uploads.begin({ model, version, files: declared }, ENGINEER)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Sends what is not in yet, part after part. */
export async function putParts(vault: Vault, upload: Upload, files: Readonly<Record<string, Buffer>>): Promise<void> {
  for (const [position, file] of upload.files.entries())
    for (let part = 0; part < file.parts; part++)
      if (!file.stored.includes(part))
        await vault.uploads.putPart(upload.id, position, part, partOf(upload, files, position, part))
}

/** The bytes of one part, in chunks of odd sizes. */
export async function* partOf(
  upload: Upload,
  files: Readonly<Record<string, Buffer>>,
  position: number,
  part: number,
): AsyncGenerator<Buffer> {
  const file = upload.files[position]
  const bytes = files[file?.path ?? '']
  if (file === undefined || bytes === undefined) throw new Error('no such file')
  const all = bytes.subarray(part * file.partBytes, (part + 1) * file.partBytes)
  for (let at = 0; at < all.length; at += 50_021) yield all.subarray(at, at + 50_021)
}

export async function readAll(vault: Vault, version: string, path: string): Promise<Buffer> {
  await using opened = await vault.openFile(version, path)
  const chunks: Buffer[] = []
  for await (const chunk of opened.range(0, opened.file.sizeBytes)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

export const noise = (bytes: number) => randomBytes(bytes)
