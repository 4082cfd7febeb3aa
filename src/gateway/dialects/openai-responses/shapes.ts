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
  PADDING,
  pieces,
  type Shape,
  text,
  WORD,
  words,
} from '../shape.ts'

const CACHE = object(words('mode', 'ttl', 'type'))
const CALLER = object({ type: WORD, caller_id: ID })

/** Log probabilities of tokens; `token` says how the tokens themselves are read. */
export function logprobs(token: Shape): Shape {
  const numbers = words('bytes', 'logprob')
  return pieces(object({ ...numbers, token, top_logprobs: pieces(object({ ...numbers, token: text('other') })) }))
}

/** Parts that hold words, by `type`. Their log probabilities are read by the stream's reader, which can tell what they repeat. */
function textParts(kind: TextKind): [string, Shape][] {
  const words = object({
    type: WORD,
    text: text(kind),
    prompt_cache_breakpoint: CACHE,
    annotations: free('other'),
    logprobs: free('other'),
  })
  return [
    ['input_text', words],
    ['output_text', words],
    ['text', words],
    ['summary_text', object({ type: WORD, text: text('reasoning') })],
    ['reasoning_text', object({ type: WORD, text: text('reasoning') })],
    ['refusal', object({ type: WORD, refusal: text('refusal') })],
  ]
}

function contentParts(kind: TextKind): ReadonlyMap<string, Shape> {
  return new Map([
    ...textParts(kind),
    [
      'input_image',
      object({
        type: WORD,
        detail: WORD,
        image_url: media('image', kind),
        file_id: ID,
        prompt_cache_breakpoint: CACHE,
      }),
    ],
    [
      'input_file',
      object({
        type: WORD,
        detail: WORD,
        file_data: media('file', kind),
        file_url: media('file', 'other'),
        filename: text('other'),
        file_id: ID,
        prompt_cache_breakpoint: CACHE,
      }),
    ],
    ['input_audio', object({ type: WORD, input_audio: object({ data: media('audio', kind), format: WORD }) })],
    ['computer_screenshot', object({ type: WORD, image_url: media('image', kind), file_id: ID, detail: WORD })],
  ])
}

/** Content parts of a request's messages and of the results of tools. */
export const MESSAGE_PARTS = contentParts('text')
export const RESULT_PARTS = contentParts('tool_result')

const ITEM = { type: WORD, id: ID, call_id: ID, status: WORD, caller: CALLER }
const CALL = { ...ITEM, name: free('tool_call'), namespace: free('tool_call'), async: WORD }
const PART = cases(Object.fromEntries(textParts('text')))

/** Items that stand alike in requests and answers; the calls here are of tools that the client runs. */
const ITEMS: readonly [string, Shape][] = [
  ['message', object({ ...ITEM, role: WORD, phase: WORD, content: list(PART, text('text')) })],
  ['reasoning', object({ ...ITEM, summary: list(PART), content: list(PART), encrypted_content: OPAQUE })],
  ['function_call', object({ ...CALL, arguments: jsonText('tool_call') }, 'tool_call')],
  ['custom_tool_call', object({ ...CALL, input: text('tool_call') }, 'tool_call')],
  ['computer_call', object({ ...ITEM, action: free('tool_call'), actions: free('tool_call') }, 'tool_call')],
  ['local_shell_call', object({ ...ITEM, action: free('tool_call') }, 'tool_call')],
  ['shell_call', object({ ...ITEM, action: free('tool_call'), environment: free('tool_call') }, 'tool_call')],
  [
    'apply_patch_call',
    object(
      { ...ITEM, operation: object({ type: WORD, path: text('tool_call'), diff: text('tool_call') }, 'tool_call') },
      'tool_call',
    ),
  ],
  ['tool_search_call', object({ ...ITEM, arguments: free('tool_call'), execution: WORD }, 'tool_call')],
]

const RESULT = { ...ITEM, name: free('tool_result'), namespace: free('tool_result'), output: ELSEWHERE }

