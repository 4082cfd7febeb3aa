import type { Call } from './call.ts'

interface Place {
  readonly call: Call
  at: number
}

/**
 * The requests that are being served. Not a Set: V8 gives a set that is added to and deleted from a new table every few requests, each old
 * table points to the next, and those that have grown old keep every request alive until the next full collection of garbage.
 */
export class InFlight {
  readonly #places: Place[] = []

  get size(): number {
    return this.#places.length
  }

  /** @returns takes it out again; to be called once */
  enter(call: Call): () => void {
    const place = { call, at: this.#places.length }
    this.#places.push(place)
    return () => {
      const last = this.#places.pop()
      if (last === undefined || last === place) return
      this.#places[place.at] = last
      last.at = place.at
    }
  }

  *[Symbol.iterator](): IterableIterator<Call> {
    for (const { call } of [...this.#places]) yield call
  }
}
