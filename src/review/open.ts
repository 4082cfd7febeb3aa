import { AppError } from '../base/errors.ts'
import type { Decisions } from '../decisions/index.ts'
import type { Policy } from '../policy/index.ts'
import { parseReviewConfig, type Severity } from './config.ts'
import { Review, type ReviewDeps } from './review.ts'

export interface OpenReviewDeps extends Omit<ReviewDeps, 'config' | 'severityOf'> {
  /** The key `review` of the configuration, not yet read. */
  readonly config: unknown
  readonly decisions: Pick<Decisions, 'follow'>
  /** The policy in force. */
  readonly policy: () => Pick<Policy, 'clause'>
}

/**
 * Opens the room behind the view over decisions: from now on every decision is looked at once, whatever crashes. To be called before
 * decisions are followed.
 *
 * @throws {AppError} CONFIG_INVALID
 */
export async function openReview(deps: OpenReviewDeps): Promise<Review> {
  const { config, decisions, policy } = deps
  const severityOf = (clause: string) => severityIn(policy(), clause)
  const review = new Review({ ...deps, config: parseReviewConfig(config), severityOf })
  await decisions.follow('review', (told, tx) => review.openFrom(told, tx))
  return review
}

function severityIn(policy: Pick<Policy, 'clause'>, clause: string): Severity | null {
  try {
    return policy.clause(clause).severity
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
