import { type Assessment, LABELS, type Label, type MediaPart, type Scores } from '../screening/index.ts'
import { SEVERITIES, type Severity, type Side } from './document.ts'
import type { Rule, RuleTable } from './rule-table.ts'
import type { TextMatch } from './text-rules.ts'

/** What is known about one side of an exchange. */
export interface DecisionInput {
  readonly side: Side
  readonly assessments: readonly Assessment[]
  /** Labels whose classifier failed or was not asked. A label that no assessment scores counts the same. */
  readonly unavailable: readonly Label[]
  /** Parts that no classifier could read. */
  readonly media: readonly MediaPart[]
  /** Whether the standard test string counts; a customer may switch it off per key. */
  readonly testStringAllowed: boolean
  /** What the words themselves set off, as `Policy.match` found it; absent where the policy looks for no words. */
  readonly matches?: readonly TextMatch[]
}

/** A clause that the scores touch without its refusing anything. */
export interface Flag {
  readonly label: Label
  /** Highest score of the label, in [0, 1]. */
  readonly score: number
  readonly clause: string
}

/**
 * What the policy says. Denied, undecided and allowed stay apart:
 * `refuse` by `threshold`, `rule` (a term or pattern), `requirement` (a marker that must stand there does not) or `media` is a denial
 * under `clause`; `refuse` by `unavailable` says only that the question could not be answered where the policy fails closed; `allow` with
 * labels in `unevaluated` is a release that nobody judged, to be recorded as such.
 */
export interface PolicyDecision {
  readonly side: Side
  readonly action: 'allow' | 'refuse'
  readonly reason: 'threshold' | 'rule' | 'requirement' | 'unavailable' | 'media' | null
  /** The clause that is enforced; null when allowed. */
  readonly clause: string | null
  readonly label: Label | null
  /** Score and the threshold that it reached; null unless the reason is `threshold`. */
  readonly score: number | null
  readonly threshold: number | null
  readonly severity: Severity | null
  readonly flagged: readonly Flag[]
  /** Labels that the policy rules on here and that nobody judged. */
  readonly unevaluated: readonly Label[]
  /** It is refused because of the standard test string alone: never a strike. */
  readonly testString: boolean
  /**
   * What refuses would rather have the answer revised: whoever can't do that refuses. Present only beside `action: 'refuse'`, so that who
   * knows nothing of revision lets nothing pass.
   */
  readonly revisable?: true
  /** Clauses that require something of the request which is missing, where that alone refuses nothing. Absent when there are none. */
  readonly unmet?: readonly string[]
}

/** What a decision asks to be done about the words; null for nothing. */
export function effectOf({ action, revisable }: PolicyDecision): 'refuse' | 'revise' | null {
  if (action !== 'refuse') return null
  return revisable === true ? 'revise' : 'refuse'
}

const NO_FLAGS: readonly Flag[] = Object.freeze([])
const NO_LABELS: readonly Label[] = Object.freeze([])

function allowed(side: Side, flagged: readonly Flag[], unevaluated: readonly Label[]): PolicyDecision {
  return {
    side,
    action: 'allow',
    reason: null,
    clause: null,
    label: null,
    score: null,
    threshold: null,
    severity: null,
    flagged,
    unevaluated,
    testString: false,
  }
}

const PLAIN_ALLOW = {
  prompt: Object.freeze(allowed('prompt', NO_FLAGS, NO_LABELS)),
  completion: Object.freeze(allowed('completion', NO_FLAGS, NO_LABELS)),
} as const

/** -1 in a score slot: no assessment has judged the label. */
const UNSCORED = -1

/** Decides one side by one rule table. Keeps a scratch array, so one decider serves one table; it is synchronous and re-usable. */
export class Decider {
  readonly #table: RuleTable
  readonly #mediaClause: { readonly id: string; readonly severity: Severity }
  /** Highest score per label (index into LABELS). */
  readonly #scores = new Float64Array(LABELS.length)
  /** 1 where a label must count as not judged, whatever its scores say. */
  readonly #missing = new Uint8Array(LABELS.length)

  constructor(table: RuleTable, mediaClause: { readonly id: string; readonly severity: Severity }) {
    this.#table = table
    this.#mediaClause = mediaClause
  }

  /**
   * The standard test string refuses only where the customer leaves it on, and never counts as misuse. A classifier that can't say
   * what its scores would be without the string is taken at its word: to ignore them would be a way around.
   */
  decide(input: DecisionInput): PolicyDecision {
    if (input.matches !== undefined && input.matches.length > 0)
      return withMatches(this.#byScores(input), input.matches)
    return this.#byScores(input)
  }

  #byScores(input: DecisionInput): PolicyDecision {
    const found = input.assessments.filter((assessment) => assessment.testString)
    if (found.length === 0) return this.#decide(input, scoresOf)
    if (found.every((assessment) => assessment.scoresWithoutTestString !== undefined)) {
      const plain = this.#decide(input, scoresWithoutTestString)
      if (plain.action === 'refuse' || !input.testStringAllowed) return plain
    }
    const tested = this.#decide(input, scoresOf)
    if (tested.action !== 'refuse') return tested
    const { revisable: _, ...outright } = tested // the test string shows what a refusal looks like
    return { ...outright, testString: true }
  }

