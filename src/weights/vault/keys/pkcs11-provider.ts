import { createHash } from 'node:crypto'
import { readBase64 } from '../../../base/base64.ts'
import { AppError, type ErrorCode } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import type { Answer, Refusal } from './pkcs11/protocol.ts'
import { Refused } from './pkcs11/refused.ts'
import { TokenClient, type TokenClientOptions } from './pkcs11/token-client.ts'
import { canonicalContext, type KeyContext, type KeyProvider } from './provider.ts'

const FORMAT = 'safelevel-pkcs11-root/v1'
const IV_BYTES = 12
const TAG_BYTES = 16
const WRAPPED = /^v(0|[1-9][0-9]{0,9}):([A-Za-z0-9+/=]{1,4096})$/
const MAX_KEY_BYTES = 1_024

const FAILURES: Readonly<Record<Exclude<Refusal, 'not-authentic'>, readonly [ErrorCode, string]>> = {
  binding: [
    'CONFIG_INVALID',
    'needs the package pkcs11js, which is compiled on the machine: npm install pkcs11js@2.1.7',
  ],
  module: ['CONFIG_INVALID', 'has a library that can’t be loaded'],
  'no-token': ['UPSTREAM_UNAVAILABLE', 'is not there'],
  pin: ['FORBIDDEN', 'refuses the PIN, which is not tried again: give another one'],
  'pin-locked': ['FORBIDDEN', 'has locked its PIN after too many wrong ones: its security officer can set a new one'],
  'no-key': ['CONFIG_INVALID', 'has no such key'],
  'key-unfit': ['CONFIG_INVALID', 'has a key that can’t be used'],
  lost: ['UPSTREAM_UNAVAILABLE', 'was taken out, or has ended the session'],
  device: ['UPSTREAM_UNAVAILABLE', 'failed'],
}

/**
 * A root key in a token that speaks PKCS#11: a hardware security module, a smart card, SoftHSM. The key is an AES key of 256 bits which
 * can't leave the token; its versions are the keys of one label, told apart by CKA_ID, read as a number, of which the highest wraps.
 *
 * A wrapped key is `v<version>:<base64>` of iv ‖ ciphertext ‖ tag by CKM_AES_GCM, with `safelevel-pkcs11-root/v1` ‖ 0x00 ‖
 * SHA-256(id ‖ 0x0A ‖ version ‖ 0x0A ‖ canonical context) as associated data.
 *
 * @see PKCS#11 Cryptographic Token Interface Current Mechanisms 2.40, §2.12.3
 */
export class Pkcs11KeyProvider implements KeyProvider, Disposable {
  readonly id: string
  readonly #server: string
  readonly #token: TokenClient
  readonly #ids: Ids

  constructor(options: Omit<TokenClientOptions, 'server'>, deps: { readonly ids: Ids }) {
    const { tokenLabel, keyLabel } = options.key
    // Not the serial number: the tokens of a cluster, and one restored from a backup, hold the same key.
    this.id = `pkcs11:token=${encodeURIComponent(tokenLabel)};object=${encodeURIComponent(keyLabel)}`
    this.#server = `the token ${tokenLabel}`
    this.#token = new TokenClient({ ...options, server: this.#server })
    this.#ids = deps.ids
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    if (key.length > MAX_KEY_BYTES)
      throw new AppError('REQUEST_INVALID', `a key of ${key.length} bytes can’t be wrapped`)
    const text = canonicalContext(context)
    const newest = await this.#ask({ type: 'newest' })
    if (newest.type !== 'version') throw this.#strange()
    const { version } = newest
    const iv = this.#ids.bytes(IV_BYTES)
    const sealed = await this.#ask({ type: 'encrypt', version, iv, aad: this.#binding(version, text), plain: key })
    if (sealed.type !== 'bytes' || sealed.bytes.length !== key.length + TAG_BYTES) throw this.#strange()
    return `v${version}:${Buffer.concat([iv, sealed.bytes]).toString('base64')}`
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    const text = canonicalContext(context)
    const [, digits, base64] = WRAPPED.exec(wrapped) ?? []
    const bytes = base64 === undefined ? null : readBase64(base64)
    const version = Number(digits)
    if (bytes === null || bytes.length <= IV_BYTES + TAG_BYTES || version > 0xffff_ffff) throw this.#notOurs()
    const [iv, sealed] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES)]
    const answer = await this.#ask({ type: 'decrypt', version, iv, aad: this.#binding(version, text), sealed })
    if (answer.type !== 'bytes' || answer.bytes.length !== sealed.length - TAG_BYTES) throw this.#strange()
    return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.length)
  }

  /** The token makes the new version. @throws {AppError} as `unwrap` */
  async rotate(): Promise<void> {
    await this.#ask({ type: 'generate' })
  }

  close(): void {
    this.#token.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #ask(work: Parameters<TokenClient['ask']>[0]): Promise<Answer> {
    try {
      return await this.#token.ask(work)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.refusal === 'not-authentic') throw this.#notOurs()
      const [code, what] = FAILURES[error.refusal]
      throw new AppError(code, `${this.#server} ${what} (${error.message})`)
    }
  }

  #binding(version: number, context: string): Buffer {
    const digest = createHash('sha256').update(`${this.id}\n${version}\n${context}`).digest()
    return Buffer.concat([Buffer.from(`${FORMAT}\0`), digest])
  }

  #strange(): AppError {
    return new AppError('UPSTREAM_UNAVAILABLE', `${this.#server} gave something that is no key`)
  }

  #notOurs(): AppError {
    return new AppError('VERIFICATION_FAILED', `a wrapped key was changed, or is none of ${this.id} and this context`)
  }
}
