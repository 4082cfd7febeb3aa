import { coveredLabels, isCategory, isNamedInFull, toLabels } from '../../taxonomies/taxonomies.ts'
import { chatMessages, chatQuestion, type GuardAdapter, raise, silent } from '../adapter.ts'
import { readCompletion } from '../completion.ts'
import { asScore, certain, scoreOf, verdictAt } from '../verdict.ts'

const WORDS = ['safe', 'unsafe', 'controversial'] as const
type Word = (typeof WORDS)[number]
const COMPLETION = new Set([...coveredLabels('qwen3guard'), 'general_harm'] as const)
COMPLETION.delete('jailbreak')
/** The model names jailbreaks in prompts only. */
const COVERS = { prompt: new Set([...COMPLETION, 'jailbreak'] as const), completion: COMPLETION }
const LEAD = 'Safety:'
const MAX_TOKENS = 128

/**
 * Qwen3Guard-Gen. The server's chat template holds the policy; it asks about the last message. The answer is two lines for a prompt,
 * three for a response: `Safety: Safe | Controversial | Unsafe`, `Categories: None` or names, `Refusal: Yes | No`.
 *
 * The score is P(unsafe) + `controversialWeight` × P(controversial): 1 is the model's strict mode, 0 its loose one.
 *
 * @see QwenLM/Qwen3Guard README (format, vLLM and SGLang); technical report arXiv 2510.14276 (strict and loose)
 */
export function qwen3guard(options: {
  readonly model: string
  readonly logprobs: boolean
  readonly controversialWeight: number
}): GuardAdapter {
  return {
    name: `qwen3guard:${options.model}`,
    fingerprint: JSON.stringify(options),
    covers: COVERS,
    render: (view) => [chatQuestion('safety', { ...options, messages: chatMessages(view), maxTokens: MAX_TOKENS })],
    read(_question, answer, side) {
      const completion = readCompletion(answer)
      const parsed = completion === null ? null : parse(completion.text, side)
      if (completion === null || parsed === null || completion.finishReason === 'length') return null
      const verdict = options.logprobs
        ? verdictAt<Word>(completion, LEAD, WORDS, parsed.word)
        : certain<Word>(parsed.word)
      if (verdict === null) return null
      const harm = asScore(scoreOf(verdict, 'unsafe') + options.controversialWeight * scoreOf(verdict, 'controversial'))
      const scores = silent(COVERS[side])
      for (const category of parsed.categories) raise(scores, toLabels('qwen3guard', category, harm))
      const named = parsed.categories.length > 0 && parsed.categories.every((name) => isNamedInFull('qwen3guard', name))
      scores.general_harm = named ? 0 : harm
      return scores
    },
  }
}

function parse(text: string, side: 'prompt' | 'completion'): { word: Word; categories: string[] } | null {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const expected = side === 'prompt' ? 2 : 3
  if (lines.length !== expected) return null
  if (side === 'completion' && !/^Refusal: (?:Yes|No)$/.test(lines[2] ?? '')) return null
  const written = /^Safety: (Safe|Unsafe|Controversial)$/.exec(lines[0] ?? '')?.[1]?.toLowerCase()
  const word = WORDS.find((known) => known === written)
  const list = /^Categories: (.+)$/.exec(lines[1] ?? '')?.[1]
  if (word === undefined || list === undefined) return null
  const categories = list === 'None' ? [] : list.split(',').map((name) => name.trim())
  if ((word === 'safe') !== (categories.length === 0)) return null
  if (!categories.every((name) => isCategory('qwen3guard', name))) return null
  return side === 'completion' && categories.includes('Jailbreak') ? null : { word, categories }
}
