import { createHash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { VaultContext } from './context.ts'
import { FILE, UPLOAD, VERSION } from './kinds.ts'
import { manifestDigest } from './manifest.ts'
import { type OpenFile, openStored } from './open-file.ts'
import { deleteParts, deleteUploadParts, listParts, objectOf, partsOf } from './parts.ts'
import { writeRecoveryRecord } from './recovery-record.ts'
import type { RunningDigests } from './running-digests.ts'
import type { StoredFile, StoredUpload, StoredVersion, VaultVersion } from './schema.ts'
import { filesOf, findUpload } from './upload-records.ts'
import { findVersion } from './versions.ts'
import { viewVersion } from './views.ts'

/** A file that is whole in the store. */
type Sealed = StoredFile & { readonly sha256: string; readonly sealedAt: string }

/** Makes versions of uploads. */
export class Sealing {
  readonly #context: VaultContext
  readonly #digests: RunningDigests
  readonly #running = new Map<string, Promise<VaultVersion>>()

  constructor(context: VaultContext, digests: RunningDigests) {
    this.#context = context
    this.#digests = digests
  }

  /** Who asks while it runs gets the same answer. */
  finish(id: string, by: Actor): Promise<VaultVersion> {
    const known = this.#running.get(id)
    if (known !== undefined) return known
    const running = this.#finish(id, by).finally(() => this.#running.delete(id))
    this.#running.set(id, running)
    return running
  }

  async #finish(id: string, by: Actor): Promise<VaultVersion> {
    const { db, journal } = this.#context
    const upload = await findUpload(db, id)
    if (upload.state === 'sealed') return viewVersion(await findVersion(db, `${upload.model}/${upload.version}`))
    if (upload.state === 'abandoned') throw new AppError('CONFLICT', 'this upload was abandoned: begin it anew')
    const files: Sealed[] = []
    for (const file of await filesOf(db, upload)) files.push(await this.#sealFile(file))
    const version = versionOf(upload, files, by, iso(this.#context.clock.now()))
    await writeRecoveryRecord(this.#context, version, files)
    await journal.make(by, async (tx) => {
      const now = await findUpload(tx, id)
      if (now.state === 'abandoned') throw new AppError('CONFLICT', 'this upload was abandoned meanwhile')
      if (now.state === 'sealed') return { events: [], result: null }
      // Only what sealing found out: a rotation may have wrapped the keys anew meanwhile.
      const found = new Map(files.map(({ id: file, sha256, sealedAt }) => [file, { sha256, sealedAt }]))
      const latest = await filesOf(tx, upload)
      return {
        events: [sealedEvent(version)],
        puts: [
          put(VERSION, version),
          put(UPLOAD, { ...now, state: 'sealed' }),
          ...latest.map((file) => put(FILE, { ...file, ...found.get(file.id), state: 'sealed', target: '' })),
        ],
        result: null,
      }
    })
    await deleteUploadParts(db, id)
    for (const file of files) this.#digests.forget(file.id)
    return viewVersion(await findVersion(db, version.id))
  }

  async #sealFile(file: StoredFile): Promise<Sealed> {
    const { db, store, clock } = this.#context
    const parts = await listParts(db, file)
    const missing = partsOf(file) - parts.length
    if (missing > 0) throw new AppError('CONFLICT', `file ${file.position} lacks ${missing} of its parts`)
    const marks = parts.map(({ mark }) => mark)
    try {
      await store.finish(objectOf(file), file.target, marks)
    } catch (error) {
      const lost =
        error instanceof AppError && error.code === 'CONFLICT'
          ? await store.lostParts(objectOf(file), file.target, marks)
          : []
      if (lost.length === 0) throw error
      this.#digests.forget(file.id)
      await deleteParts(db, file, lost)
      throw new AppError(
        'CONFLICT',
        `the store has lost ${lost.length} parts of file ${file.position}: send them again`,
        { cause: error },
      )
    }
    const sealedAt = iso(clock.now())
    await using opened = await openStored(this.#context, { ...file, sha256: '0'.repeat(64), sealedAt })
    if (!file.canary) await opened.tensors()
    const sha256 = (await this.#digests.take(file.id, parts.length)) ?? (await digestOf(opened, file.sizeBytes))
    return { ...file, sha256, sealedAt }
  }
}

/** Reads all of a file back. @returns SHA-256 of its plaintext, hex */
export async function digestOf(
  opened: OpenFile,
  sizeBytes: number,
  onRead: (bytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of opened.range(0, sizeBytes)) {
    hash.update(chunk)
    onRead(chunk.length)
  }
  return hash.digest('hex')
}

export function sealedEvent({ id, manifestDigest: manifest, fileCount, sizeBytes, receipt }: StoredVersion) {
  const data = { files: fileCount, bytes: sizeBytes, manifest, receipt }
  return { kind: 'weights.sealed', subject: { type: 'vault_version', id }, data }
}

function versionOf(upload: StoredUpload, files: readonly Sealed[], by: Actor, createdAt: string): StoredVersion {
  const { id, model, version, decoy, receipt } = upload
  return {
    ...{ id: `${model}/${version}`, model, version, state: 'sealed', decoy, upload: id, cleared: false },
    sizeBytes: files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
    fileCount: files.length,
    manifestDigest: manifestDigest(model, version, files),
    ...{ createdAt, by, receipt, erasedAt: null },
  }
}
