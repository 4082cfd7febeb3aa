import { createHash, hkdfSync } from 'node:crypto'
import { readBase64 } from '../../../base/base64.ts'
import { AppError } from '../../../base/errors.ts'
import { aesKeyUnwrap, aesKeyWrap } from './aes-key-wrap.ts'
import { type ModelKeyRecord, newestVersion, openVersion } from './model-key-record.ts'
import { canonicalContext, KEY_BYTES, type KeyProviders } from './provider.ts'

const FORMAT = 'safelevel-data-key/v1'
const WRAPPED = /^v([1-9][0-9]{0,3}):([A-Za-z0-9+/]{54}==)$/

/** The file that a data key is for. */
export interface KeyedFile {
  readonly modelVersion: string
  /** As it stands in the manifest. */
  readonly path: string
}

/**
 * The key of one model, while somebody works with it: wraps and unwraps the data keys of its files. Each version is fetched from its key
 * provider when it is first needed, and kept until `close`.
 *
 * A wrapped data key is `v<version>:<base64>`: AES-KW (RFC 3394) under HKDF-SHA-256 (RFC 5869, no salt) of that version of the model's
 * key, with `safelevel-data-key/v1` ‖ 0x00 ‖ SHA-256(context) as info; the context is the canonical JSON of format, model,
 * modelVersion and path. So it opens for that one file alone.
 */
export class ModelKey implements Disposable {
  readonly #record: ModelKeyRecord
  readonly #providers: KeyProviders
  readonly #opened = new Map<number, Promise<Buffer>>()
  #isClosed = false

  constructor(record: ModelKeyRecord, providers: KeyProviders) {
    this.#record = record
    this.#providers = providers
  }

  /**
   * By the version in use.
   *
   * @param dataKey 32 bytes; stays the caller's, to be cleared.
   * @throws {AppError} as `openVersion`: CONFLICT when closed, NOT_FOUND when erased, and what the key server's state gives
   */
  async wrapDataKey(dataKey: Uint8Array, file: KeyedFile): Promise<string> {
    if (dataKey.length !== KEY_BYTES)
      throw new AppError('REQUEST_INVALID', `a data key has ${KEY_BYTES} bytes, not ${dataKey.length}`)
    const { version } = newestVersion(this.#record)
    const wrapped = await this.#withWrappingKey(version, file, (kek) => aesKeyWrap(kek, dataKey))
    return `v${version}:${wrapped.toString('base64')}`
  }

  /**
   * @returns 32 bytes, the caller's to clear
   * @throws {AppError} VERIFICATION_FAILED when it was changed, or is of another model or file; else as `wrapDataKey`
   */
  async unwrapDataKey(wrapped: string, file: KeyedFile): Promise<Buffer> {
    const { version, bytes } = readWrapped(wrapped)
    return await this.#withWrappingKey(version, file, (kek) => aesKeyUnwrap(kek, bytes))
  }

  /** The same data key under the version in use, so that an earlier one can be erased; the file stays as it is. */
  async rewrapDataKey(wrapped: string, file: KeyedFile): Promise<string> {
    const dataKey = await this.unwrapDataKey(wrapped, file)
    try {
      return await this.wrapDataKey(dataKey, file)
    } finally {
      dataKey.fill(0)
    }
  }

  /** Clears the keys from memory; nothing can be done with it any more. */
  close(): void {
    this.#isClosed = true
    for (const opening of this.#opened.values()) clearOnceOpen(opening)
    this.#opened.clear()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #withWrappingKey(version: number, file: KeyedFile, work: (kek: Uint8Array) => Buffer): Promise<Buffer> {
    const info = infoOf(this.#record.model, file)
    const key = await this.#open(version)
    this.#assertOpen() // closed meanwhile: what `key` holds is about to be cleared, or is
    const kek = new Uint8Array(hkdfSync('sha256', key, '', info, KEY_BYTES))
    try {
      return work(kek)
    } finally {
      kek.fill(0)
    }
  }

  #open(version: number): Promise<Buffer> {
    this.#assertOpen()
    const known = this.#opened.get(version)
    if (known !== undefined) return known
    const opening = openVersion(this.#record, version, this.#providers)
    this.#opened.set(version, opening)
    opening.catch(() => this.#opened.delete(version)) // the next one asks again
    return opening
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new AppError('CONFLICT', `the key of ${this.#record.model} is closed`)
  }
}

function clearOnceOpen(opening: Promise<Buffer>): void {
  opening.then(
    (key) => key.fill(0),
    () => {}, // whoever asked for it is told
  )
}

/** HKDF of Node takes at most 1024 bytes, and a path may be longer: the context goes in as its digest. */
function infoOf(model: string, { modelVersion, path }: KeyedFile): Buffer {
  const context = canonicalContext({ format: FORMAT, model, modelVersion, path })
  return Buffer.concat([Buffer.from(`${FORMAT}\0`), createHash('sha256').update(context).digest()])
}

function readWrapped(wrapped: string): { version: number; bytes: Buffer } {
  const [, version, text] = WRAPPED.exec(wrapped) ?? []
  const bytes = text === undefined ? null : readBase64(text)
  if (bytes === null) throw new AppError('VERIFICATION_FAILED', 'what should be a wrapped data key is none')
  return { version: Number(version), bytes }
}
