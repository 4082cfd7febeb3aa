import { hash } from 'node:crypto'

/**
 * Least-recently-used results by SHA-256 of the text, so that a long history that is sent again every turn is judged
 * once. Keyed by a cryptographic digest: with a weaker hash a crafted harmless text could stand in for a harmful one.
 */
export class DigestCache<T> {
  readonly #entries = new Map<string, T>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** UTF-16 code units are digested, since UTF-8 would give all lone surrogates the same bytes. */
  static key(text: string): string {
    return hash('sha256', Buffer.from(text, 'utf16le'), 'base64')
  }

  get(key: string): T | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: string, value: T): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#capacity) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }

  get size(): number {
    return this.#entries.size
  }
}
