import type { UpstreamRequest } from '../upstream.ts'
import type { Wire, WireRequest } from './wire.ts'

/** OpenAI-compatible and Anthropic servers: the same paths as ours, the body as it came. */
export class PlainWire implements Wire {
  readonly origin: string
  readonly #basePath: string

  /** @param baseUrl up to and without `/v1`. */
  constructor(baseUrl: string) {
    const { origin, pathname } = new URL(baseUrl)
    this.origin = origin
    this.#basePath = pathname.replace(/\/(v1\/?)?$/, '')
  }

  request({ path, body, headers }: UpstreamRequest): WireRequest {
    return { path: this.#basePath + path, body, headers }
  }
}
