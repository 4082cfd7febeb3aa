import { toAppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Upstream } from '../gateway/index.ts'

/** Whether the upstreams' credentials are to be had, looked at before a customer's request needs them. */
export class Credentials {
  readonly #upstreams: () => ReadonlyMap<string, Upstream>
  readonly #log: Log
  readonly #problems = new Map<string, string>()

  constructor(upstreams: () => ReadonlyMap<string, Upstream>, log: Log) {
    this.#upstreams = upstreams
    this.#log = log
  }

  /** Never rejects: to be called at start and every minute or so. */
  async look(): Promise<void> {
    const upstreams = this.#upstreams()
    for (const id of this.#problems.keys()) if (!upstreams.has(id)) this.#problems.delete(id)
    await Promise.all([...upstreams].map(([id, upstream]) => this.#prove(id, upstream)))
  }

  /** Public words for what is wrong; null while all is well. */
  problem(): string | null {
    if (this.#problems.size === 0) return null
    return [...this.#problems].map(([id, words]) => `upstream "${id}": ${words}`).join('; ')
  }

  async #prove(id: string, upstream: Upstream): Promise<void> {
    if (upstream.prove === undefined) return
    try {
      await upstream.prove()
      this.#problems.delete(id)
    } catch (thrown) {
      const error = toAppError(thrown)
      if (!this.#problems.has(id)) this.#log.warn({ err: error, upstream: id }, 'an upstream has no credentials')
      this.#problems.set(id, error.message)
    }
  }
}
