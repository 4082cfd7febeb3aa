import type { PolicyDecision } from './decide.ts'
import type { Clause } from './document.ts'

export interface ExplainOptions {
  /** What the refused person quotes. */
  readonly decisionId: string
  /** Where the decision can be contested (URL or mailto), null when this installation names no place. */
  readonly appealUrl: string | null
  /** The answer was put right and sent, not withheld. */
  readonly isRevised?: boolean
}

/** The public text of a refusal, by reason. Rendered examples are stored in explain.test.ts. */
export function explainRefusal(
  decision: PolicyDecision,
  clause: Clause,
  version: string,
  { decisionId, appealUrl, isRevised = false }: ExplainOptions,
): string {
  const place = `clause ${clause.id} (${clause.title}) of the acceptable use policy, version ${version}`
  const happened = isRevised
    ? `This answer was revised under ${place}; its first version was withheld.`
    : cause(decision, place)
  return `${happened} Decision ${decisionId}. ${remedy(decision, appealUrl)}`
}

function cause({ side, reason, testString }: PolicyDecision, place: string): string {
  if (testString) {
    return `This is a test: the ${side} contains the standard test string, so it is refused as under ${place}.`
  }
  if (reason === 'unavailable') {
    return `This was not answered because the ${side} could not be checked against ${place}; nothing is held against you.`
  }
  if (reason === 'requirement') {
    return `This request was refused because it lacks what ${place} requires.`
  }
  if (reason === 'media') {
    return side === 'prompt'
      ? `This request was refused because it holds images, sound or files that cannot be checked: ${place}.`
      : `The answer was withheld because it holds images, sound or files that cannot be checked: ${place}.`
  }
  return side === 'prompt'
    ? `This request was refused under ${place}.`
    : `The answer was withheld under ${place}; the request itself was allowed.`
}

function remedy({ reason, testString }: PolicyDecision, appealUrl: string | null): string {
  if (testString) return 'It does not count against you.'
  if (reason === 'unavailable') return 'Please try again later.'
  return appealUrl === null
    ? 'If you think this is wrong, tell whoever provides this service and quote the decision.'
    : `If you think this is wrong, quote the decision at ${appealUrl}`
}
