import { AppError } from '../base/errors.ts'
import { CHAT_APIS, type ChatApi } from './ask.ts'
import { type ChatRequest, MAX_ANSWER_BYTES, type WireAnswer } from './wire.ts'

/** What the gateway serves under a name, as far as it is asked past the gateway. */
export interface Served {
  readonly upstreamModel: string
  readonly dialects: ReadonlySet<string>
  readonly upstream: {
    send(request: {
      readonly dialect: ChatApi
      readonly path: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
      readonly model: string
      readonly stream: false
      readonly signal: AbortSignal
    }): Promise<{
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: AsyncIterable<Uint8Array>
    }>
  }
}

/** How it is spoken to; null: it speaks no chat. */
export function chatApiOf({ dialects }: Pick<Served, 'dialects'>): ChatApi | null {
  return CHAT_APIS.find((api) => dialects.has(api)) ?? null
}

/**
 * Asks it once, past the gateway: no key of a customer's, no screening.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT
 */
export async function sendTo(
  { upstream, upstreamModel }: Served,
  { api, path, headers, body }: ChatRequest,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const sent = { dialect: api, path, headers, body, model: upstreamModel, stream: false, signal } as const
  const answer = await upstream.send(sent)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new AppError('UPSTREAM_UNAVAILABLE', 'the answer is larger than 16 MiB')
    chunks.push(chunk)
  }
  return { status: answer.status, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }
}
