import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { clientsOf } from '../support/clients.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** The official `openai` package as a customer's program uses it; retries are left as it has them. */
const BAD = `Please ${testString('chemical')}`
const CUT = 'sandbox:test-string cyber_operations'
const LOOKUP = { type: 'object', properties: { request: { type: 'string' } } }
const IMAGE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
let running: RunningApp
let clients: ReturnType<typeof clientsOf>
let openai: OpenAI

beforeAll(async () => {
  running = await startApp()
  clients = clientsOf(running)
  openai = clients.openai
})
beforeEach(() => void clients.takeSent())
afterAll(() => running[Symbol.asyncDispose]())

const user = (content: string) => [{ role: 'user' as const, content }]
const chat = (content: string, rest = {}) =>
  openai.chat.completions.create({ model: MODEL, messages: user(content), ...rest })

describe('Chat Completions', () => {
  it('answers, with usage and the decision in its headers', async () => {
    const { data, response, request_id } = await openai.chat.completions
      .create({ model: MODEL, messages: user('Hello.') })
      .withResponse()
    expect(data.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: expect.stringContaining('Hello.') },
    })
    expect(data.usage?.total_tokens).toBeGreaterThan(0)
    expect(response.headers.get('x-safelevel-decision')).toMatch(/^dec_/)
    expect(request_id).toBe(response.headers.get('x-safelevel-decision'))
    expect(response.headers.get('x-ratelimit-remaining-requests')).toMatch(/^\d+$/)
  })

  it('streams, with usage', async () => {
    const stream = openai.chat.completions.stream({
      model: MODEL,
      messages: user('sandbox:length 2000'),
      stream_options: { include_usage: true },
    })
    const final = await stream.finalChatCompletion()
    expect(final.choices[0]?.message.content).toHaveLength(2000)
    expect((await stream.totalUsage()).total_tokens).toBeGreaterThan(0)
  })

  it('gives several choices, streamed and not', async () => {
    expect((await chat('Hello.', { n: 3 })).choices.map(({ index }) => index)).toEqual([0, 1, 2])
    const streamed = await openai.chat.completions
      .stream({ model: MODEL, messages: user('Hello.'), n: 3 })
      .finalChatCompletion()
    expect(streamed.choices.map(({ message }) => message.content)).toEqual(
      Array(3).fill(expect.stringContaining('Hello.')),
    )
  })

  it('calls tools and takes their results', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'lookup', parameters: LOOKUP } }]
    const messages = user('sandbox:tool please')
    const asked = await openai.chat.completions.create({ model: MODEL, messages, tools })
    const message = asked.choices[0]?.message
    const call = message?.tool_calls?.[0]
    expect(asked.choices[0]?.finish_reason).toBe('tool_calls')
    expect(call).toMatchObject({ type: 'function', function: { name: 'lookup' } })
    if (message === undefined || call?.type !== 'function') throw new Error('no call')
    expect(JSON.parse(call.function.arguments)).toHaveProperty('request')
    const answered = await openai.chat.completions.create({
      model: MODEL,
      tools,
      messages: [
        { role: 'user', content: 'What is it?' },
        message,
        { role: 'tool', tool_call_id: call.id, content: 'sunny' },
      ],
    })
    expect(answered.choices[0]?.finish_reason).toBe('stop')
    const streamed = await openai.chat.completions.stream({ model: MODEL, messages, tools }).finalChatCompletion()
    expect(streamed.choices[0]?.message.tool_calls).toHaveLength(1)
  })

  it('runs a loop of tools by the SDK’s own runner', async () => {
    let ran = 0
    const tool = {
      type: 'function' as const,
      function: {
        name: 'lookup',
        parameters: LOOKUP,
        description: 'Looks something up.',
        parse: (text: string): object => JSON.parse(text),
        function: () => `ran ${++ran}`,
      },
    }
    const runner = openai.chat.completions.runTools(
      { model: MODEL, messages: user('sandbox:tool please'), tools: [tool] },
      { maxChatCompletions: 2 },
    )
    await runner.done()
    expect(ran).toBeGreaterThan(0)
  })

  it('passes images, system prompts, reasoning and long histories; unknown fields reach the model', async () => {
    const turns = Array.from({ length: 400 }, (_, i) => ({
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: `Turn ${i} about bread.`,
    }))
    running.upstream.requests.length = 0
    const answer = await openai.chat.completions.create({
      model: MODEL,
      reasoning_effort: 'low',
      messages: [
        { role: 'system', content: 'You are kind.' },
        { role: 'developer', content: 'Answer briefly.' },
        ...turns,
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: IMAGE } },
          ],
        },
      ],
      ...{ x_vendor: { anything: 1 } },
    })
    expect(answer.choices[0]?.message).toHaveProperty('reasoning_content')
    expect(JSON.parse(running.upstream.take()[0] ?? '')).toMatchObject({
      x_vendor: { anything: 1 },
      messages: { length: 403 },
    })
  })

  it('reads a refusal of the prompt, whole and streamed, in every choice', async () => {
    const whole = await chat(BAD, { n: 2 })
    expect(whole.choices.map((c) => [c.finish_reason, c.message.content])).toEqual([
      ['content_filter', null],
      ['content_filter', null],
    ])
    expect(whole.choices[0]?.message.refusal).toMatch(/clause 1\.1.*dec_/s)
    const streamed = await openai.chat.completions.stream({ model: MODEL, messages: user(BAD) }).finalChatCompletion()
    expect(streamed.choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      message: { content: null, refusal: expect.stringContaining('1.1') },
    })
    expect(clients.takeSent()).toBe(2)
  })

  it('reads a refusal of the answer, whole and cut in mid-stream', async () => {
    const whole = await chat(CUT)
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'content_filter', message: { content: null } })
    const stream = openai.chat.completions.stream({ model: MODEL, messages: user(CUT) })
    const choice = (await stream.finalChatCompletion()).choices[0]
    expect(choice?.finish_reason).toBe('content_filter')
    expect(choice?.message.content).toContain('sandbox')
    expect(choice?.message.content).not.toContain('SAFELEVE')
    expect(choice?.message.refusal).toContain('2.1')
    expect(clients.takeSent()).toBe(2)
  })
})

