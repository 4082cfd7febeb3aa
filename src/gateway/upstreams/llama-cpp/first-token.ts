import type { LlamaModel, Sequence, Token } from './library.ts'
import type { FirstToken } from './protocol.ts'

/**
 * How likely the first token of an answer was, and which others were likely, by what the model says after its prompt.
 *
 * Asked once the answer is made, of the sequence that made it: what it holds of the prompt is not calculated again.
 *
 * @param came the answer's first token; null when it ended before one
 * @param count of likely ones to tell
 */
export async function firstTokenOf(
  model: LlamaModel,
  sequence: Sequence,
  prompt: readonly Token[],
  came: Token | null,
  count: number,
): Promise<FirstToken | null> {
  const last = prompt.at(-1)
  if (last === undefined) return null
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false)
  const filter = { tokens: came === null ? [] : [came], includeTop: Math.max(1, count) }
  // Other temperatures would tell the probabilities that sampling made.
  const options = { logits: { filter }, totalLogitWeight: true, options: { temperature: 0 } } as const
  const rest = prompt.slice(sequence.nextTokenIndex, -1)
  const told = await sequence.controlledEvaluate([...rest, [last, { generateNext: options }]])
  const { logits, totalLogitWeight } = told.at(-1)?.next ?? {}
  if (logits === undefined || totalLogitWeight === undefined) return null
  const ranked = [...logits].sort(([, a], [, b]) => b - a)
  const highest = ranked[0]?.[1] ?? 0
  const likely = ranked.map(([id, logit]) => ({
    id,
    token: model.detokenize([id], true),
    logprob: logit - highest - Math.log(totalLogitWeight),
  }))
  const first = likely.find(({ id }) => id === came) ?? likely[0]
  if (first === undefined) return null
  const told1 = ({ token, logprob }: (typeof likely)[number]) => ({ token, logprob })
  return { ...told1(first), top: likely.slice(0, count).map(told1) }
}
