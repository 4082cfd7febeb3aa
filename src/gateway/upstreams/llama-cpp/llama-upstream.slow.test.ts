import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findGguf } from '../../../../test/support/gguf.ts'
import { systemClock } from '../../../base/clock.ts'
import { createIds } from '../../../base/ids.ts'
import type { UpstreamResponse } from '../upstream.ts'
import { fileWeights, LlamaUpstream } from './index.ts'

const found = findGguf('a real model served from its file')
const deps = { clock: systemClock, ids: createIds(systemClock) }
const host = { contextTokens: 1_024, parallel: 2, threads: 1, ...deps }

describe.skipIf(found === null)('a real model served from its file', () => {
  const { path, libraryDir } = found ?? { path: '', libraryDir: '' }
  const open = (weights = path, library = libraryDir) =>
    new LlamaUpstream({ ...host, library, weights: fileWeights(weights) })
  let model: LlamaUpstream
  beforeAll(() => {
    model = open()
  })
  afterAll(() => model.close())

  const send = (body: object, dialect: 'openai-chat' | 'openai-completions' = 'openai-chat', signal?: AbortSignal) =>
    model.send({
      ...{ dialect, path: '/v1/chat/completions', headers: {}, signal: signal ?? new AbortController().signal },
      body: Buffer.from(JSON.stringify({ model: 'gemma', ...body })),
    })
  interface Answer {
    choices: {
      message: { content: string }
      finish_reason: string
      logprobs: { content: { token: string; logprob: number; top_logprobs: { token: string; logprob: number }[] }[] }
    }[]
    usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
    error: { message: string }
  }
  const answerTo = async (body: object): Promise<Answer> => JSON.parse(await textOf(await send(body)))
  const messages = [
    { role: 'system', content: 'A chat between a curious human and a helpful assistant.' },
    { role: 'user', content: 'What is the capital of France?' },
  ]

  it('answers the question, and stops before it asks the next itself', { timeout: 120_000 }, async () => {
    const { choices, usage } = await answerTo({ messages, max_tokens: 60, temperature: 0 })
    expect(choices[0]?.message.content).toContain('Paris')
    expect(choices[0]?.message.content).not.toMatch(/###|Human:|User:/)
    expect(choices[0]?.finish_reason).toBe('stop')
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
    expect(usage.completion_tokens).toBeGreaterThan(3)
  })

  it('goes on from where an assistant’s turn ends', { timeout: 120_000 }, async () => {
    const begun = [...messages, { role: 'assistant', content: 'The capital of France is' }]
    const { choices } = await answerTo({ messages: begun, max_tokens: 4, temperature: 0 })
    expect(choices[0]?.message.content).toMatch(/^ Paris/)
  })

  it('says how likely the first token was, beside those that could have come', { timeout: 120_000 }, async () => {
    const begun = [...messages, { role: 'assistant', content: 'The capital of France is' }]
    const asked = { max_tokens: 1, temperature: 0, logprobs: true, top_logprobs: 5 }
    const { choices } = await answerTo({ messages: begun, ...asked })
    const [first] = choices[0]?.logprobs.content ?? []
    expect(choices[0]?.message.content).toBe(first?.token)
    expect(first?.top_logprobs).toHaveLength(5)
    expect(first?.top_logprobs[0]).toEqual({ token: first?.token, logprob: first?.logprob, bytes: expect.any(Array) })
    const sum = first?.top_logprobs.reduce((all, { logprob }) => all + Math.exp(logprob), 0) ?? 0
    expect(sum).toBeGreaterThan(0.3)
    expect(sum).toBeLessThanOrEqual(1 + 1e-4)
    // The same whatever was drawn: what sampling does to probabilities is not in them.
    const drawn = await answerTo({ messages: begun, ...asked, temperature: 1.5, seed: 4, max_tokens: 3 })
    const others = drawn.choices[0]?.logprobs.content[0]
    expect(others?.top_logprobs.map(({ token }) => token)).toEqual(first?.top_logprobs.map(({ token }) => token))
    expect(others?.top_logprobs[0]?.logprob).toBeCloseTo(first?.top_logprobs[0]?.logprob ?? 0, 1)
    expect(drawn.choices[0]?.message.content.startsWith(others?.token ?? '?')).toBe(true)
  })

  it('draws the same again from the same seed', { timeout: 180_000 }, async () => {
    const drawn = async (seed: number) => {
      const { choices } = await answerTo({ messages, max_tokens: 12, temperature: 1.2, seed })
      return choices[0]?.message.content
    }
    const [one, again, ...others] = [await drawn(7), await drawn(7), await drawn(8), await drawn(9)]
    expect(again).toBe(one)
    expect(others.some((other) => other !== one)).toBe(true)
  })

  it('streams what it says whole, and completes texts', { timeout: 120_000 }, async () => {
    const whole = await answerTo({ messages, max_tokens: 8, temperature: 0 })
    const streamed = await textOf(await send({ messages, max_tokens: 8, temperature: 0, stream: true }))
    const said = [...streamed.matchAll(/^data: (\{.*)$/gm)]
      .map(([, json = '']) => JSON.parse(json) as { choices: { delta: { content?: string } }[] })
      .map(({ choices }) => choices[0]?.delta.content ?? '')
    expect(said.join('')).toBe(whole.choices[0]?.message.content)
    const text = await send({ prompt: 'One, two, three,', max_tokens: 3, temperature: 0 }, 'openai-completions')
    expect(JSON.parse(await textOf(text)).choices[0].text).toMatch(/four/)
  })

  it('says that it gives no log-probabilities in streams', async () => {
    const response = await send({ messages, stream: true, logprobs: true })
    expect([response.status, await textOf(response)]).toEqual([400, expect.stringContaining('whole answers')])
    expect((await send({ prompt: 'x', logprobs: 2 }, 'openai-completions')).status).toBe(400)
  })

  it('stops when whoever asked goes away, and answers the next', { timeout: 120_000 }, async () => {
    const gone = new AbortController()
    const answer = send({ messages, max_tokens: 500, temperature: 1, seed: 1 }, 'openai-chat', gone.signal)
    gone.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    expect((await answerTo({ messages, max_tokens: 2 })).choices[0]?.finish_reason).toBe('length')
  })

  it('answers everybody in turn, however many ask at once', { timeout: 120_000 }, async () => {
    const few = { messages, max_tokens: 2, temperature: 0 }
    const answers = await Promise.all(Array.from({ length: 7 }, () => answerTo(few)))
    expect(answers.map(({ choices }) => choices[0]?.finish_reason)).toEqual(Array(7).fill('length'))
  })

  it('says what is missing', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'safelevel-gguf-'))
    const loose = join(folder, 'notes.gguf')
    try {
      await open().reach()
      await expect(open(join(folder, 'none.gguf')).reach()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
      await expect(open(folder).reach()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
      await expect(open(path, folder).reach()).rejects.toThrow(/not installed/)
      writeFileSync(loose, 'not a model')
      for (const weights of [loose, join(folder, 'none.gguf')]) {
        await using broken = { model: open(weights), [Symbol.asyncDispose]: () => broken.model.close() }
        const request = {
          dialect: 'openai-chat',
          path: '/',
          headers: {},
          signal: new AbortController().signal,
        } as const
        const sent = broken.model.send({ ...request, body: Buffer.from(JSON.stringify({ model: 'm', messages })) })
        await expect(sent).rejects.toMatchObject({
          code: 'UPSTREAM_UNAVAILABLE',
          message: expect.not.stringContaining(folder),
        })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

async function textOf({ body }: UpstreamResponse): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString()
}
