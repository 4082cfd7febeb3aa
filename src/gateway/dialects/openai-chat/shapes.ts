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

/** Where a client may ask for a cache; it holds words of the protocol only. */
const CACHE = object(words('mode', 'ttl', 'type'))

function textPart(kind: TextKind): Shape {
  return object({ type: WORD, text: text(kind), prompt_cache_breakpoint: CACHE, cache_control: CACHE })
}

const FILE = object({ file_data: media('file'), file_id: ID, filename: text('other') })
const URL_OF = (type: 'image' | 'audio' | 'video') => object({ url: media(type), detail: WORD })

/** Content parts by `type`, as a request may hold them. `video_url` and `audio_url` are extensions of vLLM. */
export const CONTENT_PARTS: ReadonlyMap<string, Shape> = new Map([
  ['text', textPart('text')],
  ['refusal', object({ type: WORD, refusal: text('refusal') })],
  ['image_url', object({ type: WORD, image_url: URL_OF('image'), prompt_cache_breakpoint: CACHE })],
  [
    'input_audio',
    object({ type: WORD, input_audio: object({ data: media('audio'), format: WORD }), prompt_cache_breakpoint: CACHE }),
  ],
  ['file', object({ type: WORD, file: FILE, prompt_cache_breakpoint: CACHE })],
  ['audio_url', object({ type: WORD, audio_url: URL_OF('audio') })],
  ['video_url', object({ type: WORD, video_url: URL_OF('video') })],
])
const TOOL_RESULT_PARTS: ReadonlyMap<string, Shape> = new Map([...CONTENT_PARTS, ['text', textPart('tool_result')]])

export function contentParts(role: string): ReadonlyMap<string, Shape> {
  return role === 'tool' || role === 'function' ? TOOL_RESULT_PARTS : CONTENT_PARTS
}

const NAMED_CALL = object({ name: free('tool_call'), arguments: jsonText('tool_call') }, 'tool_call')
export const TOOL_CALL = object(
  {
    id: ID,
    index: WORD,
    type: WORD,
    function: NAMED_CALL,
    custom: object({ name: free('tool_call'), input: text('tool_call') }, 'tool_call'),
  },
  'tool_call',
)

/** `bytes` are those of the token beside them. */
function logprobs(token: Shape): Shape {
  const fields = words('bytes', 'logprob')
  const entries = pieces(
    object({ ...fields, token, top_logprobs: pieces(object({ ...fields, token: text('other') })) }),
  )
  return object({ content: entries, refusal: entries })
}
export const ANSWER_LOGPROBS = logprobs(text('other'))
/** Where the tokens say the same as the text that is read anyway. */
export const ANSWER_LOGPROBS_BESIDE_TEXT = logprobs(ELSEWHERE)

/** The fields that messages, whole or in deltas, have beside `content`. */
const MESSAGE_FIELDS = {
  role: WORD,
  refusal: text('refusal'),
  tool_calls: list(TOOL_CALL),
  function_call: NAMED_CALL,
  // Not of OpenAI's: how DeepSeek, vLLM, OpenRouter and others show the model's thinking.
  reasoning_content: text('reasoning'),
  reasoning: text('reasoning'),
  annotations: free('other'),
}

function requestMessage(kind: TextKind): Shape {
  return object(
    { ...MESSAGE_FIELDS, content: ELSEWHERE, name: free('other'), tool_call_id: ID, audio: object({ id: ID }) },
    kind,
  )
}
/** A message of a request beside its content. */
export const REQUEST_MESSAGE = requestMessage('other')
export const TOOL_MESSAGE = requestMessage('tool_result')

/** A message or a delta of an answer. */
export const ANSWER_MESSAGE = object({
  ...MESSAGE_FIELDS,
  content: list(
    cases({ text: textPart('text'), refusal: object({ type: WORD, refusal: text('refusal') }) }),
    text('text'),
  ),
  audio: object({ id: ID, data: media('audio'), transcript: text('text'), expires_at: WORD }),
  reasoning_details: list(
    object({
      type: LABEL,
      format: LABEL,
      id: ID,
      index: WORD,
      text: text('reasoning'),
      summary: text('reasoning'),
      data: OPAQUE,
      signature: OPAQUE,
    }),
  ),
})

const USAGE = object(
  words('prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details', 'completion_tokens_details'),
)
/** What surrounds the choices of an answer. */
export const ANSWER = object({
  choices: ELSEWHERE,
  id: ID,
  object: WORD,
  created: WORD,
  model: LABEL,
  system_fingerprint: LABEL,
  service_tier: WORD,
  // Padding that hides the length of chunks; made by the server, never by the model.
  obfuscation: PADDING,
  metadata: free('other'),
  moderation: free('other'),
  usage: USAGE,
})

export const CHOICE = object({
  ...words('index', 'finish_reason', 'stop_reason', 'native_finish_reason'),
  delta: ELSEWHERE,
  message: ELSEWHERE,
  logprobs: ELSEWHERE,
})

const SCHEMA = free('tool_definition')
export const TOOLS: ReadonlyMap<string, Shape> = new Map([
  ['function', SCHEMA],
  ['custom', SCHEMA],
])

/** A guess at the answer, which the model reads as one. */
export const PREDICTION = object({ type: WORD, content: list(textPart('text'), text('text')) })

/** The fields of a request that aren't messages or tools. */
export const REQUEST_FIELDS = object({
  ...words(
    'n',
    'stream',
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'seed',
    'store',
    'logprobs',
    'top_logprobs',
    'max_tokens',
    'max_completion_tokens',
    'frequency_penalty',
    'presence_penalty',
    'repetition_penalty',
    'parallel_tool_calls',
    'reasoning_effort',
    'service_tier',
    'verbosity',
    'prompt_cache_retention',
  ),
  model: ELSEWHERE,
  messages: ELSEWHERE,
  tools: ELSEWHERE,
  functions: ELSEWHERE,
  prediction: ELSEWHERE,
  stream_options: object(words('include_usage', 'include_obfuscation')),
  modalities: list(WORD),
  audio: object({ format: WORD, voice: WORD }),
  tool_choice: free('tool_definition'),
  function_call: free('tool_definition'),
  response_format: free('tool_definition'),
  stop: free('other'),
  user: ID,
  safety_identifier: ID,
  prompt_cache_key: ID,
  prompt_cache_options: CACHE,
})