  #decide(input: DecisionInput, pick: (assessment: Assessment) => Scores): PolicyDecision {
    this.#gather(input, pick)
    const { rules, methodRules, mediaRefused } = this.#table
    const underAttack = methodRules.some((rule) => this.#isUnjudged(rule) || this.#score(rule) >= rule.threshold)

    let strongest: Rule | null = null
    let isOutright = false
    let undecided: Rule | null = null
    let flagged: Flag[] | null = null
    let unevaluated: Label[] | null = null
    for (const rule of rules) {
      const score = this.#score(rule)
      if (this.#isUnjudged(rule)) {
        unevaluated ??= []
        if (!unevaluated.includes(rule.label)) unevaluated.push(rule.label)
        if (rule.refuseWhenUnavailable) undecided ??= rule
      }
      if (score >= (underAttack ? rule.refuseFromUnderAttack : rule.refuseFrom)) {
        isOutright ||= score >= (underAttack ? rule.outrightFromUnderAttack : rule.outrightFrom)
        // Rules come gravest first, so only an equally grave one with a higher score takes over.
        if (strongest === null || (rule.severity === strongest.severity && score > this.#score(strongest)))
          strongest = rule
      } else if (score >= rule.threshold) {
        flagged ??= []
        flagged.push({ label: rule.label, score, clause: rule.clause })
      }
    }

    if (strongest !== null) {
      const threshold = underAttack ? strongest.refuseFromUnderAttack : strongest.refuseFrom
      const score = this.#score(strongest)
      const refusal = refused(input.side, 'threshold', strongest, score, threshold, flagged, unevaluated)
      // What nobody could read or judge a revision of the words does not put right.
      const isMore = isOutright || undecided !== null || (mediaRefused && input.media.length > 0)
      return isMore ? refusal : { ...refusal, revisable: true }
    }
    if (mediaRefused && input.media.length > 0) {
      const clause = { clause: this.#mediaClause.id, severity: this.#mediaClause.severity, label: null }
      return refused(input.side, 'media', clause, null, null, flagged, unevaluated)
    }
    if (undecided !== null) return refused(input.side, 'unavailable', undecided, null, null, flagged, unevaluated)
    if (flagged === null && unevaluated === null) return PLAIN_ALLOW[input.side]
    return allowed(input.side, flagged ?? NO_FLAGS, unevaluated ?? NO_LABELS)
  }

  #gather(input: DecisionInput, pick: (assessment: Assessment) => Scores): void {
    const scores = this.#scores.fill(UNSCORED)
    const missing = this.#missing.fill(0)
    for (const label of input.unavailable) missing[LABELS.indexOf(label)] = 1
    for (const assessment of input.assessments) {
      const given = pick(assessment)
      LABELS.forEach((label, index) => {
        const score = given[label]
        if (score === undefined) return
        // A score that is no probability is a classifier that failed, not one that found nothing.
        if (!(score >= 0 && score <= 1)) missing[index] = 1
        else if (score > (scores[index] ?? UNSCORED)) scores[index] = score
      })
    }
  }

  #score(rule: Rule): number {
    return this.#scores[rule.index] ?? UNSCORED
  }

  #isUnjudged(rule: Rule): boolean {
    return this.#missing[rule.index] === 1 || this.#scores[rule.index] === UNSCORED
  }
}

function scoresOf(assessment: Assessment): Scores {
  return assessment.scores
}

function scoresWithoutTestString(assessment: Assessment): Scores {
  return assessment.scoresWithoutTestString ?? assessment.scores
}

function refused(
  side: Side,
  reason: 'threshold' | 'rule' | 'requirement' | 'unavailable' | 'media',
  by: { readonly clause: string; readonly severity: Severity; readonly label: Label | null },
  score: number | null,
  threshold: number | null,
  flagged: readonly Flag[] | null,
  unevaluated: readonly Label[] | null,
): PolicyDecision {
  return {
    side,
    action: 'refuse',
    reason,
    clause: by.clause,
    label: by.label,
    score,
    threshold,
    severity: by.severity,
    flagged: flagged ?? NO_FLAGS,
    unevaluated: unevaluated ?? NO_LABELS,
    testString: false,
  }
}

/**
 * What the scores say, together with what the words set off. The graver denial names the clause; of equally grave ones the scores'.
 * A refusal of the test string alone gives way to words that refuse, which no test is needed for.
 */
function withMatches(scored: PolicyDecision, matches: readonly TextMatch[]): PolicyDecision {
  let decision = scored
  const denial = matches.find((match) => match.refuse && match.kind !== 'unscanned')
  if (denial !== undefined && outranks(denial, scored)) {
    const reason = denial.kind === 'requirement' ? 'requirement' : 'rule'
    decision = refused(scored.side, reason, denial, null, null, scored.flagged, scored.unevaluated)
  }
  const flagged = [...decision.flagged]
  const unevaluated = [...decision.unevaluated]
  const unmet: string[] = []
  for (const match of matches) {
    if (match.kind === 'unscanned') {
      if (match.label !== null && !unevaluated.includes(match.label)) unevaluated.push(match.label)
      if (match.refuse && decision.action === 'allow')
        decision = refused(scored.side, 'unavailable', match, null, null, flagged, unevaluated)
    } else if (match !== denial && match.kind === 'requirement') unmet.push(match.clause)
    else if (match !== denial && match.label !== null) {
      // Words are there or not: as a score, 1.
      flagged.push({ label: match.label, score: 1, clause: match.clause })
    }
  }
  const { revisable: _, ...outright } = decision
  const isRevisable =
    decision.action === 'refuse' &&
    (scored.action === 'allow' || scored.revisable === true) &&
    matches.every((match) => !match.refuse || match.revisable === true)
  return {
    ...outright,
    ...{ flagged, unevaluated, ...(unmet.length === 0 ? {} : { unmet }) },
    ...(isRevisable ? { revisable: true } : {}),
  }
}

function outranks(match: TextMatch, scored: PolicyDecision): boolean {
  if (scored.action === 'allow' || scored.reason === 'unavailable' || scored.testString) return true
  return SEVERITIES.indexOf(match.severity) > SEVERITIES.indexOf(scored.severity ?? 'low')
}
