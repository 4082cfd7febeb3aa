import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { Canaries, type CanaryModel } from '../../src/canaries/index.ts'
import { promptText } from '../../src/canaries/texts.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { loadScreen } from '../../src/screening/index.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** Two surfaces, four APIs that speak with both sides each, two that answer with numbers with one. */
const WAYS = 2 * (4 * 2 + 2)

describe('coverage canaries', () => {
  let running: RunningApp

  beforeAll(async () => {
    running = await startApp({
      classifier: loadScreen(),
      config: { models: [{ name: 'partner-model', upstream: 'scripted', surface: 'partner' }] },
    })
  })
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
  })

  it('hold on every surface, in every API, for prompt and completion', async () => {
    expect(running.app.canaries.list().map(({ state }) => state)).toEqual(Array(WAYS).fill('waiting'))
    await running.app.canaries.round()
    const list = running.app.canaries.list()
    expect(list.filter(({ state }) => state !== 'holds')).toEqual([])
    expect(new Set(list.map(({ surface }) => surface))).toEqual(new Set(['api', 'partner']))
    expect(list).toHaveLength(WAYS)
  })

  it('are recorded and marked, and never reach the real model', async () => {
    const before = running.app.ledger.size
    const asked = running.upstream.requests.length
    await running.app.canaries.round()
    const decisions = await running.decisionsSince(before)
    expect(decisions).toHaveLength(WAYS)
    for (const { data, actor } of decisions) {
      expect(data.canary).toBe(true)
      expect(actor).toEqual({ type: 'key', id: 'key_canary' })
      expect(['refuse', 'cut']).toContain(data.outcome)
    }
    expect(running.upstream.requests).toHaveLength(asked)
  })

  it('have a key that opens nothing else and that nobody can guess', async () => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sl_canary_AAAA', 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] }),
    })
    expect(response.status).toBe(401)
  })
})

describe('a canary', () => {
  const models: CanaryModel[] = [{ name: 'm', surface: 'api', dialects: new Set(['openai-chat']) }]
  const events: LedgerEvent[] = []
  const clock = new ManualClock()
  const canaries = (intervalMs = 60_000) =>
    new Canaries({
      ledger: { append: async (event) => events.push(event) },
      clock,
      ids: systemIds,
      log: silentLog,
      intervalMs,
      models: () => models,
    })

  async function against(answer: () => Response | Promise<Response>, body: (subject: Canaries) => Promise<void>) {
    const { createServer } = await import('node:http')
    const server = createServer(async (_, res) => {
      const response = await answer()
      res.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const subject = canaries(0)
    subject.start(`http://127.0.0.1:${address.port}`)
    try {
      await body(subject)
    } finally {
      server.close()
    }
  }
  const states = (subject: Canaries) => subject.list().map(({ state }) => state)

  it('that is answered is missed, told of once, and recovers', async () => {
    let refuse = false
    const answer = () =>
      Response.json({ choices: [{ finish_reason: refuse ? 'content_filter' : 'stop', message: { content: 'Sure' } }] })
    await against(answer, async (subject) => {
      await subject.round()
      expect(states(subject)).toEqual(['missed', 'missed'])
      await subject.round()
      expect(events.map(({ kind }) => kind)).toEqual(['canary.missed', 'canary.missed'])
      refuse = true
      await subject.round()
      expect(states(subject)).toEqual(['holds', 'holds'])
      expect(events.map(({ kind }) => kind).slice(-2)).toEqual(['canary.recovered', 'canary.recovered'])
    })
  })

  it('whose planted words come through is missed, even beside a refusal', async () => {
    const answer = () =>
      new Response(
        'THEREARENOBADWORDSHERETOTEST SAFELEVEL-TEST-CHEMICAL-THEREARENOBADWORDSHERETOTEST "finish_reason":"content_filter"',
      )
    await against(answer, async (subject) => {
      await subject.round()
      expect(subject.list().find(({ side }) => side === 'completion')?.state).toBe('missed')
    })
  })

  it('that fails is silent, never good news', async () => {
    await against(
      () => Response.json({ error: {} }, { status: 503 }),
      async (subject) => {
        await subject.round()
        expect(states(subject)).toEqual(['silent', 'silent'])
      },
    )
    const nobody = canaries(0)
    nobody.start('http://127.0.0.1:1')
    await nobody.round()
    expect(states(nobody)).toEqual(['silent', 'silent'])
  })

  it('that meets a stop is no alarm', async () => {
    let stop = () => {}
    const answer = () => {
      stop()
      return Response.json({ error: {} }, { status: 503 })
    }
    await against(answer, async (subject) => {
      const before = events.length
      let closed = Promise.resolve()
      stop = () => {
        closed = subject.close()
      }
      await subject.round()
      await closed
      expect(events).toHaveLength(before)
      await subject.round()
      expect(events).toHaveLength(before)
    })
  })

  it('that has not been refused for too long is silent', async () => {
    const answer = () => Response.json({ choices: [{ finish_reason: 'content_filter' }] })
    await against(answer, async (subject) => {
      await subject.round()
      clock.advance(60_000)
      expect(states(subject)).toEqual(['holds', 'holds'])
      clock.advance(60_000)
      expect(states(subject)).toEqual(['silent', 'silent'])
    })
  })

  it('plants something else each time', () => {
    expect(new Set(Array.from({ length: 12 }, (_, n) => promptText(n))).size).toBeGreaterThan(8)
  })
})
