import { type Assessment, type Classifier, type Exchange, type Segment, segmentsOf } from '../screening/index.ts'
import { effectOf } from './decide.ts'
import type { Example, Side } from './document.ts'
import type { Policy } from './policy.ts'
import { placedClauses } from './tree.ts'

/** What became of one example. */
export interface ExampleResult {
  readonly clause: string
  /** Index among the clause's examples. */
  readonly index: number
  readonly text: string
  readonly side: Side
  readonly expected: Example['expect']
  readonly got: Example['expect']
  readonly passed: boolean
  /** The clause that refused it, which may be another one. */
  readonly refusedBy: string | null
  readonly label: string | null
  /** Why it came out so: scores of what spoke loudest. */
  readonly scores: Record<string, number>
}

const LOUDEST = 3

/**
 * Puts every example of a policy to the classifier in use and to the policy itself, one after the other.
 *
 * @throws whatever the classifier throws: an example that nobody could judge has neither passed nor failed.
 */
export async function* runExamples(
  policy: Policy,
  classifier: Classifier,
  signal?: AbortSignal,
): AsyncGenerator<ExampleResult> {
  for (const { clause } of placedClauses(policy.document)) {
    for (const [index, example] of (clause.examples ?? []).entries()) {
      yield { clause: clause.id, index, text: example.text, ...(await runExample(policy, classifier, example, signal)) }
    }
  }
}

async function runExample(policy: Policy, classifier: Classifier, example: Example, signal: AbortSignal | undefined) {
  const { side, surface, tier, expect } = example
  const exchange = exchangeOf(example)
  const segments: readonly Segment[] =
    side === 'prompt'
      ? segmentsOf(exchange)
      : [{ text: example.text, role: 'assistant', kind: 'text', source: 'choice 0 text', offset: 0 }]
  const assessment = await classifier.classify({ side, segments, exchange }, signal)
  const scoped = policy.at({ surface, tier })
  const matches = scoped.match(side, segments)
  const decision = scoped.decide({
    side,
    assessments: [assessment],
    unavailable: [],
    media: [],
    testStringAllowed: true,
    matches,
  })
  const raised = decision.flagged.length > 0 || (decision.unmet?.length ?? 0) > 0
  const got = effectOf(decision) ?? (raised ? 'flag' : 'allow')
  return {
    side,
    expected: expect,
    got,
    passed: got === expect,
    refusedBy: decision.clause,
    label: decision.label,
    scores: loudest(assessment),
  } as const
}

function exchangeOf({ side, text, system, prompt }: Example): Exchange {
  const asked = side === 'prompt' ? text : (prompt ?? '')
  const turns: Exchange['turns'][number][] = []
  if (system !== undefined)
    turns.push({ role: 'system', parts: [{ kind: 'text', text: system, pointer: '/messages/0/content' }] })
  if (asked !== '') {
    const pointer = `/messages/${turns.length}/content`
    turns.push({ role: 'user', parts: [{ kind: 'text', text: asked, pointer }] })
  }
  return { turns }
}

function loudest({ scores }: Assessment): ExampleResult['scores'] {
  const entries = Object.entries(scores).sort(([, a], [, b]) => b - a)
  return Object.fromEntries(entries.slice(0, LOUDEST).map(([label, score]) => [label, Math.round(score * 1e4) / 1e4]))
}
