import type { JsonObject } from '../../../base/json.ts'
import type { SseEvent } from '../../sse.ts'
import { countTokens, type SandboxAnswer, tokensOf } from './answer.ts'
import type { Speech } from './speech.ts'

/** A Completions answer: text only, so a tool that is called is written out. */
export function completionsBody(speech: Speech): JsonObject {
  const choices = speech.answers.map((answer, index) => choice(index, textOf(answer), 'stop'))
  return { ...head(speech), choices, usage: usage(speech) }
}

/** The same, streamed: the choices take turns, a token each. */
export function* completionsEvents(speech: Speech): Generator<SseEvent> {
  const queues = speech.answers.map((answer) => tokensOf(textOf(answer)).values())
  const chunk = (rest: JsonObject) => ({ name: null, data: JSON.stringify({ ...head(speech), ...rest }) })
  const { wantsUsage } = speech.request
  for (let spoken = true; spoken; ) {
    spoken = false
    for (const [index, queue] of queues.entries()) {
      const next = queue.next()
      if (next.done) continue
      spoken = true
      yield chunk({ choices: [choice(index, next.value, null)], ...(wantsUsage ? { usage: null } : {}) })
    }
  }
  for (const index of queues.keys()) yield chunk({ choices: [choice(index, '', 'stop')] })
  if (wantsUsage) yield chunk({ choices: [], usage: usage(speech) })
  yield { name: null, data: '[DONE]' }
}

function choice(index: number, text: string, finish_reason: string | null): JsonObject {
  return { index, text, logprobs: null, finish_reason }
}

function textOf({ text, tool }: SandboxAnswer): string {
  return tool === null ? text : `${tool.name}(${tool.arguments})`
}

function head({ request, createdSeconds }: Speech): JsonObject {
  return { id: `cmpl-${request.digest}`, object: 'text_completion', created: createdSeconds, model: request.model }
}

function usage({ request, answers }: Speech): JsonObject {
  const completion = answers.reduce((sum, answer) => sum + countTokens(textOf(answer)), 0)
  return {
    prompt_tokens: request.inputTokens,
    completion_tokens: completion,
    total_tokens: request.inputTokens + completion,
  }
}
