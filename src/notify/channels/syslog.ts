import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import type { ChannelOf } from '../config.ts'
import type { Message } from '../message.ts'
import { toOcsf } from '../ocsf.ts'
import { DeliveryError, type StreamChannel } from './channel.ts'

/** RFC 5424 section 6.2.1: facility 13, log audit. */
const FACILITY = 13
const SEVERITIES: Readonly<Record<Message['severity'], number>> = { info: 6, low: 5, medium: 4, high: 3, critical: 2 }
const CONNECT_MS = 10_000

/**
 * One event as a syslog message with the OCSF event as its JSON body.
 *
 * @see RFC 5424 section 6; the structured data is left out (`-`), the message begins with no byte-order mark, being ASCII-safe JSON.
 */
export function syslogLine(message: Message, appName: string): string {
  const priority = FACILITY * 8 + SEVERITIES[message.severity]
  const body = JSON.stringify(toOcsf(message.event, message)).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const name =
    hostname()
      .replaceAll(/[^!-~]/g, '-')
      .slice(0, 255) || '-'
  return `<${priority}>1 ${message.at} ${name} ${appName} ${process.pid} ${message.kind.slice(0, 32)} - ${body}`
}

/** Octet counting, so that what a message holds can't end it early. @see RFC 6587 section 3.4.1, RFC 5425 section 4.3 */
export function frame(line: string): string {
  return `${Buffer.byteLength(line)} ${line}`
}

/** All events to a syslog collector over TLS (RFC 5425) or plain TCP (RFC 6587). Syslog acknowledges nothing: what was written counts as sent. */
export class SyslogChannel implements StreamChannel {
  readonly #config: ChannelOf<'syslog'>
  #socket: Socket | null = null

  constructor(config: ChannelOf<'syslog'>) {
    this.#config = config
  }

  async sendBatch(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const socket = await this.#connected(signal)
    const text = messages.map((message) => frame(syslogLine(message, this.#config.appName))).join('')
    await new Promise<void>((resolve, reject) => {
      socket.write(text, (error) => {
        if (error == null) resolve()
        else reject(new DeliveryError('the connection broke', { cause: error }))
      })
    })
  }

  async close(): Promise<void> {
    this.#socket?.end()
    this.#socket = null
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket?.writable) return this.#socket
    const { host, port, transport } = this.#config
    const socket = transport === 'tls' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port })
    socket.on('error', () => {
      this.#socket = null
    })
    socket.on('close', () => {
      this.#socket = null
    })
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
      await once(socket, transport === 'tls' ? 'secureConnect' : 'connect', { signal: limit })
    } catch (error) {
      socket.destroy()
      throw new DeliveryError('the collector was not reached', { cause: error })
    }
    socket.unref()
    this.#socket = socket
    return socket
  }
}
