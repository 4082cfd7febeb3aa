import type { FloeSource } from '../floe/index.ts'

/** One sealed file as a store sees it: parts that follow each other. */
export interface StoreObject {
  /** `<folder>/<name>`, each of letters, digits, underscores and dashes. */
  readonly key: string
  /** Bytes of the whole, as sealed. */
  readonly sizeBytes: number
  /** Bytes of the first part, which begins with the header. */
  readonly firstBytes: number
  /** Bytes of every later part but the last, which has the rest. */
  readonly partBytes: number
}

export interface PartPlace {
  readonly offset: number
  readonly length: number
}

/** Takes one part. Nothing of it is in the object until `commit`, and what was not committed leaves nothing behind. */
export interface PartSink {
  /** The next bytes; the caller may use the buffers again once it resolves. */
  write(buffers: readonly Buffer[]): Promise<void>
  /**
   * @returns what `finish` must be given for this part, once it is durable; null when the part was there already, put by somebody else: theirs
   *   stays.
   */
  commit(): Promise<string | null>
  /** Safe after `commit`, and twice. */
  discard(): Promise<void>
}

export interface OpenObject extends FloeSource, AsyncDisposable {}

/**
 * Where sealed files lie: a folder, a bucket. It sees ciphertext alone and is trusted with nothing but keeping it.
 *
 * Every method throws {AppError} UPSTREAM_UNAVAILABLE when the store fails or refuses, and INSUFFICIENT_STORAGE when it is full.
 */
export interface WeightStore extends AsyncDisposable {
  /** For people. */
  readonly place: string
  /** Parts that an object has at most, but for the smallest part's size. */
  readonly mostParts: number
  /** Bytes of the smallest part but the last. */
  readonly leastPartBytes: number
  /** @throws {AppError} INSUFFICIENT_STORAGE when it can tell that so much does not fit */
  checkSpace(sizeBytes: number): Promise<void>
  /** @returns what the store calls the object until it is finished; empty where it needs no such name */
  begin(object: StoreObject): Promise<string>
  part(object: StoreObject, target: string, part: number): Promise<PartSink>
  /**
   * Puts the object together; again with the same parts does nothing more.
   *
   * @param marks of each part in order, as `commit` gave them
   * @throws {AppError} CONFLICT when a part is not there: `lostParts` then says which
   */
  finish(object: StoreObject, target: string, marks: readonly string[]): Promise<void>
  /** Parts that must be put again, of an object that is not finished. */
  lostParts(object: StoreObject, target: string, marks: readonly string[]): Promise<number[]>
  /** Forgets what was put of an object, finished or not; nothing there is fine. */
  remove(object: StoreObject, target: string): Promise<void>
  /** Bytes that an object has; null when it is not there whole. */
  sizeOf(object: StoreObject): Promise<number | null>
  /** @throws {AppError} NOT_FOUND */
  open(object: StoreObject, signal?: AbortSignal): Promise<OpenObject>
  /** A small text of ours beside the objects. Replaces the one before, wholly or not at all. */
  writeNote(path: string, text: string): Promise<void>
  /** At most 32 MiB. @returns null when there is none */
  readNote(path: string): Promise<string | null>
  removeNote(path: string): Promise<void>
  /** Every name below: of notes as they were written, of objects as their folder and name. */
  list(): AsyncGenerator<string>
}

export const MAX_NOTE_BYTES = 32 * 1024 * 1024

export function partCount({ sizeBytes, firstBytes, partBytes }: StoreObject): number {
  return 1 + Math.max(0, Math.ceil((sizeBytes - firstBytes) / partBytes))
}

/** Where a part lies in the whole. */
export function partPlace(object: StoreObject, part: number): PartPlace {
  const { sizeBytes, firstBytes, partBytes } = object
  const offset = part === 0 ? 0 : firstBytes + (part - 1) * partBytes
  const length = Math.min(part === 0 ? firstBytes : partBytes, sizeBytes - offset)
  return { offset, length }
}

/** Which part holds a byte. */
export function partOf({ firstBytes, partBytes }: StoreObject, offset: number): number {
  return offset < firstBytes ? 0 : 1 + Math.floor((offset - firstBytes) / partBytes)
}
