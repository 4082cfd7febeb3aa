import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { MODEL, type RunningApp } from './running-app.ts'

/** The official clients as a customer sets them up, and how many HTTP requests they sent. */
export function clientsOf({ url, key }: Pick<RunningApp, 'url' | 'key'>) {
  let sent = 0
  const counting: typeof fetch = (input, init) => {
    sent++
    return fetch(input, init)
  }
  const openaiProvider = createOpenAI({ apiKey: key, baseURL: `${url}/v1`, fetch: counting })
  const anthropicProvider = createAnthropic({ apiKey: key, baseURL: `${url}/v1`, fetch: counting })
  return {
    openai: new OpenAI({ apiKey: key, baseURL: `${url}/v1`, fetch: counting }),
    anthropic: new Anthropic({ apiKey: key, baseURL: url, fetch: counting }),
    ai: {
      chat: openaiProvider.chat(MODEL),
      responses: openaiProvider.responses(MODEL),
      messages: anthropicProvider(MODEL),
    },
    /** Requests since the last call. */
    takeSent: () => {
      const count = sent
      sent = 0
      return count
    },
  }
}
