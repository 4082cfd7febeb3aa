import { AppError } from '../../../base/errors.ts'

/**
 * Why a guard gave no answer. `timeout`, `network`, `status`, `overloaded` and `open` are the server's doing; `rejected`,
 * `response_too_large`, `malformed`, `unparsable` and `too_long` may be brought about by what is judged.
 */
export type GuardFailure =
  | 'timeout'
  | 'network'
  | 'status'
  | 'overloaded'
  | 'open'
  | 'rejected'
  | 'response_too_large'
  | 'malformed'
  | 'unparsable'
  | 'too_long'

const SERVER_FAILURES: ReadonlySet<GuardFailure> = new Set(['timeout', 'network', 'status'])

/** A question to a guard that stayed unanswered: the labels count as unjudged, never as harmless. Holds no content. */
export class GuardError extends AppError {
  readonly failure: GuardFailure

  constructor(failure: GuardFailure, guard: string, detail: string, options?: ErrorOptions) {
    super(codeOf(failure), `guard "${guard}": ${detail}`, options)
    this.failure = failure
  }

  /**
   * Whether the failure speaks against the server. What a sender can bring about by content alone does not: else one who sends enough
   * of it could switch the guard off for everybody.
   */
  get speaksAgainstServer(): boolean {
    return SERVER_FAILURES.has(this.failure)
  }
}

function codeOf(failure: GuardFailure) {
  if (failure === 'timeout') return 'UPSTREAM_TIMEOUT'
  return failure === 'overloaded' ? 'OVERLOADED' : 'UPSTREAM_UNAVAILABLE'
}
