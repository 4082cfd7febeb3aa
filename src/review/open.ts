import type { PatternFound } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import type { Decisions } from '../decisions/index.ts'
import type { Policy } from '../policy/index.ts'
import { parseReviewConfig, type Severity } from './config.ts'
import type { CaseRequest } from './opening.ts'
import { Review, type ReviewDeps } from './review.ts'

export interface OpenReviewDeps extends Omit<ReviewDeps, 'config' | 'severityOf'> {
  /** The key `review` of the configuration, not yet read. */
  readonly config: unknown
  readonly decisions: Pick<Decisions, 'follow'>
  readonly enforcement: ReviewDeps['enforcement'] & PatternSource
  /** The policy in force. */
  readonly policy: () => Pick<Policy, 'clause'>
}

/** Tells of patterns over an account's traffic, each until it was taken. */
export interface PatternSource {
  onPattern(listener: (pattern: PatternFound) => Promise<unknown>): void
}

/** How soon somebody should look at what an account does. */
const PATTERN_SEVERITY: Readonly<Record<PatternFound['pattern'], Severity>> = {
  refusal_burst: 'moderate',
  category_probing: 'moderate',
  identifier_rotation: 'moderate',
  distillation: 'high',
  slow_escalation: 'high',
}

/**
 * Opens the room behind the view over decisions: from now on every decision is looked at once, whatever crashes. To be called before
 * decisions are followed.
 *
 * @throws {AppError} CONFIG_INVALID
 */
export async function openReview(deps: OpenReviewDeps): Promise<Review> {
  const { config, decisions, enforcement, policy } = deps
  const severityOf = (clause: string) => severityIn(policy(), clause)
  const review = new Review({ ...deps, config: parseReviewConfig(config), severityOf })
  await decisions.follow('review', (told, tx) => review.openFrom(told, tx))
  enforcement.onPattern((pattern) => review.openCase(caseOfPattern(pattern)))
  return review
}

function caseOfPattern(found: PatternFound): CaseRequest {
  const { id, pattern, at, organisationId, projectId, keyId, endUserId, decisionId } = found
  const about = { organisation: organisationId, project: projectId, key: keyId, endUser: endUserId, decisionId }
  return { source: id, basis: 'pattern', severity: PATTERN_SEVERITY[pattern], at, ...about }
}

function severityIn(policy: Pick<Policy, 'clause'>, clause: string): Severity | null {
  try {
    return policy.clause(clause).severity
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
