import { factsOf, type Message } from '../message.ts'
import type { MessageChannel } from './channel.ts'
import { post } from './http.ts'

const MARKS: Readonly<Record<Message['severity'], string>> = {
  info: '○',
  low: '○',
  medium: '◐',
  high: '■',
  critical: '■',
}

/** Slack's incoming webhooks, which Mattermost, Rocket.Chat and others take as well. */
export class SlackChannel implements MessageChannel {
  readonly #url: string
  constructor(url: string) {
    this.#url = url
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const title = `${MARKS[message.severity]} ${message.severity}: ${message.title}`
    const facts = factsOf(message).map(([name, value]) => `*${escapeText(name)}* ${escapeText(value)}`)
    const more = message.link === null ? '' : `\n<${message.link}|Open in the console>`
    const text = `*${escapeText(title)}*\n${facts.join(' · ')}${more}`
    const body = JSON.stringify({
      text: title,
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text } },
        { type: 'context', elements: [{ type: 'plain_text', text: `${message.installation}, ${message.at}` }] },
      ],
    })
    await post(this.#url, { headers: {}, body, signal })
  }
}

/** @see Slack, "Formatting text for app surfaces": the three characters that must be escaped. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