describe('Responses', () => {
  it('answers, whole and streamed', async () => {
    const whole = await openai.responses.create({ model: MODEL, input: 'Hello.', instructions: 'Be kind.' })
    expect([whole.status, whole.output_text]).toEqual(['completed', expect.stringContaining('Hello.')])
    const streamed = await openai.responses.stream({ model: MODEL, input: 'sandbox:length 2000' }).finalResponse()
    expect([streamed.status, streamed.output_text.length]).toEqual(['completed', 2000])
    expect(streamed.usage?.total_tokens).toBeGreaterThan(0)
  })

  it('calls tools and takes their results, with reasoning and images', async () => {
    const tools = [{ type: 'function' as const, name: 'lookup', parameters: LOOKUP, strict: false }]
    const asked = await openai.responses.create({
      model: MODEL,
      input: 'sandbox:tool please',
      tools,
      reasoning: { effort: 'low' },
    })
    const call = asked.output.find((item) => item.type === 'function_call')
    if (call?.type !== 'function_call') throw new Error('no call')
    expect(asked.output.some((item) => item.type === 'reasoning')).toBe(true)
    const answered = await openai.responses.create({
      model: MODEL,
      tools,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'And this?' },
            { type: 'input_image', image_url: IMAGE, detail: 'auto' },
          ],
        },
        ...asked.output.filter((item) => item.type !== 'message').map((item) => item as never),
        { type: 'function_call_output', call_id: call.call_id, output: 'sunny' },
      ],
    })
    expect(answered.status).toBe('completed')
  })

  it('reads refusals of prompt and answer, whole and streamed', async () => {
    for (const input of [BAD, CUT]) {
      for (const response of [
        await openai.responses.create({ model: MODEL, input }),
        await openai.responses.stream({ model: MODEL, input }).finalResponse(),
      ]) {
        expect([response.status, response.incomplete_details?.reason]).toEqual(['incomplete', 'content_filter'])
        const message = response.output.at(-1)
        expect(message?.type === 'message' && message.content.at(-1)).toMatchObject({
          type: 'refusal',
          refusal: expect.stringContaining('dec_'),
        })
        expect(JSON.stringify(response)).not.toContain('THEREARE')
      }
    }
    expect(clients.takeSent()).toBe(4)
  })
})

