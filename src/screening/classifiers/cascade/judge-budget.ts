/** Lets at most a share of all requests through to a dear stage, after a small allowance for a start. */
export class JudgeBudget {
  readonly #share: number
  readonly #burst: number
  #allowance: number

  /** @param share in [0, 1]; @param burst requests that may go through in a row when none did for long */
  constructor(share: number, burst = 8) {
    this.#share = share
    this.#burst = burst
    this.#allowance = share > 0 ? burst : 0
  }

  /** To be called once for each request. */
  earn(): void {
    this.#allowance = Math.min(this.#burst, this.#allowance + this.#share)
  }

  /** Whether this request may go through; spends its place. */
  spend(): boolean {
    if (this.#allowance < 1) return false
    this.#allowance -= 1
    return true
  }
}
