import type { JsonObject } from '../../../../base/json.ts'
import { chatQuestion, coversBoth, type GuardAdapter, type Question } from '../adapter.ts'
import { readCompletion } from '../completion.ts'
import {
  findingsSchema,
  markedConversation,
  type PolicyPromptOptions,
  policyPrompt,
  readFindings,
} from '../policy-prompt.ts'
import type { View } from '../views.ts'

const SAFEGUARD_TOKENS = 4_096
const JUDGE_TOKENS = 1_024

/**
 * gpt-oss-safeguard (20B, 120B): a reasoning model that is given the policy as system message and the content as user message. The server
 * must speak its harmony format (vLLM, Ollama and llama.cpp do), and gives the reasoning apart from the answer. Slow, and with many labels
 * in one question less exact than with few: meant for the doubtful few per cent.
 *
 * @see openai/gpt-oss-safeguard README; cookbook.openai.com/articles/gpt-oss-safeguard-guide (policy as system message, four sections,
 *   JSON answers, reasoning effort)
 */
export function gptOssSafeguard(
  options: PolicyPromptOptions & { readonly model: string; readonly reasoningEffort: 'low' | 'medium' | 'high' },
): GuardAdapter {
  return policyJudge(`gpt-oss-safeguard:${options.model}`, options, (system, user) =>
    chatQuestion('policy', {
      model: options.model,
      messages: messages(system, user),
      maxTokens: SAFEGUARD_TOKENS,
      logprobs: false,
      extra: { reasoning_effort: options.reasoningEffort },
    }),
  )
}

/**
 * Any instruction-following model as judge, held to the answer's JSON Schema by the server.
 *
 * @param options.dialect `hosted` for OpenAI's own endpoint, whose reasoning models refuse `temperature` and `max_tokens`
 * @see OpenAI API reference, structured outputs (`response_format` of type `json_schema`); vLLM, llama.cpp and Ollama follow it
 */
export function llmJudge(
  options: PolicyPromptOptions & { readonly model: string; readonly dialect: 'local' | 'hosted' },
): GuardAdapter {
  const format: JsonObject = {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'judgement', strict: true, schema: findingsSchema(options.labels) },
    },
  }
  return policyJudge(`llm-judge:${options.model}`, options, (system, user) => {
    if (options.dialect === 'local')
      return chatQuestion('policy', {
        model: options.model,
        messages: messages(system, user),
        maxTokens: JUDGE_TOKENS,
        logprobs: false,
        extra: format,
      })
    const body = { model: options.model, messages: messages(system, user), max_completion_tokens: SAFEGUARD_TOKENS }
    return { path: '/v1/chat/completions', about: 'policy', body: { ...body, ...format } }
  })
}

function policyJudge(
  name: string,
  options: PolicyPromptOptions,
  ask: (system: string, user: string) => Question,
): GuardAdapter {
  const system = policyPrompt(options)
  return {
    name,
    fingerprint: JSON.stringify(ask(system, '')),
    covers: coversBoth(options.labels),
    render: (view: View) => {
      const { mark, text } = markedConversation(view, options.markKey)
      return [{ ...ask(system, text), about: mark }]
    },
    read(question, answer) {
      const completion = readCompletion(answer)
      if (completion === null || completion.finishReason === 'length') return null
      return readFindings(completion.text, question.about, options.labels)
    },
  }
}

function messages(system: string, user: string) {
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ]
}
