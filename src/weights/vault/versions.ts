import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import { records } from '../records/index.ts'
import { FILE, VERSION } from './kinds.ts'
import type { StoredFile, StoredVersion, VaultFile, VaultVersion } from './schema.ts'
import { viewFile, viewVersion } from './views.ts'

export interface VersionQuery extends PageQuery {
  readonly model?: string | undefined
  readonly state?: VaultVersion['state'] | undefined
  /** Decoys too; they are for those who look after them, never for readers. */
  readonly decoys?: boolean
}

/** What is in the vault. */
export class Versions {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  async find(id: string): Promise<VaultVersion | null> {
    const stored = await records.find(this.#db, VERSION, id)
    return stored === null ? null : viewVersion(stored)
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<VaultVersion> {
    const found = await this.find(id)
    if (found === null) throw new AppError('NOT_FOUND', `the vault has no version ${id}`)
    return found
  }

  /** By id. */
  async list({ model, state, decoys = false, after, limit }: VersionQuery): Promise<Page<VaultVersion>> {
    const about = decoys ? {} : { about: NO_DECOY }
    const query = { model, state, after, ...about }
    const page = await readPage(limit, (most) => records.list(this.#db, VERSION, { ...query, limit: most }))
    return { ...page, items: page.items.map(viewVersion) }
  }

  /** The files of a version, by position; none once it is erased. @throws {AppError} NOT_FOUND */
  async files(id: string): Promise<readonly VaultFile[]> {
    const { state } = await this.get(id)
    return state === 'sealed' ? (await sealedFiles(this.#db, id)).map(viewFile) : []
  }
}

/** `about` of a version that is no decoy. */
const NO_DECOY = 'weights'

/** As the vault keeps them. */
export function sealedFiles(db: Db, version: string): Promise<StoredFile[]> {
  return records.list(db, FILE, { about: version, state: 'sealed' })
}

/** @throws {AppError} NOT_FOUND */
export async function findVersion(db: Db, id: string): Promise<StoredVersion> {
  const stored = await records.find(db, VERSION, id)
  if (stored === null) throw new AppError('NOT_FOUND', `the vault has no version ${id}`)
  return stored
}

/** Versions whose files' places are remembered. */
const MOST_KNOWN = 64

/** Finds files by path without reading the list of a version's files each time: which file a path is never changes. */
export class FileFinder {
  readonly #db: Db
  readonly #known = new Map<string, Map<string, string>>()

  constructor(db: Db) {
    this.#db = db
  }

  /** As the vault keeps it now. @throws {AppError} NOT_FOUND */
  async get(version: string, path: string): Promise<StoredFile> {
    const id = this.#known.get(version)?.get(path) ?? (await this.#read(version)).get(path)
    const file = id === undefined ? null : await records.find(this.#db, FILE, id)
    if (file === null || file.state !== 'sealed') throw new AppError('NOT_FOUND', 'the version has no such file')
    return file
  }

  async #read(version: string): Promise<Map<string, string>> {
    const files = new Map((await sealedFiles(this.#db, version)).map(({ path, id }) => [path, id]))
    for (const old of this.#known.keys()) if (this.#known.size >= MOST_KNOWN) this.#known.delete(old)
    this.#known.set(version, files)
    return files
  }
}
