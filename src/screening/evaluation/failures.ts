import { type ErrorCode, toAppError } from '../../base/errors.ts'

/** A classifier that fails this often in a row is down: going on would only waste time. */
const MAX_IN_A_ROW = 50

/** Questions that a classifier could not answer: undecided, so neither flagged nor passed, and in no figure. */
export class Failures {
  readonly counts = new Map<ErrorCode, number>()
  #inARow = 0
  #last: unknown

  answered(): void {
    this.#inARow = 0
  }

  /** @throws what was thrown, when it is the 50th in a row */
  add(thrown: unknown): void {
    const { code } = toAppError(thrown)
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1)
    this.#last = thrown
    this.#inARow += 1
    if (this.#inARow >= MAX_IN_A_ROW) throw thrown
  }

  /** @throws what was thrown last, when nothing was answered at all */
  unlessAll(answered: number): void {
    if (answered === 0 && this.counts.size > 0) throw this.#last
  }
}
