import type { JsonObject } from '../../../base/json.ts'
import type { SseEvent } from '../../sse.ts'
import { countTokens, type SandboxAnswer, tokensOf } from './answer.ts'
import type { Speech } from './speech.ts'

/** A Chat Completions answer. */
export function chatBody(speech: Speech): JsonObject {
  return {
    ...head(speech, 'chat.completion'),
    choices: speech.answers.map((answer, index) => ({
      index,
      message: message(answer, callId(speech, index)),
      logprobs: null,
      finish_reason: finish(answer),
    })),
    usage: usage(speech),
  }
}

/** The same, streamed: the choices take turns, a token each. */
export function* chatEvents(speech: Speech): Generator<SseEvent> {
  const queues = speech.answers.map((answer, index) => deltas(answer, callId(speech, index)))
  const chunk = (rest: JsonObject) => ({
    name: null,
    data: JSON.stringify({ ...head(speech, 'chat.completion.chunk'), ...rest }),
  })
  for (let spoken = true; spoken; ) {
    spoken = false
    for (const [index, queue] of queues.entries()) {
      const next = queue.next()
      if (next.done) continue
      spoken = true
      yield chunk({
        choices: [{ index, ...next.value, logprobs: null }],
        ...(speech.request.wantsUsage ? { usage: null } : {}),
      })
    }
  }
  if (speech.request.wantsUsage) yield chunk({ choices: [], usage: usage(speech) })
  yield { name: null, data: '[DONE]' }
}

function* deltas(answer: SandboxAnswer, id: string): Generator<{ delta: JsonObject; finish_reason: string | null }> {
  const delta = (value: JsonObject) => ({ delta: value, finish_reason: null })
  yield delta({ role: 'assistant', content: answer.tool === null ? '' : null, refusal: null })
  for (const token of tokensOf(answer.reasoning ?? '')) yield delta({ reasoning_content: token })
  for (const token of tokensOf(answer.text)) yield delta({ content: token })
  if (answer.tool !== null) {
    yield delta({
      tool_calls: [{ index: 0, id, type: 'function', function: { name: answer.tool.name, arguments: '' } }],
    })
    for (const token of tokensOf(answer.tool.arguments))
      yield delta({ tool_calls: [{ index: 0, function: { arguments: token } }] })
  }
  yield { delta: {}, finish_reason: finish(answer) }
}

function head(speech: Speech, object: string): JsonObject {
  const { request, createdSeconds } = speech
  return {
    id: `chatcmpl-${request.digest}`,
    object,
    created: createdSeconds,
    model: request.model,
    system_fingerprint: 'fp_1',
  }
}

function callId(speech: Speech, index: number): string {
  return `call_${speech.request.digest}${index}`
}

function message(answer: SandboxAnswer, id: string): JsonObject {
  const reasoning = answer.reasoning === null ? {} : { reasoning_content: answer.reasoning }
  const calls = answer.tool === null ? {} : { tool_calls: [{ id, type: 'function', function: { ...answer.tool } }] }
  return {
    role: 'assistant',
    content: answer.tool === null ? answer.text : null,
    refusal: null,
    annotations: [],
    ...reasoning,
    ...calls,
  }
}

function finish(answer: SandboxAnswer): string {
  return answer.tool === null ? 'stop' : 'tool_calls'
}

function usage({ request, answers }: Speech): JsonObject {
  const completion = answers.reduce((sum, answer) => sum + countTokens(answer.text + (answer.tool?.arguments ?? '')), 0)
  return {
    prompt_tokens: request.inputTokens,
    completion_tokens: completion,
    total_tokens: request.inputTokens + completion,
  }
}
