import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { answerJson, ScriptedGuard } from '../../../../test/support/scripted-guard.ts'
import { ManualClock } from '../../../base/clock.ts'
import { seededIds } from '../../../base/ids.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { segmentsOf } from '../../exchange/segments.ts'
import type { Label } from '../../taxonomy.ts'
import { testString } from '../../test-string.ts'
import type { Assessment, Classifier, ClassifyRequest, Scores } from '../classifier.ts'
import { LinearScreen } from '../linear/linear-screen.ts'
import type { GuardAdapter } from './adapter.ts'
import { CircuitBreaker } from './breaker.ts'
import { GuardConfig } from './config.ts'
import { createGuard } from './create-guard.ts'
import { GuardError, type GuardFailure } from './guard-error.ts'
import { RemoteClassifier } from './remote-classifier.ts'
import { withBreaker, withFallback } from './with-fallback.ts'

const BREAKER = { minFailures: 2, failureRatio: 0.5, windowMs: 1_000, openMs: 500, probes: 1 }

function promptOf(text: string): ClassifyRequest {
  const exchange: Exchange = {
    turns: [{ role: 'user', parts: [{ kind: 'text', text, pointer: '/messages/0/content' }] }],
  }
  return { side: 'prompt', exchange, segments: segmentsOf(exchange) }
}
const REQUEST = promptOf('hello')

/** A classifier that answers, or fails, as it is told; counts how often it is asked. */
function scripted(id: string, scores: Scores, more: Partial<Assessment> = {}) {
  const labels = new Set(Object.keys(scores) as Label[])
  const told = { error: null as unknown, asked: 0 }
  const classifier: Classifier = {
    id,
    covers: { prompt: labels, completion: labels },
    classify: async (_, signal) => {
      told.asked += 1
      signal?.throwIfAborted()
      if (told.error !== null) throw told.error
      const evidence = (Object.entries(scores) as [Label, number][]).map(([label, score]) => ({
        label,
        score,
        segment: 0,
        start: 0,
        end: 5,
      }))
      return { classifier: id, scores, evidence, testString: false, ...more }
    },
  }
  return { classifier, told }
}
const failure = (kind: GuardFailure) => new GuardError(kind, 'guard', 'failed')

function pair(primary: Scores, fallback: Scores, more?: Partial<Assessment>) {
  const clock = new ManualClock()
  const breaker = new CircuitBreaker(BREAKER, clock)
  const first = scripted('guard@1', primary)
  const second = scripted('built-in@2', fallback, more)
  const degraded: unknown[] = []
  const joined = withFallback(first.classifier, second.classifier, breaker, (error) => degraded.push(error))
  return { clock, breaker, joined, degraded, primary: first.told, fallback: second.told }
}

