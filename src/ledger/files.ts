import { constants, fdatasync, renameSync, write } from 'node:fs'
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file whose writes are on the disk when they resolve. */
export interface DurableFile {
  /** Writes all of `bytes` at `offset`. After a rejection the file may hold any part of them beyond `offset`. */
  write(bytes: Uint8Array, offset: number): Promise<void>
  size(): Promise<number>
  truncate(size: number): Promise<void>
  /** False when another file, or none, stands at the path by now: writes would go to a file that nobody finds. */
  inPlace(): Promise<boolean>
  close(): Promise<void>
}

/** What the ledger asks of a file system; tests put one here that runs out of space. */
export interface LedgerFiles {
  /** Opens an existing file for reading and durable writing. */
  open(path: string): Promise<DurableFile>
  /**
   * Puts a whole file in place, or nothing: written to `temporary`, synced, renamed. The folder must be synced after.
   *
   * @param beforeRename The last word on whether it may be put there, with no other work between it and the renaming.
   */
  replace(path: string, temporary: string, bytes: Uint8Array, mode: number, beforeRename?: () => void): Promise<void>
  /** Creates a folder and its parents. */
  makeFolder(path: string, mode: number): Promise<void>
  /** Makes names in a folder durable. */
  syncFolder(path: string): Promise<void>
}

// One system call, and one trip to a worker thread, instead of two. Elsewhere O_DSYNC is missing or promises less
// than fdatasync (macOS).
const DSYNC = process.platform === 'linux' ? constants.O_DSYNC : 0

function writeAt(fd: number, bytes: Uint8Array, at: number, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, offset + at, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

class NodeDurableFile implements DurableFile {
  readonly #handle: FileHandle
  readonly #path: string
  constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    // A full disk may take part of a write and say so only at the next.
    for (let at = 0; at < bytes.length; ) at += await writeAt(this.#handle.fd, bytes, at, offset)
    if (DSYNC === 0) await syncData(this.#handle.fd)
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size)
    await this.#handle.sync()
  }

  async inPlace(): Promise<boolean> {
    const [here, there] = await Promise.all([this.#handle.stat(), stat(this.#path).catch(() => null)])
    return there !== null && here.ino === there.ino && here.dev === there.dev
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

export const nodeFiles: LedgerFiles = {
  async open(path) {
    return new NodeDurableFile(await open(path, constants.O_RDWR | DSYNC), path)
  },
  async replace(path, temporary, bytes, mode, beforeRename) {
    const handle = await open(temporary, 'w', mode)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (beforeRename === undefined) return await rename(temporary, path)
    beforeRename()
    renameSync(temporary, path)
  },
  async makeFolder(path, mode) {
    const first = await mkdir(path, { recursive: true, mode })
    if (first === undefined) return
    // Each new name stands in its parent: sync from the deepest to above the first that was made.
    for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await syncFolder(dirname(folder))
  },
  syncFolder,
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
