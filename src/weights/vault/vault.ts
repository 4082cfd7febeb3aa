import { join } from 'node:path'
import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records, type WeightsJournal } from '../records/index.ts'
import { defaultRootKey, type VaultConfig } from './config.ts'
import type { VaultContext } from './context.ts'
import type { KeyEgress } from './keys/key-server.ts'
import { LocalKeyProvider } from './keys/local-provider.ts'
import { openKeyProvider } from './keys/open.ts'
import type { KeyProvider } from './keys/provider.ts'
import { FILE } from './kinds.ts'
import { ModelKeys } from './model-keys.ts'
import { type OpenFile, openStored } from './open-file.ts'
import { type Rotated, rewrapRoot, rotateKey } from './rotation.ts'
import { RunningDigests } from './running-digests.ts'
import { openStore } from './stores/open-store.ts'
import type { WeightStore } from './stores/store.ts'
import { Uploads } from './uploads.ts'
import { Versions } from './versions.ts'

export interface VaultDeps {
  readonly db: DbHandle
  readonly journal: WeightsJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: VaultConfig
  /** The root key and the signing key are here unless the configuration says otherwise. */
  readonly keysDir: string
  /** Where the store `local` is unless the configuration says otherwise: its folder `weights`. */
  readonly dataDir: string
  readonly egress: KeyEgress
  readonly env: Readonly<Record<string, string | undefined>>
  /** Instead of what the configuration names: for tests. */
  readonly store?: WeightStore
  readonly provider?: KeyProvider
}

const TIDY_MS = 60_000

/**
 * Weights at rest: sealed files, their keys, and what is known of them. The only part of Safelevel that decrypts weights; who may have them
 * read is not decided here.
 */
export class Vault implements AsyncDisposable {
  readonly versions: Versions
  readonly uploads: Uploads
  readonly #context: VaultContext
  readonly #chores: Chores

  private constructor(context: VaultContext) {
    this.#context = context
    this.versions = new Versions(context.db)
    this.uploads = new Uploads(context, new RunningDigests())
    this.#chores = new Chores(context.log)
    this.#chores.every(TIDY_MS, 'keys of models not tidied', async () => context.keys.tidy())
  }

  /** @throws {AppError} CONFIG_INVALID naming what to mend; VERIFICATION_FAILED, NOT_FOUND of a key file */
  static async open(deps: VaultDeps): Promise<Vault> {
    const { db: handle, journal, clock, ids, log, config } = deps
    const provider = deps.provider ?? (await openRootKey(deps))
    const former = await Promise.all(config.formerKeys.map((key) => openKeyProvider(key, deps)))
    const keys = new ModelKeys(handle.db, clock, provider, former)
    const store = deps.store ?? openStore(config.store, join(deps.dataDir, 'weights'), ids)
    return new Vault({ db: handle.db, journal, clock, ids, log, config, store, keys })
  }

  /**
   * Opens a file for reading. It asks nobody whether this may be: `weights/reading` is the only caller.
   *
   * @param version `model/version`
   * @param options.signal ends what is being read, with the signal's reason
   * @throws {AppError} NOT_FOUND when there is no such file, or it is erased or lost; VERIFICATION_FAILED when what is stored is not it;
   *   UPSTREAM_UNAVAILABLE of the store or the key server
   */
  async openFile(version: string, path: string, options: { readonly signal?: AbortSignal } = {}): Promise<OpenFile> {
    const files = await records.list(this.#context.db, FILE, { about: version, state: 'sealed' })
    const file = files.find((one) => one.path === path)
    if (file === undefined) throw new AppError('NOT_FOUND', 'the version has no such file')
    return await openStored(this.#context, file, options)
  }

  /** A new key for a model; its files' keys are wrapped by it, and no file is written anew. @throws {AppError} NOT_FOUND, CONFLICT */
  rotateKey(model: string, by: Actor): Promise<Rotated> {
    return rotateKey(this.#context, model, by)
  }

  /** Wraps all models' keys by the root key that is set up now. @returns of how many models */
  rewrap(by: Actor): Promise<number> {
    return rewrapRoot(this.#context, by)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    this.#context.keys[Symbol.dispose]()
    await this.#context.store[Symbol.asyncDispose]()
  }
}

/** Where none is set up: a file of its own, made at first use. */
async function openRootKey(deps: VaultDeps): Promise<KeyProvider> {
  if (deps.config.key !== undefined) return await openKeyProvider(deps.config.key, deps)
  const config = defaultRootKey(deps.keysDir)
  try {
    return await openKeyProvider(config, deps)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'NOT_FOUND' || config.type !== 'local') throw error
    return await LocalKeyProvider.create(config.file, null, deps)
  }
}
