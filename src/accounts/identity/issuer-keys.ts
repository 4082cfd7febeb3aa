import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWK,
  type JWSHeaderParameters,
} from 'jose'
import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { isLoopback } from '../../base/config.ts'
import type { IssuerConfig } from '../../base/edge-config.ts'
import type { Egress } from '../../base/egress.ts'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'

const MOST_KEYS = 100
/** A token may name any key, so a name that is not known asks the issuer no oftener than this. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000
const FAILURE_COOLDOWN_MS = 5_000

/** Shared secrets (`oct`) have no place in a public list: they are left out, and so never verify anything. */
const KeySet = z.object({
  keys: z.array(z.custom<JWK>(isKey, 'is no key')).max(MOST_KEYS),
})
const PUBLIC_KINDS: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP'])
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string() })

type KeyFinder = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

export interface IssuerKeysDeps {
  readonly egress: Pick<Egress, 'fetchSmall'>
  readonly clock: Clock
  readonly log: Log
}

/** How an issuer's keys stand. */
export interface IssuerHealth {
  readonly id: string
  /** `stale`: the last reading failed, the keys of the one before still serve; `down`: no token of it is accepted. */
  readonly state: 'unread' | 'fresh' | 'stale' | 'down'
  readonly ageSeconds: number | null
  /** Why the last reading failed; null when it did not. Public words. */
  readonly problem: string | null
}

/**
 * The public keys of one issuer (RFC 7517), held in memory: read again at intervals and when a token names a key that is not known. While
 * they can't be read the known ones serve for `staleSeconds`, and then nothing does.
 */
export class IssuerKeys {
  readonly #config: IssuerConfig
  readonly #deps: IssuerKeysDeps
  #find: KeyFinder | null = null
  #readAtMs = Number.NEGATIVE_INFINITY
  #triedAtMs = Number.NEGATIVE_INFINITY
  #problem: string | null = null
  #reading: Promise<void> | null = null

  constructor(config: IssuerConfig, deps: IssuerKeysDeps) {
    this.#config = config
    this.#deps = deps
  }

  /**
   * The key for a token's header, as jose asks for it.
   *
   * @throws {AppError} IDENTITY_UNAVAILABLE when there are no keys that may serve
   * @throws {errors.JOSEError} when none of them fits
   */
  readonly key: KeyFinder = async (header, token) => {
    if (!this.#usable) await this.#readAfter(FAILURE_COOLDOWN_MS)
    const find = this.#find
    if (find === null || !this.#usable) throw this.#unavailable()
    try {
      return await find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await this.#readAfter(UNKNOWN_KEY_COOLDOWN_MS)
      if (this.#find === null || this.#find === find) throw error
      return await this.#find(header, token)
    }
  }

  /** Changes whenever the keys do; null while none may serve. */
  get generation(): object | null {
    return this.#usable ? this.#find : null
  }

  /** Reads them again when that is due. Never rejects. */
  async refresh(): Promise<void> {
    if (this.#ageMs >= this.#config.refreshSeconds * 1_000) await this.#readAfter(FAILURE_COOLDOWN_MS)
  }

  /** Reads them now. @throws {AppError} IDENTITY_UNAVAILABLE saying why they can't be */
  async check(): Promise<void> {
    await this.#readAfter(0)
    if (this.#problem !== null) throw this.#unavailable()
  }

  health(): IssuerHealth {
    const ageMs = this.#ageMs
    const state =
      this.#find === null && this.#problem === null
        ? 'unread'
        : !this.#usable
          ? 'down'
          : this.#problem === null
            ? 'fresh'
            : 'stale'
    const ageSeconds = Number.isFinite(ageMs) ? Math.floor(ageMs / 1_000) : null
    return { id: this.#config.id, state, ageSeconds, problem: this.#problem }
  }

  get #ageMs(): number {
    return this.#deps.clock.monotonic() - this.#readAtMs
  }

  get #usable(): boolean {
    return this.#find !== null && this.#ageMs <= this.#config.staleSeconds * 1_000
  }

  /** One reading at a time, whoever asks; none where the last try is younger than `cooldownMs`. Never rejects. */
  async #readAfter(cooldownMs: number): Promise<void> {
    if (this.#reading !== null) return await this.#reading
    if (this.#deps.clock.monotonic() - this.#triedAtMs < cooldownMs) return
    this.#reading = this.#read().finally(() => {
      this.#reading = null
    })
    await this.#reading
  }

  async #read(): Promise<void> {
    const { clock, log } = this.#deps
    this.#triedAtMs = clock.monotonic()
    try {
      const keys = await this.#fetchKeys(this.#config.jwksUri ?? (await this.#discover()))
      this.#find = createLocalJWKSet({ keys })
      this.#readAtMs = this.#triedAtMs
      if (this.#problem !== null) log.info({ issuer: this.#config.id }, 'the keys of an issuer are read again')
      this.#problem = null
    } catch (error) {
      this.#problem = error instanceof Unreadable ? error.message : 'it did not answer, or broke off'
      log.warn({ err: error, issuer: this.#config.id, problem: this.#problem }, 'the keys of an issuer can’t be read')
    }
  }

  async #fetchKeys(uri: string) {
    const set = KeySet.safeParse(await this.#json(uri))
    if (!set.success) throw new Unreadable(`what stands at ${uri} is no set of keys`)
    const keys = set.data.keys.filter(({ kty }) => PUBLIC_KINDS.has(kty))
    if (keys.length === 0) throw new Unreadable(`there is no public key at ${uri}`)
    return keys
  }

  /** OpenID Connect Discovery 1.0, 4: the document must name the very issuer that was asked for. */
  async #discover(): Promise<string> {
    const { issuer } = this.#config
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const found = Discovery.safeParse(await this.#json(url))
    if (!found.success) throw new Unreadable(`${url} names no jwks_uri: set jwksUri`)
    if (found.data.issuer !== issuer) throw new Unreadable(`${url} is that of another issuer: mend "issuer"`)
    return found.data.jwks_uri
  }

  async #json(uri: string): Promise<unknown> {
    const url = URL.parse(uri)
    if (url === null || (url.protocol !== 'https:' && !isLoopback(url.hostname)))
      throw new Unreadable('keys are read over https only')
    const { status, body } = await this.#deps.egress.fetchSmall(url.href)
    if (status !== 200) throw new Unreadable(`${url.origin}${url.pathname} answered with status ${status}`)
    try {
      return JSON.parse(body)
    } catch {
      throw new Unreadable(`${url.origin}${url.pathname} answered with something that is not JSON`)
    }
  }

  #unavailable(): AppError {
    const why = this.#problem === null ? '' : `: ${this.#problem}`
    return new AppError('IDENTITY_UNAVAILABLE', `the keys of the issuer "${this.#config.id}" can’t be read${why}`)
  }
}

/** As far as it is looked at here; jose looks at the rest when it takes the key. */
function isKey(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kty' in value && typeof value.kty === 'string'
}

/** Says in public words why keys could not be read. */
class Unreadable extends Error {
  override readonly name = 'Unreadable'
}
