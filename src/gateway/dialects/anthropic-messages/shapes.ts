import type { TextKind } from '../../../screening/index.ts'
import {
  cases,
  ELSEWHERE,
  free,
  ID,
  jsonText,
  LABEL,
  list,
  media,
  OPAQUE,
  object,
  type Shape,
  text,
  WORD,
  words,
} from '../shape.ts'

const CACHE = object(words('type', 'ttl'))
/** What every block may have. */
const BLOCK = { type: WORD, cache_control: CACHE }
const CALLER = object({ type: WORD, tool_id: ID })

/** Places of files and images, by the type of their source; `file` (a stored file) is refused before. */
function source(type: 'image' | 'file', kind: TextKind): Shape {
  const inner = cases({
    text: object({ ...BLOCK, text: text(kind), citations: free('other') }),
    image: object({ ...BLOCK, source: imageSource(kind) }),
  })
  return cases({
    base64: object({ type: WORD, media_type: WORD, data: media(type, kind) }),
    url: object({ type: WORD, url: media(type, 'other') }),
    text: object({ type: WORD, media_type: WORD, data: text(kind) }),
    content: object({ type: WORD, content: list(inner, text(kind)) }),
  })
}

function imageSource(kind: TextKind): Shape {
  return cases({
    base64: object({ type: WORD, media_type: WORD, data: media('image', kind) }),
    url: object({ type: WORD, url: media('image', 'other') }),
  })
}

/** Blocks that may stand both in a turn and in the result of a tool. */
function commonBlocks(kind: TextKind): [string, Shape][] {
  const textBlock = object({ ...BLOCK, text: text(kind), citations: free('other') })
  return [
    ['text', textBlock],
    ['image', object({ ...BLOCK, source: imageSource(kind), transformations: free('other') })],
    [
      'document',
      object({
        ...BLOCK,
        source: source('file', kind),
        title: text(kind),
        context: text(kind),
        citations: object(words('enabled')),
      }),
    ],
    [
      'search_result',
      object({
        ...BLOCK,
        content: list(textBlock),
        source: text('other'),
        title: text(kind),
        citations: object(words('enabled')),
      }),
    ],
  ]
}

const TOOL_USE = object(
  {
    ...BLOCK,
    id: ID,
    name: free('tool_call'),
    input: free('tool_call'),
    caller: CALLER,
    toolset_name: free('tool_call'),
  },
  'tool_call',
)
const THINKING = object({ ...BLOCK, thinking: text('reasoning'), signature: OPAQUE })
const REDACTED = object({ ...BLOCK, data: OPAQUE })

/** What the result of a tool may hold, by `type`. */
export const RESULT_BLOCKS: ReadonlyMap<string, Shape> = new Map([
  ...commonBlocks('tool_result'),
  ['tool_reference', free('tool_result')],
  ['browser_state', free('tool_result')],
])

/** What a turn may hold, by `type`. Tool search is a server's tool, but it only finds definitions that the request itself has. */
export const CONTENT_BLOCKS: ReadonlyMap<string, Shape> = new Map([
  ...commonBlocks('text'),
  ['thinking', THINKING],
  ['redacted_thinking', REDACTED],
  ['tool_use', TOOL_USE],
  ['server_tool_use', TOOL_USE],
  ['tool_search_tool_result', free('tool_result')],
  [
    'tool_result',
    object(
      { ...BLOCK, tool_use_id: ID, is_error: WORD, toolset_name: free('tool_result'), content: ELSEWHERE },
      'tool_result',
    ),
  ],
])

/** A message beside its content. */
export const MESSAGE = object({ role: WORD, content: ELSEWHERE })

/** A request beside its system prompt, messages and tools. */
export const REQUEST = object({
  ...words('stream', 'max_tokens', 'temperature', 'top_k', 'top_p', 'service_tier', 'speed'),
  model: ELSEWHERE,
  system: ELSEWHERE,
  messages: ELSEWHERE,
  tools: ELSEWHERE,
  cache_control: CACHE,
  metadata: object({ user_id: ID }),
  stop_sequences: free('other'),
  thinking: object(words('type', 'display', 'budget_tokens')),
  tool_choice: free('tool_definition'),
  output_config: object({ effort: WORD, format: free('tool_definition') }),
  output_format: free('tool_definition'),
  diagnostics: object({ previous_message_id: ID }),
  user_profile_id: ID,
  workspace_id: ID,
})

/** Blocks of an answer. What is not named here is read string by string. */
export const ANSWER_BLOCK = cases({
  text: object({ type: WORD, text: text('text'), citations: free('other') }),
  thinking: THINKING,
  redacted_thinking: REDACTED,
  tool_use: TOOL_USE,
  server_tool_use: TOOL_USE,
})

export const BLOCK_DELTA = cases({
  text_delta: object({ type: WORD, text: text('text') }),
  thinking_delta: object({ type: WORD, thinking: text('reasoning'), estimated_tokens: WORD }),
  input_json_delta: object({ type: WORD, partial_json: jsonText('tool_call') }),
  signature_delta: object({ type: WORD, signature: OPAQUE }),
  citations_delta: object({ type: WORD, citation: free('other') }),
})

const USAGE = object({
  ...words(
    'input_tokens',
    'output_tokens',
    'cache_creation_input_tokens',
    'cache_read_input_tokens',
    'service_tier',
    'speed',
  ),
  cache_creation: object(words('ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens')),
  output_tokens_details: object(words('thinking_tokens')),
  server_tool_use: object(words('web_search_requests', 'web_fetch_requests')),
  inference_geo: LABEL,
})

const STOP = {
  stop_reason: WORD,
  stop_sequence: free('other'),
  stop_details: free('other'),
  container: object({ id: ID }),
}

/** A message of an answer beside its content. */
export const ANSWER = object({
  ...STOP,
  id: ID,
  type: WORD,
  role: WORD,
  model: LABEL,
  content: ELSEWHERE,
  usage: USAGE,
})

/** Stream events by `type`, beside what the reader takes itself. */
export const EVENT = cases({
  message_start: object({ type: ELSEWHERE, message: ANSWER }),
  content_block_start: object({ type: ELSEWHERE, index: WORD, content_block: ELSEWHERE }),
  content_block_delta: object({ type: ELSEWHERE, index: WORD, delta: ELSEWHERE }),
  content_block_stop: object({ type: ELSEWHERE, index: WORD }),
  message_delta: object({ type: ELSEWHERE, delta: object(STOP), usage: USAGE }),
  message_stop: object({ type: ELSEWHERE }),
  ping: object({ type: ELSEWHERE }),
})
