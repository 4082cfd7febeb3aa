import type { Transporter } from 'nodemailer'
import type { ChannelOf } from '../config.ts'
import { factsOf, type Message } from '../message.ts'
import { DeliveryError, type MessageChannel } from './channel.ts'

const TIMEOUT_MS = 20_000
const PERMANENT = 500

/** Plain text by SMTP. */
export class MailChannel implements MessageChannel {
  readonly #config: ChannelOf<'mail'>
  readonly #password: string
  #transport: Transporter | null = null

  constructor(config: ChannelOf<'mail'>, password: string | undefined) {
    this.#config = config
    this.#password = password ?? ''
  }

  /** Made at the first mail: an installation that sends none does not load the library. */
  async #open(): Promise<Transporter> {
    const config = this.#config
    const { createTransport } = await import('nodemailer')
    return createTransport({
      host: config.host,
      port: config.port,
      secure: config.security === 'tls',
      requireTLS: config.security === 'starttls',
      ignoreTLS: config.security === 'none',
      connectionTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      ...(config.user === undefined ? {} : { auth: { user: config.user, pass: this.#password } }),
    })
  }

  async send(message: Message): Promise<void> {
    const { from, to } = this.#config
    const facts = factsOf(message).map(([name, value]) => `  ${name}: ${value}`)
    const lines = [
      message.title,
      '',
      ...facts,
      '',
      `${message.installation}, ledger entry ${message.position}, ${message.at}`,
    ]
    if (message.link !== null) lines.push(message.link)
    try {
      this.#transport ??= await this.#open()
      await this.#transport.sendMail({
        from,
        to,
        subject: `[${message.severity}] ${message.title}`,
        text: `${lines.join('\n')}\n`,
        // The same for every attempt, so that a mail that went twice is one to the reader.
        messageId: `<${message.id}@safelevel>`,
        headers: { 'x-safelevel-event': message.kind, 'auto-submitted': 'auto-generated' },
      })
    } catch (error) {
      const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0
      throw new DeliveryError(code > 0 ? `the mail server answered ${code}` : 'the mail server was not reached', {
        gone: code >= PERMANENT,
        cause: error,
      })
    }
  }
}
