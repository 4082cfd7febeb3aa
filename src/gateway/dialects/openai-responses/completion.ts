import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import { notOfDialect, objectsOf, tokenUsage } from '../answer-reading.ts'
import type { DecodedCompletion } from '../dialect.ts'
import { joinTracks, Tracks } from '../tracks.ts'
import { OUTPUT_ITEM, RESPONSE } from './shapes.ts'

/**
 * A Responses answer that came whole.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when the body is not one
 */
export function decodeCompletion(body: JsonObject): DecodedCompletion {
  if (!Array.isArray(body.output)) throw notOfDialect('an answer without output')
  const tracks = new Tracks({ remember: true })
  readResponse(tracks, body)
  const { texts, media } = tracks.take()
  return { texts: joinTracks(texts), media, upstreamRefusal: isRefused(body), usage: usageOf(body) }
}

/** Reads a response object, which states the answer as it is so far. */
export function readResponse(tracks: Tracks, response: JsonObject): void {
  tracks.reread(response, RESPONSE, 'response')
  const { output } = response
  if (Array.isArray(output)) for (const [i, item] of output.entries()) tracks.reread(item, OUTPUT_ITEM, `output ${i}`)
  else if (output !== undefined && output !== null) throw notOfDialect('an output that is not a list')
  // The same text once more, for convenience; servers that add it may join it in ways of their own.
  if (
    response.output_text !== undefined &&
    response.output_text !== null &&
    response.output_text !== joinedText(output)
  ) {
    tracks.free('text', response.output_text, 'response output_text', null)
  }
}

export function isRefused(response: JsonObject): boolean {
  const filtered = isJsonObject(response.incomplete_details) && response.incomplete_details.reason === 'content_filter'
  return (
    filtered ||
    objectsOf(response.output).some((item) => objectsOf(item.content).some((part) => part.type === 'refusal'))
  )
}

export function usageOf(response: JsonObject) {
  return tokenUsage(response.usage, 'input_tokens', 'output_tokens')
}

function joinedText(output: Json | undefined): string {
  const parts = objectsOf(output).flatMap((item) => (item.type === 'message' ? objectsOf(item.content) : []))
  return parts.map((part) => (part.type === 'output_text' && typeof part.text === 'string' ? part.text : '')).join('')
}
