import { SseDecoder, type SseEvent } from '../../src/gateway/sse.ts'

const MAX_EVENT_CHARS = 16 * 1024 * 1024

/** The events of a stream, each as soon as it is complete. */
export async function* decodeSse(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  const decoder = new SseDecoder({ maxEventChars: MAX_EVENT_CHARS })
  for await (const bytes of body) yield* decoder.push(bytes)
  yield* decoder.end()
}
