import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { type Kept, parsed } from './table.ts'

const Rows = z.array(z.tuple([z.string(), z.array(z.string())]))

/** Which values somebody or something has had. Full ones take no more, and what they don't hold is then nothing new. */
export class Sets implements Kept {
  readonly #most: number
  readonly #mostEach: number
  #sets = new Map<string, Set<string>>()

  constructor(most: number, mostEach: number) {
    this.#most = most
    this.#mostEach = mostEach
  }

  /** @returns whether it is new there, and there was room for it */
  add(name: string, value: string): boolean {
    const set = this.#sets.get(name)
    if (set === undefined) {
      if (this.#sets.size >= this.#most) return false
      this.#sets.set(name, new Set([value]))
      return true
    }
    if (set.has(value) || set.size >= this.#mostEach) return false
    set.add(value)
    return true
  }

  has(name: string, value: string): boolean {
    return this.#sets.get(name)?.has(value) ?? false
  }

  count(name: string): number {
    return this.#sets.get(name)?.size ?? 0
  }

  snapshot(): Json {
    return [...this.#sets].map(([name, values]) => [name, [...values]])
  }

  restore(snapshot: Json): void {
    this.#sets = new Map(parsed(Rows, snapshot).map(([name, values]) => [name, new Set(values)]))
  }
}
