import type { JsonObject } from '../../../base/json.ts'
import { isCount, notOfDialect } from '../answer-reading.ts'
import { decodeRequest as decodeMessages } from '../anthropic-messages/decode.ts'
import { errorBody, stopDetails } from '../anthropic-messages/refusal.ts'
import type { DecodedCompletion, DecodedRequest, Dialect, Refusal } from '../dialect.ts'
import { neverStreams, refuseStream } from '../numbers.ts'
import { joinTracks, Tracks } from '../tracks.ts'

/**
 * Anthropic's count of tokens: a Messages request, answered with a number. It is screened like the request that it counts: the model's
 * server gets the same words.
 *
 * @see https://platform.claude.com/docs/en/api/messages-count-tokens
 */
export const anthropicCountTokens: Dialect = {
  id: 'anthropic-count-tokens',
  vendor: 'anthropic',
  decodeRequest,
  decodeCompletion,
  createStreamReader: neverStreams,
  refusal: refusalBody,
  refusalStatus: 400,
  revised: null,
  error: errorBody,
}

function decodeRequest(body: JsonObject): DecodedRequest {
  refuseStream(body)
  return decodeMessages(body)
}

/** What stands beside the count is read as text: there should be none. */
function decodeCompletion(body: JsonObject): DecodedCompletion {
  if (!isCount(body.input_tokens)) throw notOfDialect('an answer without a count')
  const tracks = new Tracks({ remember: false })
  const { input_tokens: _, ...beside } = body
  if (Object.keys(beside).length > 0) tracks.free('other', beside, '', null)
  const { texts } = tracks.take()
  return { texts: joinTracks(texts), media: [], upstreamRefusal: false, usage: null }
}

/** A count has no way to refuse, so this is the error that clients know, with the reason where a message has it. */
function refusalBody(refusal: Refusal): JsonObject {
  const error = { type: 'invalid_request_error', message: refusal.explanation, stop_details: stopDetails(refusal) }
  return { type: 'error', error, request_id: refusal.decisionId }
}
