import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, isIPv6, type Server as Listener, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Destination {
  readonly host: string
  readonly port: number
  /** Most bytes both ways together. */
  readonly limitBytes: number
}

/** What went to a destination and came from it. */
export interface DestinationUse {
  readonly upBytes: number
  readonly downBytes: number
  readonly connections: number
  /** Requests for anywhere else. */
  readonly refused: number
}

const MAX_CONNECTIONS = 64
const CONNECT_TIMEOUT_MS = 30_000

/** A proxy by CONNECT to one place and no other, which counts what passes. @see RFC 9110, section 9.3.6 */
export class DestinationProxy {
  readonly #destination: Destination
  readonly #onOver: () => void
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  #up = 0
  #down = 0
  #connections = 0
  #refused = 0

  constructor(destination: Destination, onOver: () => void) {
    this.#destination = destination
    this.#onOver = onOver
    this.#server = createServer((_, response) => {
      this.#refused += 1
      response.writeHead(405, { allow: 'CONNECT', connection: 'close' }).end('this proxy knows CONNECT alone\n')
    })
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#tunnel(request.url ?? '', socket, head)
    })
    this.#server.on('clientError', (_, socket) => socket.destroy())
  }

  get use(): DestinationUse {
    return { upBytes: this.#up, downBytes: this.#down, connections: this.#connections, refused: this.#refused }
  }

  listen(listener: Listener): void {
    this.#server.listen(listener)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #tunnel(target: string, inside: Duplex, head: Buffer): void {
    inside.on('error', () => inside.destroy())
    if (target !== authority(this.#destination)) {
      this.#refuse(inside, '403 Forbidden')
      return
    }
    if (this.#sockets.size >= 2 * MAX_CONNECTIONS) {
      this.#refuse(inside, '503 Service Unavailable')
      return
    }
    this.#connections += 1
    const { host, port } = this.#destination
    const outside = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    for (const socket of [inside, outside]) this.#hold(socket)
    outside.once('timeout', () => outside.destroy())
    outside.once('connect', () => {
      outside.setTimeout(0)
      inside.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) this.#passUp(head, outside)
      inside.on('data', (chunk: Buffer) => pace(inside, outside, this.#passUp(chunk, outside)))
      outside.on('data', (chunk: Buffer) => pace(outside, inside, this.#passDown(chunk, inside)))
      inside.once('end', () => outside.end())
      outside.once('end', () => inside.end())
    })
    outside.once('error', () => inside.destroy())
    inside.once('close', () => outside.destroy())
    outside.once('close', () => inside.destroy())
  }

  #passUp(chunk: Buffer, to: Socket): boolean {
    this.#up += chunk.length
    return this.#mayPass() ? to.write(chunk) : true
  }

  #passDown(chunk: Buffer, to: Duplex): boolean {
    this.#down += chunk.length
    return this.#mayPass() ? to.write(chunk) : true
  }

  /** What would go over the limit isn't sent, and nothing after it. */
  #mayPass(): boolean {
    if (this.#up + this.#down <= this.#destination.limitBytes) return true
    for (const socket of this.#sockets) socket.destroy()
    this.#onOver()
    return false
  }

  #hold(socket: Duplex): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #refuse(inside: Duplex, status: string): void {
    this.#refused += 1
    inside.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
  }
}

function authority({ host, port }: Destination): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** A side that takes slowly makes the other one wait. */
function pace(from: Duplex, to: Duplex, goesOn: boolean): void {
  if (goesOn) return
  from.pause()
  to.once('drain', () => from.resume())
}
