/** Every failure a caller can act on: one code, one HTTP status, one CLI exit code. */
export const ERROR_CODES = {
  /** Mend the request; sending the same one again gives the same answer. */
  REQUEST_INVALID: { status: 400, exit: 2 },
  /** Send less, or raise `limits.maxBodyBytes`. */
  REQUEST_TOO_LARGE: { status: 413, exit: 2 },
  /** Send a valid key or token. */
  UNAUTHENTICATED: { status: 401, exit: 3 },
  /** The keys of the token's issuer can't be read, so nobody can say whether the token is good; try again later. */
  IDENTITY_UNAVAILABLE: { status: 503, exit: 7 },
  /** The key is valid but may not do this. */
  FORBIDDEN: { status: 403, exit: 3 },
  /** The policy does not let this through; the message names its clause and where to appeal. */
  CONTENT_REFUSED: { status: 403, exit: 1 },
  /** This end user, key, project or organisation is suspended: appeal, or ask whoever runs the installation. Don't retry. */
  ACCOUNT_SUSPENDED: { status: 403, exit: 3 },
  /** As ACCOUNT_SUSPENDED, for good. */
  ACCOUNT_BANNED: { status: 403, exit: 3 },
  /** Access is restricted, and this is outside of what stays open. */
  ACCOUNT_RESTRICTED: { status: 403, exit: 3 },
  NOT_FOUND: { status: 404, exit: 4 },
  MODEL_NOT_FOUND: { status: 404, exit: 4 },
  /** The model takes no new customers now, or is closed: use another one. Don't retry. */
  MODEL_CLOSED: { status: 403, exit: 1 },
  /** The model is served under additional safeguards, which this request doesn't keep to. */
  MODEL_RESTRICTED: { status: 403, exit: 3 },
  LEDGER_ENTRY_NOT_FOUND: { status: 404, exit: 4 },
  METHOD_NOT_ALLOWED: { status: 405, exit: 2 },
  CONFLICT: { status: 409, exit: 5 },
  /** Touch a security key (`POST /api/v1/staff/session/touch`), then send the same again. */
  TOUCH_REQUIRED: { status: 409, exit: 3 },
  /** Another process holds the data folder: stop it, or talk to it over HTTP. */
  DATA_DIR_LOCKED: { status: 409, exit: 5 },
  /** The grant, or what a budget can ever hold, has no room for so many bytes: ask for fewer, or for another grant. */
  BUDGET_SPENT: { status: 403, exit: 1 },
  /** Ask for a range within the file: `content-range` says how long it is. */
  RANGE_INVALID: { status: 416, exit: 2 },
  /** Wait for the time that `retry-after` names. */
  RATE_LIMITED: { status: 429, exit: 6 },
  /** The policy could not be evaluated and says to refuse in that case; try again later. */
  POLICY_UNDECIDED: { status: 503, exit: 7 },
  /** A classifier can't answer now: its process or server failed, or is closed. The policy says what that means per label. */
  CLASSIFIER_UNAVAILABLE: { status: 503, exit: 7 },
  /** The ledger can't record, so nothing is served: see `/readyz` for the reason. */
  LEDGER_UNAVAILABLE: { status: 503, exit: 7 },
  /** A log, proof or signature did not verify. */
  VERIFICATION_FAILED: { status: 422, exit: 1 },
  /** No sandbox can be set up on this machine: the message says what is missing, and how it can be had. */
  SANDBOX_UNAVAILABLE: { status: 503, exit: 7 },
  /** What ran in a sandbox went over a limit, so that nothing of what it wrote was let out: raise the limit, or write less. */
  SANDBOX_LIMIT: { status: 422, exit: 1 },
  /** A limit that was set for this run is reached: raise it, and the same command goes on. */
  LIMIT_REACHED: { status: 429, exit: 6 },
  /** The model's server will never answer this one request; others it may. */
  UPSTREAM_REJECTED: { status: 502, exit: 8 },
  UPSTREAM_UNAVAILABLE: { status: 502, exit: 8 },
  UPSTREAM_TIMEOUT: { status: 504, exit: 8 },
  /** Too many requests are in flight; wait for `retry-after`. */
  OVERLOADED: { status: 503, exit: 6 },
  /** The disk or the store of weights is full: make room, then go on where it stopped. */
  INSUFFICIENT_STORAGE: { status: 507, exit: 8 },
  /** The server is stopping; try another replica. */
  SHUTTING_DOWN: { status: 503, exit: 7 },
  /** Mend the policy document at the lines and columns named; the policy in force stays. */
  POLICY_INVALID: { status: 422, exit: 2 },
  /** Mend the named key of safelevel.yaml or the environment. */
  CONFIG_INVALID: { status: 500, exit: 2 },
  /** A newer version has upgraded the database: start that one, or put back a backup from before. */
  SCHEMA_TOO_NEW: { status: 500, exit: 2 },
  /** A defect of ours; the log line with this request's id has the cause. */
  INTERNAL: { status: 500, exit: 70 },
} as const
export type ErrorCode = keyof typeof ERROR_CODES

export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** `message` reaches the caller: no reviewed content, secrets or SQL in it; use `cause`. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }
}

/** Whether a text that came from elsewhere names an error of ours. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}

/** Any thrown value as an AppError; what is not one of ours becomes INTERNAL with the original as cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError('INTERNAL', 'internal error', { cause: thrown })
}
