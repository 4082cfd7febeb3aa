import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { clientsOf } from '../support/clients.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** Completions, Embeddings and the count of tokens, by the official packages; retries are left as they have them. */
const BAD = `Please ${testString('chemical')}`
const CUT = testString('cyber_operations')
let running: RunningApp
let clients: ReturnType<typeof clientsOf>

beforeAll(async () => {
  running = await startApp()
  clients = clientsOf(running)
})
beforeEach(() => void clients.takeSent())
afterAll(() => running[Symbol.asyncDispose]())

describe('Completions', () => {
  it('answers one prompt and several, with choices and usage', async () => {
    const { completions } = clients.openai
    const one = await completions.create({ model: MODEL, prompt: 'Hello.' })
    expect(one.choices[0]).toMatchObject({ finish_reason: 'stop', text: expect.stringContaining('Hello.') })
    expect(one.usage?.total_tokens).toBeGreaterThan(0)
    const many = await completions.create({ model: MODEL, prompt: ['Hello.', 'Good day.'], n: 2 })
    expect(many.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  })

  it('streams, is cut in mid-stream without a letter of it, and refuses prompts natively', async () => {
    let text = ''
    for await (const chunk of await clients.openai.completions.create({
      model: MODEL,
      prompt: 'sandbox:length 2000',
      stream: true,
      stream_options: { include_usage: true },
    }))
      text += chunk.choices[0]?.text ?? ''
    expect(text).toHaveLength(2000)
    let shown = ''
    let finish: string | null = null
    for await (const chunk of await clients.openai.completions.create({
      model: MODEL,
      prompt: 'sandbox:test-string cyber_operations',
      stream: true,
    })) {
      shown += chunk.choices[0]?.text ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
    }
    expect([finish, shown.length > 100, shown.includes(CUT.slice(0, 8))]).toEqual(['content_filter', true, false])
    const refused = await clients.openai.completions.create({ model: MODEL, prompt: BAD, n: 2 })
    expect(refused.choices.map(({ finish_reason, text: said }) => [finish_reason, said])).toEqual([
      ['content_filter', ''],
      ['content_filter', ''],
    ])
    expect(clients.takeSent()).toBe(3)
  })
})

describe('Embeddings', () => {
  it('come as numbers, whatever the format on the wire', async () => {
    const { embeddings } = clients.openai
    const floats = await embeddings.create({ model: MODEL, input: ['Hello.', 'Good day.'], encoding_format: 'float' })
    const packed = await embeddings.create({ model: MODEL, input: ['Hello.', 'Good day.'] })
    expect(packed.data).toHaveLength(2)
    for (const [i, { embedding }] of packed.data.entries()) {
      expect(embedding).toHaveLength(8)
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5)
      for (const [j, x] of embedding.entries()) expect(x).toBeCloseTo(floats.data[i]?.embedding[j] ?? Number.NaN, 6)
    }
  })

  it('of a refused text are the error that OpenAI’s own filters send, and no client retries it', async () => {
    const failed: unknown = await clients.openai.embeddings
      .create({ model: MODEL, input: ['Hello.', BAD] })
      .catch((e) => e)
    expect(failed).toBeInstanceOf(OpenAI.BadRequestError)
    expect(failed).toMatchObject({ status: 400, code: 'content_filter', message: expect.stringContaining('clause') })
    expect(clients.takeSent()).toBe(1)
  })

  it('of numbers of tokens are refused, since nobody can read them', async () => {
    const failed: unknown = await clients.openai.embeddings.create({ model: MODEL, input: [1, 2, 3] }).catch((e) => e)
    expect(failed).toMatchObject({ status: 400, code: 'request_invalid' })
  })
})

describe('the count of tokens', () => {
  const messages = (content: string) => [{ role: 'user' as const, content }]

  it('counts, and refuses natively without a retry', async () => {
    const counted = await clients.anthropic.messages.countTokens({ model: MODEL, messages: messages('Hello.') })
    expect(counted.input_tokens).toBeGreaterThan(0)
    clients.takeSent()
    const failed: unknown = await clients.anthropic.messages
      .countTokens({ model: MODEL, system: BAD, messages: messages('Hello.') })
      .catch((e) => e)
    expect(failed).toBeInstanceOf(Anthropic.BadRequestError)
    expect(failed).toMatchObject({
      status: 400,
      error: { error: { type: 'invalid_request_error', stop_details: { type: 'refusal', category: 'bio' } } },
    })
    expect(clients.takeSent()).toBe(1)
  })
})
