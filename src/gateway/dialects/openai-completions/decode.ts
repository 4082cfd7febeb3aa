import type { JsonObject } from '../../../base/json.ts'
import type { ChoiceRequest } from '../choice-stream.ts'
import {
  invalid,
  LARGEST_TOKEN_COUNT,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  refuseUnseen,
  requireModel,
  requireTexts,
} from '../request-fields.ts'
import { text } from '../shape.ts'
import { TurnBuilder } from '../turn-builder.ts'
import { REQUEST } from './shapes.ts'

const MOST_CHOICES = 2_048

/**
 * A Completions request: parameters first, then the prompts, each a text of its own that the model goes on from.
 *
 * @throws {AppError} REQUEST_INVALID naming the field
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export function decodeRequest(body: JsonObject): ChoiceRequest {
  const model = requireModel(body)
  const streamOptions = optionalObject(body.stream_options, 'stream_options')
  // Of vLLM: the numbers that words become, in place of words.
  refuseUnseen(body.prompt_embeds, 'prompt_embeds', 'send text as prompt')
  const prompts = requireTexts(body.prompt, 'prompt')
  const choices = prompts.length * (optionalInteger(body.n, 'n', 1, 128) ?? 1)
  if (choices > MOST_CHOICES) throw invalid('n', `times the number of prompts must be at most ${MOST_CHOICES}`)
  const turns = new TurnBuilder()
  turns.turn('user')
  turns.read(body, REQUEST, '')
  for (const { value, pointer } of prompts) {
    turns.turn('user')
    turns.read(value, text('text'), pointer)
  }
  return {
    model,
    stream: optionalBoolean(body.stream, 'stream'),
    choices,
    maxOutputTokens: optionalInteger(body.max_tokens, 'max_tokens', 0, LARGEST_TOKEN_COUNT),
    endUser: optionalString(body.user, 'user'),
    includeUsage: optionalBoolean(streamOptions?.include_usage, 'stream_options.include_usage'),
    exchange: turns.exchange(),
  }
}
