import { AppError } from '../../base/errors.ts'
import type { VaultContext } from './context.ts'
import { FloeReader, fileAad } from './floe/index.ts'
import { readTensorIndex, type TensorIndex } from './formats/index.ts'
import { objectOf } from './parts.ts'
import type { StoredFile, VaultFile } from './schema.ts'
import type { OpenObject } from './stores/store.ts'
import { viewFile } from './views.ts'

/** What a file of weights belongs to, as its associated data says. */
export function aadOf({ model, version, path, sizeBytes }: StoredFile): Buffer {
  return fileAad({ model, version: version.slice(model.length + 1), path, sizeBytes })
}

/** What a data key is bound to. */
export function keyedFileOf({ version, path }: StoredFile) {
  return { modelVersion: version, path }
}

/** A sealed file that stands open: any range of it, decrypted as it is read. */
export interface OpenFile extends Disposable, AsyncDisposable {
  readonly file: VaultFile
  /** Null when it is of no kind whose tensors can be told apart. Read once, from the file's header alone. */
  tensors(): Promise<TensorIndex | null>
  /** @throws {AppError} REQUEST_INVALID for a range outside of the file; VERIFICATION_FAILED at the first segment that does not authenticate */
  range(start: number, length: number): AsyncGenerator<Buffer, void, undefined>
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined
  readonly onClosed?: (file: OpenFile) => void
}

/**
 * @param options.signal ends what is being read, with the signal's reason
 * @throws {AppError} NOT_FOUND when it is erased or not in the store; VERIFICATION_FAILED when what is in the store is not this file
 */
export async function openStored(
  context: VaultContext,
  file: StoredFile,
  { signal, onClosed }: OpenOptions = {},
): Promise<OpenFile> {
  const { sizeBytes, segmentBytes } = file
  const { engine } = context
  const key = await context.keys.unwrap(file.model, file.wrappedKey, keyedFileOf(file))
  let source: OpenObject | null = null
  try {
    source = await context.store.open(objectOf(file), signal)
    const aad = aadOf(file)
    const reader = await FloeReader.open(source, {
      key,
      aad,
      sizeBytes,
      segmentBytes,
      engine,
      ...(signal && { signal }),
    })
    return new OpenedFile(viewFile(file), source, reader, onClosed)
  } catch (error) {
    await source?.[Symbol.asyncDispose]()
    throw error
  } finally {
    key.fill(0)
  }
}

class OpenedFile implements OpenFile {
  readonly file: VaultFile
  readonly #source: OpenObject
  readonly #reader: FloeReader
  readonly #onClosed: OpenOptions['onClosed']
  #tensors: Promise<TensorIndex | null> | null = null
  #isOpen = true

  constructor(file: VaultFile, source: OpenObject, reader: FloeReader, onClosed: OpenOptions['onClosed']) {
    this.#onClosed = onClosed
    this.file = file
    this.#source = source
    this.#reader = reader
  }

  tensors(): Promise<TensorIndex | null> {
    this.#tensors ??= readTensorIndex(
      this.file.path,
      (start, length) => this.#reader.read(start, length),
      this.file.sizeBytes,
    )
    return this.#tensors
  }

  async *range(start: number, length: number): AsyncGenerator<Buffer, void, undefined> {
    if (!this.#isOpen) throw new AppError('CONFLICT', 'this file is closed')
    yield* this.#reader.range(start, length)
  }

  /** Reads that are under way fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#onClosed?.(this)
    this.#reader[Symbol.dispose]()
    await this.#source[Symbol.asyncDispose]()
  }

  [Symbol.dispose](): void {
    this[Symbol.asyncDispose]().catch(() => {}) // nothing was written: a file that does not close is the system's to tidy
  }
}
