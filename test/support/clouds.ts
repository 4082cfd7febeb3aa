import { once } from 'node:events'
import { createServer as createPlainServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { Certificate } from './certificates.ts'

/** A request as a server of a cloud has seen it. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export async function readRequest(req: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]))
  return { method: req.method ?? '', url: req.url ?? '', headers, body: Buffer.concat(chunks) }
}

export interface LocalServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** A server on loopback, with TLS where a certificate is given. */
export async function listenLocally(listener: RequestListener, tls?: Certificate): Promise<LocalServer> {
  const server: Server =
    tls === undefined ? createPlainServer(listener) : createTlsServer({ cert: tls.cert, key: tls.key }, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A CONNECT proxy that leads every name to one server of ours, and remembers what it was asked for. */
export async function connectProxy(
  target: { readonly port: number },
  password?: string,
): Promise<LocalServer & { readonly asked: string[] }> {
  const asked: string[] = []
  const server = createPlainServer((_, res) => res.writeHead(405).end())
  server.on('connect', (req, socket, head) => {
    socket.on('error', () => {})
    const given = Buffer.from((req.headers['proxy-authorization'] ?? '').replace(/^Basic /i, ''), 'base64').toString()
    if (password !== undefined && given !== password)
      return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    asked.push(req.url ?? '')
    const onward = connect(target.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What Anthropic's Messages API answers, whole. */
export function messageOf(text: string) {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 5 },
  }
}

/** The same as its events. */
export function messageEvents(text: string): { readonly type: string; readonly [key: string]: unknown }[] {
  const pieces = text.match(/.{1,20}/gs) ?? []
  return [
    {
      type: 'message_start',
      message: { ...messageOf(''), content: [], stop_reason: null, usage: { input_tokens: 3, output_tokens: 0 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...pieces.map((piece) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 5 },
    },
    { type: 'message_stop' },
  ]
}
