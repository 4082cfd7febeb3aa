import { AppError } from '../base/errors.ts'

/** One fault of a policy document, and where it stands. */
export interface PolicyProblem {
  /** 1-based. */
  readonly line: number
  /** 1-based, in characters. */
  readonly column: number
  /** Which rule is broken: a stable name to search for, such as `hazard-uncovered`. */
  readonly rule: string
  /** `sections[1].clauses[0].prompt.threshold`; empty for the document as a whole. */
  readonly path: string
  readonly message: string
}

/** A policy that does not load, with every fault found. */
export class PolicyInvalidError extends AppError {
  readonly problems: readonly PolicyProblem[]
  constructor(source: string, problems: readonly PolicyProblem[]) {
    super('POLICY_INVALID', problems.map((problem) => formatProblem(source, problem)).join('\n'))
    this.problems = problems
  }
}

/** `file.yaml:12:5 hazard-uncovered: …`, the form that editors and terminals make a link of. */
export function formatProblem(source: string, problem: PolicyProblem): string {
  const place = problem.path === '' ? '' : ` (${problem.path})`
  return `${source}:${problem.line}:${problem.column} ${problem.rule}: ${problem.message}${place}`
}
