import Anthropic, { AuthenticationError, BadRequestError, NotFoundError } from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { clientsOf } from '../support/clients.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** The official `@anthropic-ai/sdk` package; retries are left as it has them. */
const BAD = `Please ${testString('biological')}`
const CUT = 'sandbox:test-string cyber_operations'
const TOOLS = [
  { name: 'lookup', input_schema: { type: 'object' as const, properties: { request: { type: 'string' } } } },
]
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
let running: RunningApp
let clients: ReturnType<typeof clientsOf>
let anthropic: Anthropic

beforeAll(async () => {
  running = await startApp()
  clients = clientsOf(running)
  anthropic = clients.anthropic
})
beforeEach(() => void clients.takeSent())
afterAll(() => running[Symbol.asyncDispose]())

const body = (content: string) => ({ model: MODEL, max_tokens: 1_000, messages: [{ role: 'user' as const, content }] })

describe('Messages', () => {
  it('answers, whole and streamed, with usage', async () => {
    const whole = await anthropic.messages.create({
      ...body('Hello.'),
      system: 'You are kind.',
      metadata: { user_id: 'user_17' },
    })
    expect(whole).toMatchObject({
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: expect.stringContaining('Hello.') }],
    })
    expect(whole.usage.output_tokens).toBeGreaterThan(0)
    expect(whole._request_id).toMatch(/^dec_/)
    const streamed = await anthropic.messages.stream(body('sandbox:length 2000')).finalMessage()
    expect(streamed.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/^[\s\S]{2000}$/) })
  })

  it('thinks, calls tools and takes their results, images among them', async () => {
    const thinking = { type: 'enabled' as const, budget_tokens: 1_024 }
    for (const asked of [
      await anthropic.messages.create({ ...body('sandbox:tool please'), max_tokens: 2_000, tools: TOOLS, thinking }),
      await anthropic.messages
        .stream({ ...body('sandbox:tool please'), max_tokens: 2_000, tools: TOOLS, thinking })
        .finalMessage(),
    ]) {
      expect(asked.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use'])
      const call = asked.content[1]
      if (call?.type !== 'tool_use') throw new Error('no call')
      expect(call.input).toHaveProperty('request')
      const answered = await anthropic.messages.create({
        ...body(''),
        tools: TOOLS,
        messages: [
          { role: 'user', content: 'What is it?' },
          { role: 'assistant', content: asked.content },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: call.id,
                content: [
                  { type: 'text', text: 'sunny' },
                  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
                ],
              },
              { type: 'text', text: 'So?' },
            ],
          },
        ],
      })
      expect(answered.stop_reason).toBe('end_turn')
    }
  })

  it('takes a long history', async () => {
    const messages = Array.from({ length: 401 }, (_, i) => ({
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: `Turn ${i} about bread.`,
    }))
    expect((await anthropic.messages.create({ ...body(''), messages })).stop_reason).toBe('end_turn')
  })

  it('reads a refusal of the prompt, whole and streamed', async () => {
    for (const message of [
      await anthropic.messages.create(body(BAD)),
      await anthropic.messages.stream(body(BAD)).finalMessage(),
    ]) {
      expect(message).toMatchObject({
        content: [],
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', category: 'bio', explanation: expect.stringMatching(/1\.2.*dec_/s) },
      })
    }
    expect(clients.takeSent()).toBe(2)
  })

  it('reads a refusal of the answer, whole and cut in mid-stream', async () => {
    expect(await anthropic.messages.create(body(CUT))).toMatchObject({
      content: [],
      stop_reason: 'refusal',
      stop_details: { category: 'cyber' },
    })
    const cut = await anthropic.messages.stream(body(CUT)).finalMessage()
    expect(cut).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { category: 'cyber' },
      content: [{ type: 'text', text: expect.stringContaining('sandbox') }],
    })
    expect(JSON.stringify(cut)).not.toContain('SAFELEVE')
    expect(clients.takeSent()).toBe(2)
  })
})

describe('everything else', () => {
  it('lists models', async () => {
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(['sandbox-1', MODEL])
    expect((await anthropic.models.retrieve(MODEL)).id).toBe(MODEL)
  })

  it('throws the error that says what is wrong, without a retry', async () => {
    const thief = new Anthropic({ apiKey: 'sl_nobody', baseURL: running.url })
    await expect(thief.messages.create(body('x'))).rejects.toBeInstanceOf(AuthenticationError)
    await expect(anthropic.messages.create({ ...body('x'), model: 'none' })).rejects.toBeInstanceOf(NotFoundError)
    await expect(anthropic.messages.create({ ...body('x'), messages: [] })).rejects.toBeInstanceOf(BadRequestError)
    expect(clients.takeSent()).toBe(2)
  })

  it('names its limits as Anthropic does', async () => {
    const { response } = await anthropic.messages.create(body('x')).withResponse()
    expect(response.headers.get('anthropic-ratelimit-requests-limit')).toMatch(/^\d+$/)
    expect(response.headers.get('request-id')).toMatch(/^dec_/)
  })
})
