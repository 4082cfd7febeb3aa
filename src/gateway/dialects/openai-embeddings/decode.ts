import type { JsonObject } from '../../../base/json.ts'
import type { DecodedRequest } from '../dialect.ts'
import { refuseStream } from '../numbers.ts'
import { optionalString, refuseUnseen, requireModel, requireTexts } from '../request-fields.ts'
import { text } from '../shape.ts'
import { TurnBuilder } from '../turn-builder.ts'
import { REQUEST } from './shapes.ts'

/**
 * An Embeddings request: one text or several. Numbers of tokens stand for words that only the model's own vocabulary knows, so they are
 * refused.
 *
 * @throws {AppError} REQUEST_INVALID naming the field
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
export function decodeRequest(body: JsonObject): DecodedRequest {
  const model = requireModel(body)
  refuseStream(body)
  // Of vLLM and others: chats and pictures to embed, which would pass here unread.
  refuseUnseen(body.messages, 'messages', 'send text as input')
  refuseUnseen(body.prompt_embeds, 'prompt_embeds', 'send text as input')
  const turns = new TurnBuilder()
  turns.turn('user')
  turns.read(body, REQUEST, '')
  for (const { value, pointer } of requireTexts(body.input, 'input')) {
    turns.turn('user')
    turns.read(value, text('text'), pointer)
  }
  return {
    model,
    stream: false,
    choices: 1,
    maxOutputTokens: 0,
    endUser: optionalString(body.user, 'user'),
    exchange: turns.exchange(),
  }
}
