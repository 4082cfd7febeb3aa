import { createHash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { VaultContext } from './context.ts'
import { FloePartSealer } from './floe/index.ts'
import { FILE } from './kinds.ts'
import { aadOf, keyedFileOf } from './open-file.ts'
import { objectOf, partsOf, segmentsOf } from './parts.ts'
import { writeRecoveryRecord } from './recovery-record.ts'
import { type StoredFile, type StoredVersion, VaultPath, type VaultVersion } from './schema.ts'
import { sealPart } from './seal-part.ts'
import { findUpload, newFile } from './upload-records.ts'
import type { Uploads } from './uploads.ts'
import { findVersion, sealedFiles } from './versions.ts'

const CHUNK_BYTES = 1024 * 1024
/** As large as people make the shards of real models. */
const SHARD_BYTES = 5_000_000_000

export interface DecoyModel {
  readonly model: string
  readonly version: string
  readonly sizeBytes: number
}

export interface DecoyFile {
  /** `model/version` */
  readonly version: string
  readonly path: string
  readonly sizeBytes: number
}

/**
 * Seals random data as a version that looks like any other, in the vault and on the ledger.
 *
 * @throws {AppError} as beginning and finishing an upload
 */
export async function plantModel(
  context: VaultContext,
  uploads: Uploads,
  { model, version, sizeBytes }: DecoyModel,
  by: Actor,
): Promise<VaultVersion> {
  const upload = await uploads.begin({ model, version, files: shardsOf(sizeBytes) }, by, { decoy: true })
  for (const [position, file] of upload.files.entries())
    for (let part = 0; part < file.parts; part++) {
      const bytes = Math.min(file.partBytes, file.sizeBytes - part * file.partBytes)
      await uploads.putPart(upload.id, position, part, randomBytes(context.ids, bytes))
    }
  return await uploads.finish(upload.id, by)
}

/**
 * Seals random data as one more file of a version. Its manifest does not list it, so that what people approved, and signatures, stay as they are.
 *
 * @throws {AppError} NOT_FOUND; CONFLICT when the version was erased or has a file at this path; REQUEST_INVALID for the path or size
 */
export async function plantFile(
  context: VaultContext,
  { version: id, path, sizeBytes }: DecoyFile,
  by: Actor,
): Promise<void> {
  const { db, journal, clock, store } = context
  const checked = VaultPath.safeParse(path)
  if (!checked.success) throw new AppError('REQUEST_INVALID', checked.error.issues[0]?.message ?? 'no path')
  const version = await findVersion(db, id)
  const position = nextPosition(version, await sealedFiles(db, id), path)
  const upload = await findUpload(db, version.upload)
  const file = await newFile(context, upload, { position, path, sizeBytes, canary: true })
  try {
    const sealed: StoredFile = {
      ...file,
      ...(await sealRandom(context, file)),
      sealedAt: iso(clock.now()),
      state: 'sealed',
      target: '',
    }
    await journal.make(by, async (tx) => {
      nextPosition(await findVersion(tx, id), await sealedFiles(tx, id), path, position)
      const event = {
        kind: 'weights.file_added',
        subject: { type: 'vault_version', id },
        data: { file: position, bytes: sizeBytes },
      }
      return { events: [event], puts: [put(FILE, sealed)], result: null }
    })
  } catch (error) {
    await store.remove(objectOf(file), file.target).catch(() => {}) // what is left is of nobody, and found by fsck
    throw error
  }
  await writeRecoveryRecord(context, version, await sealedFiles(db, id))
}

/** @param taken the position that must still be free. @throws {AppError} CONFLICT */
function nextPosition(version: StoredVersion, files: readonly StoredFile[], path: string, taken?: number): number {
  if (version.state !== 'sealed') throw new AppError('CONFLICT', `${version.id} was erased`)
  if (files.some((file) => file.path === path)) throw new AppError('CONFLICT', 'the version has a file at this path')
  const next = 1 + Math.max(-1, ...files.map(({ position }) => position))
  if (taken !== undefined && taken !== next) throw new AppError('CONFLICT', 'the version changed meanwhile: try again')
  return next
}

async function sealRandom(context: VaultContext, file: StoredFile): Promise<{ sha256: string }> {
  const { keys, store, ids, engine } = context
  const key = await keys.unwrap(file.model, file.wrappedKey, keyedFileOf(file))
  using sealer = new FloePartSealer(key, aadOf(file), Buffer.from(file.header, 'base64'), file, ids, engine)
  key.fill(0)
  const hash = createHash('sha256')
  const turn = { update: (bytes: Uint8Array) => void hash.update(bytes), pass: () => {}, fail: () => {} }
  const marks: string[] = []
  for (let part = 0; part < partsOf(file); part++) {
    const { first, count, plainBytes } = segmentsOf(file, part)
    const sink = await store.part(objectOf(file), file.target, part)
    try {
      await sealPart({ sealer, first, count, body: randomBytes(ids, plainBytes), sink, turn })
      marks.push((await sink.commit()) ?? '')
    } finally {
      await sink.discard()
    }
  }
  await store.finish(objectOf(file), file.target, marks)
  return { sha256: hash.digest('hex') }
}

async function* randomBytes(ids: Ids, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += CHUNK_BYTES) yield ids.bytes(Math.min(CHUNK_BYTES, length - at))
}

function shardsOf(sizeBytes: number): { path: string; sizeBytes: number }[] {
  const count = Math.max(1, Math.ceil(sizeBytes / SHARD_BYTES))
  if (count === 1) return [{ path: 'model.safetensors', sizeBytes }]
  const number = (n: number) => String(n).padStart(5, '0')
  return Array.from({ length: count }, (_, i) => ({
    path: `model-${number(i + 1)}-of-${number(count)}.safetensors`,
    sizeBytes: Math.min(SHARD_BYTES, sizeBytes - i * SHARD_BYTES),
  }))
}
