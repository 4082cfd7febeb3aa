/** A map of at most `most` entries that lets go of the ones that were longest unused. */
export class Bounded<V> {
  readonly #most: number
  readonly #entries = new Map<string, V>()
  #latest: string | null = null

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#entries.size
  }

  /** Without counting as a use. */
  peek(name: string): V | undefined {
    return this.#entries.get(name)
  }

  /** The entry, made where there is none. */
  use(name: string, make: () => V): V {
    const known = this.#entries.get(name)
    // Whoever sends one request after the other: moving it to the end each time would make V8 build the map anew and anew.
    if (known !== undefined && name === this.#latest) return known
    this.#latest = name
    if (known !== undefined) {
      this.#entries.delete(name)
      this.#entries.set(name, known)
      return known
    }
    const made = make()
    this.#entries.set(name, made)
    if (this.#entries.size > this.#most) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    return made
  }
}
