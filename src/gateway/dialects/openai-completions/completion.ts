import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import { notOfDialect, tokenUsage } from '../answer-reading.ts'
import { choiceTrack } from '../choice-stream.ts'
import type { DecodedCompletion } from '../dialect.ts'
import { free } from '../shape.ts'
import { joinTracks, Tracks } from '../tracks.ts'
import { ANSWER, CHOICE, LOGPROBS, LOGPROBS_BESIDE_TEXT } from './shapes.ts'

/**
 * A Completions answer that came whole.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when the body is not one
 */
export function decodeCompletion(body: JsonObject): DecodedCompletion {
  if (!Array.isArray(body.choices)) throw notOfDialect('an answer without choices')
  const tracks = new Tracks({ remember: false })
  tracks.read(body, ANSWER, '')
  let refused = false
  for (const [position, choice] of body.choices.entries()) {
    if (!isJsonObject(choice) || typeof choice.text !== 'string') throw notOfDialect('a choice without a text')
    refused = readChoice(tracks, choice, choiceTrack(choice, position)) || refused
  }
  const { texts, media } = tracks.take()
  return {
    texts: joinTracks(texts),
    media,
    upstreamRefusal: refused,
    usage: tokenUsage(body.usage, 'prompt_tokens', 'completion_tokens'),
  }
}

/** Reads one choice, whole or a piece of it: both look alike; says whether the model's server refused in it. */
export function readChoice(tracks: Tracks, choice: JsonObject, track: string): boolean {
  tracks.read(choice, CHOICE, track)
  if (choice.logprobs !== undefined) readLogprobs(tracks, choice.logprobs, choice.text, `${track} logprobs`)
  return choice.finish_reason === 'content_filter'
}

function readLogprobs(tracks: Tracks, logprobs: Json, spoken: Json | undefined, track: string): void {
  const { tokens, top_logprobs: top } = isJsonObject(logprobs) ? logprobs : {}
  const repeats =
    Array.isArray(tokens) && tokens.every((token) => typeof token === 'string') && tokens.join('') === spoken
  tracks.read(logprobs, repeats ? LOGPROBS_BESIDE_TEXT : LOGPROBS, track)
  if (Array.isArray(top)) for (const entry of top) readAlternatives(tracks, entry, `${track} top_logprobs`)
  else tracks.read(top, free('other'), `${track} top_logprobs`)
}

/** An object with tokens as its keys: those of all together may say something. */
function readAlternatives(tracks: Tracks, entry: Json, track: string): void {
  if (!isJsonObject(entry)) tracks.read(entry, free('other'), track)
  else {
    for (const token in entry) {
      tracks.text('other', token, track)
      tracks.read(entry[token], free('other'), track)
    }
  }
}
