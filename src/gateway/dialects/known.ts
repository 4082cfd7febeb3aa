/** Strings that are known to hold no language, and the text inside those that look as if they held none. */

const PROTOCOL_WORDS: ReadonlySet<string> = new Set(
  `text json json_object json_schema object string number integer boolean array null function functions custom auto none required any tool
  tools allowed_tools validated regex lark grammar low medium high minimal xhigh max default original standard standard_only fast flex
  scale priority ultrafast batch in_memory 5m 1h 24h 30m 12h ephemeral explicit implicit enabled disabled adaptive between_tools summarized
  omitted concise detailed float direct programmatic client server audio image video file wav aac mp3 flac opus pcm16 png jpeg webp gif pdf
  alloy ash ballad coral echo sage shimmer verse marin cedar score block approximate commentary final_answer
  user assistant system developer tool function
  message model list chat.completion chat.completion.chunk text_completion embedding response stop length tool_calls function_call content_filter
  end_turn max_tokens stop_sequence tool_use pause_turn refusal model_context_window_exceeded max_output_tokens
  completed failed in_progress cancelled queued incomplete searching generating interpreting calling
  cyber bio frontier_llm reasoning_extraction general_harms
  image_url input_audio input_text input_image input_file output_text output_audio reasoning reasoning_text summary_text
  function_call_output custom_tool_call custom_tool_call_output computer_call computer_call_output computer_screenshot
  local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output additional_tools
  configuration_update local_shell shell apply_patch computer computer_use_preview namespace exec exit timeout local
  thinking redacted_thinking document search_result base64 url content tool_result tool_reference server_tool_use tool_search_tool_result
  url_citation file_citation container_file_citation file_path char_location page_location content_block_location
  search_result_location web_search_result_location text_delta input_json_delta thinking_delta signature_delta citations_delta
  reasoning.encrypted_content message.output_text.logprobs message.input_image.image_url computer_call_output.output.image_url
  image/png image/jpeg image/gif image/webp application/pdf text/plain truncated error`.split(/\s+/),
)

export function isProtocolWord(text: string): boolean {
  return text.length <= 48 && PROTOCOL_WORDS.has(text)
}

/** Keys of JSON Schema and of tool definitions: read in every definition, they say nothing about what it is for. */
const SCHEMA_KEYS: ReadonlySet<string> = new Set(
  `type properties required description items enum additionalProperties name parameters strict function format default title anyOf oneOf
  allOf minimum maximum minLength maxLength pattern input_schema cache_control $schema $ref $defs definitions const nullable schema
  disable_parallel_tool_use`.split(/\s+/),
)

export function isSchemaKey(key: string): boolean {
  return SCHEMA_KEYS.has(key)
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const ID_PREFIX =
  /^(?:(?:chatcmpl|cmpl|call|resp|msg|fc|rs|ctc|ci|toolu|srvtoolu|tool|req|run|gen|fp|user|usr|org|proj|sess|session|item|bdrk|vrtx|dec)[-_]){0,2}/

/**
 * Whether `text` is an identifier that holds no language: a known prefix, then runs of letters and digits that each hold a digit and no
 * word of more than 12 letters. Identifiers that don't look so are simply screened.
 */
export function isMachineId(text: string): boolean {
  if (text.length > 96 || !/^[A-Za-z0-9_-]+$/.test(text)) return false
  if (UUID.test(text)) return true
  const rest = text.replace(ID_PREFIX, '')
  return !/[A-Za-z]{13}/.test(rest) && rest.split(/[-_]/).every((run) => /\d/.test(run))
}

/** Padding as OpenAI adds it to chunks; longer strings, and any with two words, are read. */
export function isPadding(text: string): boolean {
  return /^[A-Za-z0-9]{0,64}$/.test(text) && !WORD_RUN.test(text)
}

/** A model's name: `gpt-4o-mini`, `meta-llama/Llama-3.1-8B`. Models can't choose theirs, so the pattern is wide. */
export function isLabel(text: string): boolean {
  return /^[A-Za-z0-9._:/@+-]{1,96}$/.test(text) && !/[A-Za-z]{20}/.test(text)
}

const BASE64_CODES = codesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const BASE64_OR_URL_CODES = codesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
/** MIME breaks lines at 76 characters and PEM at 64; shorter lines may be words. */
const SHORTEST_LINE = 60

function codesOf(alphabet: string): Uint8Array {
  const codes = new Uint8Array(128)
  for (const letter of alphabet) codes[letter.charCodeAt(0)] = 1
  return codes
}

/** Whether `text` is base64, in one piece or in lines. A loop, because a regular expression runs out of stack on megabytes. */
function isBase64(text: string, codes: Uint8Array): boolean {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0x0a || text.charCodeAt(end - 1) === 0x0d)) end--
  for (let padding = 0; padding < 2 && text.charCodeAt(end - 1) === 0x3d; padding++) end--
  let lineStart = 0
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    if (codes[code] === 1) continue
    if (code === 0x0d && text.charCodeAt(i + 1) === 0x0a) i++
    else if (code !== 0x0a) return false
    if (i - lineStart < SHORTEST_LINE) return false
    lineStart = i + 1
  }
  return true
}

