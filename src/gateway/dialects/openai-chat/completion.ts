import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { notOfDialect, objectsOf, tokenUsage } from '../answer-reading.ts'
import { choiceTrack } from '../choice-stream.ts'
import type { DecodedCompletion } from '../dialect.ts'
import { joinTracks, Tracks } from '../tracks.ts'
import { ANSWER, ANSWER_LOGPROBS, ANSWER_LOGPROBS_BESIDE_TEXT, ANSWER_MESSAGE, CHOICE } from './shapes.ts'

/**
 * A Chat Completions answer that came whole.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when the body is not one
 */
export function decodeCompletion(body: JsonObject): DecodedCompletion {
  if (!Array.isArray(body.choices)) throw notOfDialect('an answer without choices')
  const tracks = new Tracks({ remember: false })
  tracks.read(body, ANSWER, '')
  let refused = false
  for (const [position, choice] of body.choices.entries()) {
    if (!isJsonObject(choice) || !isJsonObject(choice.message)) throw notOfDialect('a choice without a message')
    refused = readChoice(tracks, choice, choice.message, choiceTrack(choice, position)) || refused
  }
  const { texts, media } = tracks.take()
  return {
    texts: joinTracks(texts),
    media,
    upstreamRefusal: refused,
    usage: tokenUsage(body.usage, 'prompt_tokens', 'completion_tokens'),
  }
}

/** Reads one choice, whole (`message`) or in pieces (`delta`); says whether the model refused in it. */
export function readChoice(tracks: Tracks, choice: JsonObject, message: JsonObject, track: string): boolean {
  tracks.read(choice, CHOICE, track)
  tracks.read(message, ANSWER_MESSAGE, track)
  const logprobs = choice.logprobs
  if (logprobs !== undefined) {
    const spoken = `${typeof message.content === 'string' ? message.content : ''}${typeof message.refusal === 'string' ? message.refusal : ''}`
    const repeats = tokensOf(logprobs) === spoken
    tracks.read(logprobs, repeats ? ANSWER_LOGPROBS_BESIDE_TEXT : ANSWER_LOGPROBS, `${track} logprobs`)
  }
  return (typeof message.refusal === 'string' && message.refusal !== '') || choice.finish_reason === 'content_filter'
}

/** The text that the log probabilities are about: mostly that of the message itself, which needs no second reading. */
function tokensOf(logprobs: JsonObject[string]): string {
  if (!isJsonObject(logprobs)) return ''
  const lists = [...objectsOf(logprobs.content), ...objectsOf(logprobs.refusal)]
  return lists.map((entry) => (typeof entry.token === 'string' ? entry.token : '')).join('')
}
