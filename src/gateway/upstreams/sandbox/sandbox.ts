import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '../../../base/clock.ts'
import { toAppError } from '../../../base/errors.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Label } from '../../../screening/index.ts'
import type { DialectId } from '../../dialects/dialect.ts'
import { DIALECTS } from '../../dialects/index.ts'
import { encodeSse, type SseEvent } from '../../sse.ts'
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../upstream.ts'
import { answer, type SandboxAnswer } from './answer.ts'
import { chatBody, chatEvents } from './chat.ts'
import { completionsBody, completionsEvents } from './completions.ts'
import { messagesBody, messagesEvents } from './messages.ts'
import { countBody, embeddingsBody } from './numbers.ts'
import { readRequest, type SandboxRequest } from './request.ts'
import { responsesBody, responsesEvents } from './responses.ts'
import type { Speech } from './speech.ts'

/** What a test has the sandbox do instead of its usual answer: say these, one per choice, or send these bytes. */
export type Scripted =
  | { readonly answers: readonly [SandboxAnswer, ...SandboxAnswer[]] }
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
    }

export interface SandboxOptions {
  /** The harmless string that always triggers a label; only called when a user asks for it. */
  readonly testString: (label: Label) => string
  /** Pause before each streamed event; 2 by default. */
  readonly tokenDelayMs?: number
  readonly clock?: Clock
  /** Null means: the usual answer. */
  readonly script?: (request: SandboxRequest) => Scripted | null
}

interface Writer {
  readonly body: (speech: Speech) => JsonObject
  /** Absent where answers don't stream. */
  readonly events?: (speech: Speech) => Iterable<SseEvent>
}

const WRITERS: Readonly<Record<DialectId, Writer>> = {
  'openai-chat': { body: chatBody, events: chatEvents },
  'openai-responses': { body: responsesBody, events: responsesEvents },
  'openai-completions': { body: completionsBody, events: completionsEvents },
  'openai-embeddings': { body: embeddingsBody },
  'anthropic-messages': { body: messagesBody, events: messagesEvents },
  'anthropic-count-tokens': { body: countBody },
}

/**
 * The built-in model server: deterministic, without network, in every dialect. It says plainly that it is no model; what it can be
 * asked to do is told at `answer`.
 */
export class SandboxUpstream implements Upstream {
  readonly #options: SandboxOptions
  readonly #clock: Clock

  constructor(options: SandboxOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    request.signal.throwIfAborted()
    let asked: SandboxRequest
    try {
      asked = readRequest(request)
    } catch (thrown) {
      const { status, body } = DIALECTS[request.dialect].error(toAppError(thrown), 'sandbox')
      return json(status, body)
    }
    const scripted = this.#options.script?.(asked) ?? null
    if (scripted !== null && 'chunks' in scripted) {
      return {
        status: scripted.status,
        headers: scripted.headers ?? {},
        body: bytesOf(scripted.chunks, request.signal),
      }
    }
    const one = answer(asked, this.#options.testString)
    const answers = scripted?.answers ?? [one, ...Array.from({ length: asked.choices - 1 }, () => one)]
    const speech: Speech = { request: asked, answers, createdSeconds: Math.floor(this.#clock.now() / 1000) }
    const { body, events } = WRITERS[asked.dialect]
    if (!asked.stream || events === undefined) return json(200, body(speech))
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
    return { status: 200, headers, body: this.#stream(events(speech), request.signal) }
  }

  async close(): Promise<void> {}

  async *#stream(events: Iterable<SseEvent>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const delayMs = this.#options.tokenDelayMs ?? 2
    for (const event of events) {
      if (delayMs > 0) await sleep(delayMs, undefined, { signal })
      signal.throwIfAborted()
      yield Buffer.from(encodeSse(event))
    }
  }
}

async function* bytesOf(
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function json(status: number, body: JsonObject): UpstreamResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: once(Buffer.from(JSON.stringify(body))) }
}
