import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDeviceKey, type DeviceKey } from '../../src/base/device-key.ts'
import { put } from '../../src/journal/index.ts'
import type { Grant } from '../../src/weights/access/index.ts'
import { GRANT } from '../../src/weights/access/kinds.ts'
import { records } from '../../src/weights/records/index.ts'
import { noise } from '../support/reading-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { ggufHeader } from '../support/weights-files.ts'
import { grantIn, sealIn } from '../support/weights-served.ts'
import { processes } from './processes.ts'

/** What stands in for node-llama-cpp here: it reads the weights from where it is told, and says what it was asked, word by word. */
const LIBRARY = `
import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
const speak = async (text, { onTextChunk, signal, maxTokens = 1000 }) => {
  const words = text.split(/(?= )/)
  for (const [index, word] of words.entries()) {
    if (signal.aborted || index >= maxTokens) return { stopReason: signal.aborted ? 'abort' : 'maxTokens' }
    onTextChunk(word)
    await new Promise((resolve) => setTimeout(resolve, word === ' slowly' ? 200 : 1))
  }
  return { stopReason: 'eogToken' }
}
export const getLlama = async () => ({
  loadModel: async ({ modelPath }) => {
    const weights = readFileSync(modelPath)
    if (weights.subarray(0, 4).toString() !== 'GGUF') throw new Error('no GGUF')
    globalThis.digest = createHash('sha256').update(weights).digest('hex')
    return {
      fileInfo: { metadata: {} },
      createContext: async ({ sequences }) => {
        const context = {
          sequencesLeft: sequences,
          getSequence: () => {
            context.sequencesLeft--
            return { tokenMeter: { usedInputTokens: 4, usedOutputTokens: 2 }, dispose: () => { context.sequencesLeft++ } }
          },
        }
        return context
      },
    }
  },
})
export class GeneralChatWrapper {}
export class LlamaChatSession {
  setChatHistory(history) { this.history = history }
  promptWithMeta(prompt, options) { return speak(globalThis.digest + ' ' + this.history.length + ' ' + prompt, options) }
}
export class LlamaCompletion {
  async generateCompletionWithMeta(prompt, options) { return { metadata: await speak(prompt, options) } }
}`

/** A GGUF file of one tensor of bytes. */
function gguf(bytes: Buffer): Buffer {
  const header = ggufHeader({
    tensors: [{ name: 'w', dimensions: [BigInt(bytes.length)], type: 24, offset: 0n }],
  })
  return Buffer.concat([header, Buffer.alloc(-header.length & 31), bytes])
}

const WEIGHTS = gguf(noise(3 * 1024 * 1024))
const LOOSE = Buffer.from('not a model')

