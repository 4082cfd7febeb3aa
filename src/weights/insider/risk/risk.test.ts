import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MEASURES } from '../behaviour/index.ts'
import { DetectorSettings } from '../detector.ts'
import type { Signal } from '../signals/signal.ts'
import { Risk } from './risk.ts'
import { HALF_LIVES } from './sums.ts'
import { SHIPPED, type Weights } from './weights.ts'

const DAY_MS = 86_400_000
const E = Math.E - 1
const WEIGHTS: Weights = {
  format: 'safelevel-insider-weights/v1',
  halfLivesDays: [...HALF_LIVES],
  unknown: [1, 0, 0],
  causes: { quick: [1, 0, 0], slow: [0, 0, 2], both: [1, 1, 1], nothing: [0, 0, 0] },
}

function signal(about: Partial<Signal>): Signal {
  const none = { cause: 'quick', activity: 'a1', timeMs: 0, person: 'ana', host: 'h1', grant: 'g1' }
  return { ...none, weight: E, says: 'read much', isCertain: false, ...about }
}

function riskOf(signals: readonly Signal[], atMs: number, weights = WEIGHTS): number {
  const risk = new Risk(weights)
  for (const one of signals) risk.add(one)
  return risk.of('person', 'ana', atMs)
}

const anySignals = fc
  .array(
    fc.record({
      cause: fc.constantFrom('quick', 'slow', 'both', 'nothing', 'new', '__proto__', 'constructor'),
      weight: fc.oneof(
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.constantFrom(Number.NaN, -3, 1e300, Number.POSITIVE_INFINITY),
      ),
      timeMs: fc.integer({ min: 0, max: 40 * DAY_MS }),
      isCertain: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((list) => list.map((one) => signal(one)).sort((a, b) => a.timeMs - b.timeMs))

describe('Risk', () => {
  it('adds up for the person, the host and the grant', () => {
    const risk = new Risk(WEIGHTS)
    risk.add(signal({}))
    risk.add(signal({ cause: 'slow' }))
    for (const [kind, id] of [
      ['person', 'ana'],
      ['host', 'h1'],
      ['grant', 'g1'],
    ] as const)
      expect(risk.of(kind, id, 0)).toBeCloseTo(1 + 2)
    expect(risk.of('person', 'ben', 0)).toBe(0)
  })

  it('forgets by the half-lives of what each cause is weighed by', () => {
    expect(riskOf([signal({})], 0.5 * DAY_MS)).toBeCloseTo(Math.log1p(E / 2))
    expect(riskOf([signal({ cause: 'slow' })], 15 * DAY_MS)).toBeCloseTo(2 * Math.log1p(E / 2))
    expect(riskOf([signal({})], 60 * DAY_MS)).toBe(0)
  })

  it('counts what training never met, and nothing that it found to say nothing', () => {
    expect(riskOf([signal({ cause: 'rule.of_their_own' })], 0)).toBeCloseTo(1)
    expect(riskOf([signal({ cause: 'nothing', weight: 50 })], 0)).toBe(0)
  })

  it('never gets lower by more of anything, nor higher by time', () => {
    fc.assert(
      fc.property(anySignals, anySignals, fc.nat(30 * DAY_MS), (some, more, laterMs) => {
        const all = [...some, ...more].sort((a, b) => a.timeMs - b.timeMs)
        const endMs = 40 * DAY_MS
        expect(riskOf(all, endMs)).toBeGreaterThanOrEqual(riskOf(some, endMs) - 1e-9)
        expect(riskOf(all, endMs + laterMs)).toBeLessThanOrEqual(riskOf(all, endMs) + 1e-9)
        expect(riskOf(all, endMs)).toSatisfy(Number.isFinite)
      }),
    )
  })

  it('lets what is certain outweigh everything else', () => {
    const risk = new Risk(WEIGHTS)
    risk.add(signal({ cause: 'nothing', weight: 30, isCertain: true }))
    expect(risk.of('person', 'ana', 0)).toBeCloseTo(30)
  })

  it('names the heaviest reason first, and drops what has faded', () => {
    const risk = new Risk(WEIGHTS)
    risk.add(signal({ weight: 0.5, says: 'late' }))
    risk.add(signal({ cause: 'both', weight: 3 }))
    expect(risk.reasons('person', 'ana', 0).map(({ cause }) => cause)).toEqual(['both', 'quick'])
    risk.add(signal({ timeMs: 400 * DAY_MS }))
    expect(risk.reasons('person', 'ana', 400 * DAY_MS)).toHaveLength(1)
    expect(risk.ranked('person', 400 * DAY_MS)).toEqual([{ id: 'ana', nats: expect.closeTo(1, 5) }])
  })

  it('counts nothing for a weight that is no number', () => {
    expect(
      riskOf(
        [Number.NaN, -1, 0].map((weight) => signal({ weight })),
        0,
      ),
    ).toBe(0)
  })
})

describe('the weights that ship', () => {
  it('are of causes that there are, and never negative', () => {
    const known = new Set([...MEASURES.map(({ id }) => `behaviour.${id}`), 'behaviour.canary'])
    for (const [cause, weights] of Object.entries(SHIPPED.causes)) {
      if (cause.startsWith('behaviour.')) expect(known).toContain(cause)
      expect(weights.every((one) => one >= 0)).toBe(true)
    }
    expect(SHIPPED.halfLivesDays).toEqual([...HALF_LIVES])
  })

  it('let a critical rule that nobody has trained on come to the threshold by itself, and one that is high nearly', () => {
    const nats = (weight: number) => riskOf([signal({ cause: 'rule.of_their_own', weight })], 0, SHIPPED)
    const { threshold } = DetectorSettings.parse({})
    expect(nats(7)).toBeGreaterThanOrEqual(threshold)
    expect(nats(4.5)).toBeGreaterThan(0.8 * threshold)
    expect(nats(2.5)).toBeLessThan(0.7 * threshold)
  })
})
