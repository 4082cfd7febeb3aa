import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readyBlock } from '../../src/cli/ready-block.ts'
import { DIALECT_IDS, PATHS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { CALM, FallibleScreen, say, sayWhole, TEST } from '../support/invariants.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { shownText } from '../support/text-streams.ts'

/** A surface that is only observed: everything is screened and recorded, nothing is refused, and nobody can take it for enforced. */
const screen = new FallibleScreen()
let running: RunningApp

beforeAll(async () => {
  running = await startApp({
    classifier: screen,
    config: {
      upstreams: [],
      models: [{ name: 'watched', upstream: 'scripted', surface: 'trial' }],
      surfaces: { trial: { mode: 'observe' } },
    },
  })
})
beforeEach(() => {
  screen.failure = null
  running.upstream.respond = null
  running.upstream.requests.length = 0
})
afterAll(() => running[Symbol.asyncDispose]())

const watched = (dialect: (typeof DIALECT_IDS)[number], text: string, rest: Record<string, unknown> = {}) => ({
  ...simpleBody(dialect, text, rest),
  model: 'watched',
})

describe('11: nothing is withheld on an observed surface, and all of it is on record as unenforced', () => {
  it.each(DIALECT_IDS)(
    'a prompt in %s that would be refused reaches the model, marked and recorded',
    async (dialect) => {
      const since = running.app.ledger.size
      const answered = await post(running, PATHS[dialect], watched(dialect, TEST))
      expect([answered.status, verdictOf(dialect, answered)]).toEqual([200, 'answered'])
      expect(answered.headers.get('x-safelevel-enforcement')).toBe('observe')
      expect(running.upstream.requests).toHaveLength(1)
      const [event] = await running.decisionsSince(since)
      expect(event?.data).toMatchObject({
        outcome: 'refuse',
        enforced: false,
        surface: 'trial',
        prompt: { action: 'refuse', label: 'cyber_operations', clause: expect.any(String) },
      })
    },
  )

  it.each(SPEAKING_IDS)('an answer in %s that would be refused leaves whole, streamed or not', async (dialect) => {
    const since = running.app.ledger.size
    const text = `${CALM}${TEST} ${CALM}`
    running.upstream.respond = sayWhole(dialect, text)
    const whole = await post(running, PATHS[dialect], watched(dialect, 'Hello.'))
    expect(whole.text).toContain(TEST)
    running.upstream.respond = say(dialect, text)
    const streamed = await post(running, PATHS[dialect], watched(dialect, 'Hello.', { stream: true }))
    expect(await shownText(dialect, streamed.text)).toBe(text)
    expect(streamed.headers.get('x-safelevel-enforcement')).toBe('observe')
    const events = await running.decisionsSince(since)
    expect(events.map(({ data }) => [data.outcome, data.enforced])).toEqual([
      ['refuse', false],
      ['cut', false],
    ])
  })

  it('what nobody could judge leaves too, recorded as not evaluated', async () => {
    screen.failure = { side: 'prompt', how: 'reject', after: 0 }
    const since = running.app.ledger.size
    const answered = await post(running, PATHS['openai-chat'], watched('openai-chat', 'Hello.'))
    expect(answered.status).toBe(200)
    const [event] = await running.decisionsSince(since)
    expect(event?.data).toMatchObject({ outcome: 'allow', enforced: false })
    expect(JSON.stringify(event?.data.prompt)).toContain('unevaluated')
  })

  it('another surface is enforced as ever, and its answers carry no such mark', async () => {
    const answered = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', TEST))
    expect(verdictOf('openai-chat', answered)).toBe('refused')
    expect(answered.headers.get('x-safelevel-enforcement')).toBeNull()
  })

  it('what can’t be read is refused all the same: nothing passes unscreened', async () => {
    const parts = [{ type: 'hologram' }]
    const body = { model: 'watched', messages: [{ role: 'user', content: parts }] }
    expect((await post(running, PATHS['openai-chat'], body)).status).toBe(400)
  })
})

describe('11: everybody sees it', () => {
  it('in the ready block, on /readyz, in the status, on the public site', async () => {
    const block = readyBlock(running.app, { publicUrl: 'x', consoleUrl: 'y', key: null, setupToken: null })
    expect(block).toContain('◐ OBSERVED ONLY on trial')
    const ready = await (await fetch(`${running.url}/readyz`)).json()
    expect(ready).toMatchObject({ ready: true, observed: ['trial'] })
    const { conditions } = running.app.readiness()
    expect(conditions.map(({ code, words }) => [code, words])).toContainEqual([
      'observed_only',
      expect.stringContaining('trial'),
    ])
    for (const page of ['/', '/policy'])
      expect(await (await fetch(running.url + page)).text()).toContain('observed only')
  })

  it('from the first event of the ledger on', async () => {
    const [first] = await running.app.ledger.entries(0, 1)
    expect(first?.event?.data).toMatchObject({ enforced: false, observed: ['trial'] })
  })

  it('refuses a configuration that observes a surface which there is not', async () => {
    await expect(startApp({ config: { surfaces: { tria: { mode: 'observe' } } } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})
