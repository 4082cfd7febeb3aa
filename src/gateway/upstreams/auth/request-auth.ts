/** A request about to leave. */
export interface OutgoingRequest {
  readonly origin: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Says to a server who we are. */
export interface RequestAuth {
  /**
   * The headers that say so, for this very request. They replace what the request has under these names.
   *
   * @throws {AppError} UPSTREAM_UNAVAILABLE when there are no credentials to be had; says why in words for the operator, not the secret.
   */
  headers(request: OutgoingRequest): Record<string, string> | Promise<Record<string, string>>
  /** The server did not accept them: the next ones are made anew. */
  renew?(): void
  /** Gets credentials now, to see whether there are any. @throws as `headers` */
  prove?(): Promise<void>
}

/** A key that stands in one header. */
export class KeyAuth implements RequestAuth {
  readonly #headers: Record<string, string>

  constructor(kind: string, apiKey: string | undefined) {
    this.#headers = apiKey === undefined ? {} : headersFor(kind, apiKey)
  }

  headers(): Record<string, string> {
    return this.#headers
  }
}

/** Bedrock's and Vertex's keys are bearers, as OpenAI's are. */
function headersFor(kind: string, apiKey: string): Record<string, string> {
  if (kind === 'anthropic') return { 'x-api-key': apiKey }
  if (kind === 'azure-openai') return { 'api-key': apiKey }
  return { authorization: `Bearer ${apiKey}` }
}
