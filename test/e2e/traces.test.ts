import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

/** Words that may stand in no trace, whoever says them. */
const PROMPT = 'Wie backe ich Sauerteigbrot, fragte Quirin Zündapfel?'
const WORDS = ['Sauerteigbrot', 'Zündapfel', 'Quirin', 'Roggenmehl']
const ANSWER = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Mit Roggenmehl.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
}
const CALLER = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }

let collector: OtlpReceiver
let app: RunningApp

async function ask(prompt: string, body: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: prompt }], ...body }),
  })
  await response.text()
  return response
}

describe('traces', () => {
  let upstreamHeaders: Record<string, string>[] = []
  const answers: Record<string, Response> = {}

  beforeAll(async () => {
    collector = await OtlpReceiver.start()
    app = await startApp({
      config: { telemetry: { otlpEndpoint: collector.url, sampleRatio: 1, serviceName: 'gateway-test' } },
    })
    app.upstream.respond = () => jsonAnswer(ANSWER)
    answers.whole = await ask(PROMPT, {}, { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-00` })
    app.upstream.respond = null
    answers.streamed = await ask(PROMPT, { stream: true })
    answers.refused = await ask(`${PROMPT} ${testString('chemical')}`)
    answers.unknown = await ask(PROMPT, { model: 'Sauerteigbrot-model' })
    answers.hostile = await ask(PROMPT, {}, { traceparent: 'Sauerteigbrot', tracestate: 'Quirin=Zuendapfel' })
    upstreamHeaders = app.upstream.requests.map(({ headers }) => ({ ...headers }))
    await app[Symbol.asyncDispose]() // sends what waits
  }, 60_000)
  afterAll(() => collector[Symbol.asyncDispose]())

  const rootOf = (response: Response | undefined): ReceivedSpan => {
    const id = response?.headers.get('x-safelevel-decision')
    const root = collector.spans.find(({ attributes }) => attributes['safelevel.decision.id'] === id)
    if (root === undefined) throw new Error(`no trace of ${id}`)
    return root
  }
  const stagesOf = (root: ReceivedSpan) =>
    collector.spans
      .filter(({ parentSpanId }) => parentSpanId === root.spanId)
      .sort((a, b) => Number(a.startNs - b.startNs))
      .map(({ name }) => name)

  it('show each stage below the request, and what became of it', () => {
    const root = rootOf(answers.whole)
    expect(root).toMatchObject({ name: 'generate', kind: 2, status: 0 })
    expect(stagesOf(root)).toEqual(['decode', 'screen prompt', 'upstream', 'screen completion', 'record'])
    expect(root.attributes).toMatchObject({
      'gen_ai.request.model': MODEL,
      'safelevel.outcome': 'allow',
      'safelevel.surface': 'api',
      'http.response.status_code': 200,
    })
    expect(root.attributes['gen_ai.usage.input_tokens']).toBe(12)
    expect(root.resource).toMatchObject({ 'service.name': 'gateway-test' })
    expect(stagesOf(rootOf(answers.streamed))).toContain('windows')
    expect(stagesOf(rootOf(answers.refused))).toEqual(['decode', 'screen prompt', 'record'])
    expect(rootOf(answers.refused).attributes['safelevel.outcome']).toBe('refuse')
  })

  it('lie within their request in time', () => {
    for (const root of collector.spans.filter(({ name }) => name === 'generate')) {
      for (const stage of collector.spans.filter(({ parentSpanId }) => parentSpanId === root.spanId)) {
        expect(stage.startNs).toBeGreaterThanOrEqual(root.startNs - 1_000n)
        expect(stage.endNs).toBeLessThanOrEqual(root.endNs + 1_000n)
        expect(stage.endNs).toBeGreaterThanOrEqual(stage.startNs)
      }
    }
  })

  it('go on with the caller’s trace and are taken on to the upstream', () => {
    const root = rootOf(answers.whole)
    expect([root.traceId, root.parentSpanId]).toEqual([CALLER.traceId, CALLER.spanId])
    expect(upstreamHeaders[0]?.traceparent).toBe(`00-${CALLER.traceId}-${root.spanId}-01`)
    const streamed = rootOf(answers.streamed)
    expect(streamed.parentSpanId).toBeUndefined()
    expect(upstreamHeaders[1]?.traceparent).toBe(`00-${streamed.traceId}-${streamed.spanId}-01`)
  })

  it('begin anew where the caller’s trace makes no sense, and hand on nothing else', () => {
    const root = rootOf(answers.hostile)
    expect(root.parentSpanId).toBeUndefined()
    expect(upstreamHeaders.some((headers) => 'tracestate' in headers)).toBe(false)
  })

  it('mark failures by their code', () => {
    const root = rootOf(answers.unknown)
    expect(root.status).toBe(2)
    expect(root.attributes['error.type']).toBe('MODEL_NOT_FOUND')
    expect(root.attributes['gen_ai.request.model']).toBeUndefined()
  })

  it('hold nothing that anybody said', () => {
    const all = collector.bodies.join('\n')
    expect(collector.spans.length).toBeGreaterThan(20)
    for (const word of [...WORDS, 'SAFELEVEL-TEST', app.key, 'sandbox answer']) expect(all).not.toContain(word)
    const names = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)))
    expect(
      [...names].filter(
        (name) =>
          !/^(gen_ai\.(request\.(model|choice\.count)|usage\.(in|out)put_tokens)|safelevel\.[a-z_.]+|error\.type|http\.response\.status_code)$/.test(
            name,
          ),
      ),
    ).toEqual([])
  })
})
