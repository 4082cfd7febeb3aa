import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideGate, type GateFacts, type Lease, LeaseSigner } from './index.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000
const facts = (
  over: Partial<Omit<GateFacts, 'segment'>> & { segment?: Partial<GateFacts['segment']> } = {},
): GateFacts => ({
  ...{
    effect: 'run',
    state: 'training',
    flops: 1e24,
    untilFlops: null,
    nowMs: NOW,
    leaseMs: HOUR_MS,
    interval: 4,
    buffer: 6,
  },
  ...over,
  segment: {
    answer: { answer: 'continue' },
    endKHi: 1,
    evaluatingKHi: null,
    calendarMs: NOW + 90 * 24 * HOUR_MS,
    ...over.segment,
  },
})

describe('the training gate', () => {
  it('lets a segment run up to the interval, and within the buffer while an assessment runs', () => {
    expect(decideGate(facts())).toMatchObject({ answer: 'continue', maxFlops: 3.996e24, expiresMs: NOW + HOUR_MS })
    const assessed = decideGate(facts({ flops: 4e24, segment: { endKHi: 4, evaluatingKHi: 4 } }))
    expect(assessed.answer).toBe('continue')
    expect(assessed.maxFlops).toBeCloseTo(5.994e24, -20)
  })

  it.each(['stop', 'lock', 'none', ''])('pauses where training as a whole may not run (%s)', (effect) => {
    expect(decideGate(facts({ effect }))).toMatchObject({ answer: 'pause', maxFlops: null, expiresMs: null })
  })

  it('waits for the assessment that is due', () => {
    expect(decideGate(facts({ effect: 'wait' })).answer).toBe('evaluate-now')
    expect(decideGate(facts({ effect: 'wait', segment: { evaluatingKHi: 1 } })).answer).toBe('continue')
  })

  it('gives no lease beyond the calendar', () => {
    const near = decideGate(facts({ segment: { calendarMs: NOW + 1_000 } }))
    expect(near).toMatchObject({ answer: 'continue', expiresMs: NOW + 1_000 })
    expect(decideGate(facts({ segment: { calendarMs: NOW } })).answer).toBe('evaluate-now')
  })

  it('never answers more favourably than any part, and never lets a run reach a limit', () => {
    const k = fc.double({ min: 0.01, max: 5.99, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom('run', 'wait', 'stop', 'lock'),
        fc.constantFrom('continue' as const, 'evaluate-now' as const, 'pause' as const),
        k,
        fc.option(k, { nil: null }),
        fc.double({ min: 1e20, max: 1e30, noNaN: true }),
        (effect, answer, endKHi, evaluatingKHi, flops) => {
          const words = answer === 'continue' ? { answer } : { answer, words: 'x' }
          const got = decideGate(facts({ effect, flops, segment: { answer: words, endKHi, evaluatingKHi } }))
          if (got.answer !== 'continue') {
            expect(got).toMatchObject({ maxFlops: null, expiresMs: null })
            expect(got.reasons).not.toEqual([])
            return
          }
          expect(answer).toBe('continue')
          expect(effect === 'run' || (effect === 'wait' && evaluatingKHi !== null)).toBe(true)
          // Compute at the end of the lease, were each FLOP worth what it has been.
          const reached = Math.max(endKHi, (endKHi * (got.maxFlops ?? 0)) / flops)
          const limit = evaluatingKHi === null ? 4 : 6
          expect(reached < limit || got.maxFlops === flops).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('a lease', () => {
  it('is signed as the text that travels', () => {
    const signer = new LeaseSigner(Buffer.alloc(32, 7))
    const lease: Lease = {
      ...{ format: 'safelevel-lease/1', id: 'lse_1', installation: 'test.example', model: 'atlas', run: 'r1' },
      ...{ answer: 'continue', reasons: [], flops: 1e24, maxFlops: 2e24, issuedAt: '2026-01-01T00:00:00.000Z' },
      ...{
        expiresAt: '2026-01-01T00:30:00.000Z',
        k: 1,
        headroom: 6,
        reference: 'atlas/c1',
        basis: 'baseline',
        state: 'training',
      },
    }
    const { signed } = signer.sign(lease)
    expect(JSON.parse(signed.payload)).toEqual(lease)
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(signed.publicKey, 'base64')])
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const over = (text: string) => verify(null, Buffer.from(text), key, Buffer.from(signed.signature, 'base64'))
    expect(over(`safelevel-lease/1\n${signed.payload}`)).toBe(true)
    expect(over(`safelevel-lease/1\n${signed.payload.replace('atlas', 'btlas')}`)).toBe(false)
  })
})
