import { join } from 'node:path'
import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { ActionDefinition } from '../../staff/index.ts'
import { records, type WeightsJournal } from '../records/index.ts'
import { billOfMaterials } from './bom.ts'
import { clearStore } from './clearing.ts'
import { defaultRootKey, type VaultConfig } from './config.ts'
import type { VaultContext } from './context.ts'
import { type DrillProof, makeVaultCanary, type VaultCanary, vaultProofs } from './drill.ts'
import { type Erasure, erasing } from './erasing.ts'
import { EnginePool } from './floe/index.ts'
import { type ModelSigner, signModel } from './formats/index.ts'
import { type FsckOptions, fsck, type VaultFinding } from './fsck.ts'
import type { KeyEgress } from './keys/key-server.ts'
import { LocalKeyProvider } from './keys/local-provider.ts'
import { openKeyProvider } from './keys/open.ts'
import type { KeyProvider } from './keys/provider.ts'
import { CHECK, VERSION } from './kinds.ts'
import { ModelKeys } from './model-keys.ts'
import { type OpenFile, openStored } from './open-file.ts'
import { type DecoyFile, type DecoyModel, plantFile, plantModel } from './planting.ts'
import { type RecoveryResult, recover } from './recovery.ts'
import { type Rotated, rewrapRoot, rotateKey } from './rotation.ts'
import { RunningDigests } from './running-digests.ts'
import type { VaultFile, VaultVersion } from './schema.ts'
import { openModelSigner, publicPem } from './signing.ts'
import { openStore } from './stores/open-store.ts'
import type { WeightStore } from './stores/store.ts'
import { Uploads } from './uploads.ts'
import { FileFinder, Versions } from './versions.ts'

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
const CLEAR_MS = 600_000
const LOOK_MS = 2_000

/**
 * Weights at rest: sealed files, their keys, and what is known of them. The only part of Safelevel that decrypts weights; who may have them
 * read is not decided here.
 */
export class Vault implements AsyncDisposable {
  readonly versions: Versions
  readonly uploads: Uploads
  readonly #context: VaultContext
  readonly #signer: ModelSigner
  readonly #chores: Chores
  readonly #open = new Set<OpenFile>()
  readonly #files: FileFinder
  readonly #engine: EnginePool

  private constructor(context: VaultContext, signer: ModelSigner, engine: EnginePool) {
    this.#context = context
    this.#engine = engine
    this.#signer = signer
    this.versions = new Versions(context.db)
    this.#files = new FileFinder(context.db)
    this.uploads = new Uploads(context, new RunningDigests(engine))
    this.#chores = new Chores(context.log)
    this.#chores.every(TIDY_MS, 'keys of models not tidied', async () => context.keys.tidy())
    this.#chores.every(LOOK_MS, 'erased weights not closed', () => this.closeErased())
    this.#chores.every(CLEAR_MS, 'the store of weights not cleared of what was erased', () => this.clear())
  }

