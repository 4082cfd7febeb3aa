import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeSse } from '../../src/gateway/sse.ts'
import { PATHS, post, simpleBody } from '../support/dialect-http.ts'
import { CALM, receive, say } from '../support/invariants.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, EVENT_STREAM } from '../support/scripted-upstream.ts'
import { StringScreen } from '../support/string-screen.ts'
import { shownText, textStream } from '../support/text-streams.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const
let running: RunningApp

beforeAll(async () => {
  running = await startApp({ classifier: new StringScreen(), config: { shutdownGraceMs: 5_000 } })
})
afterAll(() => running[Symbol.asyncDispose]())

describe('11 and 12: what is shown', () => {
  it('claims no level', async () => {
    const page = await (await fetch(`${running.url}/`)).text()
    expect(page).toContain('No AI safety level is claimed')
    expect(page).not.toMatch(/ASL-\d/)
  })

  it('says so where models are only observed, and each release is recorded as not enforced', async () => {
    const { streaming } = running.app.config
    streaming.mode = 'tail'
    const page = await (await fetch(`${running.url}/`)).text()
    running.upstream.respond = say('openai-chat', CALM)
    const since = running.app.ledger.size
    await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.', { stream: true }))
    streaming.mode = 'hold'
    expect(page).toContain('observed only')
    expect((await running.decisionsSince(since)).map(({ data }) => [data.outcome, data.enforced])).toEqual([
      ['allow', false],
    ])
  })
})

describe('keys, limits and the end', () => {
  it('refuses a revoked key from the next request on', async () => {
    running.upstream.respond = null
    const { id, key } = await running.app.accounts.createKey({ name: 'short-lived' } as never, OPERATOR)
    const ask = () => post({ url: running.url, key }, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    expect((await ask()).status).toBe(200)
    await running.app.accounts.revokeKey(id, OPERATOR)
    expect((await ask()).status).toBe(401)
  })

  it('tells the limits and keeps to them', async () => {
    const { accounts } = running.app
    const { id: organisationId } = await accounts.createOrganisation({ name: 'Limited' }, OPERATOR)
    const { id: projectId } = await accounts.createProject(
      { organisationId, name: 'p', requestsPerMinute: 2, tokensPerMinute: 1_000 },
      OPERATOR,
    )
    const { key } = await accounts.createKey({ name: 'limited', projectId } as never, OPERATOR)
    const ask = (text: string) => post({ url: running.url, key }, PATHS['openai-chat'], simpleBody('openai-chat', text))
    expect((await ask('x'.repeat(10_000))).status).toBe(429)
    const answers = [await ask('x'), await ask('x'), await ask('x')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(
      answers.map(({ headers }) => [
        headers.get('x-ratelimit-limit-requests'),
        headers.get('x-ratelimit-remaining-requests'),
      ]),
    ).toEqual([
      ['2', '1'],
      ['2', '0'],
      ['2', '0'],
    ])
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answers[2]?.headers.get('x-ratelimit-reset-requests')).toMatch(/s$/)
  })

  it('lets streams that run end when it stops, and takes no new request', async () => {
    running.upstream.respond = () => bytesAnswer(slowly(CALM), EVENT_STREAM)
    const { seen, done } = receive(running, 'openai-chat', 'Hello.', true)
    await expect.poll(() => seen.text.length).toBeGreaterThan(0)
    const drained = running.app.drain()
    const late = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    expect([late.status, JSON.parse(late.text).error.code]).toEqual([503, 'shutting_down'])
    await Promise.all([drained, done])
    expect(await shownText('openai-chat', seen.text)).toBe(CALM)
    expect(seen.text).toContain('[DONE]')
  })
})

async function* slowly(text: string): AsyncGenerator<Uint8Array> {
  for (const event of textStream('openai-chat', text.match(/[\s\S]{1,16}/g) ?? [])) {
    yield Buffer.from(encodeSse(event))
    await sleep(5)
  }
}
