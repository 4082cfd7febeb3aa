import { createHash } from 'node:crypto'

/** What a figure is drawn from, once per seed: `from` to `to`, evenly, or evenly by its logarithm. */
export interface Range {
  readonly from: number
  readonly to: number
  readonly isLog?: boolean
}

/**
 * A repeatable source of chance (not for secrets). What is drawn from one fork changes nothing in another one, so that a simulation that
 * gains a habit stays the same in all others.
 *
 * @see http://pracrand.sourceforge.net, sfc32
 */
export class Draw {
  readonly #path: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(path: string | number) {
    this.#path = String(path)
    const seed = createHash('sha256').update(this.#path).digest()
    this.#a = seed.readUInt32LE(0)
    this.#b = seed.readUInt32LE(4)
    this.#c = seed.readUInt32LE(8)
  }

  /** Another source, always the same for the same name. */
  fork(name: string | number): Draw {
    return new Draw(`${this.#path}/${name}`)
  }

  /** A whole number of 32 bits. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** In [0, 1). */
  unit(): number {
    return (this.bits() * 0x200000 + (this.bits() >>> 11)) / 0x20_0000_0000_0000
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1))
  }

  real(from: number, to: number): number {
    return from + this.unit() * (to - from)
  }

  range({ from, to, isLog = false }: Range): number {
    return isLog ? Math.exp(this.real(Math.log(from), Math.log(to))) : this.real(from, to)
  }

  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()))
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.unit())
  }

  /** Heavy-tailed around its median; `sigma` is the deviation of its logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(this.normal(0, sigma))
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit())
  }

  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(this.normal(mean, Math.sqrt(mean))))
    const floor = Math.exp(-mean)
    let count = 0
    for (let product = this.unit(); product > floor; product *= this.unit()) count++
    return count
  }

  /** @throws {RangeError} when there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.unit() * items.length)]
    if (item === undefined) throw new RangeError('nothing to choose from')
    return item
  }

  /** @throws {RangeError} when there is nothing to choose from */
  weighted<Item>(items: readonly (readonly [Item, number])[]): Item {
    let left = this.unit() * items.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [item, weight] of items) {
      left -= weight
      if (left < 0) return item
    }
    return this.pick(items)[0]
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const mixed = [...items]
    for (let last = mixed.length - 1; last > 0; last--) {
      const other = this.int(0, last)
      const [a, b] = [mixed[last], mixed[other]]
      if (a !== undefined && b !== undefined) {
        mixed[last] = b
        mixed[other] = a
      }
    }
    return mixed
  }

  /** At most `count` of them, each once. */
  some<Item>(items: readonly Item[], count: number): Item[] {
    return this.shuffled(items).slice(0, count)
  }

  /** `length` characters of 0-9 and a-z. */
  code(length: number): string {
    let code = ''
    while (code.length < length) code += this.bits().toString(36).padStart(7, '0').slice(-6)
    return code.slice(0, length)
  }
}
