/**
 * One neutral type for a conversation, whatever dialect it came in.
 *
 * Every string of a request that reaches the model stands in exactly one part: strings that no decoder
 * claims become parts of kind `other`, so nothing goes unread.
 */
export interface Exchange {
  /** Everything the client sent, in the order the model will read it. */
  readonly turns: readonly Turn[]
}

/** `developer` instructions count as `system`; tool results that a dialect nests in user turns count as `tool`. */
export type Role = 'system' | 'user' | 'assistant' | 'tool'

export interface Turn {
  readonly role: Role
  readonly parts: readonly Part[]
}

export type Part = TextPart | MediaPart

/**
 * `text` plain words; `reasoning` the model's thinking; `refusal` a model's own refusal; `tool_call` a tool's name and
 * arguments as text; `tool_result` what a tool answered; `tool_definition` names, descriptions and schemas of tools;
 * `other` strings that no decoder claims.
 */
export type TextKind = 'text' | 'reasoning' | 'refusal' | 'tool_call' | 'tool_result' | 'tool_definition' | 'other'

export interface TextPart {
  readonly kind: TextKind
  readonly text: string
  /** RFC 6901 pointer to the string in the body as the client sent it. */
  readonly pointer: string
}

/** An image, sound or file that text classifiers can't read: recorded as not screened; the policy says whether it may pass. */
export interface MediaPart {
  readonly kind: 'media'
  readonly media: 'image' | 'audio' | 'video' | 'file'
  readonly pointer: string
}
