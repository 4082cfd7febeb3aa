import { generateText, streamText } from 'ai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SpeakingDialectId } from '../../src/gateway/dialects/dialect.ts'
import type { UpstreamRequest, UpstreamResponse } from '../../src/gateway/index.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { clientsOf } from '../support/clients.ts'
import { PATHS, post, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { wholeAnswer } from '../support/invariants.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { revisingPolicyFile } from '../support/revising-policy.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, jsonAnswer, sseAnswer } from '../support/scripted-upstream.ts'
import { textStream } from '../support/text-streams.ts'

const HATEFUL = `They are all ${marked('hate', 0.7)} and so are their children.`
const WORSE = `They are all ${marked('hate', 0.97)} and so are their children.`
const GRAVE = `Mix ${marked('chemical', 0.99)} with ${marked('hate', 0.7)}.`
const REVISED = 'People of every origin deserve respect.'
const DIALECTS: SpeakingDialectId[] = ['openai-chat', 'openai-completions', 'openai-responses', 'anthropic-messages']

type Answer = UpstreamResponse | Promise<UpstreamResponse>
/** What the model says to each of the questions. */
interface Says {
  first?: string
  critique?: () => Answer
  revision?: () => Answer
}
const said = (text: string) => jsonAnswer({ ...wholeAnswer('openai-chat', text), usage: USAGE })
const USAGE = { prompt_tokens: 30, completion_tokens: 10, total_tokens: 40 }

