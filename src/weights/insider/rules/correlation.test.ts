import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Activity } from '../activity/index.ts'
import { RuleEngine, RuleSet, RulesInvalid } from './index.ts'

const MINUTE = 60_000

function activity(timeMs: number, kind: string, person: string | null, data: Activity['data'] = {}): Activity {
  return {
    ...{ id: `evt_${timeMs}_${kind}`, timeMs, source: 'ledger', kind, person, host: null, grant: null, version: null },
    ...{ file: null, start: null, bytes: 0, outcome: 'success', place: null, subject: null, data },
  }
}

let made = 0
const head = (name: string, level = 'high') => `title: ${name}
id: 6a2c8f1e-0a4b-4c57-9c0e-${String(++made).padStart(12, '0')}
name: ${name}
status: test
description: For a test.
date: 2026-11-22
level: ${level}
`
const about = (kind: string) => `${head(kind.replace('.', '_'))}logsource:
    product: safelevel
    service: ledger
detection:
    selection:
        kind: ${kind}
    condition: selection
---
`
const BASE = about('a.one') + about('a.two') + about('a.three')

const sets = new Map<string, RuleSet>()

function engine(correlation: string): RuleEngine {
  const text = `${BASE}${head('found', 'medium')}${correlation}`
  const set = sets.get(correlation) ?? RuleSet.parse([{ file: 'a.yml', text }])
  sets.set(correlation, set)
  return new RuleEngine(set)
}

const correlation = (type: string, rules: string[], more: string, timespan = '10m') => `correlation:
    type: ${type}
    rules: [${rules.join(', ')}]
    group-by: [person]
    timespan: ${timespan}
${more.replace(/^/gm, '    ')}
`

function times(running: RuleEngine, some: readonly Activity[]): number[] {
  return some.flatMap((one) => running.observe(one).map(({ timeMs }) => timeMs / MINUTE))
}

describe('correlations', () => {
  it('count events within the time, by group, and are quiet for a time when they have told', () => {
    const running = engine(correlation('event_count', ['a_one'], 'condition:\n    gte: 3'))
    const at = (minutes: number[], person: string | null) =>
      minutes.map((minute) => activity(minute * MINUTE, 'a.one', person))
    expect(times(running, at([0, 5, 10, 11, 12, 13, 14, 15], 'per_1'))).toEqual([11])
    expect(times(running, at([16, 18], 'per_2'))).toEqual([])
    expect(times(running, at([19, 19, 19, 19], null))).toEqual([])
    expect(times(running, at([23], 'per_2'))).toEqual([23])
    expect(times(running, at([24, 25, 26], 'per_1'))).toEqual([26])
  })

  it('count different values', () => {
    const running = engine(correlation('value_count', ['a_one'], 'condition:\n    field: version\n    gt: 1'))
    const read = (minute: number, version: string | null) => ({
      ...activity(minute * MINUTE, 'a.one', 'per_1'),
      version,
    })
    expect(times(running, [read(0, 'x/1'), read(1, 'x/1'), read(2, null), read(9, 'y/1')])).toEqual([9])
  })

  it('see what comes together in any order, or in one', () => {
    const all = ['a_one', 'a_two', 'a_three']
    const any = engine(correlation('temporal', all, ''))
    const ordered = engine(correlation('temporal_ordered', all, ''))
    const come = (...kinds: [number, string][]) =>
      kinds.map(([minute, kind]) => activity(minute * MINUTE, `a.${kind}`, 'per_1'))
    expect(times(any, come([0, 'three'], [1, 'one'], [2, 'two']))).toEqual([2])
    expect(times(ordered, come([0, 'three'], [1, 'one'], [2, 'two']))).toEqual([])
    // The chain that began last counts: the first `one` is too old by then.
    expect(times(ordered, come([3, 'one'], [4, 'two'], [12, 'three']))).toEqual([12])
    expect(times(ordered, come([20, 'one'], [21, 'two'], [31, 'three']))).toEqual([])
  })

  it('group by different fields of different rules', () => {
    const running = engine(
      correlation(
        'temporal_ordered',
        ['a_one', 'a_two'],
        'aliases:\n    who:\n        a_one: data.person\n        a_two: person',
      ).replace('[person]', '[who]'),
    )
    expect(
      times(running, [activity(0, 'a.one', 'per_9', { person: 'per_1' }), activity(MINUTE, 'a.two', 'per_9')]),
    ).toEqual([])
    expect(times(running, [activity(2 * MINUTE, 'a.two', 'per_1')])).toEqual([2])
  })

  it('are built upon others, whatever their order', () => {
    const outer = `correlation:
    type: temporal_ordered
    rules: [inner, a_two]
    group-by: [person]
    timespan: 1h
---
${head('inner')}${correlation('event_count', ['a_one'], 'condition:\n    gte: 2')}`
    const running = engine(outer)
    const some = [0, 1].map((minute) => activity(minute * MINUTE, 'a.one', 'per_1'))
    expect(times(running, [...some, activity(5 * MINUTE, 'a.two', 'per_1')])).toEqual([5])
  })

  it('are refused where they make no sense', () => {
    const faults = (text: string) => {
      try {
        engine(text)
        return 'none'
      } catch (error) {
        return error instanceof RulesInvalid ? error.message : String(error)
      }
    }
    expect(faults(correlation('event_count', ['a_one'], 'condition:\n    lt: 3'))).toContain(
      'condition.lt: not supported',
    )
    expect(faults(correlation('event_count', ['a_one'], 'condition:\n    gte: 3\n    eq: 4'))).toContain(
      'one of gte, gt',
    )
    expect(faults(correlation('event_count', ['a_one'], ''))).toContain('how many?')
    expect(faults(correlation('value_count', ['a_one'], 'condition:\n    gte: 3'))).toContain('a field is owed')
    expect(faults(correlation('temporal_ordered', ['a_one'], ''))).toContain('two at least')
    expect(faults(correlation('temporal', ['nobody'], ''))).toContain('there is no such rule')
    expect(faults(correlation('temporal', ['found', 'a_one'], ''))).toContain('it refers to itself')
    expect(faults(correlation('temporal', ['a_one', 'a_two'], '', '1y'))).toContain('timespan')
  })
})

