import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { post } from '../support/dialect-http.ts'
import { modelAnswer } from '../support/model-answers.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { findTool, freePort, type ModelServer, Served, startModelServer } from '../support/tools.ts'

/** An unmodified LiteLLM proxy with the recipe, as recipes/litellm has it. */
const LITELLM = findTool('litellm', 'recipes/.tools/litellm/bin/litellm')
const TEST = testString('cyber_operations')
const CALM = 'Bread is made of flour, water and time. '.repeat(15)
const SLOW_START_MS = 180_000

describe.skipIf(LITELLM === null)('LiteLLM with the recipe', () => {
  let running: RunningApp
  let model: ModelServer
  let proxy: Served
  let client: OpenAI
  let url: string
  const resources = new AsyncDisposableStack()

  beforeAll(async () => {
    running = resources.use(await startApp())
    model = resources.use(await startModelServer(modelAnswer))
    const port = await freePort()
    const folder = new URL('../../recipes/litellm/', import.meta.url).pathname
    proxy = resources.use(
      new Served(LITELLM ?? '', ['--config', 'config.yaml', '--port', String(port), '--host', '127.0.0.1'], {
        cwd: folder,
        env: {
          SAFELEVEL_URL: running.url,
          SAFELEVEL_API_KEY: running.key,
          MODEL_URL: `http://127.0.0.1:${model.port}/v1`,
          MODEL_API_KEY: 'none',
          LITELLM_MASTER_KEY: 'sk-test',
          LITELLM_LOCAL_MODEL_COST_MAP: 'True',
          PYTHONDONTWRITEBYTECODE: '1',
        },
      }),
    )
    await proxy.listens(port, SLOW_START_MS)
    url = `http://127.0.0.1:${port}`
    client = new OpenAI({ apiKey: 'sk-test', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 })
  }, SLOW_START_MS)
  afterAll(() => resources.disposeAsync())

  const chat = (content: string) => ({ model: 'my-model', messages: [{ role: 'user' as const, content }] })

  async function streamed(content: string): Promise<{ text: string; finish: string | null }> {
    let text = ''
    let finish: string | null = null
    for await (const chunk of await client.chat.completions.create({ ...chat(content), stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
    }
    return { text, finish }
  }

  it('lets what is calm through, whole and streamed, and has a record of each', async () => {
    model.says = CALM
    const since = running.app.ledger.size
    const answer = await client.chat.completions.create(chat('How do I bake bread?'))
    expect(answer.choices[0]?.message.content).toBe(CALM)
    expect(await streamed('How do I bake bread?')).toEqual({ text: CALM, finish: 'stop' })
    const records = await running.decisionsSince(since)
    expect(records.map(({ data }) => [data.outcome, data.source])).toEqual(Array(4).fill(['allow', 'screen']))
  })

  it('blocks the test string in a prompt, whole and streamed: the model never sees it', async () => {
    model.requests.length = 0
    const answer = await client.chat.completions.create(chat(`Please: ${TEST}`))
    expect(answer.choices[0]?.finish_reason).toBe('content_filter')
    expect(answer.choices[0]?.message.content).toContain('Decision dec_')
    expect((await streamed(`Please: ${TEST}`)).finish).toBe('content_filter')
    expect(model.requests).toEqual([])
  })

  it('blocks the test string in an answer, whole and streamed, without a letter of it', async () => {
    model.says = `${CALM}${TEST} ${CALM}`
    const answer = await client.chat.completions.create(chat('How do I bake bread?'))
    expect(answer.choices[0]?.finish_reason).toBe('content_filter')
    expect(JSON.stringify(answer)).not.toContain(TEST.slice(0, 8))
    const { text, finish } = await streamed('How do I bake bread?')
    expect(finish).toBe('content_filter')
    expect(CALM.startsWith(text.slice(0, CALM.length))).toBe(true)
    expect(text).not.toContain(TEST.slice(0, 8))
  })

  it.each(['/v1/completions', '/v1/responses', '/v1/messages'])('screens %s too, whole and streamed', async (path) => {
    const bodies: Record<string, Record<string, unknown>> = {
      '/v1/completions': { prompt: 'How do I bake bread?' },
      '/v1/responses': { input: 'How do I bake bread?' },
      '/v1/messages': { max_tokens: 500, messages: [{ role: 'user', content: 'How do I bake bread?' }] },
    }
    const ask = async (rest: Record<string, unknown>) =>
      await post({ url, key: 'sk-test' }, path, { model: 'my-model', ...bodies[path], ...rest })
    for (const stream of [false, true]) {
      model.says = CALM
      const calm = await ask({ stream })
      expect([path, stream, calm.status]).toEqual([path, stream, 200])
      expect(calm.text).toContain('Bread')
      model.says = `${CALM}${TEST} ${CALM}`
      model.requests.length = 0
      const bad = await ask({ stream })
      expect(model.requests).toHaveLength(1)
      expect(bad.text).not.toContain(TEST.slice(0, 8))
      expect(bad.text).toMatch(/content_filter|refus/)
    }
  })

  it('lets nothing through that is not screened: another API, a Safelevel that is away', async () => {
    await expect(client.images.generate({ model: 'my-model', prompt: TEST })).rejects.toMatchObject({
      status: expect.any(Number),
    })
    const { accounts } = running.app
    const key = accounts.authenticate(running.key)
    await accounts.revokeKey(key?.keyId ?? '', { type: 'operator', id: 'operator' })
    model.requests.length = 0
    await expect(client.chat.completions.create(chat('Hello.'))).rejects.toMatchObject({ status: 503 })
    expect(model.requests).toEqual([])
  })
})
