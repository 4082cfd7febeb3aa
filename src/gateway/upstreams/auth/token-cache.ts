import type { Clock } from '../../../base/clock.ts'

/** An access token and how long it lasts. */
export interface AccessToken {
  readonly token: string
  readonly expiresInSeconds: number
}

/** A token is made anew so long before it expires; a failure meanwhile leaves the old one in use. */
const EARLY_MS = 300_000
const RETRY_MS = 5_000

/** One access token, fetched when it is needed, by one request for all that wait, and renewed before it expires. */
export class TokenCache {
  readonly #fetch: () => Promise<AccessToken>
  readonly #clock: Clock
  #token: string | null = null
  #renewAtMs = 0
  #expiresAtMs = 0
  #fetching: Promise<string> | null = null

  constructor(clock: Clock, fetch: () => Promise<AccessToken>) {
    this.#clock = clock
    this.#fetch = fetch
  }

  /** @throws what the fetching throws, when no token that is still good is left */
  async get(): Promise<string> {
    const now = this.#clock.monotonic()
    if (this.#token !== null && now < this.#renewAtMs) return this.#token
    const usable = now < this.#expiresAtMs ? this.#token : null
    this.#fetching ??= this.#renew().finally(() => {
      this.#fetching = null
    })
    if (usable === null) return await this.#fetching
    this.#fetching.catch(() => {
      this.#renewAtMs = this.#clock.monotonic() + RETRY_MS
    })
    return usable
  }

  /** Nobody takes the token any more. */
  forget(): void {
    this.#token = null
    this.#renewAtMs = 0
    this.#expiresAtMs = 0
  }

  async #renew(): Promise<string> {
    const startedMs = this.#clock.monotonic()
    const { token, expiresInSeconds } = await this.#fetch()
    const lifeMs = expiresInSeconds * 1_000
    this.#token = token
    this.#expiresAtMs = startedMs + lifeMs
    this.#renewAtMs = startedMs + Math.max(lifeMs / 2, lifeMs - EARLY_MS)
    return token
  }
}