describe('a model served straight from the vault', () => {
  let folder: string
  let home: RunningApp
  let key: DeviceKey
  let grants: Grant[]
  const named = process.env.SAFELEVEL_DEVICE_KEY
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'safelevel-served-'))
    const library = join(folder, 'node_modules/node-llama-cpp')
    mkdirSync(library, { recursive: true })
    writeFileSync(
      join(library, 'package.json'),
      JSON.stringify({ name: 'node-llama-cpp', type: 'module', exports: './index.js' }),
    )
    writeFileSync(join(library, 'index.js'), LIBRARY)
    key = await createDeviceKey(join(folder, 'device.key'))
    process.env.SAFELEVEL_DEVICE_KEY = key.path
    const ids = ['grt_serve', 'grt_revoked', 'grt_other_use', 'grt_loose']
    const upstream = (grant: string) => ({
      ...{ id: grant.replaceAll('_', '-'), kind: 'llama-cpp', grant, libraryDir: folder },
      file: grant === 'grt_loose' ? 'notes.txt' : 'model.gguf',
    })
    home = await startApp({
      config: {
        ...{ classifier: { mode: 'screen' }, canaries: { intervalSeconds: 0 }, upstreams: ids.map(upstream) },
        models: ids.map((grant) => ({ name: grant, upstream: grant.replaceAll('_', '-') })),
      },
    })
    await sealIn(home, 'orca/1', { 'model.gguf': WEIGHTS, 'notes.txt': LOOSE })
    const device = { thumbprint: key.thumbprint, jwk: key.publicJwk } as Parameters<typeof grantIn>[1]
    grants = []
    for (const id of ids) {
      const given = await grantIn(home, device, {
        version: 'orca/1',
        budgetBytes: WEIGHTS.length + Number(id === 'grt_revoked'),
      })
      grants.push({ ...given, id, use: id === 'grt_other_use' ? 'program' : 'serve' })
    }
    await home.app.staff.context.db.db.transaction().execute((tx) =>
      records.apply(
        tx,
        grants.map((grant) => put(GRANT, grant)),
      ),
    )
  }, 120_000)
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]()
    if (named === undefined) delete process.env.SAFELEVEL_DEVICE_KEY
    else process.env.SAFELEVEL_DEVICE_KEY = named
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = (model: string, body: object, path = '/v1/chat/completions') =>
    fetch(`${home.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${home.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, ...body }),
    })
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Good morning to you' },
  ]
  /** Processes that have weights open, and where those lie. */
  const holders = () =>
    processes()
      .filter(({ command }) => command.includes('model-process'))
      .flatMap(({ pid }) => {
        try {
          const weights = readlinkSync(`/proc/${pid}/fd/3`)
          return weights.startsWith('/dev/shm/') ? [{ pid, weights }] : [] // others serve files of their own
        } catch {
          return [] // gone meanwhile
        }
      })

  it('answers with the weights that were sealed, which lie on no disk', async () => {
    const answer = await ask('grt_serve', { messages })
    const { choices, usage } = (await answer.json()) as { choices: { message: { content: string } }[]; usage: object }
    const { sha256 } =
      (await home.app.weights.vault.versions.files('orca/1')).find(({ path }) => path === 'model.gguf') ?? {}
    expect(choices[0]?.message.content).toBe(`${sha256} 1 Good morning to you`)
    expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 })
    expect(holders().map(({ weights }) => weights)).toEqual([
      expect.stringMatching(/^\/dev\/shm\/safelevel_\w+ \(deleted\)$/),
    ])
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('safelevel_'))).toEqual([])
  })

  it('streams, and completes texts', async () => {
    const streamed = await (await ask('grt_serve', { messages, stream: true })).text()
    expect(streamed.trim().split('\n\n').at(-1)).toBe('data: [DONE]')
    expect(streamed).toContain('morning')
    const text = await ask('grt_serve', { prompt: 'once upon a time', max_tokens: 2 }, '/v1/completions')
    expect(await text.json()).toMatchObject({ choices: [{ text: 'once upon', finish_reason: 'length' }] })
  })

  it('answers more at once than it has room for', async () => {
    const slow = { messages: [{ role: 'user', content: 'count slowly slowly please' }] }
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask('grt_serve', slow)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  })

  it('is loaded once, and the reading is on record', async () => {
    expect(holders()).toHaveLength(1)
    expect((await home.app.weights.reading.usage(['grt_serve'])).get('grt_serve')).toBe(WEIGHTS.length)
  })

  it('ends with its grant', async () => {
    expect((await ask('grt_revoked', { messages })).status).toBe(200)
    const before = holders().length
    await home.app.weights.access.grants.revoke('grt_revoked', { type: 'operator', id: 'test' }, 'a test')
    for (let i = 0; i < 100 && holders().length === before; i++) await wait(50)
    expect(holders()).toHaveLength(before - 1)
    expect((await ask('grt_revoked', { messages })).status).toBe(502)
    expect((await ask('grt_serve', { messages })).status).toBe(200)
  })

  it('is not served under a grant for another use, nor what is no model', async () => {
    expect((await ask('grt_other_use', { messages })).status).toBe(502)
    expect((await ask('grt_loose', { messages })).status).toBe(502)
    expect(holders()).toHaveLength(1)
  })

  it('does not do what a plain model can’t', async () => {
    const answer = await ask('grt_serve', { messages, n: 2 })
    expect(answer.status).toBe(400)
  })

  it('is gone with the installation', async () => {
    const [held] = holders()
    await home[Symbol.asyncDispose]()
    for (let i = 0; i < 100 && existsSync(`/proc/${held?.pid}/cmdline`); i++) await wait(50)
    expect(holders()).toEqual([])
  })
})
