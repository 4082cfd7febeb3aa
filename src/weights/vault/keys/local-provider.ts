import { readBase64 } from '../../../base/base64.ts'
import { type Clock, iso } from '../../../base/clock.ts'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { seal, unseal } from '../../../base/sealing.ts'
import { createKeyFile, LOCAL_FORMAT, type OpenedKeyFile, readKeyFile, replaceKeyFile } from './local-key-file.ts'
import { newStretching, SCRYPT_COST, stretch } from './passphrase.ts'
import { canonicalContext, KEY_BYTES, type KeyContext, type KeyProvider } from './provider.ts'

const WRAPPED = /^v([1-9][0-9]{0,3}):([A-Za-z0-9+/=]{1,4096})$/

interface LocalDeps {
  readonly clock: Clock
  readonly ids: Ids
}

/**
 * A root key in a file (0600), with a passphrase over it where one is given: for one machine. Whoever reads this process's memory or,
 * where there is no passphrase, the file, has the key: a key server is there for those who need more.
 *
 * A wrapped key is `v<version>:<base64>` of AES-256-GCM (iv ‖ ciphertext ‖ tag), bound to the format, the file's id, the version and
 * the context.
 */
export class LocalKeyProvider implements KeyProvider, Disposable {
  readonly id: string
  readonly #path: string
  readonly #deps: LocalDeps
  #file: OpenedKeyFile
  #isClosed = false

  private constructor(path: string, file: OpenedKeyFile, deps: LocalDeps) {
    this.id = `local:${file.id}`
    this.#path = path
    this.#file = file
    this.#deps = deps
  }

  /**
   * A new root key in a new file.
   *
   * @param passphrase null for none
   * @param cost scrypt's n, a power of two; the default takes 128 MiB.
   * @throws {AppError} CONFLICT when the file exists; CONFIG_INVALID for a passphrase that is too short
   */
  static async create(
    path: string,
    passphrase: string | null,
    deps: LocalDeps,
    cost: number = SCRYPT_COST.n,
  ): Promise<LocalKeyProvider> {
    const lock = await lockOf(passphrase, deps.ids, cost)
    const content = { id: deps.ids.bytes(8).toString('hex'), keys: [newRootKey(deps)], lock }
    return new LocalKeyProvider(path, await createKeyFile(path, content, deps.ids), deps)
  }

  /** @throws {AppError} as `readKeyFile` */
  static async open(path: string, passphrase: string | null, deps: LocalDeps): Promise<LocalKeyProvider> {
    return new LocalKeyProvider(path, await readKeyFile(path, passphrase), deps)
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    const version = this.#file.keys.length
    const sealed = seal(this.#rootKey(version), key, this.#binding(version, context), this.#deps.ids)
    return `v${version}:${sealed.toString('base64')}`
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    const [, version, text] = WRAPPED.exec(wrapped) ?? []
    const sealed = text === undefined ? null : readBase64(text)
    if (sealed === null) throw this.#notOurs()
    const rootKey = this.#rootKey(Number(version))
    const binding = this.#binding(Number(version), context)
    try {
      return unseal(rootKey, sealed, binding)
    } catch {
      throw this.#notOurs()
    }
  }

  /** @throws {AppError} CONFLICT when the file is no longer the one that was opened, or this is closed */
  async rotate(): Promise<void> {
    this.#assertOpen()
    const { id, keys, lock } = this.#file
    const content = { id, keys: [...keys, newRootKey(this.#deps)], lock }
    this.#file = await replaceKeyFile(this.#path, this.#file, content, this.#deps.ids)
  }

  /**
   * Puts the keys under another passphrase, or under none.
   *
   * @throws {AppError} as `rotate`; CONFIG_INVALID for a passphrase that is too short
   */
  async protect(passphrase: string | null, cost: number = SCRYPT_COST.n): Promise<void> {
    this.#assertOpen()
    const lock = await lockOf(passphrase, this.#deps.ids, cost)
    const { id, keys } = this.#file
    this.#file = await replaceKeyFile(this.#path, this.#file, { id, keys, lock }, this.#deps.ids)
  }

  /** How many there are, of which the last wraps. */
  get versions(): number {
    return this.#file.keys.length
  }

  /** Clears the keys from memory; nothing can be done with it any more. */
  close(): void {
    this.#isClosed = true
    for (const { key } of this.#file.keys) key.fill(0)
    this.#file.lock?.key.fill(0)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #rootKey(version: number): Buffer {
    this.#assertOpen()
    const known = this.#file.keys[version - 1]
    if (known === undefined) throw this.#notOurs()
    return known.key
  }

  #binding(version: number, context: KeyContext): string {
    return [LOCAL_FORMAT, this.id, version, canonicalContext(context)].join('\n')
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new AppError('CONFLICT', `the key file ${this.#path} is closed`)
  }

  #notOurs(): AppError {
    return new AppError('VERIFICATION_FAILED', `a wrapped key was changed, or is none of ${this.id} and this context`)
  }
}

async function lockOf(passphrase: string | null, ids: Ids, cost: number) {
  if (passphrase === null) return null
  const stretching = newStretching(ids, cost)
  return { stretching, key: await stretch(passphrase, stretching) }
}

function newRootKey({ clock, ids }: LocalDeps) {
  return { createdAt: iso(clock.now()), key: ids.bytes(KEY_BYTES) }
}
