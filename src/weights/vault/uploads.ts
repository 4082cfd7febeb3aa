import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { FloePartSealer } from './floe/index.ts'
import { checkPaths } from './formats/index.ts'
import { type ModelKeyRecord, newestVersion } from './keys/model-key-record.ts'
import { FILE, MODEL_KEY, UPLOAD, VERSION } from './kinds.ts'
import { aadOf, keyedFileOf } from './open-file.ts'
import { fileId, findPart, insertPart, listUploadParts, objectOf, partsOf, segmentsOf } from './parts.ts'
import { ensureModelKey } from './rotation.ts'
import type { RunningDigests } from './running-digests.ts'
import { NewUpload, type StoredFile, type StoredUpload, type Upload, type VaultVersion } from './schema.ts'
import { sealPart } from './seal-part.ts'
import { Sealing } from './sealing.ts'
import type { PartSink } from './stores/store.ts'
import { abandonUpload, filesOf, findUpload, newFile } from './upload-records.ts'
import { viewUpload } from './views.ts'

const DAY_MS = 86_400_000

/** What only the vault asks for itself: files that are there to be touched by nobody. */
export interface UploadKind {
  readonly decoy: boolean
}

/** Weights on their way in. */
export class Uploads {
  readonly #context: VaultContext
  readonly #digests: RunningDigests
  readonly #sealing: Sealing
  /** Parts that arrive just now. */
  readonly #arriving = new Set<string>()

  constructor(context: VaultContext, digests: RunningDigests) {
    this.#context = context
    this.#digests = digests
    this.#sealing = new Sealing(context, digests)
  }

