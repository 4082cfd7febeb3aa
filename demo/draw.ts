import { seededRandom } from '../src/base/random.ts'

/** Chances that come out alike for the same seed. */
export class Draw {
  /** From 0 up to and without 1. */
  readonly next: () => number

  constructor(seed: number) {
    this.next = seededRandom(seed)
  }

  /** Whole numbers from `low` up to and with `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  /** @throws where there is nothing to choose from */
  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.next() * from.length)]
    if (picked === undefined) throw new Error('nothing to choose from')
    return picked
  }
}
