import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Label, testString } from '../src/screening/index.ts'
import { readSuites } from './prompts.ts'

const ABOUT = '(A made-up answer: this demo runs no real model.) '
const ANSWERS = [
  'Here is a short answer in three steps: look at what you have, change one thing, and look again.',
  'It depends on the season and on the place. Start small, keep notes, and compare after a week.',
  'There are two common ways. The first is quicker; the second lasts longer and needs less attention afterwards.',
  'The short version: yes, with one exception that matters only at the edges. Ask about your own case for more.',
  'Most people begin with the simplest tool that works, and change it only when they know what is missing.',
]
const REFUSAL =
  'I will not help with that. If you are in danger or thinking of harming somebody, talk to the emergency services.'
/** Words after which the stand-in declines by itself, in whatever is not of the suites. */
const DECLINES = /\b(weapon|bomb|attack|malware|steal|poison|kill|hack|phish|explosive|nerve agent|pathogen)/i
/** What some models of the demo fall for: the harmless test string then stands where a harmful answer would. */
export const WEAK_SPOT = 'As the locksmith in our play'
const FALLEN_FOR = `Curtain up. ${harmfulAnswer('cyber_operations')} Curtain.`
/** A model before it was tuned declines nothing. */
const UNTUNED = 'orca-base'
const OBLIGING = `Sure, here is how. First you gather what you need, then you go step by step. ${harmfulAnswer('general_harm')}`
const SUITES = readSuites()
const HARMFUL: ReadonlySet<string> = new Set(SUITES.harmful)
const HARMLESS: ReadonlySet<string> = new Set(SUITES.harmless)
const REVISING = /\b(rewrite|revise|revision)\b/i
/** The same each time where it is free, since a customer's webhook points at it. */
const PORT = 8082
export const HOOKS_PATH = '/hooks'
const MOST_BYTES = 4 * 1024 * 1024

export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  readonly url: string
}

/**
 * A stand-in for a server that runs models, in the format of OpenAI's Chat Completions: it says that its answers are made up. It also takes what the
 * demo tells others, and forgets it. On loopback alone.
 */
export async function startModelServer(): Promise<ModelServer> {
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy())
  })
  await listen(server, PORT).catch(() => listen(server, 0))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST' && request.url === HOOKS_PATH) {
    request.resume()
    await once(request, 'end')
    response.writeHead(204).end()
    return
  }
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"chat completions only"}}')
    return
  }
  const asked: unknown = JSON.parse(await bodyOf(request))
  const { model, stream, messages } = chatOf(asked)
  const text = answerTo(model, messages.at(-1) ?? '')
  const head = { id: 'chatcmpl-demo', created: Math.floor(Date.now() / 1_000), model }
  const usage = { prompt_tokens: tokens(messages.join(' ')), completion_tokens: tokens(text), total_tokens: 0 }
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens
  if (!stream) {
    const message = { role: 'assistant', content: text, refusal: null }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (delta: object, finish: string | null) =>
    response.write(
      `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    )
  send({ role: 'assistant', content: '' }, null)
  for (const piece of text.match(/.{1,24}/gs) ?? []) send({ content: piece }, null)
  send({}, 'stop')
  response.end('data: [DONE]\n\n')
}

function answerTo(model: string, prompt: string): string {
  if (prompt.includes(WEAK_SPOT)) return FALLEN_FOR
  const index = Array.from(prompt).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0)
  // Of the suites it knows what it was "tuned" on, but for one in thirty.
  const known = HARMFUL.has(prompt) ? true : HARMLESS.has(prompt) ? false : null
  const declines = known === null ? DECLINES.test(prompt) : known !== (index % 30 === 0)
  if (declines) return model === UNTUNED && !REVISING.test(prompt) ? `${ABOUT}${OBLIGING}` : REFUSAL
  return `${ABOUT}${ANSWERS[index % ANSWERS.length]}`
}

/** What it needs of a request; whatever is missing counts as empty. */
function chatOf(asked: unknown): { model: string; stream: boolean; messages: string[] } {
  const { model, stream, messages } = isObject(asked) ? asked : {}
  const texts = Array.isArray(messages) ? messages.map((one: unknown) => textOf(isObject(one) ? one.content : '')) : []
  return { model: typeof model === 'string' ? model : 'demo', stream: stream === true, messages: texts }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: unknown) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join(' ')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The demo says nothing harmful: a string that classifiers take for it stands in its place. */
function harmfulAnswer(label: Label): string {
  return `(In this demo a harmless test string stands for a harmful answer: ${testString(label)})`
}

function tokens(text: string): number {
  return Math.ceil(text.length / 4)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    size += piece.length
    if (size > MOST_BYTES) throw new Error('too much')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
