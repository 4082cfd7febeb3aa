import type { Usage } from './ask.ts'

/** Dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
}

/** What a run may cost at most, since it began; null = without limit. */
export interface Limits {
  readonly requests: number | null
  readonly tokens: number | null
  readonly money: number | null
  readonly price: Price | null
}

export interface Spent {
  readonly requests: number
  readonly input: number
  readonly output: number
}

/**
 * Keeps a run below its limits: before a request leaves, the most that it can cost is set aside; what it did cost is counted when that is
 * known. So no limit is passed, as long as the server keeps to the limit of tokens that it is given.
 */
export class Budget {
  readonly limits: Limits
  #requests: number
  #input: number
  #output: number
  #setAside: Usage = { input: 0, output: 0 }

  constructor(limits: Limits, spent: Spent) {
    this.limits = limits
    this.#requests = spent.requests
    this.#input = spent.input
    this.#output = spent.output
  }

  get spent(): Spent {
    return { requests: this.#requests, input: this.#input, output: this.#output }
  }

  /** Dollars; null without a price. */
  get money(): number | null {
    return this.#cost(this.#input, this.#output)
  }

  /** Which limit it would pass; null = it is set aside. */
  take(most: Usage): keyof Omit<Limits, 'price'> | null {
    const { requests, tokens, money } = this.limits
    if (requests !== null && this.#requests + 1 > requests) return 'requests'
    const input = this.#input + this.#setAside.input + most.input
    const output = this.#output + this.#setAside.output + most.output
    if (tokens !== null && input + output > tokens) return 'tokens'
    if (money !== null && !((this.#cost(input, output) ?? Number.NaN) <= money)) return 'money'
    this.#requests += 1
    this.#setAside = { input: this.#setAside.input + most.input, output: this.#setAside.output + most.output }
    return null
  }

  /** @param used null = nobody knows: the most counts. */
  settle(most: Usage, used: Usage | null): void {
    const { input, output } = used ?? most
    this.#setAside = { input: this.#setAside.input - most.input, output: this.#setAside.output - most.output }
    this.#input += input
    this.#output += output
  }

  #cost(input: number, output: number): number | null {
    const { price } = this.limits
    return price === null ? null : (input * price.input + output * price.output) / 1e6
  }
}
