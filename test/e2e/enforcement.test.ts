import { setTimeout as sleep } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewAction, Principal, Subject } from '../../src/accounts/index.ts'
import type { SpeakingDialectId as DialectId } from '../../src/gateway/dialects/dialect.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { clientsOf } from '../support/clients.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, EVENT_STREAM } from '../support/scripted-upstream.ts'
import { textStream } from '../support/text-streams.ts'

/** Restrictions as a customer meets them, through the official clients. */
const ANN = { type: 'staff', id: 'per_ann' } as const
const BAD = marked('cyber_operations', 0.9)
const MESSAGES = [{ role: 'user' as const, content: 'Hello.' }]
let running: RunningApp
let clients: ReturnType<typeof clientsOf>
let principal: Principal

beforeAll(async () => {
  running = await startApp({ classifier: new MarkerScreen() })
  clients = clientsOf(running)
  principal = principalOf(running, running.key)
})
afterAll(() => running[Symbol.asyncDispose]())
beforeEach(() => {
  running.upstream.respond = null
  clients.takeSent()
})

function principalOf({ app }: RunningApp, key: string): Principal {
  const found = app.accounts.authenticate(key)
  if (found === null) throw new Error('the key is not known')
  return found
}

const endUser = (name: string): Subject => ({ type: 'end_user', id: running.app.accounts.endUserId(principal, name) })
const restrict = (subject: Subject, rest: Partial<NewAction> = {}, app = running.app) =>
  app.enforcement.restrict({ subject, step: 'suspend', reason: 'scaled_abuse', ...rest }, ANN)
const undo = (id: string) =>
  running.app.enforcement.undo(id, { authority: 'redress', id: `apl_${id}`, heardBy: 'per_eve' })
const chat = (user: string, content = 'Hello.', rest = {}) =>
  clients.openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content }], user, ...rest })

/** Says a word every 20 ms until it is stopped. */
function endless(dialect: DialectId): void {
  running.upstream.respond = ({ signal }) => bytesAnswer(words(dialect, signal), EVENT_STREAM)
}

async function* words(dialect: DialectId, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const forever = function* () {
    for (;;) yield 'Bread is made of flour, water, salt and a good deal of time. '
  }
  for (const event of textStream(dialect, forever())) {
    await sleep(20, undefined, { signal })
    yield Buffer.from(encodeSse(event))
  }
}

describe('a suspended subject', () => {
  it('is refused natively, once, with the action and where to appeal', async () => {
    const action = await restrict(endUser('mallory'))
    const refusal = {
      status: 403,
      message: expect.stringMatching(
        new RegExp(`this end user is suspended\\. Action ${action.id}, reason: scaled abuse\\..*/appeal`),
      ),
    }
    await expect(chat('mallory')).rejects.toMatchObject({
      ...refusal,
      type: 'permission_error',
      code: 'account_suspended',
    })
    await expect(
      clients.openai.responses.create({ model: MODEL, input: 'Hello.', safety_identifier: 'mallory' }),
    ).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError)
    const messages = clients.anthropic.messages.create({
      model: MODEL,
      max_tokens: 10,
      messages: MESSAGES,
      metadata: { user_id: 'mallory' },
    })
    await expect(messages).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError)
    await expect(messages).rejects.toMatchObject({ status: 403, error: { error: { type: 'permission_error' } } })
    expect(clients.takeSent()).toBe(3)
    expect((await chat('somebody else')).choices[0]?.finish_reason).toBe('stop')
    await undo(action.id)
    expect((await chat('mallory')).choices[0]?.finish_reason).toBe('stop')
  })

  it('is refused on every route when it is the key, before anything reaches the model', async () => {
    const action = await restrict({ type: 'key', id: principal.keyId }, { step: 'ban' })
    running.upstream.take()
    await expect(chat('anybody')).rejects.toMatchObject({ status: 403, code: 'account_banned' })
    await expect(clients.openai.models.list()).rejects.toMatchObject({ status: 403 })
    await expect(clients.openai.moderations.create({ input: 'Hello.' })).rejects.toMatchObject({ status: 403 })
    expect(running.upstream.take()).toEqual([])
    await undo(action.id)
  })

  it.each(['openai-chat', 'openai-responses', 'anthropic-messages'] as const)(
    'has its running %s streams cut within a second, and nobody else’s',
    async (dialect) => {
      endless(dialect)
      const cut = read(dialect, 'mallory')
      const kept = read(dialect, 'bob')
      await Promise.all([cut.begun, kept.begun])
      const startedMs = performance.now()
      const action = await restrict(endUser('mallory'))
      const text = await cut.whole
      expect(performance.now() - startedMs).toBeLessThan(1_000)
      expect(text).toContain('suspended')
      expect(text).toContain(action.id)
      const seen = kept.length()
      await sleep(200)
      expect(kept.length()).toBeGreaterThan(seen)
      kept.stop()
      await kept.whole.catch(() => {})
      await undo(action.id)
      const { id } = (await running.app.ledger.entries(running.app.ledger.size - 1, 1))[0]?.event ?? {}
      expect(id).toMatch(/^evt_/)
    },
  )

  it('has its running answer refused when it does not stream', async () => {
    running.upstream.respond = async ({ signal }) => {
      await sleep(60_000, undefined, { signal })
      throw new Error('it should have been stopped')
    }
    const pending = chat('mallory')
    const settled = expect(pending).rejects.toMatchObject({ status: 403, code: 'account_suspended' })
    while (running.upstream.requests.length === 0) await sleep(5)
    const action = await restrict(endUser('mallory'))
    await settled
    await undo(action.id)
  })
})

