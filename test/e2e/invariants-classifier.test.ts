import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Policy, readPolicyFile } from '../../src/policy/index.ts'
import { LABELS } from '../../src/screening/index.ts'
import { PATHS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { CALM, FallibleScreen, say, sayWhole } from '../support/invariants.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { shownText } from '../support/text-streams.ts'

const screen = new FallibleScreen()
let running: RunningApp

beforeAll(async () => {
  running = await startApp({ classifier: screen })
})
afterAll(() => running[Symbol.asyncDispose]())

describe('6 and 9: a classifier that fails', () => {
  for (const how of ['throw', 'reject'] as const) {
    it(`${how}: nothing passes where the policy fails closed, and the record says so`, async () => {
      for (const dialect of SPEAKING_IDS) {
        for (const stream of [false, true]) {
          for (const side of ['prompt', 'completion'] as const) {
            running.upstream.respond = stream ? say(dialect, CALM) : sayWhole(dialect, CALM)
            running.upstream.requests.length = 0
            screen.failure = { side, how, after: 0 }
            const since = running.app.ledger.size
            const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream }))
            screen.failure = null
            expect(verdictOf(dialect, answered)).toBe('error')
            expect(await (stream && answered.status === 200 ? shownText(dialect, answered.text) : '')).toBe('')
            expect(answered.text).not.toContain('flour')
            if (side === 'prompt') expect([answered.status, running.upstream.requests.length]).toEqual([503, 0])
            const [record, ...more] = await running.decisionsSince(since)
            expect(more).toEqual([])
            expect(record?.data).toMatchObject({
              outcome: 'error',
              code: 'POLICY_UNDECIDED',
              [side]: { action: 'refuse', reason: 'unavailable', unevaluated: expect.arrayContaining(['chemical']) },
            })
          }
        }
      }
    })
  }

  it('ends a stream in whose middle it fails, with nothing shown that was not judged', async () => {
    for (const dialect of SPEAKING_IDS) {
      running.upstream.respond = say(dialect, CALM)
      screen.failure = { side: 'completion', how: 'reject', after: 7 }
      const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream: true }))
      screen.failure = null
      const shown = await shownText(dialect, answered.text)
      expect([answered.status, verdictOf(dialect, answered)]).toEqual([200, 'error'])
      expect(shown.length).toBeGreaterThan(0)
      expect(shown.length).toBeLessThanOrEqual(7 * 64)
      expect(CALM.startsWith(shown)).toBe(true)
    }
  })

  it('releases openly where the policy says so: the record names every label that nobody judged', async () => {
    const { policies } = running.app
    const { current } = policies
    const lenient = readPolicyFile().replaceAll('whenUnavailable: refuse', 'whenUnavailable: release_unevaluated')
    const half = Object.fromEntries(LABELS.map((label) => [label, 0.5]))
    const released = Policy.load(lenient, { calibratedThresholds: { prompt: half, completion: half } })
    Object.assign(policies, { current: () => released })
    running.upstream.respond = sayWhole('openai-chat', CALM)
    screen.failure = { side: 'prompt', how: 'throw', after: 0 }
    const since = running.app.ledger.size
    const answered = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    screen.failure = null
    Object.assign(policies, { current })
    expect(verdictOf('openai-chat', answered)).toBe('answered')
    const [record] = await running.decisionsSince(since)
    expect(record?.data).toMatchObject({
      outcome: 'allow',
      prompt: { action: 'allow', unevaluated: expect.arrayContaining([...LABELS]) },
    })
  })
})