  /** @throws {AppError} CONFIG_INVALID naming what to mend; VERIFICATION_FAILED, NOT_FOUND of a key file */
  static async open(deps: VaultDeps): Promise<Vault> {
    const { db: handle, journal, clock, ids, log, config } = deps
    const provider = deps.provider ?? (await openRootKey(deps))
    const former = await Promise.all(config.formerKeys.map((key) => openKeyProvider(key, deps)))
    const keys = new ModelKeys(handle.db, clock, provider, former)
    const store = deps.store ?? (await openStore(config.store, join(deps.dataDir, 'weights'), ids))
    const signer = openModelSigner(config.signingKey ?? join(deps.keysDir, 'weights-signing.pem'), ids)
    await journal.recover()
    const engine = new EnginePool()
    return new Vault({ db: handle.db, journal, clock, ids, log, config, store, keys, engine }, signer, engine)
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
    const file = await this.#files.get(version, path)
    const opened = await openStored(this.#context, file, {
      ...options,
      onClosed: (closed) => this.#open.delete(closed),
    })
    this.#open.add(opened)
    return opened
  }

  /** Closes what stands open of versions that were erased, here or on another replica. Runs every two seconds. */
  async closeErased(): Promise<void> {
    const versions = new Set([...this.#open].map(({ file }) => file.version))
    const found = await records.findMany(this.#context.db, VERSION, versions)
    for (const opened of [...this.#open])
      if (found.get(opened.file.version)?.state !== 'sealed') await opened[Symbol.asyncDispose]()
  }

  /** Seals random data as a version that looks like any other. @throws {AppError} CONFLICT when the name is taken */
  plantModel(decoy: DecoyModel, by: Actor): Promise<VaultVersion> {
    return plantModel(this.#context, this.uploads, decoy, by)
  }

  /** Seals random data as one more file of a version, which its manifest does not list. @throws {AppError} NOT_FOUND, CONFLICT */
  plantFile(decoy: DecoyFile, by: Actor): Promise<void> {
    return plantFile(this.#context, decoy, by)
  }

  /** Looks whether all is there, or with `deep` whether it is what was sealed; gives what is not, as it is found. */
  fsck(options: FsckOptions): AsyncGenerator<VaultFinding, void, undefined> {
    return fsck(this.#context, options)
  }

  /** When a version was last read as a whole and compared, and whether it was as it should be; null = never. */
  async lastDeepCheck(version: string): Promise<{ readonly at: string; readonly ok: boolean } | null> {
    const check = await records.find(this.#context.db, CHECK, version)
    return check === null ? null : { at: check.at, ok: check.findings === 0 }
  }

  /** For the engine of approvals, under `ERASE_ACTION`: two people erase a version, or a model with its key. */
  erasing(): ActionDefinition<Erasure> {
    return erasing(this.#context, () => this.closeErased())
  }

  /**
   * The signature of a version in the format of OpenSSF model signing, made of stored digests: nothing is read again.
   *
   * @returns the bundle, JSON
   * @throws {AppError} NOT_FOUND; CONFLICT when it is erased
   */
  async signature(version: string): Promise<string> {
    const { name, files } = await this.#listed(version)
    return await signModel(name, files, this.#signer)
  }

  /** The public key that signatures are checked with: PEM. */
  get signingKey(): string {
    return publicPem(this.#signer.publicKey)
  }

  /** What a version consists of: CycloneDX 1.6, JSON. @throws {AppError} NOT_FOUND; CONFLICT when it is erased */
  async bom(version: string): Promise<Json> {
    const { of, files } = await this.#listed(version)
    return billOfMaterials(of, files)
  }

  /** Wrapped keys, and a canary sealed as weights are, stored nowhere: for a drill. @throws {AppError} as `KeyProvider.wrap` */
  canary(id: string, about: { readonly words: string; readonly files: number }): Promise<VaultCanary> {
    return makeVaultCanary(this.#context, id, about)
  }

  /** What shows that somebody opened a canary's pieces, by the root key in use. */
  proofs(canary: VaultCanary, asked: { readonly id: string; readonly nonce: string }): Promise<DrillProof[]> {
    return vaultProofs(canary, asked, this.#context.keys.providers)
  }

  /** Makes the vault's records anew out of the store, after the database was lost; what is known stays as it is. */
  recover(by: Actor): Promise<RecoveryResult[]> {
    return recover(this.#context, by)
  }

  /** Removes from the store what was erased or given up. Runs every ten minutes. @throws {AppError} UPSTREAM_UNAVAILABLE */
  clear(): Promise<void> {
    return clearStore(this.#context)
  }

  /** A new key for a model; its files' keys are wrapped by it, and no file is written anew. @throws {AppError} NOT_FOUND, CONFLICT */
  rotateKey(model: string, by: Actor): Promise<Rotated> {
    return rotateKey(this.#context, model, by)
  }

  /** Wraps all models' keys by the root key that is set up now. @returns of how many models */
  rewrap(by: Actor): Promise<number> {
    return rewrapRoot(this.#context, by)
  }

  /** A version with the files of its manifest. */
  async #listed(version: string): Promise<{ of: VaultVersion; name: string; files: VaultFile[] }> {
    const of = await this.versions.get(version)
    if (of.state !== 'sealed') throw new AppError('CONFLICT', `${version} was erased`)
    const files = (await this.versions.files(version)).filter(({ canary }) => !canary || of.decoy)
    return { of, name: version, files }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    for (const opened of [...this.#open]) await opened[Symbol.asyncDispose]()
    await this.#engine[Symbol.asyncDispose]()
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
