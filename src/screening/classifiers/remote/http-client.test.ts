import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { answerJson, ScriptedGuard } from '../../../../test/support/scripted-guard.ts'
import { GuardError } from './guard-error.ts'
import { GuardHttpClient, type HttpClientConfig } from './http-client.ts'

const SECRET = 'sk-very-secret'
const CONTENT = 'a sentence that nobody may log'
const opened: { close(): Promise<void> }[] = []

function clientOf(baseUrl: string, more: Partial<HttpClientConfig> = {}): GuardHttpClient {
  const client = new GuardHttpClient({
    id: 'guard-1',
    baseUrl,
    apiKey: SECRET,
    timeoutMs: 2_000,
    maxConcurrent: 2,
    maxQueued: 1,
    maxResponseBytes: 1_000,
    ...more,
  })
  opened.push(client)
  return client
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()))
})

async function failureOf(answer: Promise<unknown>): Promise<GuardError> {
  try {
    await answer
  } catch (error) {
    expect(error).toBeInstanceOf(GuardError)
    const text = `${String(error)} ${JSON.stringify(error)}`
    for (const secret of [SECRET, CONTENT, '127.0.0.1', 'leaky']) expect(text).not.toContain(secret)
    return error as GuardError
  }
  throw new Error('it did not fail')
}

describe('GuardHttpClient', () => {
  it.each([
    ['', '/v1/x'],
    ['/', '/v1/x'],
    ['/v1', '/v1/x'],
    ['/proxy/v1/', '/proxy/v1/x'],
  ])('posts JSON with the key, below the base %j', async (base, path) => {
    await using server = await ScriptedGuard.start((_, response) => answerJson(response, { ok: [1] }))
    expect(await clientOf(server.url + base).post('/v1/x', { text: CONTENT })).toEqual({ ok: [1] })
    expect(server.questions[0]).toMatchObject({
      path,
      body: { text: CONTENT },
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    })
  })

  it.each([
    [400, 'rejected', false],
    [413, 'rejected', false],
    [401, 'status', true],
    [404, 'status', true],
    [429, 'status', true],
    [500, 'status', true],
    [503, 'status', true],
    [302, 'status', true],
    [204, 'status', true],
  ] as const)('takes status %i as %s; against the server: %s', async (status, failure, against) => {
    await using server = await ScriptedGuard.start((_, response) => {
      response.writeHead(status, { location: '/elsewhere' })
      response.end(status === 204 ? undefined : `leaky ${CONTENT}`)
    })
    const error = await failureOf(clientOf(server.url).post('/v1/x', { text: CONTENT }))
    expect([error.failure, error.speaksAgainstServer]).toEqual([failure, against])
    expect(server.questions.length).toBe(1)
  })

  it.each([
    ['an HTML page', '<html>leaky</html>'],
    ['truncated JSON', '{"choices":[{"message":'],
    ['two values', '{}{}'],
    ['nothing', ''],
    ['a key that stands twice', '{"a":1,"a":2}'],
    ['a tower of arrays', '['.repeat(200) + ']'.repeat(200)],
    ['text that is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('refuses %s', async (_, body) => {
    await using server = await ScriptedGuard.start((_question, response) => void response.end(body))
    expect((await failureOf(clientOf(server.url).post('/v1/x', {}))).failure).toBe('malformed')
  })

  it('stops reading an answer that grows too large', async () => {
    let sent = 0
    await using server = await ScriptedGuard.start(async (_, response) => {
      response.on('error', () => {})
      while (!response.destroyed && sent < 1e8) {
        sent += 65_536
        if (!response.write('x'.repeat(65_536))) await wait(1)
      }
      response.end()
    })
    expect((await failureOf(clientOf(server.url).post('/v1/x', {}))).failure).toBe('response_too_large')
    expect(sent).toBeLessThan(2e7)
  })

  it('gives up on silence and on a trickle alike', async () => {
    await using silent = await ScriptedGuard.start(() => {})
    await using trickling = await ScriptedGuard.start(async (_, response) => {
      response.on('error', () => {})
      while (!response.destroyed) {
        response.write(' ')
        await wait(10)
      }
    })
    for (const { url } of [silent, trickling]) {
      const error = await failureOf(clientOf(url, { timeoutMs: 80 }).post('/v1/x', {}))
      expect([error.failure, error.code]).toEqual(['timeout', 'UPSTREAM_TIMEOUT'])
    }
  })

  it('takes a broken connection and an absent server as network failures', async () => {
    const server = await ScriptedGuard.start((_, response) => {
      response.write('{"cho')
      response.socket?.destroy()
    })
    expect((await failureOf(clientOf(server.url).post('/v1/x', {}))).failure).toBe('network')
    const gone = clientOf(server.url)
    await server[Symbol.asyncDispose]()
    expect((await failureOf(gone.post('/v1/x', {}))).failure).toBe('network')
  })

  it('asks as many at once as allowed, lets as many wait, and turns the rest away at once', async () => {
    let now = 0
    let most = 0
    await using server = await ScriptedGuard.start(async (_, response) => {
      most = Math.max(most, ++now)
      await wait(60)
      now -= 1
      answerJson(response, {})
    })
    const client = clientOf(server.url)
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => client.post('/v1/x', {})))
    expect(answers.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ])
    const refused = answers.find((answer) => answer.status === 'rejected')
    expect([refused?.reason.failure, refused?.reason.speaksAgainstServer]).toEqual(['overloaded', false])
    expect(most).toBe(2)
    expect(await client.post('/v1/x', {})).toEqual({})
  })

  it('gives the place of one that is given up to the next, waiting or asking', async () => {
    await using server = await ScriptedGuard.start(({ body }, response) => {
      if (typeof body === 'object' && body !== null && 'answer' in body) answerJson(response, {})
    })
    const client = clientOf(server.url, { maxConcurrent: 1 })
    const [asking, waiting] = [new AbortController(), new AbortController()]
    const first = client.post('/v1/x', {}, asking.signal)
    const second = client.post('/v1/x', {}, waiting.signal)
    waiting.abort(new Error('waited enough'))
    await expect(second).rejects.toThrow('waited enough')
    const third = client.post('/v1/x', { answer: true })
    asking.abort(new Error('asked enough'))
    await expect(first).rejects.toThrow('asked enough')
    expect(await third).toEqual({})
  })

  it('does not begin for a caller that is gone', async () => {
    await using server = await ScriptedGuard.start((_, response) => answerJson(response, {}))
    await expect(clientOf(server.url).post('/v1/x', {}, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(server.questions).toEqual([])
  })
})
