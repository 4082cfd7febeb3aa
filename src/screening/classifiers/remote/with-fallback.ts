import type { Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, ClassifyRequest, Scores } from '../classifier.ts'
import { entriesOf } from './adapter.ts'
import type { CircuitBreaker } from './breaker.ts'
import { GuardError } from './guard-error.ts'

const MAX_EVIDENCE = 8

/** Told of every failure of the primary, for metrics and logs. Errors hold no content. */
export type OnDegraded = (error: unknown) => void

/**
 * Asks `primary` only while its circuit breaker lets it.
 *
 * @throws {GuardError} `open` without asking, while the breaker is open
 */
export function withBreaker(primary: Classifier, breaker: CircuitBreaker): Classifier {
  return {
    id: primary.id,
    covers: primary.covers,
    async classify(request, signal) {
      signal?.throwIfAborted()
      const attempt = breaker.attempt()
      if (attempt === null) throw new GuardError('open', primary.id, 'is not asked until it has had time to recover')
      try {
        const assessment = await primary.classify(request, signal)
        attempt.succeeded()
        return assessment
      } catch (error) {
        if (!signal?.aborted && speaksAgainstServer(error)) attempt.failed()
        else attempt.cancelled()
        throw error
      }
    },
  }
}

/**
 * `primary` as long as it answers, `fallback` when it does not.
 *
 * While the primary answers, the fallback fills in the labels that the primary does not cover, so that a guard with gaps leaves nothing
 * unjudged that was judged without it. When it fails, the fallback answers alone: the labels that only the primary covers have no score
 * then, which the policy treats as unjudged, label by label. `Assessment.classifier` names who answered: `primary`, `primary+fallback` or
 * `fallback`.
 *
 * @throws the fallback's error when both fail; the reason of `signal` when it fired
 */
export function withFallback(
  primary: Classifier,
  fallback: Classifier,
  breaker: CircuitBreaker,
  onDegraded: OnDegraded = () => {},
): Classifier {
  const guarded = withBreaker(primary, breaker)
  const missing = {
    prompt: minus(fallback.covers.prompt, primary.covers.prompt),
    completion: minus(fallback.covers.completion, primary.covers.completion),
  }
  return {
    id: `${primary.id}|${fallback.id}`,
    covers: {
      prompt: new Set([...primary.covers.prompt, ...fallback.covers.prompt]),
      completion: new Set([...primary.covers.completion, ...fallback.covers.completion]),
    },
    async classify(request, signal) {
      let first: Assessment
      try {
        first = await guarded.classify(request, signal)
      } catch (error) {
        if (signal?.aborted) throw error
        onDegraded(error)
        return await fallback.classify(request, signal)
      }
      return await filledIn(first, fallback, missing[request.side], request, signal, onDegraded)
    },
  }
}

async function filledIn(
  first: Assessment,
  fallback: Classifier,
  missing: ReadonlySet<Label>,
  request: ClassifyRequest,
  signal: AbortSignal | undefined,
  onDegraded: OnDegraded,
): Promise<Assessment> {
  if (missing.size === 0) return first
  let second: Assessment
  try {
    second = await fallback.classify(request, signal)
  } catch (error) {
    if (signal?.aborted) throw error
    onDegraded(error)
    return first
  }
  const wanted = (scores: Scores): Scores =>
    Object.fromEntries(entriesOf(scores).filter(([label]) => missing.has(label)))
  const added = wanted(second.scores)
  // A test string that raised only labels of the primary's is none of the fallback's business here.
  const addsTestString = second.testString && entriesOf(added).some(([, score]) => score === 1)
  const joined = {
    classifier: `${first.classifier}+${second.classifier}`,
    scores: { ...added, ...first.scores },
    evidence: [...first.evidence, ...second.evidence.filter(({ label }) => missing.has(label))]
      .sort((a, b) => b.score - a.score)
      .slice(0, MAX_EVIDENCE),
    testString: first.testString || addsTestString,
  }
  const plainFirst = first.testString ? first.scoresWithoutTestString : first.scores
  const plainAdded = addsTestString ? second.scoresWithoutTestString : added
  if (!joined.testString || plainFirst === undefined || plainAdded === undefined) return joined
  return { ...joined, scoresWithoutTestString: { ...wanted(plainAdded), ...plainFirst } }
}

/** An error that is not a guard's own is a defect of ours or of the server's: it counts. */
function speaksAgainstServer(error: unknown): boolean {
  return !(error instanceof GuardError) || error.speaksAgainstServer
}

function minus(all: ReadonlySet<Label>, some: ReadonlySet<Label>): ReadonlySet<Label> {
  return new Set([...all].filter((label) => !some.has(label)))
}
