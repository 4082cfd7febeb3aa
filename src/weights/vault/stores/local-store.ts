import { constants } from 'node:fs'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../../../base/durable-file.ts'
import { codeOf } from '../../../base/error-code.ts'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { readAt, writeAt } from '../floe/index.ts'
import {
  MAX_NOTE_BYTES,
  type OpenObject,
  type PartSink,
  partCount,
  partOf,
  partPlace,
  type StoreObject,
  type WeightStore,
} from './store.ts'

/** Left free for everything else that lives on the same disk. */
const RESERVE_BYTES = 64 * 1024 * 1024
/** Files that one open object keeps open: a read touches neighbours. */
const MOST_OPEN = 8
const DRAFT = '.part'

/**
 * A folder. An object is a folder of part files that never change once they have their name: a part is written beside it, synchronised, and
 * linked to its name only where there is none, so that a crash or a second writer leaves every part whole. `cat` in order gives the sealed file.
 */
export class LocalStore implements WeightStore {
  readonly mostParts = 10_000
  readonly leastPartBytes = 1
  readonly #folder: string
  readonly #ids: Ids

  /** @param folder made when it is first written to */
  constructor(folder: string, ids: Ids) {
    this.#folder = folder
    this.#ids = ids
  }

  get place(): string {
    return this.#folder
  }

