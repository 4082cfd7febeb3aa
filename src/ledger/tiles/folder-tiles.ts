import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Ids } from '../../base/ids.ts'
import { type LedgerFiles, nodeFiles } from '../files.ts'
import { folderSource } from '../folder-source.ts'
import { type TileId, tilePath } from '../tlog/index.ts'
import type { PublicFile, TileHooks, TileStore } from './tile-store.ts'

const PARALLEL_WRITES = 4

export interface FolderTilesOptions {
  /** Served as it is. */
  readonly publicDir: string
  /** On the same file system, and of this process alone: files are written here before they appear whole. Made when it is needed. */
  readonly temporaryDir: string
  readonly files: LedgerFiles
  readonly hooks?: TileHooks
}

/** A log's public files in a folder: synced before they are named, and their names synced before it resolves. */
export class FolderTiles implements TileStore {
  readonly conditional = false
  readonly #options: FolderTilesOptions
  readonly #folders = new Set<string>()
  #ready: Promise<unknown> | null = null
  /** Names temporary files, so that no two writes share one. */
  #written = 0

  constructor(options: FolderTilesOptions) {
    this.#options = options
  }

  get place(): string {
    return this.#options.publicDir
  }

  read(path: string): Promise<Uint8Array | null> {
    return folderSource(this.#options.publicDir).read(path)
  }

  async write(files: readonly PublicFile[]): Promise<void> {
    const waiting = files.values()
    const changed = new Set<string>()
    const worker = async () => {
      for (const [path, bytes] of waiting) {
        const folder = join(this.#options.publicDir, dirname(path))
        if (!this.#folders.has(folder)) await this.#options.files.makeFolder(folder, 0o755)
        this.#folders.add(folder)
        changed.add(folder)
        await this.#replace(path, bytes)
      }
    }
    const workers = Array.from({ length: Math.min(PARALLEL_WRITES, files.length) }, worker)
    const ended = await Promise.allSettled(workers)
    for (const result of ended) {
      if (result.status === 'fulfilled') continue
      // A folder may have gone under us: ask for it again.
      this.#folders.clear()
      this.#ready = null
      throw result.reason
    }
    await Promise.all([...changed].map((folder) => this.#options.files.syncFolder(folder)))
  }

  async replaceCheckpoint(note: string): Promise<void> {
    await this.#replace('checkpoint', Buffer.from(note), this.#options.hooks?.mayReplace)
    await this.#options.files.syncFolder(this.#options.publicDir)
  }

  async writeText(path: string, text: string): Promise<void> {
    const folder = join(this.#options.publicDir, dirname(path))
    await this.#options.files.makeFolder(folder, 0o755)
    await this.#replace(path, Buffer.from(text))
    await this.#options.files.syncFolder(folder)
  }

  /** Partial tiles may go once the full one is published; readers fall back to it (tlog-tiles, "Partial Tiles"). */
  async dropPartials(full: readonly TileId[]): Promise<void> {
    for (const tile of full) {
      const folder = join(this.#options.publicDir, `${tilePath(tile)}.p`)
      this.#folders.delete(folder)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    }
  }

  async *list(): AsyncGenerator<string> {
    const { publicDir } = this.#options
    for (const entry of await readdir(publicDir, { recursive: true, withFileTypes: true })) {
      const path = relative(publicDir, join(entry.parentPath, entry.name)).replaceAll(sep, '/')
      if (entry.isFile() && !path.startsWith('.')) yield path
    }
  }

  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(join(this.#options.publicDir, path), { force: true })
  }

  async close(): Promise<void> {
    if (this.#ready !== null) await rm(this.#options.temporaryDir, { recursive: true, force: true })
  }

  async #replace(path: string, bytes: Uint8Array, beforeRename?: () => void): Promise<void> {
    const { files, publicDir, temporaryDir, hooks } = this.#options
    this.#ready ??= mkdir(temporaryDir, { recursive: true, mode: 0o700 })
    await this.#ready
    await files.replace(
      join(publicDir, path),
      join(temporaryDir, `file-${this.#written++}`),
      bytes,
      0o644,
      beforeRename,
    )
    hooks?.onWritten?.()
  }
}

/**
 * A folder that several processes may write: on one machine, or a disk that all of them mount.
 */
export async function openFolderTiles(publicDir: string, ids: Ids, hooks: TileHooks = {}): Promise<FolderTiles> {
  const temporaryDir = join(publicDir, '.temporary', ids.bytes(8).toString('hex'))
  await nodeFiles.makeFolder(publicDir, 0o755)
  return new FolderTiles({ publicDir, temporaryDir, files: nodeFiles, hooks })
}
