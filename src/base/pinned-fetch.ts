import { Agent, fetch as undiciFetch } from 'undici'
import { chunksOf } from './chunks.ts'

/** A request as the few places that talk to our own server make it. */
export interface OwnRequest {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Blob | null
  readonly redirect?: 'error'
  readonly signal?: AbortSignal
}

/** As much of an answer as they read. */
export interface OwnAnswer {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null
  text(): Promise<string>
  json(): Promise<unknown>
}

export type OwnFetch = (url: string, request: OwnRequest) => Promise<OwnAnswer>

/**
 * Talks to a server of ours that shows a certificate which we have from its own files: that very certificate is trusted and nothing else, by
 * whatever name or address it is reached.
 *
 * @param certificate asked for each new connection, since certificates are renewed.
 */
export function pinnedFetch(certificate: () => { readonly pem: string; readonly name: string }): OwnFetch {
  let dispatcher: Agent | null = null
  let pinned = ''
  return async (url, request) => {
    const { pem, name } = certificate()
    if (dispatcher === null || pem !== pinned) {
      void dispatcher?.close()
      pinned = pem
      dispatcher = new Agent({
        connect: { ca: pem, allowPartialTrustChain: true, servername: name, checkServerIdentity: () => undefined },
        keepAliveTimeout: 1_000,
      })
    }
    const { body = null, ...rest } = request
    if (body instanceof Blob)
      return await undiciFetch(url, { ...rest, body: chunksOf(body.stream()), duplex: 'half', dispatcher })
    return await undiciFetch(url, { ...rest, body, dispatcher })
  }
}