describe.each(['whole', 'hold'] as const)('answers that are revised, streams in %s mode', (mode) => {
  let running: RunningApp
  let clients: ReturnType<typeof clientsOf>
  const policy = revisingPolicyFile()
  beforeAll(async () => {
    running = await startApp({
      classifier: new MarkerScreen(),
      config: {
        ...{ policy: policy.path, streaming: { mode }, content: { keep: 'flagged' } },
        enforcement: { automatic: false },
        refusal: { revision: { timeoutMs: 1_500, maxTokens: 300 } },
      },
    })
    clients = clientsOf(running)
  }, 180_000)
  afterEach(() => {
    running.upstream.respond = null
    running.upstream.take()
  })
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
    policy[Symbol.dispose]()
  })

  function script(dialect: SpeakingDialectId, { first = HATEFUL, critique, revision }: Says = {}) {
    running.upstream.respond = ({ body, stream }: UpstreamRequest) => {
      const text = Buffer.from(body).toString()
      if (text.includes('Revision request:')) return revision?.() ?? said(REVISED)
      if (text.includes('Critique request:')) return critique?.() ?? said('It demeans people for their origin.')
      if (stream) return sseAnswer([...textStream(dialect, first.match(/[\s\S]{1,12}/g) ?? [])])
      return jsonAnswer(wholeAnswer(dialect, first))
    }
  }

  async function send(dialect: SpeakingDialectId, rest: object = {}, signal?: AbortSignal) {
    const size = running.app.ledger.size
    const body = { ...simpleBody(dialect, 'What are they like?'), ...rest }
    const { status, text, headers } = await post(running, PATHS[dialect], body, signal === undefined ? {} : { signal })
    const id = headers.get('x-safelevel-decision') ?? ''
    const [event] = await running.decisionsSince(size, id)
    return { status, text, header: headers.get('x-safelevel-revised'), event, id }
  }

  const facts = (event: LedgerEvent | undefined) => event?.data as Record<string, Record<string, unknown> & string>

  for (const dialect of DIALECTS) {
    for (const stream of [false, true]) {
      it(`revises an answer of ${dialect}${stream ? ', streamed' : ''}`, async () => {
        script(dialect)
        const { status, text, header, event } = await send(dialect, stream ? { stream } : {})
        expect([status, header]).toEqual([200, '5.2'])
        expect(text).toContain(REVISED)
        expect(text).not.toContain('⟦')
        expect(text).not.toContain('their children')
        expect(text).toContain('safelevel_revised')
        const { outcome, revised, completion, revision } = facts(event)
        expect(outcome).toBe('revise')
        expect(revised).toEqual({
          ...{ clause: '5.2', label: 'hate', model: MODEL, rounds: 1, ms: expect.any(Number) },
          usage: { inputTokens: 60, outputTokens: 20 },
        })
        expect(completion).toMatchObject({ action: 'refuse', revisable: true, clause: '5.2', scores: { hate: 0.7 } })
        expect(revision).toMatchObject({ action: 'allow' })
        expect(Object.keys(event?.digests ?? {})).toEqual(['completion', 'request', 'revision'])
        expect(JSON.stringify(event)).not.toContain('respect')
      })
    }
  }

  it('asks against the wording of the clause, with what was said, and tells no key of the customer’s', async () => {
    script('openai-chat')
    await send('openai-chat')
    const [, critique, revision] = running.upstream.requests
    const words = Buffer.from(critique?.body ?? []).toString()
    expect(words).toContain('Do not demean, dehumanise or threaten people')
    expect(words).toContain('What are they like?')
    expect(words).toContain('and so are their children')
    expect(Buffer.from(revision?.body ?? []).toString()).toContain('It demeans people for their origin.')
    expect(JSON.stringify(critique?.headers)).not.toContain(running.key)
  })

  const refused = (text: string) => verdictOf('openai-chat', { status: 200, text }) === 'refused'

  describe.each([false, true])('refuses what can’t be revised (streamed: %s)', (stream) => {
    const rest = stream ? { stream } : {}
    const never = () => new Promise<never>(() => {})
    it.each<[string, Says, string]>([
      ['harm again', { revision: () => said(HATEFUL.replace('all', 'both')) }, 'still_refused'],
      ['graver harm', { revision: () => said(GRAVE) }, 'still_refused'],
      ['nothing', { revision: () => said('   ') }, 'empty'],
      ['the same', { revision: () => said(HATEFUL) }, 'unchanged'],
      ['what was cut off', { revision: () => jsonAnswer(cut(REVISED)) }, 'unavailable'],
      ['a refusal as critique', { critique: () => jsonAnswer(declined()) }, 'unavailable'],
      ['an error', { critique: () => jsonAnswer({ error: {} }, 500) }, 'unavailable'],
      ['no JSON', { critique: () => bytesAnswer([Buffer.from('<html>')], {}) }, 'unavailable'],
      ['an answer without end', { revision: never }, 'timeout'],
      ['too much', { revision: () => said('x'.repeat(17 * 1024 * 1024)) }, 'unavailable'],
    ])('%s', async (_, says, why) => {
      script('openai-chat', says)
      const { text, header, event, status } = await send('openai-chat', rest)
      expect([status, header, refused(text)]).toEqual([200, null, true])
      expect(text).not.toContain('⟦')
      const { outcome, unrevised, revised } = facts(event)
      expect([outcome, unrevised, revised]).toEqual([
        'refuse',
        { clause: '5.2', ms: expect.any(Number), why },
        undefined,
      ])
    })

    it('what is refused outright, without asking', async () => {
      for (const first of [WORSE, GRAVE]) {
        script('openai-chat', { first })
        const { text, event } = await send('openai-chat', rest)
        expect([refused(text), facts(event).outcome]).toEqual([true, 'refuse'])
        expect(facts(event).revised).toBeUndefined()
        expect(running.upstream.take()).toHaveLength(1)
      }
    })

    it.each<[string, object]>([
      ['several choices', { n: 2 }],
      ['JSON', { response_format: { type: 'json_object' } }],
      [
        'what goes on from a beginning',
        {
          messages: [
            { role: 'user', content: 'x' },
            { role: 'assistant', content: 'y' },
          ],
        },
      ],
    ])('%s, without asking', async (_, body) => {
      script('openai-chat')
      const { text, event } = await send('openai-chat', { ...rest, ...body })
      expect([refused(text), facts(event).unrevised?.why]).toEqual([true, 'not_plain'])
      expect(running.upstream.take()).toHaveLength(1)
    })
  })

  it('refuses calls of tools', async () => {
    const call = { id: 'c', type: 'function', function: { name: 'say', arguments: JSON.stringify({ text: HATEFUL }) } }
    const message = { role: 'assistant', content: null, tool_calls: [call] }
    running.upstream.respond = () =>
      jsonAnswer({ ...wholeAnswer('openai-chat', ''), choices: [{ index: 0, message, finish_reason: 'tool_calls' }] })
    const { text, event } = await send('openai-chat')
    expect([refused(text), facts(event).unrevised?.why]).toEqual([true, 'not_plain'])
  })

  it('leaves alone what is let through, and what was asked', async () => {
    script('openai-chat', { first: `Fine ${marked('hate', 0.5)}` })
    expect(facts((await send('openai-chat')).event).outcome).toBe('allow')
    const asked = simpleBody('openai-chat', WORSE)
    const { text, event } = await send('openai-chat', asked)
    expect([refused(text), facts(event).outcome, facts(event).unrevised]).toEqual([true, 'refuse', undefined])
  })

  it('stops when the client goes away, and records that', async () => {
    const gone = new AbortController()
    let asked: UpstreamRequest | undefined
    script('openai-chat', {
      critique: () => {
        asked = running.upstream.requests.at(-1)
        setTimeout(() => gone.abort(), 20)
        return new Promise((_, reject) => asked?.signal.addEventListener('abort', () => reject(new Error('gone'))))
      },
    })
    const size = running.app.ledger.size
    await expect(send('openai-chat', {}, gone.signal)).rejects.toThrow()
    await expect.poll(async () => facts((await running.decisionsSince(size))[0])?.outcome).toBe('cancel')
    expect(asked?.signal.aborted).toBe(true)
  })

  it('has it on record before the first byte leaves', async () => {
    script('openai-chat')
    const append = running.app.ledger.append.bind(running.app.ledger)
    let firstByte = false
    let byteBefore: boolean | null = null
    running.app.ledger.append = async (event) => {
      if (event.kind === 'gateway.decision') {
        await new Promise((resolve) => setTimeout(resolve, 150))
        byteBefore = firstByte
      }
      return await append(event)
    }
    try {
      for (const stream of [false, true]) {
        firstByte = false
        byteBefore = null
        const response = await fetch(`${running.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${running.key}` },
          body: JSON.stringify(simpleBody('openai-chat', 'What are they like?', { stream })),
        })
        firstByte = true
        expect([byteBefore, await response.text()]).toEqual([false, expect.stringContaining(REVISED)])
      }
    } finally {
      running.app.ledger.append = append
    }
  })

  it('keeps both texts where content is kept, the first as withheld', async () => {
    script('openai-chat')
    const { id } = await send('openai-chat')
    await running.app.content.flush()
    const about = { by: { type: 'operator', id: 'test' }, reason: 'appeal' } as const
    const { completion } = await running.app.content.read(id, about)
    expect(completion.map(({ text, releasedChars }) => [text, releasedChars])).toEqual([
      [HATEFUL, 0],
      [REVISED, REVISED.length],
    ])
  })

  it('is counted apart', async () => {
    script('openai-chat')
    const { id } = await send('openai-chat')
    await expect
      .poll(() =>
        running.app.decisions.get(id).then(
          (found) => found.outcome,
          () => null,
        ),
      )
      .toBe('revise')
    const { revised, unrevised, clause } = await running.app.decisions.get(id)
    expect([revised?.model, unrevised, clause]).toEqual([MODEL, null, '5.2'])
    const metrics = await running.app.metrics.registry.metrics()
    expect(metrics).toMatch(/safelevel_revisions_total\{result="revised"\} [1-9]/)
    expect(metrics).toMatch(/safelevel_revisions_total\{result="timeout"\} 2/)
    expect(metrics).toMatch(/safelevel_decisions_total\{route="generate",outcome="revise"\} [1-9]/)
  })

  it('is read by the official SDKs', async () => {
    const user = [{ role: 'user' as const, content: 'What are they like?' }]
    script('openai-chat')
    const whole = await clients.openai.chat.completions.create({ model: MODEL, messages: user })
    const chunks = await clients.openai.chat.completions
      .stream({ model: MODEL, messages: user, stream_options: { include_usage: true } })
      .finalChatCompletion()
    for (const { choices } of [whole, chunks])
      expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: REVISED } })
    const asText = async (stream: boolean) =>
      stream
        ? await streamText({ model: clients.ai.chat, prompt: 'What are they like?' }).text
        : (await generateText({ model: clients.ai.chat, prompt: 'What are they like?' })).text
    expect([await asText(false), await asText(true)]).toEqual([REVISED, REVISED])

    script('openai-responses')
    const response = await clients.openai.responses.create({ model: MODEL, input: 'What are they like?' })
    expect([response.status, response.output_text, response.metadata]).toEqual([
      'completed',
      REVISED,
      { safelevel_revised: '5.2' },
    ])
    const streamed = clients.openai.responses.stream({ model: MODEL, input: 'What are they like?' })
    expect((await streamed.finalResponse()).output_text).toBe(REVISED)
    const texts = await Promise.all([
      generateText({ model: clients.ai.responses, prompt: 'What are they like?' }).then(({ text }) => text),
      streamText({ model: clients.ai.responses, prompt: 'What are they like?' }).text,
    ])
    expect(texts).toEqual([REVISED, REVISED])

    script('openai-completions')
    const completion = await clients.openai.completions.create({ model: MODEL, prompt: 'What are they like?' })
    expect(completion.choices[0]).toMatchObject({ text: REVISED, finish_reason: 'stop' })

    script('anthropic-messages')
    const message = { model: MODEL, max_tokens: 100, messages: user }
    const answered = await clients.anthropic.messages.create(message)
    const final = await clients.anthropic.messages.stream(message).finalMessage()
    for (const { content, stop_reason } of [answered, final])
      expect([content[0], stop_reason]).toMatchObject([{ type: 'text', text: REVISED }, 'end_turn'])
    const said = await generateText({ model: clients.ai.messages, prompt: 'What are they like?' })
    expect(said.text).toBe(REVISED)
  })

  it('takes no longer than the client wants the answer to be', async () => {
    script('openai-chat')
    await send('openai-chat', { max_tokens: 7 })
    const [, critique, revision] = running.upstream.take().map((body) => JSON.parse(body))
    expect([critique.max_tokens, revision.max_tokens]).toEqual([300, 7])
  })

  if (mode === 'hold') {
    it('cuts a stream of which something left already', async () => {
      const long = `${'Good words. '.repeat(400)}${HATEFUL}`
      script('openai-chat', { first: long })
      const { text, header, event } = await send('openai-chat', { stream: true })
      expect([header, facts(event).outcome, facts(event).unrevised]).toMatchObject([null, 'cut', { why: 'begun' }])
      expect(text).toContain('Good words.')
      expect(text).not.toContain('⟦')
      expect(running.upstream.take()).toHaveLength(1)
    })
  } else {
    it('revises a long stream whole, and refuses it when something graver follows', async () => {
      const long = `${HATEFUL}${' Good words.'.repeat(800)}`
      script('openai-chat', { first: long })
      const { text, event } = await send('openai-chat', { stream: true })
      expect([facts(event).outcome, text.includes(REVISED), text.includes('Good words')]).toEqual([
        'revise',
        true,
        false,
      ])
      script('openai-chat', { first: `${long}${GRAVE}` })
      const graver = await send('openai-chat', { stream: true })
      expect([facts(graver.event).outcome, facts(graver.event).completion?.clause]).toEqual(['refuse', '1.1'])
      expect(refused(graver.text)).toBe(true)
    })
  }
})