  async checkSpace(sizeBytes: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const { bavail, bsize } = await statfs(this.#folder)
    if (sizeBytes + RESERVE_BYTES > bavail * bsize)
      throw new AppError(
        'INSUFFICIENT_STORAGE',
        `the store of weights has no room for ${sizeBytes} bytes: make room first`,
      )
  }

  async begin({ key }: StoreObject): Promise<string> {
    const folder = this.#path(key)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await syncFolder(dirname(folder))
    await syncFolder(this.#folder)
    return ''
  }

  async part({ key }: StoreObject, _target: string, part: number): Promise<PartSink> {
    const path = this.#partPath(key, part)
    const draft = this.#draftOf(path)
    const file = await told(() => open(draft, 'wx', 0o600))
    return new LocalPart(file, draft, path)
  }

  async finish(object: StoreObject): Promise<void> {
    const lost = await this.lostParts(object)
    if (lost.length > 0) throw new AppError('CONFLICT', `${lost.length} parts of the object are not in the store`)
    const folder = this.#path(object.key)
    for await (const name of names(folder)) if (name.endsWith(DRAFT)) await rm(join(folder, name), { force: true })
  }

  async lostParts(object: StoreObject): Promise<number[]> {
    const lost: number[] = []
    for (let part = 0; part < partCount(object); part++)
      if ((await sizeOf(this.#partPath(object.key, part))) !== partPlace(object, part).length) lost.push(part)
    return lost
  }

  async remove({ key }: StoreObject): Promise<void> {
    await rm(this.#path(key), { recursive: true, force: true })
    await this.#dropEmpty(key)
  }

  async sizeOf(object: StoreObject): Promise<number | null> {
    let total = 0
    for (let part = 0; part < partCount(object); part++) {
      const size = await sizeOf(this.#partPath(object.key, part))
      if (size === null) return null
      total += size
    }
    return total
  }

  async open(object: StoreObject): Promise<OpenObject> {
    if ((await sizeOf(this.#partPath(object.key, 0))) === null)
      throw new AppError('NOT_FOUND', 'the sealed file is not in the store')
    return new LocalObject(object, (part) => this.#partPath(object.key, part))
  }

  async writeNote(path: string, text: string): Promise<void> {
    const file = this.#path(path)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const draft = this.#draftOf(file) // of its own: two replicas may finish the same upload
    await told(async () => {
      await writeFile(draft, text, { flag: 'wx', mode: 0o600, flush: true })
      await rename(draft, file)
      await syncFolder(dirname(file))
    })
  }

  async readNote(path: string): Promise<string | null> {
    const size = await sizeOf(this.#path(path))
    if (size === null) return null
    if (size > MAX_NOTE_BYTES)
      throw new AppError('VERIFICATION_FAILED', `${path} in the store is too large for what it is`)
    return await readFile(this.#path(path), 'utf8')
  }

  async removeNote(path: string): Promise<void> {
    await rm(this.#path(path), { force: true })
    await this.#dropEmpty(path)
  }

  async *list(): AsyncGenerator<string> {
    for await (const folder of names(this.#folder))
      for await (const name of names(join(this.#folder, folder))) yield `${folder}/${name}`
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #dropEmpty(key: string): Promise<void> {
    await rmdir(dirname(this.#path(key))).catch(() => {}) // there is more in it, or it is gone
  }

  #path(key: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/.test(key))
      throw new AppError('INTERNAL', 'no name in a store')
    return join(this.#folder, key)
  }

  #draftOf(path: string): string {
    return `${path}.${this.#ids.bytes(8).toString('hex')}${DRAFT}`
  }

  #partPath(key: string, part: number): string {
    return join(this.#path(key), String(part).padStart(5, '0'))
  }
}

class LocalPart implements PartSink {
  readonly #file: FileHandle
  readonly #draft: string
  readonly #path: string
  #offset = 0
  #isOpen = true

  constructor(file: FileHandle, draft: string, path: string) {
    this.#file = file
    this.#draft = draft
    this.#path = path
  }

  async write(buffers: readonly Buffer[]): Promise<void> {
    const offset = this.#offset
    for (const { length } of buffers) this.#offset += length
    await told(() => writeAt(this.#file, buffers, offset))
  }

  async commit(): Promise<string | null> {
    await told(() => this.#file.datasync())
    try {
      await link(this.#draft, this.#path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw failed(error)
      return null
    } finally {
      await this.discard()
    }
    await syncFolder(dirname(this.#path))
    return ''
  }

  async discard(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#file.close()
    await unlink(this.#draft).catch(() => {}) // left for the next clearing; it is part of nothing
  }
}

/** Part files as one whole, opened as they are needed. */
class LocalObject implements OpenObject {
  readonly #object: StoreObject
  readonly #pathOf: (part: number) => string
  readonly #files = new Map<number, Promise<FileHandle>>()

  constructor(object: StoreObject, pathOf: (part: number) => string) {
    this.#object = object
    this.#pathOf = pathOf
  }

  async size(): Promise<number> {
    return this.#object.sizeBytes
  }

  async read(into: Buffer, offset: number): Promise<number> {
    let got = 0
    while (got < into.length && offset + got < this.#object.sizeBytes) {
      const part = partOf(this.#object, offset + got)
      const place = partPlace(this.#object, part)
      const start = offset + got - place.offset
      const piece = into.subarray(got, Math.min(into.length, got + place.length - start))
      const read = await readAt(await this.#file(part), piece, start)
      got += read
      if (read < piece.length) break
    }
    return got
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const files = [...this.#files.values()]
    this.#files.clear()
    for (const file of await Promise.allSettled(files)) if (file.status === 'fulfilled') await file.value.close()
  }

  #file(part: number): Promise<FileHandle> {
    const known = this.#files.get(part)
    if (known !== undefined) {
      this.#files.delete(part) // and last again: the one that was used longest ago goes first
      this.#files.set(part, known)
      return known
    }
    for (const [old, file] of this.#files) {
      if (this.#files.size < MOST_OPEN) break
      this.#files.delete(old)
      file.then((handle) => handle.close()).catch(() => {})
    }
    // A part is a file that we made: a link put in its place is not followed, and a pipe does not hold us.
    const file = open(this.#pathOf(part), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
      (cause) => {
        this.#files.delete(part)
        throw new AppError('VERIFICATION_FAILED', `part ${part} of the sealed file is not in the store`, { cause })
      },
    )
    this.#files.set(part, file)
    return file
  }
}

async function* names(folder: string): AsyncGenerator<string> {
  let entries: Awaited<ReturnType<typeof opendir>>
  try {
    entries = await opendir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return
    throw failed(error)
  }
  for await (const { name } of entries) yield name
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw failed(error)
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failed(error)
  }
}

function failed(cause: unknown): AppError {
  if (codeOf(cause) === 'ENOSPC' || codeOf(cause) === 'EDQUOT')
    return new AppError('INSUFFICIENT_STORAGE', 'the store of weights is full: make room, then go on', { cause })
  return new AppError('UPSTREAM_UNAVAILABLE', 'the store of weights can’t be read or written', { cause })
}
