/** How a model's server is spoken to. */
export const CHAT_APIS = ['openai-chat', 'anthropic-messages'] as const
export type ChatApi = (typeof CHAT_APIS)[number]

export interface ChatTurn {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/** What a model may call: `parameters` is a JSON schema. */
export interface Tool {
  readonly name: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** One question to a model, whoever serves it. null = whatever the server does by itself. */
export interface Ask {
  readonly system: string | null
  /** The last one is the user's; or the assistant's, where the answer's beginning is given. */
  readonly turns: readonly ChatTurn[]
  readonly maxTokens: number
  readonly temperature: number | null
  readonly topP: number | null
  /** Only servers of OpenAI's dialect take one, and not all heed it. */
  readonly seed: number | null
  readonly stop: readonly string[]
  /** 1 to 20: of how many likely first tokens the log-probabilities are wanted. Only in OpenAI's dialect. */
  readonly topLogprobs: number | null
  readonly tools: readonly Tool[]
}

const MAX_TOKENS = 1_024

/** A question of a text, or of turns; what `about` doesn't say is left to the server. */
export function ask(asked: string | readonly ChatTurn[], about: Partial<Omit<Ask, 'turns'>> = {}): Ask {
  return {
    system: null,
    turns: typeof asked === 'string' ? [{ role: 'user', text: asked }] : asked,
    maxTokens: MAX_TOKENS,
    temperature: null,
    topP: null,
    seed: null,
    stop: [],
    topLogprobs: null,
    tools: [],
    ...about,
  }
}

export interface Usage {
  readonly input: number
  readonly output: number
}

/** What a model said, and how it ended. */
export interface Said {
  /** What tools would be called with is part of it. */
  readonly text: string
  /** `length`: cut off at the limit of tokens; `refusal`: the server or the model says that it was refused. */
  readonly end: 'stop' | 'length' | 'refusal'
  readonly usage: Usage | null
  /** Natural logarithms, by token; null where they were not asked for, or not given. */
  readonly firstToken: Readonly<Record<string, number>> | null
  /** Under which the gateway recorded it; null: it came from elsewhere. */
  readonly decision: string | null
}
