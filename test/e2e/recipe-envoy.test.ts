import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { DIALECT_IDS, PATHS, post, simpleBody } from '../support/dialect-http.ts'
import { modelAnswer } from '../support/model-answers.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { findTool, freePort, type ModelServer, Served, startModelServer } from '../support/tools.ts'

/** A real Envoy with the recipe, as recipes/envoy has it. */
const ENVOY = findTool('envoy', 'recipes/.tools/envoy/bin/envoy')
const TEST = testString('cyber_operations')
const CALM = 'Bread is made of flour, water and time. '.repeat(5)

describe('what Envoy asks, without Envoy', () => {
  let running: RunningApp
  beforeAll(async () => {
    running = await startApp()
  })
  afterAll(() => running[Symbol.asyncDispose]())

  it.each(DIALECT_IDS)(
    'answers 200 to a calm request of %s and an error that its clients know to another',
    async (dialect) => {
      const ask = (text: string) => post(running, `/v1/screen/authorize${PATHS[dialect]}`, simpleBody(dialect, text))
      expect((await ask('Hello.')).status).toBe(200)
      const refused = await ask(TEST)
      const { error } = JSON.parse(refused.text)
      expect([refused.status, error.type]).toEqual([403, 'permission_error'])
      expect(error.message).toContain('Decision dec_')
    },
  )

  it('denies paths that generate nothing', async () => {
    for (const path of ['/v1/models', '/v1/files', '/', '/v1/screen', '/v1/screen/authorize/v1/chat/completions'])
      expect((await post(running, `/v1/screen/authorize${path}`, {})).status).toBe(404)
  })
})

describe.skipIf(ENVOY === null)('Envoy with the recipe', () => {
  let running: RunningApp
  let model: ModelServer
  let url: string
  const resources = new AsyncDisposableStack()

  beforeAll(async () => {
    running = resources.use(await startApp())
    model = resources.use(await startModelServer(modelAnswer))
    const port = await freePort()
    const folder = await mkdtemp(join(tmpdir(), 'safelevel-envoy-'))
    resources.defer(() => rm(folder, { recursive: true, force: true }))
    const recipe = await readFile(new URL('../../recipes/envoy/envoy.yaml', import.meta.url), 'utf8')
    const config = recipe
      .replace('port_value: 10000', `port_value: ${port}`)
      .replace('port_value: 8080', `port_value: ${new URL(running.url).port}`)
      .replace('port_value: 9000', `port_value: ${model.port}`)
      .replace('SAFELEVEL_API_KEY', running.key)
    await writeFile(join(folder, 'envoy.yaml'), config)
    const args = [
      '-c',
      join(folder, 'envoy.yaml'),
      '--use-dynamic-base-id',
      '--log-level',
      'warn',
      '--concurrency',
      '1',
    ]
    const envoy = resources.use(new Served(ENVOY ?? '', args))
    await envoy.listens(port, 60_000)
    url = `http://127.0.0.1:${port}`
  }, 90_000)
  afterAll(() => resources.disposeAsync())

  const openai = () => new OpenAI({ apiKey: 'of-the-model', baseURL: `${url}/v1`, maxRetries: 0 })
  const anthropic = () => new Anthropic({ apiKey: 'of-the-model', baseURL: url, maxRetries: 0 })
  const messages = (content: string) => [{ role: 'user' as const, content }]

  it('lets what is calm through to the model, whole and streamed', async () => {
    model.says = CALM
    const answer = await openai().chat.completions.create({ model: 'm', messages: messages('How do I bake bread?') })
    expect(answer.choices[0]?.message.content).toBe(CALM)
    let text = ''
    const stream = await openai().chat.completions.create({ model: 'm', messages: messages('Hello.'), stream: true })
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(CALM)
    const said = await anthropic().messages.create({ model: 'm', max_tokens: 9, messages: messages('Hello.') })
    expect(said.content[0]).toMatchObject({ text: CALM })
  })

  it.each([false, true])(
    'blocks the test string in a prompt with an error that clients know (stream %s)',
    async (stream) => {
      model.requests.length = 0
      const since = running.app.ledger.size
      const asked = { model: 'm', messages: messages(`Please: ${TEST}`), stream }
      await expect(openai().chat.completions.create(asked)).rejects.toMatchObject({
        status: 403,
        code: 'content_refused',
        message: expect.stringContaining('Decision dec_'),
      })
      await expect(anthropic().messages.create({ ...asked, max_tokens: 9 })).rejects.toMatchObject({
        status: 403,
        error: { error: { type: 'permission_error', message: expect.stringContaining('Decision dec_') } },
      })
      expect(model.requests).toEqual([])
      const records = await running.decisionsSince(since)
      expect(records.map(({ data }) => [data.outcome, data.source])).toEqual(Array(2).fill(['refuse', 'screen']))
    },
  )

  it('lets nothing through by another path, too long a body or without a decision', async () => {
    model.requests.length = 0
    for (const path of ['/v1/files', '/v1/chat/completions/../files', '/v1//files', '/v1/chat%2fcompletions'])
      expect((await post({ url, key: 'x' }, path, simpleBody('openai-chat', 'Hello.'))).status).toBeGreaterThanOrEqual(
        400,
      )
    expect((await post({ url, key: 'x' }, PATHS['openai-chat'], 'x'.repeat(8_400_000))).status).toBe(413)
    const key = running.app.accounts.authenticate(running.key)
    await running.app.accounts.revokeKey(key?.keyId ?? '', { type: 'operator', id: 'operator' })
    const { status } = await post({ url, key: 'x' }, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    expect(status).toBe(401)
    expect(model.requests).toEqual([])
  })
})
