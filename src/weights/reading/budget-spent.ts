import { AppError } from '../../base/errors.ts'

/** Not so many bytes may leave now. */
export class BudgetSpent extends AppError {
  /** Seconds until they may; null = never under this grant and these budgets. */
  readonly retryAfterSeconds: number | null

  constructor(message: string, waitMs: number | null = null) {
    super(waitMs === null ? 'BUDGET_SPENT' : 'RATE_LIMITED', message)
    this.retryAfterSeconds = waitMs === null ? null : Math.ceil(waitMs / 1_000)
  }
}
