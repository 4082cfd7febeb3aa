import { encodeSse } from '../../src/gateway/sse.ts'
import { type Assessment, type Classifier, type ClassifyRequest, testString } from '../../src/screening/index.ts'
import { PATHS, type SPEAKING_IDS, simpleBody } from './dialect-http.ts'
import type { RunningApp } from './running-app.ts'
import { bytesAnswer, EVENT_STREAM, jsonAnswer } from './scripted-upstream.ts'
import { StringScreen } from './string-screen.ts'
import { textStream } from './text-streams.ts'

type DialectId = (typeof SPEAKING_IDS)[number]

export const TEST = testString('cyber_operations')
export const CALM = 'Bread is made of flour, water and time. '.repeat(15)

/** The screen that finds test strings, until it is told to break. */
export class FallibleScreen implements Classifier {
  readonly #screen = new StringScreen()
  readonly id = this.#screen.id
  readonly covers = this.#screen.covers
  /** How the next judgements of a side fail. */
  failure: { side: 'prompt' | 'completion'; how: 'throw' | 'reject'; after: number } | null = null

  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment> {
    if (this.failure?.side === request.side && this.failure.after-- <= 0) {
      const error = new Error('the classifier broke')
      if (this.failure.how === 'throw') throw error
      return Promise.reject(error)
    }
    return this.#screen.classify(request, signal)
  }
}

/** An upstream that streams this text in small pieces. */
export const say = (dialect: DialectId, text: string) => () =>
  bytesAnswer(
    [...textStream(dialect, text.match(/[\s\S]{1,16}/g) ?? [])].map((event) => Buffer.from(encodeSse(event))),
    EVENT_STREAM,
  )

/** An upstream that answers with this text at once. */
export const sayWhole = (dialect: DialectId, text: string) => () => jsonAnswer(wholeAnswer(dialect, text))

/** The answer of a model that says this text. */
export function wholeAnswer(dialect: DialectId, text: string): Record<string, unknown> {
  if (dialect === 'openai-chat') {
    const message = { role: 'assistant', content: text }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    return { id: 'chatcmpl-1a', object: 'chat.completion', created: 1, model: 'm-1', choices }
  }
  if (dialect === 'openai-completions') {
    const choices = [{ index: 0, text, logprobs: null, finish_reason: 'stop' }]
    return { id: 'cmpl-1a', object: 'text_completion', created: 1, model: 'm-1', choices }
  }
  if (dialect === 'anthropic-messages') {
    const content = [{ type: 'text', text }]
    const end = { stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } }
    return { id: 'msg_1a', type: 'message', role: 'assistant', model: 'm-1', content, ...end }
  }
  const content = [{ type: 'output_text', text, annotations: [] }]
  const output = [{ type: 'message', id: 'msg_1a', role: 'assistant', status: 'completed', content }]
  return { id: 'resp_1a', object: 'response', created_at: 1, model: 'm-1', status: 'completed', output }
}

/** What a client has received so far, as it arrives. */
export function receive(
  { url, key }: Pick<RunningApp, 'url' | 'key'>,
  dialect: DialectId,
  text: string,
  stream: boolean,
) {
  const seen = { begun: false, ended: false, text: '', status: 0 }
  const done = (async () => {
    const response = await fetch(url + PATHS[dialect], {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(simpleBody(dialect, text, { stream })),
    })
    Object.assign(seen, { begun: true, status: response.status })
    for await (const chunk of response.body ?? []) seen.text += Buffer.from(chunk).toString('utf8')
    seen.ended = true
  })()
  return { seen, done }
}