/** Runs that ciphertext has by chance less than once in a million characters, and language without spaces has at once. */
const WORD_RUN = /[A-Za-z]{64}|[a-z]{16}|[A-Z]{16}/

/** Whether `text` is base64 of bytes that are no text, as signatures and encrypted content are. Never true below 40 characters. */
export function isOpaque(text: string): boolean {
  return (
    text === '' ||
    (text.length >= 40 && isBase64(text, BASE64_OR_URL_CODES) && !WORD_RUN.test(text) && textOfBase64(text) === null)
  )
}

/** What a media string is: whether it counts as media, and the text that it holds or is. */
export interface MediaReading {
  readonly media: boolean
  readonly text: string | null
}

const TEXT_TYPE =
  /^\s*(?:$|;|text\/|message\/|application\/(?:json|xml|yaml|x-yaml|toml|sql|rtf|javascript|x-javascript|x-sh|x-ndjson|jsonl)|[\w.+-]+\/[\w.-]+\+(?:json|xml))/i

export function readMedia(value: string): MediaReading {
  if (/^data:/i.test(value)) return readDataUrl(value)
  if (/^[a-z][a-z0-9+.-]{1,16}:/i.test(value)) return { media: true, text: value }
  return { media: true, text: textOfMedia(value) }
}

/** Of a data: URL up to its comma; a longer one holds something else. */
const LONGEST_HEAD = 256
/** `type/subtype;base64` and nothing more. */
const PLAIN_HEAD = /^[a-z]{1,16}\/[a-z0-9.+-]{1,40}(?:;charset=[a-z0-9-]{1,16})?(?:;base64)?$/i

function readDataUrl(value: string): MediaReading {
  const comma = value.indexOf(',')
  if (comma === -1) return { media: true, text: value }
  const head = value.slice(5, comma)
  if (head.length > LONGEST_HEAD) return { media: true, text: value }
  const data = value.slice(comma + 1)
  const textual = TEXT_TYPE.test(head)
  let inner: string | null
  if (!/;\s*base64\s*$/i.test(head)) inner = percentDecoded(data)
  else if (textual) {
    inner = decoded(data, /charset=([\w-]+)/i.exec(head)?.[1] ?? 'utf-8')
    // Decoders stop at the padding or skip what is no base64; what they leave out is there to be read all the same.
    if (!isBase64(data, BASE64_CODES)) inner += `\n${data}`
  } else inner = textOfMedia(data) // the declared type is only the client's word: text under an image's name is still text
  if (head !== '' && !PLAIN_HEAD.test(head)) inner = inner === null ? head : `${head}\n${inner}`
  return { media: !textual, text: inner }
}

/** No image, sound or document is shorter; letters and digits that are may be words. */
const SHORTEST_MEDIA_CHARS = 64
const SNIFFED_CHARS = 256

/** Text in place of media data, plain or encoded; null when the data can be media. */
function textOfMedia(data: string): string | null {
  return data.length >= SHORTEST_MEDIA_CHARS && isBase64(data, BASE64_CODES) ? textOfBase64(data) : data
}

/** The text that `base64` encodes; null when its first bytes are not text, or say that they are a PDF. */
export function textOfBase64(base64: string): string | null {
  const start = Buffer.from(base64.slice(0, SNIFFED_CHARS), 'base64')
  if (start.length === 0 || start.subarray(0, 5).toString('latin1') === '%PDF-') return null
  const head = new TextDecoder('utf-8', { ignoreBOM: true }).decode(start, { stream: true })
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/.test(head)) return null
  return Buffer.from(base64, 'base64').toString('utf8')
}

function decoded(base64: string, charset: string): string {
  const bytes = Buffer.from(base64, 'base64')
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8') // an encoding that nobody knows
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