  /**
   * Begins an upload, or finds the one that was begun with the same files: whoever was interrupted asks again and goes on with what is not in.
   *
   * @throws {AppError} REQUEST_INVALID; CONFLICT when the version is in the vault already, or another upload of it is open;
   *   INSUFFICIENT_STORAGE; what the key server's state gives
   */
  async begin(input: NewUpload, by: Actor, { decoy }: UploadKind = { decoy: false }): Promise<Upload> {
    const parsed = NewUpload.safeParse(input)
    if (!parsed.success) throw new AppError('REQUEST_INVALID', problemOf(parsed.error.issues))
    const { model, version, files, receipt } = parsed.data
    checkPaths(files.map(({ path }) => path))
    const { db, journal, store, clock, ids, config } = this.#context
    const known = await this.#resumable(db, parsed.data)
    if (known !== null) return await this.get(known.id)
    await store.checkSpace(files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0))
    await ensureModelKey(this.#context, model, by)
    const beganAt = iso(clock.now())
    const endsAt = iso(clock.now() + config.uploadDays * DAY_MS)
    const id = ids.next('upl')
    const upload: StoredUpload = {
      id,
      model,
      version,
      state: 'open',
      decoy,
      beganAt,
      endsAt,
      by,
      receipt,
      cleared: false,
    }
    const stored = await this.#newFiles(upload, files)
    const found = await journal.make(by, async (tx) => {
      const other = await this.#resumable(tx, parsed.data)
      if (other !== null) return { events: [], result: other }
      checkKeyVersion(await records.find(tx, MODEL_KEY, model), stored)
      const data = { model, version, files: files.length, bytes: sum(files) }
      return {
        events: [{ kind: 'weights.upload_begun', subject: { type: 'vault_upload', id }, data }],
        puts: [put(UPLOAD, upload), ...stored.map((file) => put(FILE, file))],
        result: upload,
      }
    })
    return await this.get(found.id)
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Upload> {
    const { db } = this.#context
    const upload = await findUpload(db, id)
    return viewUpload(upload, await filesOf(db, upload), await listUploadParts(db, id))
  }

  /**
   * Takes one part of a file: in any order, several at once, the parts of one file best in theirs. Durable when it resolves. A part that is in stays
   * as it is, and is not read again.
   *
   * @param file position in the upload's list, from 0
   * @param part from 0
   * @param body hostile; exactly the part's bytes
   * @throws {AppError} REQUEST_INVALID for a part that the file does not have, or too few or too many bytes; CONFLICT when it arrives twice at
   *   once, or the upload is no longer open; INSUFFICIENT_STORAGE, UPSTREAM_UNAVAILABLE of the store: the part is not in, send it again
   */
  async putPart(id: string, file: number, part: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { db, store, keys, ids, engine } = this.#context
    const stored = await openFile(db, id, file)
    if (!Number.isInteger(part) || part < 0 || part >= partsOf(stored))
      throw new AppError('REQUEST_INVALID', `file ${file} has parts 0 to ${partsOf(stored) - 1}`)
    const { isIn, last } = await findPart(db, stored, part)
    if (isIn) return
    const name = `${stored.id}/${part}`
    if (this.#arriving.has(name))
      throw new AppError('CONFLICT', `part ${part} of file ${file} is being received already`)
    this.#arriving.add(name)
    try {
      if (last !== null) this.#digests.know(stored.id, last)
      const key = await keys.unwrap(stored.model, stored.wrappedKey, keyedFileOf(stored))
      using sealer = new FloePartSealer(key, aadOf(stored), Buffer.from(stored.header, 'base64'), stored, ids, engine)
      key.fill(0)
      const sink = await store.part(objectOf(stored), stored.target, part)
      try {
        await this.#receive(stored, part, body, sealer, sink)
      } finally {
        await sink.discard()
      }
    } finally {
      this.#arriving.delete(name)
    }
  }

  /**
   * Makes a version of what is in: checks that every part is there and that files are what they claim to be, and records it.
   *
   * @throws {AppError} CONFLICT when parts are missing or must be sent again, or it was abandoned; REQUEST_INVALID for malformed weights
   */
  finish(id: string, by: Actor): Promise<VaultVersion> {
    return this.#sealing.finish(id, by)
  }

  /** Gives an upload up: its keys go at once, and what is stored of it. @throws {AppError} NOT_FOUND; CONFLICT when it was finished */
  async abandon(id: string, by: Actor): Promise<void> {
    await abandonUpload(this.#context, id, by)
    const { db } = this.#context
    for (const file of await filesOf(db, await findUpload(db, id))) this.#digests.forget(file.id)
  }

  async #receive(
    file: StoredFile,
    part: number,
    body: AsyncIterable<Uint8Array>,
    sealer: FloePartSealer,
    sink: PartSink,
  ): Promise<void> {
    const { first, count } = segmentsOf(file, part)
    const turn = await this.#digests.turn(file.id, part)
    try {
      await sealPart({ sealer, first, count, body, sink, turn })
      const mark = await sink.commit()
      const isIn = await insertPart(this.#context.db, file, { part, mark: mark ?? '' })
      // Somebody else's was first, or a crash came between the store and its record: what is stored is not what was digested here.
      if (mark === null || !isIn) turn?.fail()
    } catch (error) {
      turn?.fail()
      throw error
    }
  }

  /** The open upload of the same files. @throws {AppError} CONFLICT when something else stands in the way */
  async #resumable(db: Db, { model, version, files }: NewUpload): Promise<StoredUpload | null> {
    const id = `${model}/${version}`
    if ((await records.find(db, VERSION, id)) !== null) throw new AppError('CONFLICT', `${id} is in the vault already`)
    const [open] = await records.list(db, UPLOAD, { about: id, state: 'open', limit: 1 })
    if (open === undefined) return null
    const declared = (await filesOf(db, open)).map(({ path, sizeBytes }) => ({ path, sizeBytes }))
    if (JSON.stringify(declared) === JSON.stringify(files.map(({ path, sizeBytes }) => ({ path, sizeBytes }))))
      return open
    throw new AppError(
      'CONFLICT',
      `another upload of ${id} is open, of other files: ${open.id}. Finish or abandon it first`,
    )
  }

  async #newFiles(upload: StoredUpload, files: readonly { path: string; sizeBytes: number }[]): Promise<StoredFile[]> {
    const made: StoredFile[] = []
    for (const [position, { path, sizeBytes }] of files.entries())
      made.push(await newFile(this.#context, upload, { position, path, sizeBytes, canary: upload.decoy }))
    return made
  }
}

/** Keys that were wrapped before a rotation, which does not know of them, would be under a version that is gone. */
function checkKeyVersion(record: ModelKeyRecord | null, files: readonly StoredFile[]): void {
  const version = record === null ? 0 : newestVersion(record).version
  if (files.every(({ wrappedKey }) => wrappedKey?.startsWith(`v${version}:`))) return
  throw new AppError('CONFLICT', 'the key of the model was rotated meanwhile: begin again')
}

async function openFile(db: Db, upload: string, position: number): Promise<StoredFile> {
  const { state } = await findUpload(db, upload)
  if (state !== 'open') throw new AppError('CONFLICT', `this upload is ${state}`)
  const file =
    Number.isInteger(position) && position >= 0 ? await records.find(db, FILE, fileId(upload, position)) : null
  if (file === null) throw new AppError('NOT_FOUND', `the upload has no file ${position}`)
  return file
}

function sum(files: readonly { readonly sizeBytes: number }[]): number {
  return files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
}

function problemOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [issue] = issues
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as it must be'}`
}