function cut(text: string) {
  const answer = wholeAnswer('openai-chat', text) as { choices: object[] }
  return { ...answer, choices: answer.choices.map((choice) => ({ ...choice, finish_reason: 'length' })) }
}

function declined() {
  const message = { role: 'assistant', content: null, refusal: 'No.' }
  return { ...wholeAnswer('openai-chat', ''), choices: [{ index: 0, message, finish_reason: 'stop' }] }
}

describe('answers that would be revised', { timeout: 120_000 }, () => {
  const policy = revisingPolicyFile()
  afterAll(() => policy[Symbol.dispose]())
  const start = (config: object) =>
    startApp({ classifier: new MarkerScreen(), config: { policy: policy.path, ...config } })
  const ask = async (running: RunningApp) => {
    running.upstream.respond = () => jsonAnswer(wholeAnswer('openai-chat', HATEFUL))
    const size = running.app.ledger.size
    const { text } = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello'))
    return { text, data: (await running.decisionsSince(size))[0]?.data }
  }

  it('are refused where nobody revises', async () => {
    await using running = await start({})
    const { text, data } = await ask(running)
    expect(text).toContain('content_filter')
    expect([data?.outcome, data?.unrevised]).toMatchObject(['refuse', { why: 'no_reviser' }])
  })

  it('leave as they are where a surface is only observed, and are recorded as what they would have been', async () => {
    await using running = await start({ surfaces: { api: { mode: 'observe' } }, refusal: { revision: {} } })
    const { text, data } = await ask(running)
    expect(text).toContain('⟦')
    expect([data?.outcome, data?.enforced, data?.revised]).toEqual(['revise', false, undefined])
  })

  it('are revised by the model that the configuration names', async () => {
    await using running = await start({
      models: [{ name: 'reviser', upstream: 'scripted', upstreamModel: 'reviser-2' }],
      refusal: { revision: { model: 'reviser', rounds: 2 } },
    })
    running.upstream.respond = ({ body }) => {
      const text = Buffer.from(body).toString()
      if (text.includes('Revision request:')) return said(text.includes('Better.') ? REVISED : 'Better.')
      return said(text.includes('Critique request:') ? 'It demeans.' : HATEFUL)
    }
    const { text } = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello'))
    expect(text).toContain(REVISED)
    const models = running.upstream.take().map((body) => JSON.parse(body).model)
    expect(models).toEqual([MODEL, ...Array(4).fill('reviser-2')])
  })
})