describe('the state of an engine', () => {
  const history = fc.array(
    fc.record({
      kind: fc.constantFrom('a.one', 'a.two', 'a.three'),
      person: fc.constantFrom('p', 'q'),
      minutes: fc.nat(8),
    }),
    { maxLength: 60 },
  )
  const texts: [string, string][] = [
    ['a count', correlation('event_count', ['a_one', 'a_two'], 'condition:\n    gte: 3')],
    ['values', correlation('value_count', ['a_one', 'a_two'], 'condition:\n    field: kind\n    gte: 2')],
    ['any order', correlation('temporal', ['a_one', 'a_two', 'a_three'], '')],
    ['an order', correlation('temporal_ordered', ['a_one', 'a_two', 'a_three'], '')],
  ]

  it.each(texts)('is put back so that all goes on as it would have: %s', (_, text) => {
    fc.assert(
      fc.property(history, fc.nat(60), (some, cut) => {
        let timeMs = 0
        const activities = some.map(({ kind, person, minutes }) => {
          timeMs += minutes * MINUTE
          return activity(timeMs, kind, person)
        })
        const whole = engine(text)
        const expected = activities.flatMap((one) => whole.observe(one))
        const first = engine(text)
        const before = activities.slice(0, cut).flatMap((one) => first.observe(one))
        const second = engine(text)
        second.restore(JSON.parse(JSON.stringify(first.snapshot())))
        expect([...before, ...activities.slice(cut).flatMap((one) => second.observe(one))]).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('is refused when it is none', () => {
    const running = engine(texts[0]?.[1] ?? '')
    for (const snapshot of [
      null,
      [],
      {},
      { format: 'x' },
      { format: 'safelevel-rules/v1', correlations: { found: [1] } },
    ])
      expect(() => running.restore(snapshot)).toThrow(expect.objectContaining({ code: 'VERIFICATION_FAILED' }))
  })

  it('does not grow with what has passed', () => {
    const running = engine(texts[0]?.[1] ?? '')
    for (let i = 0; i < 5_000; i++) running.observe(activity(i * MINUTE, 'a.one', `per_${i}`))
    expect(JSON.stringify(running.snapshot()).length).toBeLessThan(2_000)
  })
})
