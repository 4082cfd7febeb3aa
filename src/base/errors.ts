/** Every failure a caller can act on: one code, one HTTP status, one CLI exit code, and what the caller should do. */
export const ERROR_CODES = {
  REQUEST_INVALID: {
    status: 400,
    exit: 2,
    advice: 'Mend the request; sending the same one again gives the same answer.',
  },
  REQUEST_TOO_LARGE: { status: 413, exit: 2, advice: 'Send less, or raise `limits.maxBodyBytes`.' },
  UNAUTHENTICATED: { status: 401, exit: 3, advice: 'Send a valid key or token.' },
  IDENTITY_UNAVAILABLE: {
    status: 503,
    exit: 7,
    advice:
      'The keys of the token’s issuer can’t be read, so nobody can say whether the token is good; try again later.',
  },
  FORBIDDEN: {
    status: 403,
    exit: 3,
    advice: 'Ask somebody who may: the key or the person is known, but may not do this.',
  },
  CONTENT_REFUSED: {
    status: 403,
    exit: 1,
    advice: 'The policy does not let this through; the message names its clause and where to appeal.',
  },
  ACCOUNT_SUSPENDED: {
    status: 403,
    exit: 3,
    advice:
      'This end user, key, project or organisation is suspended: appeal, or ask whoever runs the installation. Don’t retry.',
  },
  ACCOUNT_BANNED: { status: 403, exit: 3, advice: 'As ACCOUNT_SUSPENDED, for good.' },
  ACCOUNT_RESTRICTED: { status: 403, exit: 3, advice: 'Access is restricted, and this is outside of what stays open.' },
  NOT_FOUND: { status: 404, exit: 4, advice: 'Look the name up: the message says what of which name there isn’t.' },
  MODEL_NOT_FOUND: { status: 404, exit: 4, advice: 'Name a model that `GET /v1/models` lists.' },
  MODEL_CLOSED: {
    status: 403,
    exit: 1,
    advice: 'The model takes no new customers now, or is closed: use another one. Don’t retry.',
  },
  MODEL_RESTRICTED: {
    status: 403,
    exit: 3,
    advice: 'The model is served under additional safeguards, which this request doesn’t keep to.',
  },
  LEDGER_ENTRY_NOT_FOUND: { status: 404, exit: 4, advice: 'Ask for a position below the size of the ledger.' },
  METHOD_NOT_ALLOWED: { status: 405, exit: 2, advice: 'Use a method that the path has.' },
  CONFLICT: {
    status: 409,
    exit: 5,
    advice: 'Read what is there now, and decide anew: it stands against what was asked, as the message says.',
  },
  TOUCH_REQUIRED: {
    status: 409,
    exit: 3,
    advice: 'Touch a security key (`POST /api/v1/staff/session/touch`), then send the same again.',
  },
  DATA_DIR_LOCKED: {
    status: 409,
    exit: 5,
    advice: 'Another process holds the data folder: stop it, or talk to it over HTTP.',
  },
  BUDGET_SPENT: {
    status: 403,
    exit: 1,
    advice:
      'The grant, or what a budget can ever hold, has no room for so many bytes: ask for fewer, or for another grant.',
  },
  RANGE_INVALID: {
    status: 416,
    exit: 2,
    advice: 'Ask for a range within the file: `content-range` says how long it is.',
  },
  RATE_LIMITED: { status: 429, exit: 6, advice: 'Wait for the time that `retry-after` names.' },
  POLICY_UNDECIDED: {
    status: 503,
    exit: 7,
    advice: 'The policy could not be evaluated and says to refuse in that case; try again later.',
  },
  CLASSIFIER_UNAVAILABLE: {
    status: 503,
    exit: 7,
    advice:
      'A classifier can’t answer now: its process or server failed, or is closed. The policy says what that means per label.',
  },
  LEDGER_UNAVAILABLE: {
    status: 503,
    exit: 7,
    advice: 'The ledger can’t record, so nothing is served: see `/readyz` for the reason.',
  },
  VERIFICATION_FAILED: { status: 422, exit: 1, advice: 'A log, proof or signature did not verify.' },
  SANDBOX_UNAVAILABLE: {
    status: 503,
    exit: 7,
    advice: 'No sandbox can be set up on this machine: the message says what is missing, and how it can be had.',
  },
  SANDBOX_LIMIT: {
    status: 422,
    exit: 1,
    advice:
      'What ran in a sandbox went over a limit, so that nothing of what it wrote was let out: raise the limit, or write less.',
  },
  LIMIT_REACHED: {
    status: 429,
    exit: 6,
    advice: 'A limit that was set for this run is reached: raise it, and the same command goes on.',
  },
  UPSTREAM_REJECTED: {
    status: 502,
    exit: 8,
    advice: 'The model’s server will never answer this one request; others it may.',
  },
  UPSTREAM_UNAVAILABLE: {
    status: 502,
    exit: 8,
    advice: 'Try again later, or look at the model’s server: it can’t be reached, or it fails.',
  },
  UPSTREAM_TIMEOUT: {
    status: 504,
    exit: 8,
    advice: 'Try again later, or raise the limits of `upstreams[]`: the model’s server was silent for too long.',
  },
  OVERLOADED: { status: 503, exit: 6, advice: 'Too many requests are in flight; wait for `retry-after`.' },
  INSUFFICIENT_STORAGE: {
    status: 507,
    exit: 8,
    advice: 'The disk or the store of weights is full: make room, then go on where it stopped.',
  },
  SHUTTING_DOWN: { status: 503, exit: 7, advice: 'The server is stopping; try another replica.' },
  POLICY_INVALID: {
    status: 422,
    exit: 2,
    advice: 'Mend the policy document at the lines and columns named; the policy in force stays.',
  },
  CONFIG_INVALID: { status: 500, exit: 2, advice: 'Mend the named key of safelevel.yaml or the environment.' },
  SCHEMA_TOO_NEW: {
    status: 500,
    exit: 2,
    advice: 'A newer version has upgraded the database: start that one, or put back a backup from before.',
  },
  INTERNAL: { status: 500, exit: 70, advice: 'A defect of ours; the log line with this request’s id has the cause.' },
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
