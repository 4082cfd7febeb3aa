/** What can be wrong with a log, a note or a proof; stable, for programs. */
export type TlogErrorCode =
  | 'MALFORMED' // the bytes do not follow the format
  | 'SIGNATURE' // no trusted signature, or a wrong one
  | 'INCLUSION' // an inclusion proof does not lead to the root
  | 'CONSISTENCY' // one tree is not a prefix of the other
  | 'TREE' // tiles, entries and checkpoint contradict each other
  | 'MISSING' // a tile or bundle that the checkpoint promises is not there
  | 'COMMITMENT' // an event is not the one that was committed to
  | 'WITNESSES' // fewer witnesses cosigned than the trust policy asks for
  | 'UNSUPPORTED' // this platform lacks what it would take to tell
  | 'RANGE' // a position or size outside the tree

/** A log, note or proof that did not verify. Messages name positions and paths, never entry content. */
export class TlogError extends Error {
  override readonly name = 'TlogError'
  readonly code: TlogErrorCode
  constructor(code: TlogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** @throws {TlogError} RANGE unless `value` is an integer from `min` to 2^53 - 1. */
export function checkInteger(name: string, value: number, min = 0): void {
  if (!Number.isSafeInteger(value) || value < min) throw new TlogError('RANGE', `${name} must be an integer >= ${min}`)
}
