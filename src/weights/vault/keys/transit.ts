import { z } from 'zod'
import { readBase64 } from '../../../base/base64.ts'
import type { SmallAnswer } from '../../../base/egress.ts'
import { AppError, type ErrorCode } from '../../../base/errors.ts'
import { askKeyServer, type KeyEgress, keyServerError, overloaded, readFailure, readKeyAnswer } from './key-server.ts'
import { canonicalContext, type KeyContext, type KeyProvider } from './provider.ts'
import type { TransitAuth } from './transit-auth.ts'

const Ciphertext = z.string().regex(/^vault:v[1-9][0-9]{0,5}:[A-Za-z0-9+/=]{1,8000}$/)
const Encrypted = z.object({ data: z.object({ ciphertext: Ciphertext }) })
const Decrypted = z.object({ data: z.object({ plaintext: z.string().max(4_096) }) })
const Failure = z.object({ errors: z.array(z.string().max(4_096)).max(20) })

/** What the engine says of a ciphertext that isn't of this key and context; some versions say it with status 500. */
const NOT_AUTHENTIC = /message authentication failed|invalid ciphertext/
const TOO_OLD = /version is disallowed by policy/
const NO_KEY = /encryption key not found/

export interface TransitOptions {
  /** As `keyServerAddress` gives it. */
  readonly address: string
  /** Where the engine is mounted: `transit`. */
  readonly mount: string
  readonly key: string
  /** As `transitHeaders` gives them. */
  readonly headers: Readonly<Record<string, string>>
  readonly auth: TransitAuth
}

/** What every request to the server carries. @param namespace Of Vault Enterprise, HCP or OpenBao. */
export function transitHeaders(namespace: string | undefined): Record<string, string> {
  // Agents and proxies can be told to refuse what lacks the first one: no form in a browser can send it.
  return { 'x-vault-request': 'true', ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }) }
}

/**
 * A root key in the transit engine of OpenBao or HashiCorp Vault.
 *
 * The context goes along twice: as associated data, which AES-GCM and ChaCha20-Poly1305 keys authenticate, and as `context`, which keys
 * made with `derived` need and the others pass over. The policy of our token needs `update` on `encrypt/KEY` and `decrypt/KEY`, and not
 * `create`: with it, a misspelt name would make a new key.
 *
 * @see https://openbao.org/api-docs/secret/transit
 */
export class TransitKeyProvider implements KeyProvider {
  readonly id: string
  readonly #options: TransitOptions
  readonly #egress: KeyEgress
  readonly #server: string

  constructor(options: TransitOptions, deps: { readonly egress: KeyEgress }) {
    const namespace = options.headers['x-vault-namespace']
    // Not the address: servers move, and their keys with them.
    this.id = `transit:${namespace === undefined ? '' : `${namespace}/`}${options.mount}/${options.key}`
    this.#options = options
    this.#egress = deps.egress
    this.#server = `the key server ${new URL(options.address).host}`
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    const plaintext = Buffer.from(key.buffer, key.byteOffset, key.length).toString('base64')
    const answer = await this.#post(`encrypt/${this.#options.key}`, { plaintext, ...bind(context) })
    return readKeyAnswer(Encrypted, this.#server, answer).data.ciphertext
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    if (!Ciphertext.safeParse(wrapped).success) throw this.#notOurs()
    const answer = await this.#post(`decrypt/${this.#options.key}`, { ciphertext: wrapped, ...bind(context) })
    const key = readBase64(readKeyAnswer(Decrypted, this.#server, answer).data.plaintext)
    if (key !== null) return key
    throw keyServerError('UPSTREAM_UNAVAILABLE', this.#server, 'gave something that is no key')
  }

  /** Needs `update` on `keys/KEY/rotate` too. @throws {AppError} as `unwrap` */
  async rotate(): Promise<void> {
    await this.#post(`keys/${this.#options.key}/rotate`, {})
  }

  async #post(path: string, body: Readonly<Record<string, string>>): Promise<SmallAnswer> {
    const answer = await this.#send(path, body)
    const isRefused = answer.status === 401 || answer.status === 403
    const last = isRefused && this.#options.auth.renew() ? await this.#send(path, body) : answer
    if (last.status === 200 || last.status === 204) return last
    throw this.#failure(last)
  }

  async #send(path: string, body: Readonly<Record<string, string>>): Promise<SmallAnswer> {
    const { address, mount, headers, auth } = this.#options
    const token = await auth.token()
    return await askKeyServer(this.#egress, this.#server, `${address}/v1/${mount}/${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'x-vault-token': token },
      body: JSON.stringify(body),
    })
  }

  /** What it says decides, and is never quoted: it may repeat what was sent. */
  #failure(answer: SmallAnswer): AppError {
    const said = readFailure(Failure, answer)?.errors.join('\n') ?? ''
    const { status } = answer
    if ((status === 400 || status === 500) && NOT_AUTHENTIC.test(said)) return this.#notOurs()
    if (status === 400 && TOO_OLD.test(said))
      return this.#error(
        'FORBIDDEN',
        'no longer opens what this version of its key wrapped: see min_decryption_version',
      )
    if (status === 404 || NO_KEY.test(said)) return this.#error('CONFIG_INVALID', `has no ${this.id}`)
    if (status === 400)
      return this.#error('CONFIG_INVALID', `can’t use ${this.id}: it must be an AES-GCM or ChaCha20 key`)
    if (status === 401 || status === 403) return this.#error('FORBIDDEN', 'refuses our token, or what it asks for')
    if (status === 429) return overloaded(this.#server, answer)
    if (status === 503 && /sealed/i.test(said)) return this.#error('UPSTREAM_UNAVAILABLE', 'is sealed')
    if (status >= 300 && status < 400)
      return this.#error('UPSTREAM_UNAVAILABLE', 'sends us elsewhere: name the address of the active one')
    return this.#error('UPSTREAM_UNAVAILABLE', `answered with status ${status}`)
  }

  #error(code: ErrorCode, what: string): AppError {
    return keyServerError(code, this.#server, what)
  }

  #notOurs(): AppError {
    return new AppError('VERIFICATION_FAILED', `a wrapped key was changed, or is none of ${this.id} and this context`)
  }
}

/** Both fields are base64 on the wire. */
function bind(context: KeyContext): { context: string; associated_data: string } {
  const bytes = Buffer.from(canonicalContext(context)).toString('base64')
  return { context: bytes, associated_data: bytes }
}
