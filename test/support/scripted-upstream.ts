import { SandboxUpstream, type Upstream, type UpstreamRequest, type UpstreamResponse } from '../../src/gateway/index.ts'
import { encodeSse, type SseEvent } from '../../src/gateway/sse.ts'
import { testString } from '../../src/screening/index.ts'

type Respond = (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>

/** An upstream that remembers what reached it and says what it is told; by default what the sandbox says, without delay. */
export class ScriptedUpstream implements Upstream {
  readonly requests: UpstreamRequest[] = []
  /** Called for each request; null again means the sandbox. */
  respond: Respond | null = null
  readonly #sandbox = new SandboxUpstream({ testString, tokenDelayMs: 0 })

  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.requests.push(request)
    return this.respond === null ? await this.#sandbox.send(request) : await this.respond(request)
  }

  /** Bodies that reached it, as text; then forgets them. */
  take(): string[] {
    return this.requests.splice(0).map(({ body }) => Buffer.from(body).toString('utf8'))
  }

  async close(): Promise<void> {}
}

export function jsonAnswer(body: unknown, status = 200, headers: Record<string, string> = {}): UpstreamResponse {
  return bytesAnswer([Buffer.from(JSON.stringify(body))], { 'content-type': 'application/json', ...headers }, status)
}

export function sseAnswer(events: readonly SseEvent[]): UpstreamResponse {
  return bytesAnswer(
    events.map((event) => Buffer.from(encodeSse(event))),
    EVENT_STREAM,
  )
}

export const EVENT_STREAM = { 'content-type': 'text/event-stream' }

export function bytesAnswer(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  headers: Record<string, string>,
  status = 200,
): UpstreamResponse {
  return { status, headers, body: toAsync(chunks) }
}

async function* toAsync(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks
}
