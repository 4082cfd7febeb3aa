import { createReadStream, globSync, rmSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createBackup, type Manifest, readKeys } from '../backup/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { type DbHandle, keysDirOf } from '../db/index.ts'
import { toEvent } from '../journal/index.ts'
import type { Actor, Ledger } from '../ledger/index.ts'

interface BackupDeps {
  readonly config: Config
  readonly db: DbHandle
  readonly ledger: Ledger
  readonly clock: Clock
  readonly ids: Ids
}

/** A backup that lies in the data folder until it was taken from there. */
export interface MadeBackup extends AsyncDisposable {
  readonly manifest: Manifest
  readonly path: string
  /** Its bytes, once; when they end or are given up, the file goes. */
  bytes(): ReadableStream<Uint8Array>
}

/** How many keys are copied, and what will open the copy. */
interface KeysCopied {
  readonly keys: number
  readonly sealedTo: 'recipients' | 'passphrase'
}

/** Copies of everything that this process keeps, but keys and weights, made while it runs: one at a time, and on record before it leaves. */
export class Backups {
  readonly #deps: BackupDeps
  #making = false

  constructor(deps: BackupDeps) {
    this.#deps = deps
    // A process that was killed while it made one has left its part of it.
    const { dataDir } = deps.config
    for (const name of globSync('backup_*.tgz', { cwd: dataDir })) rmSync(join(dataDir, name), { force: true })
  }

  /** @throws {AppError} CONFLICT while another one is being made; LEDGER_UNAVAILABLE */
  async make(by: Actor): Promise<MadeBackup> {
    if (this.#making) throw new AppError('CONFLICT', 'a backup is being made: try again when it is done')
    this.#making = true
    const { config, ids, ledger } = this.#deps
    const path = join(config.dataDir, `${ids.next('backup')}.tgz`)
    const remove = () => rm(path, { force: true })
    try {
      const manifest = await this.#write(path)
      const subject = { type: 'installation', id: ledger.origin }
      const { id: backup, ledger: covered, takenAt } = manifest
      const data = { backup, size: covered.size, takenAt }
      await ledger.append(toEvent(this.#deps, by, { kind: 'system.backup_taken', subject, data }))
      return { manifest, path, bytes: () => readOnce(path, remove), [Symbol.asyncDispose]: remove }
    } catch (error) {
      await remove()
      throw error
    } finally {
      this.#making = false
    }
  }

  /** Puts on record that the keys are sealed into a file, which whoever holds them does. Before it is done. @throws {AppError} LEDGER_UNAVAILABLE */
  async keysCopied({ keys, sealedTo }: KeysCopied, by: Actor): Promise<void> {
    const subject = { type: 'installation', id: this.#deps.ledger.origin }
    const data = { keys, sealedTo }
    await this.#deps.ledger.append(toEvent(this.#deps, by, { kind: 'system.keys_copied', subject, data }))
  }

  async #write(path: string): Promise<Manifest> {
    const { config } = this.#deps
    const keysDir = keysDirOf(config)
    return await createBackup(path, {
      ...this.#deps,
      ledgerDir: config.ledger.shared ? null : join(config.dataDir, 'ledger'),
      digestKey: await readFile(join(keysDir, 'digest.key')),
      keys: [...(readKeys(keysDir)?.keys() ?? [])].sort(),
    })
  }
}

function readOnce(path: string, remove: () => Promise<void>): ReadableStream<Uint8Array> {
  const file = createReadStream(path)
  const chunks: AsyncIterator<Buffer> = file[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await chunks.next()
      if (next.done !== true) return controller.enqueue(next.value)
      await remove()
      controller.close()
    },
    async cancel() {
      file.destroy()
      await remove()
    },
  })
}
