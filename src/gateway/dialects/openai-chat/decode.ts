import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import type { Role } from '../../../screening/index.ts'
import type { ChoiceRequest } from '../choice-stream.ts'
import {
  invalid,
  LARGEST_TOKEN_COUNT,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  refuseUnseen,
  requireArray,
  requireModel,
  requireObject,
  requireType,
} from '../request-fields.ts'
import { free, text } from '../shape.ts'
import { TurnBuilder } from '../turn-builder.ts'
import {
  CONTENT_PARTS,
  contentParts,
  PREDICTION,
  REQUEST_FIELDS,
  REQUEST_MESSAGE,
  TOOL_MESSAGE,
  TOOLS,
} from './shapes.ts'

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
])

/**
 * A Chat Completions request. Tools and parameters come first, then the messages in their order, the predicted answer last.
 *
 * @throws {AppError} REQUEST_INVALID naming the field
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function decodeRequest(body: JsonObject): ChoiceRequest {
  const model = requireModel(body)
  const streamOptions = optionalObject(body.stream_options, 'stream_options')
  const metadata = optionalObject(body.metadata, 'metadata')
  refuseUnseen(
    body.web_search_options,
    'web_search_options',
    'search on your side and send the results as a tool message',
  )
  return {
    model,
    stream: optionalBoolean(body.stream, 'stream'),
    choices: optionalInteger(body.n, 'n', 1, 128) ?? 1,
    maxOutputTokens:
      optionalInteger(body.max_completion_tokens, 'max_completion_tokens', 0, LARGEST_TOKEN_COUNT) ??
      optionalInteger(body.max_tokens, 'max_tokens', 0, LARGEST_TOKEN_COUNT),
    endUser:
      optionalString(body.safety_identifier, 'safety_identifier') ??
      optionalString(body.user, 'user') ??
      (typeof metadata?.user_id === 'string' ? metadata.user_id : null),
    includeUsage: optionalBoolean(streamOptions?.include_usage, 'stream_options.include_usage'),
    exchange: decodeExchange(body),
  }
}

function decodeExchange(body: JsonObject) {
  const turns = new TurnBuilder()
  turns.turn('system')
  for (const [i, tool] of optionalArray(body.tools, 'tools').entries()) {
    const type = requireType(requireObject(tool, `tools[${i}]`), TOOLS, `tools[${i}]`)
    turns.read(tool, TOOLS.get(type) ?? free('tool_definition'), `/tools/${i}`)
  }
  turns.read(body.functions, free('tool_definition'), '/functions')
  turns.turn('user')
  turns.read(body, REQUEST_FIELDS, '')
  const messages = requireArray(body.messages, 'messages')
  if (messages.length === 0) throw invalid('messages', 'must not be empty')
  for (const [i, message] of messages.entries()) readMessage(turns, requireObject(message, `messages[${i}]`), i)
  turns.turn('assistant')
  turns.read(optionalObject(body.prediction, 'prediction'), PREDICTION, '/prediction')
  return turns.exchange()
}

function readMessage(turns: TurnBuilder, message: JsonObject, i: number): void {
  const path = `messages[${i}]`
  const role = typeof message.role === 'string' ? ROLES.get(message.role) : undefined
  if (role === undefined) throw invalid(`${path}.role`, `must be one of ${[...ROLES.keys()].join(', ')}`)
  const name = String(message.role)
  turns.turn(role)
  readContent(turns, message.content, name, `${path}.content`, `/messages/${i}/content`)
  if (isJsonObject(message.audio)) {
    refuseUnseen(message.audio.id, `${path}.audio.id`, 'send the transcript as content')
  }
  for (const [j, call] of optionalArray(message.tool_calls, `${path}.tool_calls`).entries()) {
    requireObject(call, `${path}.tool_calls[${j}]`)
  }
  turns.read(message, role === 'tool' ? TOOL_MESSAGE : REQUEST_MESSAGE, `/messages/${i}`)
}

function readContent(turns: TurnBuilder, content: Json | undefined, role: string, path: string, pointer: string): void {
  if (content === undefined || content === null) return
  if (typeof content === 'string') {
    turns.read(content, text(role === 'tool' || role === 'function' ? 'tool_result' : 'text'), pointer)
    return
  }
  if (!Array.isArray(content)) throw invalid(path, 'must be a string or an array of parts')
  for (const [j, value] of content.entries()) {
    const part = requireObject(value, `${path}[${j}]`)
    const type = requireType(part, CONTENT_PARTS, `${path}[${j}]`)
    if (isJsonObject(part.file)) {
      refuseUnseen(part.file.file_id, `${path}[${j}].file.file_id`, 'send the file itself as file_data')
    }
    turns.read(part, contentParts(role).get(type) ?? free('other'), `${pointer}/${j}`)
  }
}
