import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DIALECT_IDS, PATHS, post, simpleBody } from '../support/dialect-http.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

/** More than the server can do is turned away before anything is done for it, in words that clients retry on. */
let running: RunningApp
let go: () => void = () => {}

beforeAll(async () => {
  running = await startApp({ config: { limits: { maxConcurrent: 1 } } })
})
afterAll(() => running[Symbol.asyncDispose]())

/** One request that stays with the model until it is let go. */
async function occupied(): Promise<{ end(): Promise<number> }> {
  running.upstream.respond = () =>
    new Promise((resolve) => {
      go = () =>
        resolve(jsonAnswer({ id: 'x', choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }] }))
    })
  const first = post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
  await expect.poll(() => running.upstream.requests.length).toBeGreaterThan(0)
  return {
    end: async () => {
      go()
      running.upstream.requests.length = 0
      running.upstream.respond = null
      return (await first).status
    },
  }
}

it('turns away in each dialect, with the time to wait, and counts it', async () => {
  const one = await occupied()
  const tasks = DIALECT_IDS.map(async (dialect) => {
    // The key is wrong and the body no JSON: neither is looked at.
    const answered = await post({ url: running.url, key: 'sl_wrong' }, PATHS[dialect], '{"not')
    return [dialect, answered.status, JSON.parse(answered.text).error.type, Number(answered.headers.get('retry-after'))]
  })
  for (const [dialect, status, type, wait] of await Promise.all(tasks)) {
    const anthropic = String(dialect).startsWith('anthropic')
    expect([dialect, status, type]).toEqual([
      dialect,
      ...(anthropic ? [529, 'overloaded_error'] : [503, 'server_error']),
    ])
    expect(wait).toBeGreaterThanOrEqual(1)
    expect(wait).toBeLessThanOrEqual(4)
  }
  expect(running.upstream.requests).toHaveLength(1)
  const metrics = await running.app.metrics.registry.metrics()
  expect(metrics).toMatch(/safelevel_shed_total\{reason="concurrency"\} 6/)
  expect(await one.end()).toBe(200)
  expect((await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))).status).toBe(200)
})

it('is retried by the official clients until there is room', async () => {
  const one = await occupied()
  setTimeout(() => void one.end(), 500)
  const messages = [{ role: 'user' as const, content: 'Hello.' }]
  const openai = new OpenAI({ apiKey: running.key, baseURL: `${running.url}/v1`, maxRetries: 3 })
  expect((await openai.chat.completions.create({ model: MODEL, messages })).choices).toHaveLength(1)
  const two = await occupied()
  setTimeout(() => void two.end(), 500)
  const anthropic = new Anthropic({ apiKey: running.key, baseURL: running.url, maxRetries: 3 })
  expect((await anthropic.messages.create({ model: MODEL, max_tokens: 50, messages })).type).toBe('message')
})