describe('the steps below', () => {
  it('tells who is warned, and serves them', async () => {
    const action = await restrict(endUser('mallory'), { step: 'warn' })
    const { data, response } = await chat('mallory').withResponse()
    expect(data.choices[0]?.finish_reason).toBe('stop')
    expect(response.headers.get('x-safelevel-standing')).toBe(`warn; action=${action.id}`)
    await undo(action.id)
  })

  it('answers who is throttled 429 with retry-after', async () => {
    const action = await restrict(endUser('mallory'), { step: 'throttle', throttleFactor: 0.000_000_01 })
    const ask = () =>
      fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, messages: MESSAGES, user: 'mallory' }),
      })
    expect((await ask()).status).toBe(200)
    const refused = await ask()
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.closeTo(60, -1)])
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limited', message: expect.stringContaining(action.id) },
    })
    expect((await chat('bob')).choices[0]?.finish_reason).toBe('stop')
    await undo(action.id)
  })

  it('opens to who is restricted the chosen models alone, and refuses what is otherwise only flagged', async () => {
    const flagged = `Is this rash dangerous? ${marked('specialized_advice', 0.97)}`
    expect((await chat('mallory', flagged)).choices[0]?.finish_reason).toBe('stop')
    const strict = await restrict(endUser('mallory'), { step: 'restrict', throttleFactor: 1 })
    const refused = await chat('mallory', flagged)
    expect(refused.choices[0]?.finish_reason).toBe('content_filter')
    await running.app.enforcement.catchUp()
    expect(running.app.enforcement.readings.standing(endUser('mallory')).strikes).toBe(0)
    expect((await chat('mallory')).choices[0]?.finish_reason).toBe('stop')
    const models = await restrict(endUser('mallory'), { step: 'restrict', throttleFactor: 1, models: ['sandbox-1'] })
    await expect(chat('mallory')).rejects.toMatchObject({ status: 403, code: 'account_restricted' })
    await undo(strict.id)
    await undo(models.id)
  })
})

describe('the ladder', () => {
  it('climbs on what the gateway refuses, and a suspension comes by itself', async () => {
    for (const score of [0.9, 0.9]) await chat('eve', marked('cyber_operations', score))
    await running.app.enforcement.catchUp()
    const standing = running.app.enforcement.readings.standing(endUser('eve'))
    expect(standing).toMatchObject({ strikes: 2 })
    await chat('trent', marked('chemical', 0.99))
    const deadline = performance.now() + 1_000
    while (running.app.enforcement.readings.standing(endUser('trent')).step === null && performance.now() < deadline)
      await sleep(10)
    await expect(chat('trent')).rejects.toMatchObject({ status: 403, code: 'account_suspended' })
    expect((await chat('victor')).choices[0]?.finish_reason).toBe('stop')
    const { items } = await running.app.enforcement.readings.actions({ subjectId: endUser('trent').id, limit: 1 })
    expect(items[0]).toMatchObject({ source: 'automatic', reason: 'extreme_misuse', label: 'chemical' })
  })

  it('tells a pattern over refused requests', async () => {
    for (let i = 0; i < 12; i++) await chat('burst', `${BAD} ${i}`)
    await running.app.enforcement.catchUp()
    const { items } = await running.app.enforcement.readings.patterns({ subjectId: endUser('burst').id, limit: 5 })
    expect(items.map(({ pattern }) => pattern)).toEqual(['refusal_burst'])
  })
})

describe.skipIf(!postgresAvailable('enforcement across replicas'))('two replicas on one database', () => {
  it('cut streams and refuse within a second of a restriction on the other', async () => {
    await using database = await createTestDatabase()
    await using one = await startApp({ classifier: new MarkerScreen(), databaseUrl: database.url })
    await using two = await startApp({
      classifier: new MarkerScreen(),
      databaseUrl: database.url,
      keysFrom: one.dataDir,
    })
    const mine = principalOf(one, one.key)
    expect(one.app.accounts.endUserId(mine, 'x')).toBe(two.app.accounts.endUserId(mine, 'x'))
    two.upstream.respond = ({ signal }) => bytesAnswer(words('openai-chat', signal), EVENT_STREAM)
    const stream = read('openai-chat', 'mallory', two.url, one.key)
    await stream.begun
    const startedMs = performance.now()
    const id = one.app.accounts.endUserId(mine, 'mallory')
    const action = await restrict({ type: 'end_user', id }, {}, one.app)
    expect(await stream.whole).toContain(action.id)
    const tookMs = performance.now() - startedMs
    process.stdout.write(`a restriction cut a stream on another replica after ${Math.round(tookMs)} ms\n`)
    expect(tookMs).toBeLessThan(1_000)
    two.upstream.respond = null
    const again = read('openai-chat', 'mallory', two.url, one.key)
    expect(await again.whole).toContain('account_suspended')
  }, 60_000)
})

const PATHS = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'openai-completions': '/v1/completions',
  'anthropic-messages': '/v1/messages',
} as const

/** Reads a stream as it comes. */
function read(dialect: DialectId, user: string, url = running.url, key = running.key) {
  const stop = new AbortController()
  let text = ''
  let begin: () => void = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const bodies = {
    'openai-chat': { messages: MESSAGES, user },
    'openai-responses': { input: 'Hello.', user },
    'openai-completions': { prompt: 'Hello.', user },
    'anthropic-messages': { messages: MESSAGES, max_tokens: 100, metadata: { user_id: user } },
  }
  const whole = (async () => {
    const response = await fetch(`${url}${PATHS[dialect]}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, stream: true, ...bodies[dialect] }),
      signal: stop.signal,
    })
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString('utf8')
      begin()
    }
    return text
  })()
  return { begun, whole, length: () => text.length, stop: () => stop.abort() }
}
