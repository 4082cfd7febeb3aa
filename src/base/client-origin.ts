import type { IncomingMessage } from 'node:http'

/** Where a request comes from, as far as we believe what we are told. */
export interface ClientOrigin {
  /** Network address of the client, without port; `unknown` where there is no socket. */
  readonly address: string
  /** Whether it came over TLS: ours, or that of a proxy that we trust. */
  readonly secure: boolean
  /** The name that the client asked for, where a trusted proxy tells; null = as the Host header has it. */
  readonly host: string | null
  /** A trusted proxy stands in between. */
  readonly proxied: boolean
}

const origins = new WeakMap<IncomingMessage, ClientOrigin>()

/** Notes what was found out about a request, for everybody who asks later. */
export function noteOrigin(req: IncomingMessage, origin: ClientOrigin): void {
  origins.set(req, origin)
}

/** Who sends this request: what was noted of it, else who is at the other end of its connection. */
export function originOf(req: IncomingMessage): ClientOrigin {
  return origins.get(req) ?? directOrigin(req)
}

/** Who is at the other end of the connection. */
export function directOrigin({ socket }: IncomingMessage): ClientOrigin {
  const secure = 'encrypted' in socket && socket.encrypted === true
  return { address: plainAddress(socket.remoteAddress ?? 'unknown'), secure, host: null, proxied: false }
}

/** `::ffff:192.0.2.1` is 192.0.2.1: sockets that take both families write it so. */
export function plainAddress(address: string): string {
  const match = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)
  return match?.[1] ?? address
}
