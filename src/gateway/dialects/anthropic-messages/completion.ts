import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { notOfDialect, tokenUsage } from '../answer-reading.ts'
import type { DecodedCompletion } from '../dialect.ts'
import { joinTracks, Tracks } from '../tracks.ts'
import { ANSWER, ANSWER_BLOCK } from './shapes.ts'

/**
 * A Messages answer that came whole.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when the body is not one
 */
export function decodeCompletion(body: JsonObject): DecodedCompletion {
  if (!Array.isArray(body.content)) throw notOfDialect('an answer without content')
  const tracks = new Tracks({ remember: false })
  tracks.read(body, ANSWER, '')
  for (const [i, block] of body.content.entries()) {
    if (!isJsonObject(block)) throw notOfDialect('a content block that is not an object')
    tracks.read(block, ANSWER_BLOCK, `content ${i}`)
  }
  const { texts, media } = tracks.take()
  return {
    texts: joinTracks(texts),
    media,
    upstreamRefusal: body.stop_reason === 'refusal',
    usage: tokenUsage(body.usage, 'input_tokens', 'output_tokens'),
  }
}
