import { coveredLabels, isCategory, isNamedInFull, toLabels } from '../../taxonomies/taxonomies.ts'
import { chatMessages, chatQuestion, coversBoth, type GuardAdapter, raise, silent } from '../adapter.ts'
import { readCompletion } from '../completion.ts'
import { certain, scoreOf, verdictAt } from '../verdict.ts'

const WORDS = ['safe', 'unsafe'] as const
const LABELS_COVERED = new Set([...coveredLabels('llama_guard'), 'general_harm'] as const)
/** All 14 codes with their commas fit. */
const MAX_TOKENS = 96

/**
 * Llama Guard 3 (1B, 8B) and 4. The server's own chat template writes the task, the categories and the conversation, and asks about the
 * last message: `User` or `Agent` by its role. The answer is `safe`, or `unsafe` and a line of codes; it may begin with blank lines.
 *
 * The score is the probability of `unsafe` where the verdict stands. It goes to the labels of the codes that are listed; when the
 * verdict is `safe` no code says what the rest was about, so it counts as harm that no label names.
 *
 * @see meta-llama/PurpleLlama Llama-Guard3/8B/MODEL_CARD.md ("the probability for the first token"); Llama-Guard4/12B/MODEL_CARD.md
 */
export function llamaGuard(options: { readonly model: string; readonly logprobs: boolean }): GuardAdapter {
  return {
    name: `llama-guard:${options.model}`,
    fingerprint: JSON.stringify(options),
    covers: coversBoth(LABELS_COVERED),
    render: (view) => [chatQuestion('safety', { ...options, messages: chatMessages(view), maxTokens: MAX_TOKENS })],
    read(_question, answer) {
      const completion = readCompletion(answer)
      const parsed = completion === null ? null : parse(completion.text)
      if (completion === null || parsed === null || completion.finishReason === 'length') return null
      const verdict = options.logprobs ? verdictAt(completion, '', WORDS, parsed.word) : certain(parsed.word)
      if (verdict === null) return null
      const unsafe = scoreOf<(typeof WORDS)[number]>(verdict, 'unsafe')
      const scores = silent(LABELS_COVERED)
      for (const code of parsed.codes) raise(scores, toLabels('llama_guard', code, unsafe))
      const named = parsed.codes.length > 0 && parsed.codes.every((code) => isNamedInFull('llama_guard', code))
      scores.general_harm = named ? 0 : unsafe
      return scores
    },
  }
}

function parse(text: string): { word: (typeof WORDS)[number]; codes: string[] } | null {
  if (/^\s*safe\s*$/.test(text)) return { word: 'safe', codes: [] }
  const match = /^\s*unsafe[^\S\n]*\n\s*(S\d{1,2}(?:[^\S\n]*,[^\S\n]*S\d{1,2})*)\s*$/.exec(text)
  if (match?.[1] === undefined) return null
  const codes = match[1].split(',').map((code) => code.trim())
  return codes.every((code) => isCategory('llama_guard', code)) ? { word: 'unsafe', codes } : null
}
