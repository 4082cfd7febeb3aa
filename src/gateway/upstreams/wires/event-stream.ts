import type { EventStreamCodec } from '@smithy/eventstream-codec'
import { z } from 'zod'
import { AppError, type ErrorCode } from '../../../base/errors.ts'
import { encodeSse } from '../../sse.ts'

/** AWS's own limit for one message is 24 MiB; no event of a model comes near this. */
const LONGEST_MESSAGE_BYTES = 4 * 1024 * 1024
/** Two lengths, two checksums: what a message without headers and payload has. */
const SHORTEST_MESSAGE_BYTES = 16

const Chunk = z.object({ bytes: z.base64() })
/** Names of Anthropic's events; what else stands there would go out as the name of a server-sent event. */
const Event = z.object({ type: z.string().regex(/^[a-z_]{1,64}$/) })

const EXCEPTIONS: Readonly<Record<string, ErrorCode>> = {
  throttlingException: 'RATE_LIMITED',
  modelTimeoutException: 'UPSTREAM_TIMEOUT',
}

let codec: Promise<EventStreamCodec> | null = null

/** Loaded when the first stream comes: most installations have no Bedrock. */
function loadCodec(): Promise<EventStreamCodec> {
  codec ??= import('@smithy/eventstream-codec').then(
    ({ EventStreamCodec }) =>
      new EventStreamCodec(
        (bytes) => Buffer.from(bytes).toString('utf8'),
        (text) => Buffer.from(text, 'utf8'),
      ),
  )
  return codec
}

/**
 * Anthropic's server-sent events out of Bedrock's event stream, however its bytes are split.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when a message is damaged or is none, RATE_LIMITED, UPSTREAM_TIMEOUT as Bedrock says in mid-stream
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html for the frame
 */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = await loadCodec()
  for await (const frames of framesOf(body)) {
    const text = frames.map((frame) => eventOf(decoder, frame)).join('')
    if (text !== '') yield Buffer.from(text)
  }
}

/** Whole frames, those that came together in one go. */
async function* framesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const bytes of body) {
    rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes])
    const frames: Uint8Array[] = []
    while (rest.length >= SHORTEST_MESSAGE_BYTES) {
      const size = rest.readUInt32BE(0)
      if (size < SHORTEST_MESSAGE_BYTES || size > LONGEST_MESSAGE_BYTES) throw damaged()
      if (rest.length < size) break
      frames.push(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
    if (frames.length > 0) yield frames
  }
  if (rest.length > 0) throw damaged()
}

/** The event in a message as SSE text; empty for what is none of the model's. */
function eventOf(decoder: EventStreamCodec, frame: Uint8Array): string {
  const { headers, body } = decode(decoder, frame)
  const kind = headers[':message-type']?.value
  if (kind === 'exception' || kind === 'error') {
    const name = String(headers[':exception-type']?.value ?? headers[':error-code']?.value ?? '').slice(0, 100)
    const code = Object.hasOwn(EXCEPTIONS, name) ? EXCEPTIONS[name] : undefined
    throw new AppError(code ?? 'UPSTREAM_UNAVAILABLE', 'the model server ended its answer with an exception')
  }
  if (headers[':event-type']?.value !== 'chunk') return ''
  const chunk = Chunk.safeParse(json(Buffer.from(body).toString('utf8')))
  if (!chunk.success) throw damaged()
  const data = Buffer.from(chunk.data.bytes, 'base64').toString('utf8')
  const event = Event.safeParse(json(data))
  if (!event.success) throw damaged()
  return encodeSse({ name: event.data.type, data })
}

function decode(decoder: EventStreamCodec, frame: Uint8Array) {
  try {
    return decoder.decode(frame)
  } catch (cause) {
    throw damaged(cause)
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(cause)
  }
}

function damaged(cause?: unknown): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', 'the model server sent an event stream that can’t be read', { cause })
}
