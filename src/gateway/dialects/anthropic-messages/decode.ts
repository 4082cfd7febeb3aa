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
import { free, list, type Shape, text } from '../shape.ts'
import { TurnBuilder } from '../turn-builder.ts'
import { CONTENT_BLOCKS, MESSAGE, REQUEST, RESULT_BLOCKS } from './shapes.ts'

/** Tools that the client itself runs, and the search among the tools of the request. Others bring in what we can't see. */
const CLIENT_TOOL =
  /^(?:custom|(?:bash|text_editor|memory|computer|computer_toolset|browser_toolset)_\d{8}|tool_search_tool_(?:regex|bm25)(?:_\d{8})?)$/
const ROLES: ReadonlyMap<string, Role> = new Map([
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['system', 'system'],
])

/**
 * A Messages request: system prompt, tools and parameters, then the messages. Results of tools, which stand in user messages,
 * become turns of their own.
 *
 * @throws {AppError} REQUEST_INVALID naming the field
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function decodeRequest(body: JsonObject): DecodedRequest {
  const model = requireModel(body)
  const metadata = optionalObject(body.metadata, 'metadata')
  refuseUnseen(body.container, 'container', 'run code on your side and send its output as a tool_result')
  refuseUnseen(body.mcp_servers, 'mcp_servers', 'call the server on your side and send its output as a tool_result')
  refuseUnseen(body.thread, 'thread', 'send the whole conversation in messages')
  return {
    model,
    stream: optionalBoolean(body.stream, 'stream'),
    choices: 1,
    maxOutputTokens: optionalInteger(body.max_tokens, 'max_tokens', 0, LARGEST_TOKEN_COUNT),
    endUser: optionalString(metadata?.user_id, 'metadata.user_id'),
    exchange: decodeExchange(body),
  }
}

function decodeExchange(body: JsonObject) {
  const turns = new TurnBuilder()
  turns.turn('system')
  readContent(turns, body.system, 'system', '/system', 'system')
  readTools(turns, body.tools)
  turns.turn('user')
  turns.read(body, REQUEST, '')
  const messages = requireArray(body.messages, 'messages')
  if (messages.length === 0) throw invalid('messages', 'must not be empty')
  for (const [i, value] of messages.entries()) {
    const message = requireObject(value, `messages[${i}]`)
    const role = typeof message.role === 'string' ? ROLES.get(message.role) : undefined
    if (role === undefined) throw invalid(`messages[${i}].role`, `must be one of ${[...ROLES.keys()].join(', ')}`)
    turns.turn(role)
    readContent(turns, message.content, `messages[${i}].content`, `/messages/${i}/content`, role)
    turns.continueAs(role)
    turns.read(message, MESSAGE, `/messages/${i}`)
  }
  return turns.exchange()
}

function readTools(turns: TurnBuilder, value: Json | undefined): void {
  for (const [i, item] of optionalArray(value, 'tools').entries()) {
    const tool = requireObject(item, `tools[${i}]`)
    const type = optionalString(tool.type, `tools[${i}].type`)
    if (type !== null && !CLIENT_TOOL.test(type)) {
      throw invalid(
        `tools[${i}].type`,
        'is not a tool that the client runs, so what it brings in cannot be screened; offer it as a tool of your own',
      )
    }
    turns.read(tool, free('tool_definition'), `/tools/${i}`)
  }
}

function readContent(turns: TurnBuilder, content: Json | undefined, path: string, pointer: string, role: Role): void {
  readBlocks(turns, content, CONTENT_BLOCKS, path, pointer, 'text', (block, at, place) => {
    turns.continueAs(block.type === 'tool_result' ? 'tool' : role)
    if (block.type === 'tool_result')
      readBlocks(turns, block.content, RESULT_BLOCKS, `${at}.content`, `${place}/content`, 'tool_result')
  })
}

function readBlocks(
  turns: TurnBuilder,
  content: Json | undefined,
  shapes: ReadonlyMap<string, Shape>,
  path: string,
  pointer: string,
  kind: 'text' | 'tool_result',
  before?: (block: JsonObject, path: string, pointer: string) => void,
): void {
  if (content === undefined || content === null) return
  if (typeof content === 'string') {
    turns.read(content, text(kind), pointer)
    return
  }
  if (!Array.isArray(content)) throw invalid(path, 'must be a string or an array of blocks')
  for (const [j, value] of content.entries()) {
    const at = `${path}[${j}]`
    const block = requireObject(value, at)
    const type = requireType(block, shapes, at)
    if (isJsonObject(block.source)) checkSource(block.source, `${at}.source`)
    before?.(block, at, `${pointer}/${j}`)
    turns.read(block, shapes.get(type) ?? list(free('other')), `${pointer}/${j}`)
  }
}

const SOURCES: ReadonlyMap<string, null> = new Map(['base64', 'url', 'text', 'content'].map((type) => [type, null]))

function checkSource(source: JsonObject, path: string): void {
  refuseUnseen(source.file_id, `${path}.file_id`, 'send the file itself')
  requireType(source, SOURCES, path)
  if (!Array.isArray(source.content)) return
  for (const [i, inner] of source.content.entries()) {
    if (isJsonObject(inner) && isJsonObject(inner.source)) checkSource(inner.source, `${path}.content[${i}].source`)
  }
}
