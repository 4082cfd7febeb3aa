import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import type { JsonObject } from '../../../base/json.ts'
import { LABELS, testString } from '../../../screening/index.ts'
import type { SpeakingDialectId as DialectId } from '../../dialects/dialect.ts'
import { DIALECTS } from '../../dialects/index.ts'
import { tokensOf } from './answer.ts'
import { type SandboxOptions, SandboxUpstream } from './index.ts'

const BODIES: Record<DialectId, (prompt: string) => JsonObject> = {
  'openai-chat': (content) => ({ model: 'sandbox-1', messages: [{ role: 'user', content }] }),
  'openai-responses': (input) => ({ model: 'sandbox-1', input }),
  'openai-completions': (prompt) => ({ model: 'sandbox-1', prompt }),
  'anthropic-messages': (content) => ({ model: 'sandbox-1', max_tokens: 9, messages: [{ role: 'user', content }] }),
}
const IDS = Object.keys(BODIES) as DialectId[]

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

async function ask(
  dialect: DialectId,
  body: JsonObject,
  options: Partial<SandboxOptions> = {},
  signal = new AbortController().signal,
) {
  const upstream = new SandboxUpstream({ testString, tokenDelayMs: 0, clock: new ManualClock(), ...options })
  return await upstream.send({ dialect, path: '/v1/x', body: Buffer.from(JSON.stringify(body)), headers: {}, signal })
}

async function textOf(response: { body: AsyncIterable<Uint8Array> }): Promise<string> {
  return Buffer.concat(await all(response.body)).toString()
}

async function said(dialect: DialectId, body: JsonObject): Promise<string> {
  const whole = JSON.parse(await textOf(await ask(dialect, body))) as JsonObject
  return DIALECTS[dialect]
    .decodeCompletion(whole)
    .texts.map(({ text }) => text)
    .join('\n')
}

describe.each(IDS)('the sandbox in %s', (dialect) => {
  const body = BODIES[dialect]

  it('says what it is, echoes a bounded bit and is the same each time', async () => {
    const text = await said(dialect, body('How do I bake bread?'))
    expect(text).toContain("This is Safelevel's built-in sandbox, not a real model.")
    expect(text).toContain('“How do I bake bread?”')
    expect(await said(dialect, body('How do I bake bread?'))).toBe(text)
    expect((await said(dialect, body('😀'.repeat(10_000)))).length).toBeLessThan(1_000)
    expect((await said(dialect, body('😀'.repeat(10_000)))).isWellFormed()).toBe(true)
  })

  it('puts the test string of any label in the middle of a long answer', async () => {
    for (const label of LABELS) {
      const text = await said(dialect, body(`sandbox:test-string ${label}`))
      const at = text.indexOf(testString(label))
      expect(at).toBeGreaterThan(1_000)
      expect(text.length - at).toBeGreaterThan(1_000)
    }
  })

  it('answers as long as it is asked to', async () => {
    expect(await said(dialect, body('sandbox:length 5000'))).toHaveLength(5_000)
    expect((await said(dialect, body('sandbox:length 999999999'))).length).toBeLessThanOrEqual(200_000)
  })

  it('takes any prompt', async () => {
    for (const prompt of ['sandbox:length', 'sandbox:test-string nothing', 'sandbox:tool', 'sandbox:length 0x', ' ']) {
      expect((await ask(dialect, body(prompt))).status).toBe(200)
    }
  })

  it('refuses what the dialect refuses, in its own words', async () => {
    const response = await ask(dialect, { model: 'sandbox-1' })
    expect(response.status).toBe(400)
    expect(await textOf(response)).toContain('invalid_request_error')
  })

  it('stops when the client goes away', async () => {
    const abort = new AbortController()
    const response = await ask(
      dialect,
      { ...body('sandbox:length 9000'), stream: true },
      { tokenDelayMs: 1 },
      abort.signal,
    )
    let events = 0
    const drain = async () => {
      for await (const _ of response.body) if (++events === 5) abort.abort()
    }
    await expect(drain()).rejects.toThrow()
    expect(events).toBe(5)
  })

  it('does what a script says', async () => {
    const scripted = await ask(
      dialect,
      { ...body('x'), stream: true },
      { script: () => ({ status: 503, headers: { 'retry-after': '1' }, chunks: ['half an ', Uint8Array.of(0xff)] }) },
    )
    expect(scripted.status).toBe(503)
    expect(scripted.headers['retry-after']).toBe('1')
    expect(Buffer.concat(await all(scripted.body))).toEqual(Buffer.concat([Buffer.from('half an '), Buffer.of(0xff)]))
    const answered = await ask(dialect, body('x'), {
      script: ({ text }) => ({ answers: [{ text: `heard ${text}`, reasoning: null, tool: null }] }),
    })
    expect(await textOf(answered)).toContain('heard x')
  })
})

describe('tokensOf', () => {
  it.each(['', ' ', 'a', 'two  words\n', 'verylongwordwithoutanyspaces', '😀 é'])('loses nothing of %j', (text) => {
    expect(tokensOf(text).join('')).toBe(text)
  })
})
