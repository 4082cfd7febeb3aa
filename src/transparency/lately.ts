import type { Clock } from '../base/clock.ts'

/** Something that is worked out at most once in a while, and once for all who ask meanwhile. What fails is tried again by the next. */
export class Lately<T> {
  readonly #clock: Clock
  readonly #ms: number
  readonly #read: () => Promise<T>
  #known: { readonly value: Promise<T>; readonly atMs: number } | null = null

  constructor(clock: Clock, ms: number, read: () => Promise<T>) {
    this.#clock = clock
    this.#ms = ms
    this.#read = read
  }

  get(): Promise<T> {
    const nowMs = this.#clock.monotonic()
    if (this.#known !== null && nowMs - this.#known.atMs < this.#ms) return this.#known.value
    const value = this.#read()
    const known = { value, atMs: nowMs }
    this.#known = known
    value.catch(() => {
      if (this.#known === known) this.#known = null
    })
    return value
  }

  /** The next one who asks gets it anew. */
  forget(): void {
    this.#known = null
  }
}
