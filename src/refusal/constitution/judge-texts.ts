import type { Policy } from '../../policy/index.ts'
import type { Classifier, Exchange, OpenClassifier, Segment } from '../../screening/index.ts'
import type { Turn } from './schema.ts'

/** What the policy would refuse a text for. */
export interface Found {
  readonly clause: string
  readonly label: string | null
  readonly score: number | null
}

/** Judges texts by the policy and by whether they refuse. */
export interface TextJudge {
  /** Which classifier judges; named in the manifest. */
  readonly classifier: string
  /** Whether the prompt may be about the sexual exploitation of a child: nothing is asked about it, and nothing kept. */
  endangersChildren(turns: readonly Turn[]): Promise<boolean>
  /** What an answer would be refused for; null = nothing. @throws when nobody could judge it */
  harmIn(turns: readonly Turn[], answer: string): Promise<Found | null>
  refuses(answer: string): boolean
}

/** The label of which nothing is ever made, whatever a threshold says about the rest. */
const NEVER = 'child_exploitation'

/** Judges by the policy in force, with a classifier's calibrated thresholds, as the gateway would. */
export function policyJudge(
  open: Pick<OpenClassifier, 'classifier' | 'thresholds'>,
  policy: Policy,
  refuses: (answer: string) => boolean,
): TextJudge {
  const { classifier, thresholds } = open
  return {
    classifier: classifier.id,
    refuses,
    async endangersChildren(turns) {
      const { exchange, segments } = exchangeOf(turns)
      const { scores } = await classifier.classify({ side: 'prompt', segments, exchange })
      return (scores[NEVER] ?? 0) >= (thresholds.prompt[NEVER] ?? 1)
    },
    harmIn: (turns, answer) => harmIn(classifier, policy, turns, answer),
  }
}

async function harmIn(
  classifier: Classifier,
  policy: Policy,
  turns: readonly Turn[],
  answer: string,
): Promise<Found | null> {
  const { exchange } = exchangeOf(turns)
  const segments: Segment[] = [{ text: answer, role: 'assistant', kind: 'text', source: 'choice 0 text', offset: 0 }]
  const assessment = await classifier.classify({ side: 'completion', segments, exchange })
  const { action, reason, clause, label, score } = policy.decide({
    ...{ side: 'completion', assessments: [assessment], unavailable: [], media: [], testStringAllowed: true },
    matches: policy.match('completion', segments),
  })
  if (action === 'allow' || clause === null) return null
  if (reason === 'unavailable') throw new Error('a label was judged by nobody')
  return { clause, label, score }
}

function exchangeOf(turns: readonly Turn[]): { exchange: Exchange; segments: Segment[] } {
  const exchange: Exchange = {
    turns: turns.map(({ role, text }, at) => ({ role, parts: [{ kind: 'text', text, pointer: pointerOf(at) }] })),
  }
  const segments = turns.map(({ role, text }, at): Segment => {
    return { text, role, kind: 'text', source: pointerOf(at), offset: 0 }
  })
  return { exchange, segments }
}

const pointerOf = (at: number) => `/messages/${at}/content`
