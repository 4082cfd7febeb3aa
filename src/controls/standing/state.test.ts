import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { State } from '../probe.ts'
import { STATES } from '../probe.ts'
import type { ControlAttestation, ControlException } from './schema.ts'
import { FOUND_MS, inForce, standingOf } from './state.ts'

const START_MS = Date.UTC(2026, 0, 10)
const HOUR_MS = 3_600_000
const control = { id: 'GOV-01', mode: 'tracked' as const, owner: 'rso', freshDays: 30 }
const iso = (ms: number) => new Date(ms).toISOString()

const said = (atMs: number, hours: number, holds: boolean): ControlAttestation => ({
  ...{
    id: `cat_${atMs}`,
    control: 'GOV-01',
    holds,
    statement: 's',
    references: [],
    by: 'per_1',
    digest: '0'.repeat(64),
  },
  ...{ at: iso(atMs), until: iso(atMs + hours * HOUR_MS) },
})
const excepted = (atMs: number, hours: number): ControlException => ({
  ...{ id: `apr_${atMs}`, control: 'GOV-01', reason: 'r', mitigation: 'm', people: ['per_1', 'per_2'] },
  ...{ at: iso(atMs), until: iso(atMs + hours * HOUR_MS) },
})

describe('how a control stands', () => {
  it('is unknown before anybody has said anything, and says whose it is', () => {
    const found = standingOf(control, { found: null, attestation: null }, START_MS)
    expect(found).toMatchObject({ state: 'unknown', says: expect.stringContaining('role rso') })
    expect(found.next).toBe('safelevel controls attest GOV-01')
  })

  it.each(['enforced', 'gated'] as const)('does not take somebody’s word for what is %s', (mode) => {
    const known = { found: null, attestation: said(START_MS, 24, true) }
    expect(standingOf({ ...control, mode }, known, START_MS).state).toBe('unknown')
  })

  it('follows what people say until it expires to the instant', () => {
    const at = (attestation: ControlAttestation, ms: number) =>
      standingOf(control, { found: null, attestation }, START_MS + ms).state
    expect(at(said(START_MS, 24, true), 24 * HOUR_MS - 1)).toBe('holds')
    expect(at(said(START_MS, 24, true), 24 * HOUR_MS)).toBe('stale')
    expect(at(said(START_MS, 24, false), 1)).toBe('fails')
  })

  it('takes what a probe found for what is, for two minutes', () => {
    const found = { finding: { state: 'holds' as const, says: 'seen', evidence: [] }, atMs: START_MS }
    const at = (ms: number) => standingOf(control, { found, attestation: null }, START_MS + ms).state
    expect([at(0), at(FOUND_MS), at(FOUND_MS + 1), at(-FOUND_MS - 1)]).toEqual(['holds', 'holds', 'stale', 'stale'])
  })

  it('never holds on nothing, whatever happened in whichever order', () => {
    type Act =
      | { readonly act: 'look'; readonly state: State }
      | { readonly act: 'attest'; readonly hours: number; readonly holds: boolean }
      | { readonly act: 'except'; readonly hours: number }
      | { readonly act: 'wait'; readonly ms: number }
    const act: fc.Arbitrary<Act> = fc.oneof(
      fc.record({ act: fc.constant('look' as const), state: fc.constantFrom(...STATES) }),
      fc.record({ act: fc.constant('attest' as const), hours: fc.integer({ min: 1, max: 48 }), holds: fc.boolean() }),
      fc.record({ act: fc.constant('except' as const), hours: fc.integer({ min: 1, max: 48 }) }),
      fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30 * HOUR_MS }) }),
    )
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), fc.boolean(), (acts, isProbed) => {
        let nowMs = START_MS
        let seen: { state: State; atMs: number } | null = null
        let word: ControlAttestation | null = null
        const exceptions: ControlException[] = []
        for (const one of acts) {
          if (one.act === 'wait') nowMs += one.ms
          if (one.act === 'look' && isProbed) seen = { state: one.state, atMs: nowMs }
          if (one.act === 'attest') word = said(nowMs, one.hours, one.holds)
          if (one.act === 'except') exceptions.push(excepted(nowMs, one.hours))
          const found =
            seen === null ? null : { atMs: seen.atMs, finding: { state: seen.state, says: 's', evidence: [] } }
          const { state } = standingOf(control, { found, attestation: word }, nowMs)
          const shown = seen !== null && seen.state === 'holds' && nowMs - seen.atMs <= FOUND_MS
          const vouched = seen === null && word?.holds === true && nowMs < Date.parse(word.until)
          expect(state === 'holds').toBe(shown || vouched)
          const open = exceptions.filter(({ until }) => nowMs < Date.parse(until))
          expect(inForce(exceptions, nowMs) !== null).toBe(open.length > 0)
        }
      }),
    )
  })
})
