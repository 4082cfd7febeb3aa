import type { Message } from '../message.ts'
import { toOcsf } from '../ocsf.ts'
import type { StreamChannel } from './channel.ts'
import { post } from './http.ts'

/** All events as OCSF, a JSON array at a time, to a collector (SIEM) over HTTP. */
export class OcsfHttpChannel implements StreamChannel {
  readonly #url: string
  readonly #token: string | undefined
  constructor(url: string, token: string | undefined) {
    this.#url = url
    this.#token = token
  }

  async sendBatch(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }
    await post(this.#url, { headers, body: JSON.stringify(messages.map((m) => toOcsf(m.event, m))), signal })
  }
}
