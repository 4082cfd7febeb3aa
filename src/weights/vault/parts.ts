import type { Db } from '../../db/index.ts'
import { type FloeLayout, HEADER_BYTES, layoutOfPlaintext } from './floe/index.ts'
import type { StoredFile } from './schema.ts'
import { partCount, type StoreObject } from './stores/store.ts'

/** Small enough to be sent again after a broken connection and to be held in memory by a store that must, large enough to cost little. */
const PART_BYTES = 16 * 1024 * 1024
const MEBIBYTE = 1024 * 1024

/** A part of a file that is in the store. */
export interface PartRow {
  readonly part: number
  /** What the store needs to put it together with the others. */
  readonly mark: string
}

/** Plaintext bytes of a part: whole segments, so many that the store's number of parts suffices. */
export function partBytesFor(sizeBytes: number, segmentBytes: number, store: { readonly mostParts: number }): number {
  const perSegment = perSegmentOf(segmentBytes)
  const bytes = Math.max(PART_BYTES, Math.ceil(sizeBytes / (store.mostParts - 1) / MEBIBYTE) * MEBIBYTE)
  return Math.ceil(bytes / perSegment) * perSegment
}

export function layoutOf({ sizeBytes, segmentBytes }: StoredFile): FloeLayout {
  return layoutOfPlaintext(sizeBytes, segmentBytes)
}

/** The file as its store has it. */
export function objectOf(file: StoredFile): StoreObject {
  const { ciphertextBytes } = layoutOf(file)
  const partBytes = (file.partBytes / perSegmentOf(file.segmentBytes)) * file.segmentBytes
  const firstBytes = Math.min(HEADER_BYTES + partBytes, ciphertextBytes)
  return { key: file.id, sizeBytes: ciphertextBytes, firstBytes, partBytes }
}

export function partsOf(file: StoredFile): number {
  return partCount(objectOf(file))
}

/** Which segments a part has, and how many bytes of plaintext. */
export function segmentsOf(file: StoredFile, part: number): { first: number; count: number; plainBytes: number } {
  const perPart = file.partBytes / perSegmentOf(file.segmentBytes)
  const first = part * perPart
  const count = Math.min(perPart, layoutOf(file).segmentCount - first)
  return { first, count, plainBytes: Math.min(file.partBytes, file.sizeBytes - part * file.partBytes) }
}

/** Bytes of plaintext in a full segment. */
export function perSegmentOf(segmentBytes: number): number {
  return segmentBytes - (layoutOfPlaintext(0, segmentBytes).ciphertextBytes - HEADER_BYTES)
}

/** The parts of a file that are in, by number. */
export async function listParts(db: Db, { id }: StoredFile): Promise<PartRow[]> {
  const { upload, position } = splitFileId(id)
  const rows = await db
    .selectFrom('weightsPart')
    .select(['part', 'etag'])
    .where('uploadId', '=', upload)
    .where('file', '=', position)
    .orderBy('part')
    .execute()
  return rows.map(({ part, etag }) => ({ part, mark: etag }))
}

/** Whether a part is in, and the last of those that are; null when none is. */
export async function findPart(
  db: Db,
  { id }: StoredFile,
  part: number,
): Promise<{ readonly isIn: boolean; readonly last: number | null }> {
  const { upload, position } = splitFileId(id)
  const parts = db.selectFrom('weightsPart').where('uploadId', '=', upload).where('file', '=', position)
  const [one, last] = await Promise.all([
    parts.select('part').where('part', '=', part).executeTakeFirst(),
    parts.select('part').orderBy('part', 'desc').limit(1).executeTakeFirst(),
  ])
  return { isIn: one !== undefined, last: last?.part ?? null }
}

/** The parts of all files of an upload, by the file's position. */
export async function listUploadParts(db: Db, upload: string): Promise<Map<number, number[]>> {
  const rows = await db
    .selectFrom('weightsPart')
    .select(['file', 'part'])
    .where('uploadId', '=', upload)
    .orderBy('file')
    .orderBy('part')
    .execute()
  const parts = new Map<number, number[]>()
  for (const { file, part } of rows) {
    const known = parts.get(file)
    if (known === undefined) parts.set(file, [part])
    else known.push(part)
  }
  return parts
}

/** @returns false when it was in already: the one that was first stays */
export async function insertPart(db: Db, file: StoredFile, { part, mark }: PartRow): Promise<boolean> {
  const { upload, position } = splitFileId(file.id)
  const row = { uploadId: upload, file: position, part, bytes: segmentsOf(file, part).plainBytes, etag: mark }
  const inserted = await db
    .insertInto('weightsPart')
    .values(row)
    .onConflict((c) => c.columns(['uploadId', 'file', 'part']).doNothing())
    .returning('part')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function deleteParts(db: Db, file: StoredFile, parts: readonly number[]): Promise<void> {
  if (parts.length === 0) return
  const { upload, position } = splitFileId(file.id)
  await db
    .deleteFrom('weightsPart')
    .where('uploadId', '=', upload)
    .where('file', '=', position)
    .where('part', 'in', [...parts])
    .execute()
}

export async function deleteUploadParts(db: Db, upload: string): Promise<void> {
  await db.deleteFrom('weightsPart').where('uploadId', '=', upload).execute()
}

/** `<upload>/<position>` */
export function fileId(upload: string, position: number): string {
  return `${upload}/${String(position).padStart(5, '0')}`
}

function splitFileId(id: string): { upload: string; position: number } {
  const slash = id.indexOf('/')
  return { upload: id.slice(0, slash), position: Number(id.slice(slash + 1)) }
}
