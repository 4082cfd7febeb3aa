import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { newFloeHeader } from './floe/index.ts'
import { FILE, UPLOAD } from './kinds.ts'
import { aadOf, keyedFileOf } from './open-file.ts'
import { fileId, objectOf, partBytesFor } from './parts.ts'
import type { StoredFile, StoredUpload } from './schema.ts'

const KEY_BYTES = 32

/** A file with a key of its own, ready to take parts. */
export async function newFile(
  { keys, store, config, ids, clock }: VaultContext,
  upload: StoredUpload,
  { position, path, sizeBytes, canary }: Pick<StoredFile, 'position' | 'path' | 'sizeBytes' | 'canary'>,
): Promise<StoredFile> {
  const segmentBytes = config.segmentKiB * 1024
  const file: StoredFile = {
    ...{ id: fileId(upload.id, position), model: upload.model, version: `${upload.model}/${upload.version}` },
    ...{ path, position, state: 'open', sizeBytes, segmentBytes, canary },
    partBytes: partBytesFor(sizeBytes, segmentBytes, store),
    ...{ header: '', wrappedKey: null, target: '', sha256: null, sealedAt: null, beganAt: iso(clock.now()) },
  }
  const key = ids.bytes(KEY_BYTES)
  try {
    const header = newFloeHeader(key, aadOf(file), { segmentBytes }, ids).toString('base64')
    const wrappedKey = await keys.use(file.model, (model) => model.wrapDataKey(key, keyedFileOf(file)))
    return { ...file, header, wrappedKey, target: await store.begin(objectOf(file)) }
  } finally {
    key.fill(0)
  }
}

/** By a person, or by its day. @throws {AppError} NOT_FOUND; CONFLICT */
export async function abandonUpload({ journal }: VaultContext, id: string, by: Actor): Promise<void> {
  await journal.make(by, async (db) => {
    const upload = await findUpload(db, id)
    if (upload.state === 'sealed')
      throw new AppError('CONFLICT', 'this upload was finished: its version can only be erased')
    if (upload.state === 'abandoned') return { events: [], result: null }
    const files = await filesOf(db, upload)
    return {
      events: [
        { kind: 'weights.upload_abandoned', subject: { type: 'vault_upload', id }, data: { files: files.length } },
      ],
      puts: [
        put(UPLOAD, { ...upload, state: 'abandoned' }),
        ...files.map((file) => put(FILE, { ...file, state: 'abandoned', wrappedKey: null })),
      ],
      result: null,
    }
  })
}

/** @throws {AppError} NOT_FOUND */
export async function findUpload(db: Db, id: string): Promise<StoredUpload> {
  const upload = await records.find(db, UPLOAD, id)
  if (upload === null) throw new AppError('NOT_FOUND', `there is no upload ${id}`)
  return upload
}

/** The files of an upload, by position. */
export async function filesOf(db: Db, { id, model, version }: StoredUpload): Promise<StoredFile[]> {
  const files = await records.list(db, FILE, { about: `${model}/${version}` })
  return files.filter((file) => file.id.startsWith(`${id}/`))
}
