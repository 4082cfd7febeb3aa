import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { records } from '../records/index.ts'
import { type KeyedFile, ModelKey } from './keys/model-key.ts'
import type { ModelKeyRecord } from './keys/model-key-record.ts'
import type { KeyProvider, KeyProviders } from './keys/provider.ts'
import { MODEL_KEY } from './kinds.ts'

/** How long a model's key stays in memory unused: a key server is not asked for each of a thousand tensors. */
const KEPT_MS = 60_000

interface Opened {
  /** The record that it was opened from: another one makes it stale. */
  readonly text: string
  readonly key: ModelKey
  users: number
  usedAt: number
  isStale: boolean
}

/** The keys of models, each in memory while it is in use and a minute longer, and never longer than its record stands. */
export class ModelKeys implements Disposable {
  readonly provider: KeyProvider
  readonly providers: KeyProviders
  readonly #db: Db
  readonly #clock: Clock
  readonly #opened = new Map<string, Opened>()

  /** @param former providers by which something may still be wrapped */
  constructor(db: Db, clock: Clock, provider: KeyProvider, former: readonly KeyProvider[]) {
    this.#db = db
    this.#clock = clock
    this.provider = provider
    this.providers = new Map([provider, ...former].map((one) => [one.id, one]))
  }

  async find(model: string, db: Db = this.#db): Promise<ModelKeyRecord | null> {
    return await records.find(db, MODEL_KEY, model)
  }

  /** @throws {AppError} NOT_FOUND when the model has no key */
  async get(model: string, db: Db = this.#db): Promise<ModelKeyRecord> {
    const record = await this.find(model, db)
    if (record === null) throw new AppError('NOT_FOUND', `the vault has no key of ${model}`)
    return record
  }

  /**
   * Works with the key of a model as its record says now.
   *
   * @throws {AppError} NOT_FOUND when there is none or it is erased; else as `KeyProvider.unwrap`
   */
  async use<T>(model: string, work: (key: ModelKey) => Promise<T>): Promise<T> {
    return await this.useRecord(await this.get(model), work)
  }

  /** As `use`, by a record that the caller has read. */
  async useRecord<T>(record: ModelKeyRecord, work: (key: ModelKey) => Promise<T>): Promise<T> {
    const opened = this.#open(record)
    opened.users++
    try {
      return await work(opened.key)
    } finally {
      opened.users--
      opened.usedAt = this.#clock.monotonic()
      if (opened.isStale && opened.users === 0) opened.key.close()
    }
  }

  /** @returns 32 bytes, the caller's to clear. @throws {AppError} NOT_FOUND when the file is erased; VERIFICATION_FAILED */
  async unwrap(model: string, wrapped: string | null, file: KeyedFile): Promise<Buffer> {
    if (wrapped === null) throw new AppError('NOT_FOUND', 'the key of this file was erased')
    return await this.use(model, (key) => key.unwrapDataKey(wrapped, file))
  }

  /** Forgets what was not used for a while. */
  tidy(): void {
    for (const [model, opened] of this.#opened)
      if (opened.users === 0 && this.#clock.monotonic() - opened.usedAt > KEPT_MS) this.#drop(model, opened)
  }

  [Symbol.dispose](): void {
    for (const [model, opened] of this.#opened) this.#drop(model, opened)
    for (const provider of this.providers.values()) provider.close?.()
  }

  #open(record: ModelKeyRecord): Opened {
    const text = JSON.stringify(record)
    const known = this.#opened.get(record.model)
    if (known?.text === text) return known
    if (known !== undefined) this.#drop(record.model, known)
    const opened = {
      text,
      key: new ModelKey(record, this.providers),
      users: 0,
      usedAt: this.#clock.monotonic(),
      isStale: false,
    }
    this.#opened.set(record.model, opened)
    return opened
  }

  #drop(model: string, opened: Opened): void {
    this.#opened.delete(model)
    opened.isStale = true
    if (opened.users === 0) opened.key.close()
  }
}
