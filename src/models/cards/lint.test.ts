import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Evidence } from './evidence.ts'
import { type Fact, keyOf } from './facts.ts'
import type { ModelCard } from './index.ts'
import { lintCard } from './lint.ts'
import { parseCard } from './read.ts'

const AT = '2026-01-01T00:00:00.000Z'
const DIGEST = 'a'.repeat(64)
const NOW = Date.parse('2026-02-01T00:00:00Z')
const EVIDENCE: Evidence = { type: 'evaluation', id: 'asm_1', digest: DIGEST, asOf: AT }
const MEASURED = {
  ...{
    name: 'bio-1 release',
    suite: 'bio-1',
    snapshot: 'release',
    n: 40,
    tries: 40,
    metric: 'tries passed',
    value: 0.1,
    unit: 'share',
  },
  ...{ interval: { lower: 0.03, upper: 0.21, level: 0.9, method: 'exact' }, line: 0.5 },
}
const FACT = {
  type: 'evaluation',
  digest: DIGEST,
  newer: null,
  assessment: { id: 'asm_1', checkpoint: 'm/c', state: 'cleared', concludedAt: AT },
  measured: [MEASURED],
  thresholds: [{ threshold: 'CBRN-3', domain: 'cbrn', verdict: 'BELOW' }],
} as unknown as Fact

const CARD = parseCard(
  JSON.stringify({
    format: 'safelevel-card/v1',
    identity: { model: 'm', checkpoint: 'm/c', title: 'T', developer: 'D' },
    ...{
      summary: 'S',
      intendedUses: ['u'],
      outOfScopeUses: ['o'],
      limitations: ['l'],
      capabilities: [{ words: 'c', evidence: [EVIDENCE] }],
    },
    evaluations: [{ ...MEASURED, date: '2026-01-01', evidence: [EVIDENCE] }],
    risks: {
      thresholds: [{ threshold: 'CBRN-3', domain: 'cbrn', verdict: 'BELOW', date: '2026-01-01', evidence: [EVIDENCE] }],
    },
    safeguards: { policy: { version: '1', evidence: [{ ...EVIDENCE, type: 'policy', id: '1' }] } },
    reporting: [{ for: 'x', where: '/report' }],
  }),
)
const FACTS = new Map<string, Fact | null>([
  [keyOf(EVIDENCE), FACT],
  ['policy 1', { type: 'policy', digest: DIGEST, newer: null, version: '1' }],
])
const errors = (card: ModelCard, facts = FACTS, nowMs = NOW) =>
  lintCard({ card, facts, nowMs }).findings.filter(({ severity }) => severity === 'error')
const withClaim = (changed: Partial<ModelCard['evaluations'][0]>): ModelCard => ({
  ...CARD,
  evaluations: CARD.evaluations.map((one) => ({ ...one, ...changed })),
})

describe('lint', () => {
  it('passes what its evidence bears out, whatever the order of evidence', () => {
    expect(errors(CARD)).toEqual([])
  })

  it('finds any figure that is another one than the evidence’s, however little', () => {
    const field = fc.constantFrom('value', 'n', 'tries', 'line', 'lower', 'upper', 'level' as const)
    fc.assert(
      fc.property(field, fc.double({ min: 1e-5, max: 3, noNaN: true }), fc.boolean(), (name, by, up) => {
        const factor = up ? 1 + by : 1 / (1 + by)
        const interval = { ...MEASURED.interval }
        const changed: Partial<ModelCard['evaluations'][0]> =
          name === 'lower' || name === 'upper' || name === 'level'
            ? { interval: { ...interval, [name]: Math.min(1, interval[name] * factor) } }
            : { [name]: MEASURED[name as 'value'] * factor }
        const found = errors(withClaim(changed))
        const was = name in interval ? interval[name as 'lower'] : MEASURED[name as 'value']
        const now = name in interval ? (changed.interval?.[name as 'lower'] ?? was) : (changed[name as 'value'] ?? was)
        fc.pre(Math.abs(now - was) > 2e-6 * was)
        expect(found.map(({ code }) => code)).toContain('figure_differs')
      }),
    )
  })

  it('finds any percentage in prose that no figure comes to, and lets pass those that one does', () => {
    const percent = (text: string) => errors({ ...CARD, limitations: [text] }).map(({ code }) => code)
    for (const fine of [
      '10 %',
      '10% of tries',
      '3.0 % at least',
      '21 percent',
      'the line of 50 %',
      'version 2.1 and 40 tasks',
      'HTTP/1.1',
    ])
      expect(percent(fine), fine).toEqual([])
    for (const wrong of ['11 %', '10.5%', '3.4 %', '99.9 percent', '100 per cent'])
      expect(percent(wrong), wrong).toEqual(['prose_figure'])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (share) => {
        const known = [10, 3, 21, 50].includes(share)
        expect(percent(`It does ${share} % of it.`)).toEqual(known ? [] : ['prose_figure'])
      }),
    )
  })

  it('counts age from the record, and not from what the card says', () => {
    const later = Date.parse(AT) + 184 * 86_400_000
    const young = withClaim({ evidence: [{ ...EVIDENCE, asOf: new Date(later - 1).toISOString() }] })
    const found = errors(young, FACTS, later).filter(({ path }) => path.startsWith('/evaluations/0'))
    expect(found.map(({ code }) => code)).toEqual(['evidence_misdated', 'evidence_old'])
    expect(found[1]?.since).toBe('2026-07-03T00:00:00.000Z')
    expect(errors(CARD, FACTS, Date.parse(AT) + 183 * 86_400_000)).toEqual([])
  })

  it('takes no verdict from outside, and none that is milder than the assessment', () => {
    const external = { type: 'external', id: 'https://x.example', digest: DIGEST, asOf: AT } as const
    const claim = (changed: Partial<ModelCard['risks']['thresholds'][0]>): ModelCard => ({
      ...CARD,
      risks: { ...CARD.risks, thresholds: CARD.risks.thresholds.map((one) => ({ ...one, ...changed })) },
    })
    expect(errors(claim({ evidence: [external] })).map(({ code }) => code)).toEqual(['figure_unborne'])
    const met = new Map(FACTS).set(keyOf(EVIDENCE), {
      ...FACT,
      thresholds: [{ threshold: 'CBRN-3', domain: 'cbrn', verdict: 'MET' }],
    } as Fact)
    expect(errors(CARD, met).map(({ path }) => path)).toEqual(['/risks/thresholds/0/verdict'])
  })

  it('keeps evidence, identity and register in the open', () => {
    const withheld = (path: string) =>
      errors({ ...CARD, withheld: [{ path, audience: 'internal', reason: 'r' }] }).map(({ code }) => code)
    for (const path of [
      '/evaluations/0/evidence',
      '/evaluations/0/evidence/0',
      '/identity',
      '/identity/checkpoint',
      '/withheld/0',
      '/reporting/0',
      '/freshness/maxAgeDays',
    ])
      expect(withheld(path), path).toEqual(['withheld_never'])
    expect(withheld('/evaluations/3')).toEqual(['withheld_nothing'])
    expect(withheld('/evaluations/0/value')).toEqual(['withheld_whole'])
    for (const path of ['/evaluations/0', '/evaluations/0/conditions', '/summary', '/compute'])
      expect(
        withheld(path).filter((code) => code !== 'withheld_nothing'),
        path,
      ).toEqual([])
  })
})