/** Items of a request beside their content, with the role of the turn that they make. */
export const INPUT_ITEMS: ReadonlyMap<string, Shape> = new Map([
  ...ITEMS,
  ['message', object({ ...ITEM, role: WORD, phase: WORD, content: ELSEWHERE })],
  ['function_call_output', object(RESULT, 'tool_result')],
  ['custom_tool_call_output', object(RESULT, 'tool_result')],
  ['computer_call_output', object({ ...RESULT, acknowledged_safety_checks: free('tool_result') }, 'tool_result')],
  ['local_shell_call_output', object({ ...RESULT, output: text('tool_result') }, 'tool_result')],
  ['shell_call_output', object({ ...RESULT, output: free('tool_result'), max_output_length: WORD }, 'tool_result')],
  ['apply_patch_call_output', object({ ...RESULT, output: text('tool_result') }, 'tool_result')],
  ['tool_search_output', object({ ...ITEM, execution: WORD, tools: ELSEWHERE }, 'tool_definition')],
  ['additional_tools', object({ ...ITEM, role: WORD, tools: ELSEWHERE })],
  [
    'configuration_update',
    object({ ...ITEM, reasoning: object(words('effort', 'summary')), text: free('tool_definition') }),
  ],
])

/** Items of an answer; tools that a provider runs are read string by string. */
export const OUTPUT_ITEM = cases(
  Object.fromEntries([
    ...ITEMS,
    [
      'mcp_call',
      object(
        { ...CALL, arguments: jsonText('tool_call'), output: text('tool_result'), server_label: free('tool_call') },
        'tool_call',
      ),
    ],
    ['code_interpreter_call', object({ ...ITEM, code: text('tool_call'), container_id: ID }, 'tool_call')],
    ['image_generation_call', object({ ...ITEM, result: media('image'), revised_prompt: text('tool_call') })],
  ]),
)
export const OUTPUT_PART = PART

/** A request beside `instructions`, `input` and `tools`. */
export const REQUEST = object({
  ...words(
    'stream',
    'store',
    'background',
    'temperature',
    'top_p',
    'top_logprobs',
    'max_output_tokens',
    'max_tool_calls',
    'parallel_tool_calls',
    'service_tier',
    'truncation',
    'prompt_cache_retention',
  ),
  model: ELSEWHERE,
  instructions: ELSEWHERE,
  input: ELSEWHERE,
  tools: ELSEWHERE,
  include: list(WORD),
  reasoning: object(words('effort', 'summary', 'generate_summary', 'context', 'mode')),
  stream_options: object(words('include_obfuscation')),
  text: object({ verbosity: WORD, format: free('tool_definition') }),
  tool_choice: free('tool_definition'),
  user: ID,
  safety_identifier: ID,
  prompt_cache_key: ID,
  prompt_cache_options: object({ ...words('mode', 'ttl', 'prewarm'), comparison_response_id: ID }),
})

/** The response object beside its output. It echoes the request; what it echoes is read, once. */
export const RESPONSE = object({
  ...words(
    'object',
    'created_at',
    'completed_at',
    'status',
    'background',
    'temperature',
    'top_p',
    'top_logprobs',
    'max_output_tokens',
    'max_tool_calls',
    'parallel_tool_calls',
    'service_tier',
    'truncation',
    'prompt_cache_retention',
    'store',
    'frequency_penalty',
    'presence_penalty',
  ),
  id: ID,
  model: LABEL,
  output: ELSEWHERE,
  output_text: ELSEWHERE,
  error: free('other'),
  metadata: free('other'),
  conversation: free('other'),
  prompt: free('other'),
  moderation: free('other'),
  incomplete_details: object({ reason: WORD }),
  instructions: free('other'),
  reasoning: object(words('effort', 'summary', 'generate_summary', 'context', 'mode')),
  text: object({ verbosity: WORD, format: free('tool_definition') }),
  tools: free('tool_definition'),
  tool_choice: free('tool_definition'),
  user: ID,
  safety_identifier: ID,
  prompt_cache_key: ID,
  previous_response_id: ID,
  usage: object({
    ...words('input_tokens', 'output_tokens', 'total_tokens'),
    input_tokens_details: object(words('cached_tokens', 'cache_write_tokens')),
    output_tokens_details: object(words('reasoning_tokens')),
  }),
})

/** What every event may have beside its payload. */
export const EVENT_FIELDS = {
  ...words(
    'sequence_number',
    'output_index',
    'content_index',
    'summary_index',
    'annotation_index',
    'partial_image_index',
    'status',
    'phase',
  ),
  item_id: ID,
  // Padding that hides the length of deltas; made by the server, never by the model.
  obfuscation: PADDING,
}
