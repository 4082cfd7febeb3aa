import { createHash } from 'node:crypto'
import { AppError } from '../../../base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'
import type { DialectId } from '../../dialects/dialect.ts'
import { DIALECTS } from '../../dialects/index.ts'
import type { UpstreamRequest } from '../upstream.ts'
import { countTokens } from './answer.ts'

/** What the sandbox reads in a request. */
export interface SandboxRequest {
  readonly dialect: DialectId
  readonly path: string
  readonly body: JsonObject
  readonly model: string
  readonly stream: boolean
  readonly choices: number
  /** The last user message. */
  readonly text: string
  /** Name of the first tool offered, null when there is none. */
  readonly toolName: string | null
  readonly wantsReasoning: boolean
  /** Chat Completions: `stream_options.include_usage`. */
  readonly wantsUsage: boolean
  readonly inputTokens: number
  /** Hex, the same for the same body: identifiers are made of it. */
  readonly digest: string
}

/** @throws {AppError} REQUEST_INVALID when the body is not of the dialect */
export function readRequest(request: UpstreamRequest): SandboxRequest {
  const body = parseStrictJson(request.body, { maxDepth: 1_000 })
  if (!isJsonObject(body)) throw new AppError('REQUEST_INVALID', 'the body must be an object')
  const decoded = DIALECTS[request.dialect].decodeRequest(body)
  const users = decoded.exchange.turns.filter((turn) => turn.role === 'user')
  const texts = users.map((turn) =>
    turn.parts
      .map((part) => (part.kind === 'text' ? part.text : ''))
      .join('\n')
      .trim(),
  )
  const read = decoded.exchange.turns.flatMap((turn) =>
    turn.parts.map((part) => (part.kind === 'media' ? '' : part.text)),
  )
  return {
    dialect: request.dialect,
    path: request.path,
    body,
    model: decoded.model,
    stream: decoded.stream,
    choices: decoded.choices,
    text: texts.findLast((text) => text !== '') ?? '',
    toolName: firstTool(body.tools),
    wantsReasoning: wantsReasoning(body),
    wantsUsage: isJsonObject(body.stream_options) && body.stream_options.include_usage === true,
    inputTokens: countTokens(read.join('')),
    digest: createHash('sha256').update(request.body).digest('hex').slice(0, 24),
  }
}

function firstTool(tools: Json | undefined): string | null {
  const tool = Array.isArray(tools) ? tools[0] : undefined
  if (!isJsonObject(tool)) return null
  const named = isJsonObject(tool.function) ? tool.function : tool
  return typeof named.name === 'string' ? named.name : null
}

/** Each dialect has its own way to ask for the model's thinking. */
function wantsReasoning({ reasoning_effort: effort, reasoning, thinking }: JsonObject): boolean {
  if (typeof effort === 'string') return effort !== 'none'
  if (isJsonObject(reasoning)) return reasoning.effort !== 'none'
  return isJsonObject(thinking) && thinking.type !== 'disabled'
}
