import { describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy, shippedPolicy } from '../../test/support/policies.ts'
import { StringScreen } from '../../test/support/string-screen.ts'
import { type ExampleResult, runExamples } from './examples.ts'
import { Policy } from './policy.ts'
import { type ReplayRow, type ReplaySide, replay } from './replay.ts'

const current = shippedPolicy()
const load = (text: string) => Policy.load(text, { calibratedThresholds: CALIBRATED })
const draft = load(
  changedPolicy('threshold: calibrated', 'threshold: 0.3').replace(
    'labels: [hate]\n        prompt: { threshold: calibrated',
    'labels: [hate]\n        prompt: { threshold: 0.9',
  ),
)
const side = (scores: Record<string, number>, more: Partial<ReplaySide> = {}): ReplaySide => ({
  scores,
  unevaluated: [],
  testString: false,
  reason: null,
  ...more,
})
const row = (id: string, prompt: ReplaySide | null, more: Partial<ReplayRow> = {}): ReplayRow => ({
  id,
  organisation: 'org_a',
  surface: 'api',
  prompt,
  completion: null,
  ...more,
})

describe('replay', () => {
  it('counts both directions by category and customer, with samples', async () => {
    const rows = [
      row('dec_1', side({ chemical: 0.4 })),
      row('dec_2', side({ hate: 0.7 }), { organisation: 'org_b' }),
      row('dec_3', side({ hate: 0.95 })),
      row('dec_4', side({ chemical: 0.4, biological: 0.9 })),
      row('dec_5', null),
    ]
    const report = await replay(rows, { current, draft, floor: 0.05 })
    expect(report).toMatchObject({
      decisions: 5,
      judged: 4,
      refusedNow: 3,
      refusedThen: 3,
      totals: { newlyRefused: 1, newlyAllowed: 1, otherClause: 0 },
    })
    expect(report.byCategory).toMatchObject([
      { label: 'chemical', newlyRefused: 1 },
      { label: 'hate', newlyAllowed: 1 },
    ])
    expect(report.byCustomer).toMatchObject([
      { organisation: 'org_a', decisions: 4 - 1, newlyRefused: 1 },
      { organisation: 'org_b', decisions: 1, newlyAllowed: 1 },
    ])
    expect(report.samples).toMatchObject([
      { decision: 'dec_1', change: 'newlyRefused', before: null, after: '1.1' },
      { decision: 'dec_2', change: 'newlyAllowed', before: '5.2', after: null },
    ])
  })

  it('finds nothing between a policy and itself', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => row(`dec_${i}`, side({ hate: i / 200, chemical: 1 - i / 200 })))
    const { totals, samples } = await replay(rows, { current, draft: current, floor: 0.05 })
    expect([Object.values(totals), samples]).toEqual([[0, 0, 0, 0, 0, 0], []])
  })

  it('says what it can’t know', async () => {
    const low = load(changedPolicy('threshold: calibrated', 'threshold: 0.04'))
    const report = await replay([row('dec_1', side({})), row('dec_2', side({ chemical: 0.06 }))], {
      current,
      draft: low,
      floor: 0.05,
    })
    expect(report.unknown).toMatchObject({
      floor: 0.05,
      belowFloor: ['prompt chemical'],
      decisionsBelowFloor: 1,
      words: false,
    })
  })

  it('takes what nobody judged, and media that decided, as they were', async () => {
    const rows = [
      row('dec_1', side({}, { unevaluated: ['chemical'] })),
      row('dec_2', null, { completion: side({}, { reason: 'media' }) }),
    ]
    const report = await replay(rows, { current, draft, floor: 0.05 })
    expect([report.refusedNow, report.refusedThen, report.unknown.media]).toEqual([2, 2, 1])
  })

  it('ignores labels that it does not know, and keeps few of many samples and customers', async () => {
    const rows = Array.from({ length: 300 }, (_, i) =>
      row(`dec_${i}`, side({ chemical: 0.4, strange: 1 }), { organisation: `org_${i}` }),
    )
    const report = await replay(rows, { current, draft, floor: 0.05 })
    expect([report.samples.length, report.byCustomer.length]).toEqual([10, 101])
    expect(report.byCustomer.at(-1)).toMatchObject({ organisation: 'other', newlyRefused: 200 })
  })

  it('stops when it is told to', async () => {
    const abort = new AbortController()
    const rows = (async function* () {
      for (let i = 0; ; i++) yield row(`dec_${i}`, side({}))
    })()
    const running = replay(rows, {
      current,
      draft,
      floor: 0.05,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
  })
})

describe('the examples of a policy', () => {
  it('tell what passed and what did not, by the classifier that they are given', async () => {
    const results: ExampleResult[] = []
    for await (const result of runExamples(current, new StringScreen())) results.push(result)
    const of = (clause: string) => results.filter((result) => result.clause === clause)
    expect(of('4.1')).toMatchObject([
      { expected: 'refuse', got: 'refuse', passed: true, refusedBy: '4.1', label: 'child_exploitation' },
      { expected: 'allow', got: 'allow', passed: true },
    ])
    expect(of('1.1')[0]).toMatchObject({ expected: 'refuse', got: 'allow', passed: false, refusedBy: null })
    expect(results.length).toBeGreaterThan(35)
  })
})
