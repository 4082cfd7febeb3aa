import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { notOfDialect, tokenUsage } from '../answer-reading.ts'
import type { DecodedCompletion, Dialect } from '../dialect.ts'
import { contentFilterError, neverStreams } from '../numbers.ts'
import { openaiError } from '../openai-error.ts'
import { joinTracks, Tracks } from '../tracks.ts'
import { decodeRequest } from './decode.ts'
import { isFloats } from './floats.ts'
import { ANSWER, EMBEDDING, EMBEDDING_IN_BASE64 } from './shapes.ts'

/** OpenAI Embeddings: text in, numbers out. @see https://platform.openai.com/docs/api-reference/embeddings */
export const openaiEmbeddings: Dialect = {
  id: 'openai-embeddings',
  vendor: 'openai',
  decodeRequest,
  decodeCompletion,
  createStreamReader: neverStreams,
  refusal: contentFilterError,
  refusalStatus: 400,
  revised: null,
  error: openaiError,
}

/** Numbers say nothing; every string that is not numbers is read. */
function decodeCompletion(body: JsonObject): DecodedCompletion {
  if (!Array.isArray(body.data)) throw notOfDialect('an answer without data')
  const tracks = new Tracks({ remember: false })
  tracks.read(body, ANSWER, '')
  for (const [i, item] of body.data.entries()) {
    if (!isJsonObject(item)) throw notOfDialect('an embedding that is not an object')
    const { embedding } = item
    const shape = typeof embedding === 'string' && isFloats(embedding) ? EMBEDDING_IN_BASE64 : EMBEDDING
    tracks.read(item, shape, `data ${i}`)
  }
  const { texts } = tracks.take()
  return {
    texts: joinTracks(texts),
    media: [],
    upstreamRefusal: false,
    usage: tokenUsage(body.usage, 'prompt_tokens', 'completion_tokens'),
  }
}
