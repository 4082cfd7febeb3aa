import { AppError } from '../../base/errors.ts'

/** Not so many bytes may leave now. */
export class BudgetSpent extends AppError {
  /** Seconds until they may; null = never under this grant and these budgets. */
  readonly retryAfterSeconds: number | null

  /** Whether it is the grant that has not a byte left. */
  readonly isEmpty: boolean

  constructor(message: string, waitMs: number | null = null, isEmpty = false) {
    super(waitMs === null ? 'BUDGET_SPENT' : 'RATE_LIMITED', message)
    this.retryAfterSeconds = waitMs === null ? null : Math.ceil(waitMs / 1_000)
    this.isEmpty = isEmpty
  }
}