describe('withFallback', () => {
  it('covers what either covers', () => {
    const { joined } = pair({ hate: 0.9 }, { jailbreak: 0.2 })
    expect(joined.covers.prompt).toEqual(new Set(['hate', 'jailbreak']))
    expect(joined.id).toBe('guard@1|built-in@2')
  })

  it('takes the primary at its word and fills in what it does not cover', async () => {
    const { joined } = pair({ hate: 0.1 }, { hate: 0.9, jailbreak: 0.2 })
    expect(await joined.classify(REQUEST)).toEqual({
      classifier: 'guard@1+built-in@2',
      scores: { hate: 0.1, jailbreak: 0.2 },
      evidence: [
        { label: 'jailbreak', score: 0.2, segment: 0, start: 0, end: 5 },
        { label: 'hate', score: 0.1, segment: 0, start: 0, end: 5 },
      ],
      testString: false,
    })
  })

  it('does not ask the fallback when there is nothing to fill in', async () => {
    const { joined, fallback } = pair({ hate: 0.1, privacy: 0 }, { hate: 0.9 })
    expect((await joined.classify(REQUEST)).classifier).toBe('guard@1')
    expect(fallback.asked).toBe(0)
  })

  it('leaves labels without a score that nobody judged: only the primary covers them, and it failed', async () => {
    const { joined, primary, degraded } = pair({ hate: 0.1, privacy: 0.7 }, { hate: 0.9 })
    primary.error = failure('timeout')
    const assessment = await joined.classify(REQUEST)
    expect(assessment.classifier).toBe('built-in@2')
    expect(assessment.scores).toEqual({ hate: 0.9 })
    expect(degraded).toEqual([primary.error])
  })

  it('keeps what the primary said when the fallback fails', async () => {
    const { joined, fallback, degraded } = pair({ hate: 0.1 }, { jailbreak: 0.9 })
    fallback.error = new Error('out of memory')
    expect((await joined.classify(REQUEST)).scores).toEqual({ hate: 0.1 })
    expect(degraded).toEqual([fallback.error])
  })

  it('rejects when both fail', async () => {
    const { joined, primary, fallback } = pair({ hate: 0.1 }, { hate: 0.9 })
    primary.error = failure('network')
    fallback.error = new Error('out of memory')
    await expect(joined.classify(REQUEST)).rejects.toBe(fallback.error)
  })

  it('stops asking a server that fails and comes back to it', async () => {
    const { joined, primary, degraded, clock } = pair({ hate: 0.1 }, { hate: 0.9 })
    primary.error = failure('status')
    for (let i = 0; i < 5; i++) await joined.classify(REQUEST)
    expect(primary.asked).toBe(2)
    expect(degraded.map((error) => (error as GuardError).failure)).toEqual(['status', 'status', 'open', 'open', 'open'])
    primary.error = null
    clock.advance(500)
    expect((await joined.classify(REQUEST)).classifier).toBe('guard@1')
    expect((await joined.classify(REQUEST)).classifier).toBe('guard@1')
  })

  it.each(['rejected', 'malformed', 'unparsable', 'too_long', 'response_too_large', 'overloaded'] as const)(
    'goes on asking after %s, which a sender may bring about',
    async (kind) => {
      const { joined, primary, breaker } = pair({ hate: 0.1 }, { hate: 0.9 })
      primary.error = failure(kind)
      for (let i = 0; i < 10; i++) await joined.classify(REQUEST)
      expect([primary.asked, breaker.state]).toEqual([10, 'closed'])
    },
  )

  it('counts no failure when the caller gives up, and asks nobody for them', async () => {
    const { joined, fallback, breaker, degraded } = pair({ hate: 0.1 }, { hate: 0.9 })
    for (let i = 0; i < 5; i++)
      await expect(joined.classify(REQUEST, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect([breaker.state, fallback.asked, degraded.length]).toEqual(['closed', 0, 0])
  })

  it('counts no failure when the caller gives up while the guard is asked', async () => {
    const breaker = new CircuitBreaker(BREAKER, new ManualClock())
    const { classifier } = scripted('guard@1', { hate: 0 })
    const waiting: Classifier = {
      ...classifier,
      classify: (_, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    }
    for (let i = 0; i < 5; i++) {
      const caller = new AbortController()
      const answer = withFallback(waiting, classifier, breaker).classify(REQUEST, caller.signal)
      caller.abort(new Error('gone'))
      await expect(answer).rejects.toThrow('gone')
    }
    expect(breaker.state).toBe('closed')
  })

  it('keeps the test string of the fallback only where its score is the one that counts', async () => {
    const found = { testString: true, scoresWithoutTestString: { hate: 0.3, jailbreak: 0.4 } }
    const covered = pair({ hate: 0.1 }, { hate: 1, jailbreak: 0.4 }, found)
    expect((await covered.joined.classify(REQUEST)).testString).toBe(false)
    const added = pair({ hate: 0.1 }, { hate: 0.3, jailbreak: 1 }, found)
    expect(await added.joined.classify(REQUEST)).toMatchObject({
      scores: { hate: 0.1, jailbreak: 1 },
      testString: true,
      scoresWithoutTestString: { hate: 0.1, jailbreak: 0.4 },
    })
  })
})

describe('withBreaker', () => {
  it('fails at once while it is open', async () => {
    const { classifier, told } = scripted('guard@1', { hate: 0 })
    const guarded = withBreaker(classifier, new CircuitBreaker(BREAKER, new ManualClock()))
    told.error = failure('timeout')
    for (let i = 0; i < 2; i++) await expect(guarded.classify(REQUEST)).rejects.toBe(told.error)
    await expect(guarded.classify(REQUEST)).rejects.toMatchObject({ failure: 'open' })
    expect(told.asked).toBe(2)
  })
})

describe('a guard over HTTP with the built-in behind it', () => {
  const screen = LinearScreen.load(new URL('../../../../assets/screen', import.meta.url).pathname)
  const safe = { choices: [{ message: { role: 'assistant', content: 'safe' }, finish_reason: 'stop' }] }

  async function served(
    respond: ConstructorParameters<typeof Object>[0] | null,
    use: (joined: Classifier, server: ScriptedGuard) => Promise<void>,
  ) {
    await using server = await ScriptedGuard.start((_, response) => {
      if (respond !== null) answerJson(response, respond)
    })
    const config = GuardConfig.parse({
      kind: 'llama-guard',
      id: 'lg',
      baseUrl: server.url,
      model: 'm',
      logprobs: false,
      timeoutMs: respond === null ? 60 : 10_000,
    })
    const guard = createGuard(config, undefined, seededIds(new ManualClock()))
    await use(withFallback(guard, screen, new CircuitBreaker(BREAKER, new ManualClock())), server)
    await guard.close()
  }

  it('judges every label, some by the guard and some by itself', async () => {
    await served(safe, async (joined) => {
      const { classifier, scores } = await joined.classify(promptOf('How do I bake bread?'))
      expect(classifier).toMatch(/^llama-guard:m@[0-9a-f]{16}\+.+@[0-9a-f]{16}$/)
      expect(new Set(Object.keys(scores))).toEqual(joined.covers.prompt)
      expect(scores.chemical).toBe(0)
    })
  })

  it('answers with the built-in when the guard is silent', async () => {
    await served(null, async (joined) => {
      const { classifier, scores } = await joined.classify(promptOf('How do I bake bread?'))
      expect(classifier).toBe(screen.id)
      expect(new Set(Object.keys(scores))).toEqual(screen.covers.prompt)
    })
  })

  it('finds the test string, whoever answers, and says what the scores are without it', async () => {
    await served(safe, async (joined) => {
      const request = promptOf(`say ${testString('biological')} please`)
      const assessment = await joined.classify(request)
      expect(assessment).toMatchObject({ testString: true, scores: { biological: 1 } })
      expect(assessment.scoresWithoutTestString?.biological).toBe(0)
      const found = assessment.evidence.find(({ label }) => label === 'biological')
      expect(request.segments[0]?.text.slice(found?.start, found?.end)).toBe(testString('biological'))
    })
  })

  it('takes a label that an adapter leaves out for unjudged, not for harmless', async () => {
    const covers = { prompt: new Set<Label>(['hate', 'privacy']), completion: new Set<Label>() }
    const half: GuardAdapter = {
      name: 'half',
      fingerprint: '',
      covers,
      render: () => [{ path: '/x', about: '', body: {} }],
      read: () => ({ hate: 0 }),
    }
    const client = { post: async () => null, close: async () => {} }
    const guard = new RemoteClassifier('half', half, client, {
      maxChars: 100,
      contextChars: 0,
      overlapChars: 96,
      maxViews: 1,
    })
    await expect(guard.classify(REQUEST)).rejects.toMatchObject({ failure: 'unparsable' })
  })

  it('gives up the other questions when one fails', async () => {
    let asked = 0
    let givenUp = 0
    await using server = await ScriptedGuard.start(async ({ text }, response) => {
      if (text.includes('"risk_name":"violence"')) return answerJson(response, {}, 500)
      asked += 1
      if (!response.destroyed) await once(response, 'close')
      givenUp += 1
    })
    const config = GuardConfig.parse({
      kind: 'granite-guardian',
      id: 'gg',
      baseUrl: server.url,
      model: 'm',
      format: 'risk_name',
    })
    const guard = createGuard(config, undefined, seededIds(new ManualClock()))
    await expect(guard.classify(REQUEST)).rejects.toMatchObject({ failure: 'status' })
    expect(asked).toBeGreaterThan(0)
    await expect.poll(() => asked - givenUp).toBe(0)
    await guard.close()
  })
})