describe('everything else', () => {
  it('lists models, one and all, and says that the sandbox is not real', async () => {
    const models = (await openai.models.list()).data
    expect(models.map(({ id }) => id)).toEqual(['sandbox-1', MODEL])
    expect(models[0]?.owned_by).toBe('safelevel-sandbox')
    expect((await openai.models.retrieve(MODEL)).id).toBe(MODEL)
    await expect(openai.models.retrieve('none')).rejects.toBeInstanceOf(NotFoundError)
  })

  it('moderates one text, several, and parts', async () => {
    const one = await openai.moderations.create({ input: 'Hello.' })
    expect(one.results.map(({ flagged }) => flagged)).toEqual([false])
    const several = await openai.moderations.create({ input: ['Hello.', testString('self_harm'), testString('hate')] })
    expect(
      several.results.map(({ flagged, categories }) => [flagged, categories['self-harm'], categories.hate]),
    ).toEqual([
      [false, false, false],
      [true, true, false],
      [true, false, true],
    ])
    const parts = await openai.moderations.create({
      input: [
        { type: 'text', text: BAD },
        { type: 'image_url', image_url: { url: IMAGE } },
      ],
    })
    expect(parts.results).toHaveLength(1)
    expect(parts.results[0]?.category_scores.illicit).toBe(1)
  })

  it('throws the error that says what is wrong, and retries what deserves it only', async () => {
    const thief = new OpenAI({ apiKey: 'sl_nobody', baseURL: `${running.url}/v1` })
    await expect(thief.chat.completions.create({ model: MODEL, messages: user('x') })).rejects.toBeInstanceOf(
      AuthenticationError,
    )
    await expect(chat('x', { model: 'gpt-none' })).rejects.toBeInstanceOf(NotFoundError)
    await expect(chat('x', { messages: [{ role: 'king', content: 'x' }] })).rejects.toBeInstanceOf(BadRequestError)
    expect(clients.takeSent()).toBe(2)
    await expect(openai.images.generate({ model: MODEL, prompt: 'x' })).rejects.toBeInstanceOf(NotFoundError)
  })

  it('is limited with retry-after, which it obeys', async () => {
    const { app } = running
    const by = { type: 'operator', id: 'operator' } as const
    const { id: organisationId } = await app.accounts.createOrganisation({ name: 'Limited' }, by)
    const { id: projectId } = await app.accounts.createProject(
      { organisationId, name: 'limited', requestsPerMinute: 1, tokensPerMinute: null },
      by,
    )
    const { key } = await app.accounts.createKey({ name: 'limited', projectId } as never, by)
    const limited = new OpenAI({ apiKey: key, baseURL: `${running.url}/v1`, maxRetries: 0 })
    await limited.chat.completions.create({ model: MODEL, messages: user('x') })
    const error = await limited.chat.completions
      .create({ model: MODEL, messages: user('x') })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RateLimitError)
    if (!(error instanceof APIError)) throw new Error('no API error')
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0)
    expect(error.headers?.get('x-ratelimit-limit-requests')).toBe('1')
    expect(error.requestID).toMatch(/^dec_/)
  })
})
