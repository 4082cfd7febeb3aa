import type { Refusal } from './protocol.ts'

/** The token, or the way to it, does not do what it was asked. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  /** @param detail as in the protocol */
  constructor(refusal: Refusal, detail: string) {
    super(detail)
    this.refusal = refusal
  }
}
