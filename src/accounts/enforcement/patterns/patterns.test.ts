import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EnforcementConfig } from '../../../base/enforcement-config.ts'
import { Creep, Distinct, Spread, TopShare, Tumbling } from './accumulators.ts'
import { Bounded } from './bounded.ts'
import { KeyWatch, type Signal, SubjectWatch } from './detectors.ts'
import { shapeOf } from './shape.ts'
import type { Traffic } from './traffic.ts'

const SETTINGS = EnforcementConfig.parse({}).patterns
const MINUTE_MS = 60_000
const START = Date.UTC(2026, 0, 1)
const PRINCIPAL = { keyId: 'key_1', projectId: 'prj_1', organisationId: 'org_1', testString: true }

function traffic(given: Partial<Traffic> = {}): Traffic {
  return {
    principal: PRINCIPAL,
    endUserId: null,
    decisionId: 'dec_1',
    atMs: START,
    refused: false,
    labels: [],
    score: 0,
    shape: 1,
    promptChars: 100,
    outputTokens: 100,
    address: null,
    ...given,
  }
}

/** Repeatable numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('the accumulators', () => {
  it('tells spread as it is', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 2, maxLength: 50 })
    fc.assert(
      fc.property(numbers, (values) => {
        const spread = new Spread()
        for (const value of values) spread.add(value)
        const mean = values.reduce((a, b) => a + b) / values.length
        const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1)
        expect(spread.variation()).toBeCloseTo(Math.sqrt(variance) / mean, 6)
      }),
    )
    expect(new Spread().variation()).toBe(Number.POSITIVE_INFINITY)
  })

  it('tells the top share, never too much and at most an eighth too little', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 300 }), (values) => {
        const top = new TopShare()
        for (const value of values) top.add(value)
        const counts = Map.groupBy(values, (value) => value)
        const truth = Math.max(...[...counts.values()].map((group) => group.length)) / values.length
        expect(top.share()).toBeLessThanOrEqual(truth + 1e-9)
        expect(top.share()).toBeGreaterThanOrEqual(truth - 1 / 8 - 1e-9)
      }),
    )
  })

  it('counts different texts within a few per cent, and never fewer than it has bits for', () => {
    for (const many of [0, 1, 10, 200, 2_000, 10_000]) {
      const distinct = new Distinct()
      for (let i = 0; i < many * 2; i++) distinct.add(`eu_${i % Math.max(1, many)}`)
      if (many > 0) expect(Math.abs(distinct.count() - many)).toBeLessThanOrEqual(Math.max(2, many * 0.06))
      distinct.clear()
      expect(distinct.count()).toBe(0)
    }
    const full = new Distinct()
    for (let i = 0; i < 100_000; i++) full.add(`x${i}`)
    expect(full.count()).toBeLessThanOrEqual(Distinct.MOST)
  })

  it('keeps a window for its time, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 5_000 }), { maxLength: 50 }), (steps) => {
        const window = new Tumbling(10_000)
        let now = START
        window.roll(now)
        for (const step of steps) {
          const began = window.startMs
          now += step
          const rolled = window.roll(now)
          expect(rolled).toBe(now < began || now - began >= 10_000)
          expect(now - window.startMs).toBeLessThan(10_000)
        }
      }),
    )
  })

  it('lets the sum of what creeps stay between 0 and 10, and at 0 for what stays low', () => {
    const scores = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(MINUTE_MS * 600)), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(scores, (given) => {
        const creep = new Creep()
        let now = START
        for (const [score, wait] of given) {
          now += wait
          const sum = creep.add(score, 0.12, now)
          expect(sum).toBeGreaterThanOrEqual(0)
          expect(sum).toBeLessThanOrEqual(10)
        }
      }),
    )
    const low = new Creep()
    for (let i = 0; i < 10_000; i++) expect(low.add(0.12, 0.12, START + i)).toBe(0)
  })

  it('forgets what was longest unused, and never holds more than its bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(20)), (most, uses) => {
        const bounded = new Bounded<number>(most)
        for (const use of uses) bounded.use(String(use), () => use)
        expect(bounded.size).toBeLessThanOrEqual(most)
        const latest = [...new Set([...uses].reverse())].slice(0, most)
        for (const use of latest) expect(bounded.peek(String(use))).toBe(use)
      }),
    )
  })

  it('gives prompts of one template one shape', () => {
    const template = 'Classify the following review number 12 by its mood: '
    expect(shapeOf(`${template}good`)).toBe(shapeOf(`${template.replace('12', '98')}bad`))
    expect(shapeOf('Dear')).not.toBe(shapeOf('Dead'))
    fc.assert(fc.property(fc.string(), (text) => Number.isInteger(shapeOf(text)) && shapeOf(text) >= 0))
  })
})

describe('the detectors', () => {
  const names = (signals: Signal[]) => signals.map(({ pattern }) => pattern)

  it('sees a burst of refusals, with its numbers', () => {
    const watch = new SubjectWatch()
    const found = Array.from({ length: 12 }, (_, i) =>
      watch.observe(traffic({ atMs: START + i * MINUTE_MS * 0.5, refused: i >= 2 }), SETTINGS),
    ).flat()
    expect(found).toEqual([
      {
        pattern: 'refusal_burst',
        observed: { refusals: 10, requests: 12, minutes: 6 },
        limits: { refusals: 10, share: 0.5, minutes: 10 },
      },
    ])
  })

  it('sees no burst where refusals are rare among much, or far apart', () => {
    const busy = new SubjectWatch()
    const slow = new SubjectWatch()
    for (let i = 0; i < 400; i++) {
      expect(busy.observe(traffic({ atMs: START + i * 1_000, refused: i % 10 === 0 }), SETTINGS)).toEqual([])
      expect(slow.observe(traffic({ atMs: START + i * 2 * MINUTE_MS, refused: true }), SETTINGS)).toEqual([])
    }
  })

  it('sees somebody who tries one category after the other', () => {
    const watch = new SubjectWatch()
    const labels = ['hate', 'privacy', 'chemical', 'cyber_operations', 'self_harm']
    const found = labels.map((label, i) =>
      watch.observe(traffic({ atMs: START + i * MINUTE_MS, labels: [label] }), SETTINGS),
    )
    expect(found.map(names)).toEqual([[], [], [], [], ['category_probing']])
  })

  it('sees scores that creep upwards under every threshold, and not those that stay', () => {
    const rising = new SubjectWatch()
    const steady = new SubjectWatch()
    const found: Signal[] = []
    for (let i = 0; i < 40; i++) {
      found.push(...rising.observe(traffic({ atMs: START + i * MINUTE_MS, score: 0.02 + i * 0.011 }), SETTINGS))
      expect(steady.observe(traffic({ atMs: START + i * MINUTE_MS, score: 0.1 }), SETTINGS)).toEqual([])
    }
    expect(names(found)).toContain('slow_escalation')
    expect(found[0]?.observed.lastScore).toBeLessThan(0.5)
  })

  it('sees names that are made up for each request', () => {
    const watch = new KeyWatch()
    const found: Signal[] = []
    for (let i = 0; i < 400; i++) {
      found.push(
        ...watch.observe(traffic({ atMs: START + i * 1_000, endUserId: `eu_${i}`, refused: i % 5 === 0 }), SETTINGS),
      )
    }
    expect(names(found)[0]).toBe('identifier_rotation')
    expect(found[0]?.observed).toMatchObject({ endUsers: expect.closeTo(200, -1) })
  })

  it('sees a harvest of answers, and not a busy product of many texts', () => {
    const harvest = new KeyWatch()
    const product = new KeyWatch()
    const next = random(7)
    const found: Signal[] = []
    for (let i = 0; i < 3_000; i++) {
      const atMs = START + i * 10_000
      const [shape, promptChars] = [Math.floor(next() * 1_000), 20 + Math.floor(next() ** 3 * 4_000)]
      found.push(...harvest.observe(traffic({ atMs, outputTokens: 1_500, promptChars: 400 + (i % 50) }), SETTINGS))
      expect(product.observe(traffic({ atMs, outputTokens: 1_500, shape, promptChars }), SETTINGS)).toEqual([])
    }
    expect(found[0]).toMatchObject({ pattern: 'distillation', observed: { requests: 2_000, templateShare: 1 } })
  })

  /**
   * A synthetic mix, not measured traffic: 400 end users of 20 keys over a day, scores mostly near nothing with one in fifty up to 0.4, one
   * refusal in two hundred, an end user in forty who works on safety and scores 0.15 to 0.35 all day.
   */
  it('raises few false alarms on a synthetic benign mix, at a small cost', () => {
    const next = random(42)
    const users = Array.from({ length: 400 }, () => new SubjectWatch())
    const keys = Array.from({ length: 20 }, () => new KeyWatch())
    const alarms = new Map<string, number>()
    const requests = 200_000
    const labels = ['hate', 'privacy', 'self_harm', 'specialized_advice']
    const stream = Array.from({ length: requests }, (_, i) => {
      const user = Math.floor(next() * users.length)
      const researcher = user % 40 === 0
      const refused = next() < 0.005
      const plain = next() < 0.02 ? next() * 0.4 : next() * 0.03
      return {
        user,
        given: traffic({
          atMs: START + Math.floor((i / requests) * 86_400_000),
          endUserId: `eu_${user}`,
          refused,
          labels: refused ? [labels[Math.floor(next() * labels.length)] ?? ''] : [],
          score: researcher ? 0.15 + next() * 0.2 : plain,
          shape: Math.floor(next() * 500),
          promptChars: 20 + Math.floor(next() ** 3 * 3_000),
          outputTokens: Math.floor(next() * 800),
        }),
      }
    })
    const startedMs = performance.now()
    for (const { user, given } of stream) {
      const found = [
        ...(users[user]?.observe(given, SETTINGS) ?? []),
        ...(keys[user % keys.length]?.observe(given, SETTINGS) ?? []),
      ]
      for (const { pattern } of found) alarms.set(pattern, (alarms.get(pattern) ?? 0) + 1)
    }
    const eachUs = ((performance.now() - startedMs) * 1_000) / requests
    const total = [...alarms.values()].reduce((a, b) => a + b, 0)
    process.stdout.write(
      `patterns: ${eachUs.toFixed(2)} µs a decision; synthetic benign mix: ${total} alarms in ${requests} requests ${JSON.stringify(Object.fromEntries(alarms))}\n`,
    )
    expect(total / requests).toBeLessThan(0.000_1)
    expect(eachUs).toBeLessThan(50)
  })
})
