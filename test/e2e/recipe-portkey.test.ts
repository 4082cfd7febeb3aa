import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { modelAnswer } from '../support/model-answers.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { findTool, freePort, type ModelServer, Served, startModelServer } from '../support/tools.ts'

/** An unmodified Portkey gateway with the recipes, as recipes/portkey has them. */
const PORTKEY = findTool('portkey', 'recipes/.tools/portkey/node_modules/@portkey-ai/gateway/build/start-server.js')
const TEST = testString('cyber_operations')
const CALM = 'Bread is made of flour, water and time. '.repeat(15)

describe.skipIf(PORTKEY === null)('Portkey with the recipes', () => {
  let running: RunningApp
  let model: ModelServer
  let baseURL: string
  const resources = new AsyncDisposableStack()

  beforeAll(async () => {
    running = resources.use(await startApp())
    model = resources.use(await startModelServer(modelAnswer))
    const port = await freePort()
    const gateway = resources.use(
      new Served(process.execPath, [PORTKEY ?? '', `--port=${port}`, '--headless'], {
        env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
      }),
    )
    await gateway.listens(port, 60_000)
    baseURL = `http://127.0.0.1:${port}/v1`
  }, 90_000)
  afterAll(() => resources.disposeAsync())

  /** A client of Portkey's whose requests run through the hooks of the recipe. */
  function hooked(change: (config: string) => string = (config) => config) {
    const config = readFileSync(new URL('../../recipes/portkey/config.json', import.meta.url), 'utf8')
      .replaceAll('http://127.0.0.1:8080', running.url)
      .replaceAll('SAFELEVEL_API_KEY', running.key)
    return clientOf({
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${model.port}/v1`,
      'x-portkey-config': JSON.stringify(JSON.parse(change(config))),
    })
  }

  /** A client of Portkey's that is sent on to Safelevel as if it were the provider. */
  function behind() {
    return clientOf({ 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${running.url}/v1` }, running.key)
  }

  function clientOf(defaultHeaders: Record<string, string>, apiKey = 'none') {
    return new OpenAI({ apiKey, baseURL, maxRetries: 0, defaultHeaders })
  }

  const chat = (content: string, name = 'my-model') => ({
    model: name,
    messages: [{ role: 'user' as const, content }],
  })

  it('lets what is calm through its hooks, with a record of each side', async () => {
    model.says = CALM
    const since = running.app.ledger.size
    const answer = await hooked().chat.completions.create(chat('How do I bake bread?'))
    expect(answer.choices[0]?.message.content).toBe(CALM)
    const records = await running.decisionsSince(since)
    expect(records.map(({ data }) => [data.outcome, data.source])).toEqual(Array(2).fill(['allow', 'screen']))
  })

  it('blocks the test string in a prompt and in an answer', async () => {
    model.requests.length = 0
    await expect(hooked().chat.completions.create(chat(`Please: ${TEST}`))).rejects.toMatchObject({ status: 446 })
    expect(model.requests).toEqual([])
    model.says = CALM + TEST
    const failed = await hooked()
      .chat.completions.create(chat('How do I bake bread?'))
      .catch((error: unknown) => error)
    expect(failed).toMatchObject({ status: 446 })
  })

  it('refuses a stream, since its hooks are handed no answer that streams', async () => {
    model.requests.length = 0
    await expect(
      hooked().chat.completions.create({ ...chat('How do I bake bread?'), stream: true }),
    ).rejects.toMatchObject({ status: 446 })
    expect(model.requests).toEqual([])
  })

  it('screens the prompts of streams where that is asked for', async () => {
    const promptOnly = hooked((config) =>
      config.replaceAll('/v1/screen/portkey', '/v1/screen/portkey?streams=prompt-only'),
    )
    model.says = CALM
    let text = ''
    for await (const chunk of await promptOnly.chat.completions.create({ ...chat('Hello.'), stream: true }))
      text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(CALM)
    await expect(promptOnly.chat.completions.create({ ...chat(TEST), stream: true })).rejects.toMatchObject({
      status: 446,
    })
  })

  it('lets nothing through while Safelevel is away', async () => {
    const away = hooked((config) => config.replaceAll(running.url, 'http://127.0.0.1:9'))
    model.requests.length = 0
    await expect(away.chat.completions.create(chat('Hello.'))).rejects.toMatchObject({ status: 446 })
    expect(model.requests).toEqual([])
  })

  it('enforces streams whole where Safelevel stands behind it as the provider', async () => {
    const answer = await behind().chat.completions.create(chat(TEST, 'scripted'))
    expect(answer.choices[0]?.finish_reason).toBe('content_filter')
    let text = ''
    let finish: string | null = null
    const ask = chat('sandbox:test-string cyber_operations', 'scripted')
    for await (const chunk of await behind().chat.completions.create({ ...ask, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
    }
    expect([finish, text.includes(TEST.slice(0, 8)), text.length > 100]).toEqual(['content_filter', false, true])
  })
})
