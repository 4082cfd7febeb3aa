import { createOpenAI } from '@ai-sdk/openai'
import { APICallError, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { clientsOf } from '../support/clients.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** Vercel's `ai` package over its three providers; retries are left as it has them. */
const BAD = `Please ${testString('chemical')}`
const CUT = 'sandbox:test-string cyber_operations'
const NAMES = ['chat', 'responses', 'messages'] as const
let running: RunningApp
let clients: ReturnType<typeof clientsOf>

beforeAll(async () => {
  running = await startApp()
  clients = clientsOf(running)
})
beforeEach(() => void clients.takeSent())
afterAll(() => running[Symbol.asyncDispose]())

async function streamed(options: Parameters<typeof streamText>[0]) {
  const errors: unknown[] = []
  const result = streamText({ ...options, onError: ({ error }) => void errors.push(error) })
  await result.consumeStream()
  return { errors, text: await result.text, finishReason: await result.finishReason }
}

describe.each(NAMES)('%s', (name) => {
  it('answers, whole and streamed, with a system prompt and a history', async () => {
    const model = clients.ai[name]
    const messages = [
      { role: 'user' as const, content: 'Hello.' },
      { role: 'assistant' as const, content: 'Hello to you.' },
      { role: 'user' as const, content: 'sandbox:length 1500' },
    ]
    const whole = await generateText({ model, instructions: 'You are kind.', messages, maxOutputTokens: 1_000 })
    expect([whole.finishReason, whole.text.length]).toEqual(['stop', 1_500])
    expect(whole.usage.totalTokens).toBeGreaterThan(0)
    expect(await streamed({ model, messages, maxOutputTokens: 1_000 })).toMatchObject({
      errors: [],
      finishReason: 'stop',
      text: expect.stringMatching(/^[\s\S]{1500}$/),
    })
  })

  it('runs tools and goes on with their results', async () => {
    let ran = 0
    const lookup = tool({
      inputSchema: jsonSchema<{ request: string }>({ type: 'object', properties: { request: { type: 'string' } } }),
      execute: async () => `ran ${++ran}`,
    })
    const result = await generateText({
      model: clients.ai[name],
      prompt: 'sandbox:tool please',
      tools: { lookup },
      stopWhen: stepCountIs(2),
      maxOutputTokens: 1_000,
    })
    expect(ran).toBe(2)
    expect(result.steps).toHaveLength(2)
  })

  it('reads refusals of prompt and answer, whole and streamed, and asks once', async () => {
    const model = clients.ai[name]
    for (const prompt of [BAD, CUT]) {
      expect((await generateText({ model, prompt, maxOutputTokens: 1_000 })).finishReason).toBe('content-filter')
      const result = await streamed({ model, prompt, maxOutputTokens: 1_000 })
      expect([result.errors, result.finishReason]).toEqual([[], 'content-filter'])
      expect(result.text).not.toContain('SAFELEVE')
    }
    expect(clients.takeSent()).toBe(4)
  })
})

it('throws what the gateway answers to a bad key', async () => {
  const thief = createOpenAI({ apiKey: 'sl_nobody', baseURL: `${running.url}/v1` }).chat(MODEL)
  const error = await generateText({ model: thief, prompt: 'x' }).catch((thrown: unknown) => thrown)
  expect(APICallError.isInstance(error) && error.statusCode).toBe(401)
})
