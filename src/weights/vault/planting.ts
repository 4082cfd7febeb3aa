import { createHash, type Hash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { VaultContext } from './context.ts'
import { type Decoy, decoyFile, decoyModel } from './decoy.ts'
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
const SEED_BYTES = 32
/** Below it there is no decoder to speak of. */
const MIN_MODEL_BYTES = 64 * 1024

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
 * Seals what looks like a trained model, of about the size that is wanted, as a version that looks like any other, in the vault and on the ledger.
 *
 * @throws {AppError} as beginning and finishing an upload
 */
export async function plantModel(
  context: VaultContext,
  uploads: Uploads,
  { model, version, sizeBytes }: DecoyModel,
  by: Actor,
): Promise<VaultVersion> {
  const seed = context.ids.bytes(SEED_BYTES)
  const decoys = decoyModel({ sizeBytes: Math.max(sizeBytes, MIN_MODEL_BYTES), seed })
  const files = decoys.map((decoy) => ({ path: decoy.path, sizeBytes: decoy.sizeBytes }))
  const upload = await uploads.begin({ model, version, files }, by, { decoy: true })
  for (const [position, { path, parts, partBytes, sizeBytes }] of upload.files.entries()) {
    const decoy = decoys.find((one) => one.path === path)
    if (decoy === undefined) throw new AppError('INTERNAL', 'an upload with a file that was not declared')
    for (let part = 0; part < parts; part++) {
      const start = part * partBytes
      await uploads.putPart(upload.id, position, part, decoy.range(start, Math.min(partBytes, sizeBytes - start)))
    }
  }
  return await uploads.finish(upload.id, by)
}

/**
 * Seals one more file of a version: what looks like weights if it is called `.safetensors`, else random data. Its manifest does not list it, so that what people approved, and signatures, stay as they are.
 *
 * @throws {AppError} NOT_FOUND; CONFLICT when the version was erased or has a file at this path; REQUEST_INVALID for the path or size
 */
export async function plantFile(
  context: VaultContext,
  { version: id, path, sizeBytes: wanted }: DecoyFile,
  by: Actor,
): Promise<void> {
  const { db, journal, clock, store } = context
  const checked = VaultPath.safeParse(path)
  if (!checked.success) throw new AppError('REQUEST_INVALID', checked.error.issues[0]?.message ?? 'no path')
  const version = await findVersion(db, id)
  const position = nextPosition(version, await sealedFiles(db, id), path)
  const upload = await findUpload(db, version.upload)
  const { sizeBytes, range } = contentOf(context.ids, path, wanted)
  const file = await newFile(context, upload, { position, path, sizeBytes, canary: true })
  try {
    const sealed: StoredFile = {
      ...file,
      ...(await sealContent(context, file, range)),
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

type Range = Decoy['range']

async function sealContent(context: VaultContext, file: StoredFile, range: Range): Promise<{ sha256: string }> {
  const { keys, store, ids, engine } = context
  const key = await keys.unwrap(file.model, file.wrappedKey, keyedFileOf(file))
  using sealer = new FloePartSealer(key, aadOf(file), Buffer.from(file.header, 'base64'), file, ids, engine)
  key.fill(0)
  const hash = createHash('sha256')
  const marks: string[] = []
  let at = 0
  for (let part = 0; part < partsOf(file); part++) {
    const { first, count, plainBytes } = segmentsOf(file, part)
    const body = digested(range(at, plainBytes), hash)
    at += plainBytes
    const sink = await store.part(objectOf(file), file.target, part)
    try {
      await sealPart({ sealer, first, count, body, sink, turn: null })
      marks.push((await sink.commit()) ?? '')
    } finally {
      await sink.discard()
    }
  }
  await store.finish(objectOf(file), file.target, marks)
  return { sha256: hash.digest('hex') }
}

function contentOf(ids: Ids, path: string, sizeBytes: number): Pick<Decoy, 'sizeBytes' | 'range'> {
  if (path.toLowerCase().endsWith('.safetensors') && sizeBytes >= MIN_MODEL_BYTES)
    return decoyFile({ path, sizeBytes, seed: ids.bytes(SEED_BYTES) })
  return { sizeBytes, range: (_, length) => randomBytes(ids, length) }
}

async function* digested(body: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
}

async function* randomBytes(ids: Ids, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += CHUNK_BYTES) yield ids.bytes(Math.min(CHUNK_BYTES, length - at))
}
