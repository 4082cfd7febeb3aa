import type { DialectId } from '../dialects/dialect.ts'

/** A request as it goes to the model's server: the body is the client's own bytes. */
export interface UpstreamRequest {
  readonly dialect: DialectId
  /** Path with its leading slash, `/v1/chat/completions`. */
  readonly path: string
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  /** What the upstream calls the model: where it stands in a path. */
  readonly model?: string
  /** Whether the answer is to stream: where that stands in a path. */
  readonly stream?: boolean
  /** Aborted when the client goes away or a deadline passes. */
  readonly signal: AbortSignal
}

export interface UpstreamResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Ends when the answer does; leaving the loop early cancels the answer. */
  readonly body: AsyncIterable<Uint8Array>
}

/** A server that answers requests in one or more dialects. */
export interface Upstream {
  /** @throws {AppError} UPSTREAM_UNAVAILABLE or UPSTREAM_TIMEOUT when there is no answer at all. */
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  close(): Promise<void>
  /** Gets credentials now, to see whether there are any; absent where there is nothing to get. @throws {AppError} UPSTREAM_UNAVAILABLE */
  prove?(): Promise<void>
  /** Whether its server answers at all, whatever it says; absent where there is none. @throws {AppError} UPSTREAM_UNAVAILABLE */
  reach?(): Promise<void>
}
