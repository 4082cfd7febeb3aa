import { z } from 'zod'
import type { Json } from '../../../base/json.ts'

/** A token as the server shows it, with the probability of each token that might have stood there (the likeliest ones). */
export interface Token {
  readonly text: string
  readonly alternatives: readonly { readonly text: string; readonly probability: number }[]
}

/** What a text-generating guard answered. */
export interface Completion {
  readonly text: string
  readonly finishReason: string | null
  /** Null when the server sent no probabilities. */
  readonly tokens: readonly Token[] | null
}

/** Log of a probability; a little above 0 is rounding, more is no probability. */
const Logprob = z.number().max(0.01)
const ChatLogprobs = z.object({
  content: z
    .array(
      z.object({
        token: z.string(),
        logprob: Logprob,
        top_logprobs: z.array(z.object({ token: z.string(), logprob: Logprob })).default([]),
      }),
    )
    .nullish(),
})
const TextLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(Logprob.nullable()),
  top_logprobs: z.array(z.record(z.string(), Logprob).nullable()).nullish(),
})
const Chat = z.object({
  choices: z.tuple([
    z.object({
      message: z.object({ content: z.string() }),
      finish_reason: z.string().nullish(),
      logprobs: ChatLogprobs.nullish(),
    }),
  ]),
})
/** llama.cpp answers `/v1/completions` with probabilities in the shape that OpenAI uses for chats. */
const Text = z.object({
  choices: z.tuple([
    z.object({
      text: z.string(),
      finish_reason: z.string().nullish(),
      logprobs: z.union([TextLogprobs, ChatLogprobs]).nullish(),
    }),
  ]),
})

/**
 * Reads the answer of `/v1/chat/completions` or `/v1/completions`: exactly one choice, with text. Null when it is anything else.
 *
 * @see OpenAI API reference, chat completion object and completion object; vLLM, llama.cpp and Ollama follow them
 */
export function readCompletion(answer: Json): Completion | null {
  const chat = Chat.safeParse(answer)
  if (chat.success) {
    const [choice] = chat.data.choices
    return completion(choice.message.content, choice.finish_reason, chatTokens(choice.logprobs))
  }
  const text = Text.safeParse(answer)
  if (!text.success) return null
  const [choice] = text.data.choices
  const { logprobs } = choice
  const tokens = logprobs && 'tokens' in logprobs ? textTokens(logprobs) : chatTokens(logprobs)
  return completion(choice.text, choice.finish_reason, tokens)
}

function completion(text: string, finishReason: string | null | undefined, tokens: Token[] | null): Completion {
  return { text, finishReason: finishReason ?? null, tokens: tokens !== null && tokens.length > 0 ? tokens : null }
}

function chatTokens(logprobs: z.infer<typeof ChatLogprobs> | null | undefined): Token[] | null {
  if (!logprobs?.content) return null
  return logprobs.content.map(({ token, logprob, top_logprobs: top }) =>
    withItself(
      token,
      logprob,
      top.map((other): [string, number] => [other.token, other.logprob]),
    ),
  )
}

function textTokens({ tokens, token_logprobs: own, top_logprobs: top }: z.infer<typeof TextLogprobs>): Token[] {
  return tokens.map((token, i) => withItself(token, own[i] ?? null, Object.entries(top?.[i] ?? {})))
}

/** Servers list the token that was chosen among the alternatives, or leave it out: it is counted once. */
function withItself(text: string, own: number | null, others: readonly [string, number][]): Token {
  const all = new Map(others)
  if (own !== null) all.set(text, own)
  return {
    text,
    alternatives: [...all].map(([other, logprob]) => ({ text: other, probability: Math.min(1, Math.exp(logprob)) })),
  }
}
