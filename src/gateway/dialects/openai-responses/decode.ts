import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import type { Role } from '../../../screening/index.ts'
import type { DecodedRequest } from '../dialect.ts'
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
import { free, type Shape, text } from '../shape.ts'
import { TurnBuilder } from '../turn-builder.ts'
import { INPUT_ITEMS, MESSAGE_PARTS, REQUEST, RESULT_PARTS } from './shapes.ts'

/** Tools that the client itself runs, and those that only choose among definitions that the request has. */
const CLIENT_TOOLS: ReadonlySet<string> = new Set([
  'function',
  'custom',
  'namespace',
  'local_shell',
  'shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
  'tool_search',
])
const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
])
const ON_YOUR_SIDE = 'run the tool on your side and send what it answered as a function_call_output'

/**
 * A Responses request: instructions, tools and parameters, then the input in its order. What lives on the provider's side (earlier
 * responses, conversations, prompt templates, stored files, hosted tools) is refused: it would reach the model unscreened.
 *
 * @throws {AppError} REQUEST_INVALID naming the field
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export function decodeRequest(body: JsonObject): DecodedRequest {
  const model = requireModel(body)
  const metadata = optionalObject(body.metadata, 'metadata')
  refuseUnseen(body.previous_response_id, 'previous_response_id', 'send the earlier turns in input')
  refuseUnseen(body.conversation, 'conversation', 'send the earlier turns in input')
  refuseUnseen(body.prompt, 'prompt', 'send the text of the template in instructions and input')
  refuseUnseen(body.context_management, 'context_management', 'shorten the conversation on your side')
  if (optionalBoolean(body.background, 'background')) {
    throw invalid(
      'background',
      'would give the answer outside of this request, where it cannot be screened; use stream',
    )
  }
  return {
    model,
    stream: optionalBoolean(body.stream, 'stream'),
    choices: 1,
    maxOutputTokens: optionalInteger(body.max_output_tokens, 'max_output_tokens', 0, LARGEST_TOKEN_COUNT),
    endUser:
      optionalString(body.safety_identifier, 'safety_identifier') ??
      optionalString(body.user, 'user') ??
      (typeof metadata?.user_id === 'string' ? metadata.user_id : null),
    exchange: decodeExchange(body),
  }
}

function decodeExchange(body: JsonObject) {
  const turns = new TurnBuilder()
  turns.turn('system')
  turns.read(optionalString(body.instructions, 'instructions'), text('text'), '/instructions')
  readTools(turns, body.tools, 'tools', '/tools')
  turns.turn('user')
  turns.read(body, REQUEST, '')
  if (typeof body.input === 'string') {
    turns.turn('user')
    turns.read(body.input, text('text'), '/input')
    return turns.exchange()
  }
  if (!Array.isArray(body.input)) throw invalid('input', 'must be a string or an array of items')
  if (body.input.length === 0) throw invalid('input', 'must not be empty')
  for (const [i, item] of body.input.entries())
    readItem(turns, requireObject(item, `input[${i}]`), `input[${i}]`, `/input/${i}`)
  return turns.exchange()
}

function readItem(turns: TurnBuilder, item: JsonObject, path: string, pointer: string): void {
  // A message may leave its type out; an item with neither type nor role is a reference.
  const implied = item.type === undefined || item.type === null
  if (item.type === 'item_reference' || (implied && item.role === undefined)) {
    refuseUnseen(true, path, 'send the item itself')
  }
  const type = implied ? 'message' : requireType(item, INPUT_ITEMS, path)
  const shape = INPUT_ITEMS.get(type) ?? free('other')
  if (type === 'message') {
    const role = typeof item.role === 'string' ? ROLES.get(item.role) : undefined
    if (role === undefined) throw invalid(`${path}.role`, `must be one of ${[...ROLES.keys()].join(', ')}`)
    turns.turn(role)
    readParts(turns, item.content, MESSAGE_PARTS, 'text', `${path}.content`, `${pointer}/content`)
  } else if (type === 'additional_tools' || type === 'tool_search_output') {
    turns.turn('system')
    readTools(turns, item.tools, `${path}.tools`, `${pointer}/tools`)
  } else {
    turns.turn(type.endsWith('_output') ? 'tool' : 'assistant')
    if (type === 'shell_call') checkEnvironment(item.environment, `${path}.environment`, false)
    const output = item.output
    if (type === 'computer_call_output' && isJsonObject(output))
      readPart(turns, output, RESULT_PARTS, `${path}.output`, `${pointer}/output`)
    else if (/^(?:function|custom_tool|computer)_call_output$/.test(type)) {
      readParts(turns, output, RESULT_PARTS, 'tool_result', `${path}.output`, `${pointer}/output`)
    }
  }
  turns.read(item, shape, pointer)
}

function readParts(
  turns: TurnBuilder,
  content: Json | undefined,
  shapes: ReadonlyMap<string, Shape>,
  kind: 'text' | 'tool_result',
  path: string,
  pointer: string,
): void {
  if (content === undefined || content === null) return
  if (typeof content === 'string') {
    turns.read(content, text(kind), pointer)
    return
  }
  for (const [j, value] of requireArray(content, path).entries()) {
    readPart(turns, requireObject(value, `${path}[${j}]`), shapes, `${path}[${j}]`, `${pointer}/${j}`)
  }
}

function readPart(
  turns: TurnBuilder,
  part: JsonObject,
  shapes: ReadonlyMap<string, Shape>,
  path: string,
  pointer: string,
): void {
  const type = requireType(part, shapes, path)
  refuseUnseen(part.file_id, `${path}.file_id`, 'send the content itself')
  turns.read(part, shapes.get(type) ?? free('other'), pointer)
}

function readTools(turns: TurnBuilder, value: Json | undefined, path: string, pointer: string): void {
  for (const [i, item] of optionalArray(value, path).entries()) {
    const tool = requireObject(item, `${path}[${i}]`)
    const type = optionalString(tool.type, `${path}[${i}].type`)
    if (type === null || !CLIENT_TOOLS.has(type)) {
      throw invalid(
        `${path}[${i}].type`,
        `is not a tool that the client runs, so what it brings in cannot be screened; ${ON_YOUR_SIDE}`,
      )
    }
    if (type === 'shell') checkEnvironment(tool.environment, `${path}[${i}].environment`, true)
    if (type === 'namespace') readTools(turns, tool.tools, `${path}[${i}].tools`, `${pointer}/${i}/tools`)
    turns.read(tool, free('tool_definition'), `${pointer}/${i}`)
  }
}

/** A shell runs in a container of the provider's unless it is said to be local. */
function checkEnvironment(value: Json | undefined, path: string, required: boolean): void {
  if (!required && (value === undefined || value === null)) return
  if (isJsonObject(value) && value.type === 'local') return
  throw invalid(path, 'must be of type local: what a shell on the provider’s side reads cannot be screened')
}
