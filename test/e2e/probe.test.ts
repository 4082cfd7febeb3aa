import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const BY = { type: 'operator', id: 'operator' } as const

describe('a probe, by which reproductions of reports ask', () => {
  let running: RunningApp
  beforeAll(async () => {
    running = await startApp({ config: { redress: { requireAcceptance: true, acceptanceGraceDays: 0 } } })
    const { registry } = running.app.modelRooms
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, BY)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: [MODEL] }]
    await registry.deployments.declare({ deployment: 'prod', checkpoint: 'atlas/c1', surfaces }, BY)
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const ask = (content: string) =>
    running.app.disclosure.probe.ask(
      {
        api: 'openai-chat',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }] })),
      },
      AbortSignal.timeout(20_000),
    )

  it('is answered by the real model though new customers are halted and nobody has agreed to the policy', async () => {
    const { controlUrl, app } = running
    const halted = await fetch(`${controlUrl}/api/v1/response/halts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ deployment: 'prod', reason: 'A report says so' }),
    })
    expect(halted.status).toBe(201)
    const asked = running.upstream.requests.length
    const answer = await ask('Hello.')
    expect(answer.status).toBe(200)
    expect(answer.headers['x-safelevel-decision']).toMatch(/^dec_/)
    expect(running.upstream.requests.length).toBe(asked + 1)
  })

  it('is screened and recorded like all others, and counts against nobody', async () => {
    const before = running.app.ledger.size
    const answer = await ask(testString('cyber_operations'))
    expect(answer.body).toContain('"refusal"')
    const [decision] = await running.decisionsSince(before)
    expect(decision).toMatchObject({
      actor: { type: 'key', id: 'key_probe' },
      data: { outcome: 'refuse', canary: true },
    })
    await running.app.enforcement.catchUp()
    const { items } = await running.app.enforcement.readings.strikes({ limit: 10 })
    expect(items).toEqual([])
  })

  it('has a key that nobody can guess', async () => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sl_probe_AAAA', 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] }),
    })
    expect(response.status).toBe(401)
  })
})
