import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadCatalogue } from '../catalogue/index.ts'
import { STATES, type State } from '../probe.ts'
import { oscalFiles } from './oscal.ts'
import type { ControlStanding, OscalInput } from './standing.ts'
import { stableUuid } from './uuid.ts'

const AT = '2026-11-22T10:00:00.000Z'
const catalogue = loadCatalogue()
const CONTROLS = catalogue.in('rsp-2.2').map(({ id }) => id)

const Findings = z.object({
  'assessment-results': z.object({
    results: z.tuple([
      z.object({
        findings: z.array(
          z.object({
            target: z.object({ 'target-id': z.string(), status: z.object({ state: z.string(), reason: z.string() }) }),
          }),
        ),
        risks: z.array(z.object({ status: z.string(), deadline: z.string().optional() })).default([]),
      }),
    ]),
  }),
})
const Poam = z.object({
  'plan-of-action-and-milestones': z.object({ 'poam-items': z.array(z.object({ title: z.string() })) }),
})

function standing(id: string, state: State, more: Partial<ControlStanding> = {}): ControlStanding {
  const nothing = { evidence: [], next: null, since: null, attestations: [], exceptions: [], history: [] }
  return { id, state, says: `it is ${state}`, ...nothing, ...more }
}

function exported(standings: readonly ControlStanding[], more: Partial<OscalInput> = {}) {
  const files = oscalFiles({
    ...{ catalogue, profile: 'rsp-2.2', overlays: [], standings, system: 'ledger.example/log', lookedAt: AT, at: AT },
    ...more,
  })
  const text = (name: string) => files.find((one) => one.name === name)?.text ?? 'null'
  const [result] = Findings.parse(JSON.parse(text('assessment-results.json')))['assessment-results'].results
  const poam = Poam.nullable().parse(JSON.parse(text('plan-of-action-and-milestones.json')))
  return { files, ...result, items: poam?.['plan-of-action-and-milestones']['poam-items'] ?? null }
}

describe('OSCAL documents', () => {
  it('call satisfied what holds, and nothing else, whatever was or was not looked at', () => {
    const states = fc.array(fc.option(fc.constantFrom(...STATES)), {
      ...{ minLength: CONTROLS.length, maxLength: CONTROLS.length },
    })
    fc.assert(
      fc.property(states, (found) => {
        const standings = found.flatMap((state, i) => (state === null ? [] : [standing(CONTROLS[i] ?? '', state)]))
        const { findings, risks, items } = exported(standings)
        expect(findings.map(({ target }) => target['target-id'])).toEqual(CONTROLS.map((id) => `${id}_smt`))
        const satisfied = findings.map(({ target }) => target.status.state === 'satisfied')
        expect(satisfied).toEqual(found.map((state) => state === 'holds'))
        const open = satisfied.filter((one) => !one).length
        expect([risks.length, items?.length ?? 0]).toEqual([open, open])
      }),
      { numRuns: 10 },
    )
  })

  it('show an exception beside the state, while it lasts, and never in its place', () => {
    const exception = { id: 'apr_1', reason: 'so', mitigation: 'this', people: ['per_1', 'per_2'], at: AT }
    const [id = ''] = CONTROLS
    const first = (until: string) => {
      const { findings, risks } = exported([standing(id, 'fails', { exceptions: [{ ...exception, until }] })])
      return { state: findings[0]?.target.status, risk: risks[0] }
    }
    const state = { state: 'not-satisfied', reason: 'fail' }
    const until = '2026-12-01T00:00:00.000Z'
    expect(first(until)).toEqual({ state, risk: { status: 'deviation-approved', deadline: until } })
    expect(first(AT)).toEqual({ state, risk: { status: 'open' } })
  })

  it('hold no plan where everything holds, and are the same bytes for the same input', () => {
    const standings = CONTROLS.map((id) => standing(id, 'holds'))
    const { files, items } = exported(standings)
    expect(items).toBeNull()
    expect(exported(standings.toReversed()).files).toEqual(files)
    expect(() => exported(standings, { profile: 'rsp-9' })).toThrow('there is no profile rsp-9')
  })

  it('are named by identifiers that do not change', () => {
    expect(stableUuid('finding', 'a', 'GOV-01')).toBe(stableUuid('finding', 'a', 'GOV-01'))
    expect(stableUuid('finding', 'a', 'GOV-01')).not.toBe(stableUuid('finding', 'aGOV', '-01'))
    expect(stableUuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
