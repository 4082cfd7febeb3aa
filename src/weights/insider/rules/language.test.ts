import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Activity } from '../activity/index.ts'
import { RuleEngine, RuleSet, RulesInvalid } from './index.ts'
import { fitsText } from './patterns.ts'

const blank: Activity = {
  ...{ id: 'evt_1', timeMs: 0, source: 'ledger', kind: 'weights.read', person: 'per_1', host: null, grant: null },
  ...{ version: null, file: null, start: null, bytes: 0, outcome: 'success', place: null, subject: null, data: {} },
}

const HEAD = `title: A rule
id: 6a2c8f1e-0a4b-4c57-9c0e-0d9b8c2f7a11
name: a_rule
status: test
description: For a test.
date: 2026-11-22
level: high
logsource:
    product: safelevel
`
const rule = (detection: string) => `${HEAD}detection:\n${detection.replace(/^/gm, '    ')}\n`

function fires(detection: string, activity: Partial<Activity> = {}): boolean {
  const set = RuleSet.parse([{ file: 'a.yml', text: rule(detection) }])
  return new RuleEngine(set).observe({ ...blank, ...activity }).length > 0
}

function faultsOf(text: string): string[] {
  try {
    RuleSet.parse([{ file: 'a.yml', text }])
    return []
  } catch (error) {
    if (!(error instanceof RulesInvalid)) throw error
    return error.faults.map(({ line, path, says }) => `${line} ${path}: ${says}`)
  }
}

describe('what a rule asks of an activity', () => {
  const one = (field: string) => `selection:\n    ${field}\ncondition: selection`
  it.each<[string, Partial<Activity>, boolean]>([
    ['kind: weights.read', {}, true],
    ['kind: Weights.Read', {}, true],
    ['kind|cased: Weights.Read', {}, false],
    ['kind: weights.*', {}, true],
    ['kind: weights.rea?', {}, true],
    ['kind: weights.re?', {}, false],
    ["kind: 'weights.\\*'", {}, false],
    ['kind: [staff.signed_in, weights.read]', {}, true],
    ['kind|startswith: weights.', {}, true],
    ['kind|endswith: .read', {}, true],
    ['kind|contains: ights', {}, true],
    ['kind|contains|all: [weights, read]', {}, true],
    ['kind|contains|all: [weights, write]', {}, false],
    ['kind|re: ^weights\\.(read|opened)$', {}, true],
    ['kind|re: ead$', {}, true],
    ['kind|re: ^ead$', {}, false],
    ['ip|cidr: 10.0.0.0/8', { place: { ip: '10.1.2.3', latitude: null, longitude: null } }, true],
    ['ip|cidr: 10.0.0.0/8', { place: { ip: '11.1.2.3', latitude: null, longitude: null } }, false],
    ['ip|cidr: 2001:db8::/32', { place: { ip: '2001:db8::1', latitude: null, longitude: null } }, true],
    ['ip|cidr: 10.0.0.0/8', {}, false],
    ['bytes|gte: 100', { bytes: 100 }, true],
    ['bytes|gt: 100', { bytes: 100 }, false],
    ['bytes|lt: 100', { bytes: 99 }, true],
    ['bytes|lte: 100', { bytes: 101 }, false],
    ['ms|gte: 1', { data: { ms: 'soon' } }, false],
    ['bytes: 100', { bytes: 100 }, true],
    ['on: false', { data: { on: false } }, true],
    ['on: false', { data: { on: true } }, false],
    ['on: false', {}, false],
    ['grant: null', {}, true],
    ['grant: null', { grant: 'g' }, false],
    ['grant|exists: true', { grant: 'g' }, true],
    ['grant|exists: false', { grant: 'g' }, false],
    ['person|fieldref: data.requester', { data: { requester: 'per_1' } }, true],
    ['person|fieldref: data.requester', { data: { requester: 'per_2' } }, false],
    ['person|fieldref: data.requester', { person: null }, false],
    ['data.kind: person', { data: { kind: 'person' } }, true],
    ['constructor: null', {}, true],
    ['subject.id: "a b"', { subject: { type: 'x', id: 'a b' } }, true],
  ])('%s', (field, activity, expected) => {
    expect(fires(one(field), activity)).toBe(expected)
  })

  it.each<[string, boolean]>([
    ['a and b', false],
    ['a or b', true],
    ['a and not b', true],
    ['not (a and b)', true],
    ['not a or a', true],
    ['1 of them', true],
    ['all of them', false],
    ['any of x_*', true],
    ['all of x_* and a and not b', true],
    ['a and not 1 of b*', true],
  ])('by the condition %s', (condition, expected) => {
    const detection = `a:\n    kind: weights.read\nb:\n    kind: staff.*\nx_one:\n    bytes: 0\nx_two:\n    outcome: success\n`
    const unused = ['a', 'b', 'x_one', 'x_two'].map((name) => `not ${name} and ${name}`).join(' or ')
    expect(fires(`${detection}condition: (${condition}) or (${unused})`)).toBe(expected)
  })

  it('by lists of maps: one must fit', () => {
    const detection =
      'selection:\n    - kind: staff.*\n    - bytes|gte: 5\n      outcome: success\ncondition: selection'
    expect(fires(detection, { bytes: 5 })).toBe(true)
    expect(fires(detection, { bytes: 5, outcome: 'failure' })).toBe(false)
  })

  it('reads patterns as a regular expression would', () => {
    const part = fc.constantFrom('a', 'b', '*', '?', 'ab')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 7 }), fc.stringMatching(/^[abc]{0,9}$/), (parts, value) => {
        const pattern = parts.join('')
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(value)
        expect(fitsText(pattern, 'whole', false)(value)).toBe(same)
        expect(fitsText(pattern, 'contains', true)(value)).toBe(
          new RegExp(pattern.replaceAll('*', '.*').replaceAll('?', '.'), 's').test(value),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what is refused, and where', () => {
  const wrong = (detection: string) => faultsOf(rule(detection))
  it.each([
    ['keywords:\n    - secret\ncondition: keywords', '12 detection.keywords[0]: words without a field'],
    ['a:\n    kind|base64: x\ncondition: a', '12 detection.a.kind|base64: the modifier base64'],
    ['a:\n    kind|re: "(?=x)"\ncondition: a', '12 detection.a.kind|re: no regular expression of RE2'],
    ['a:\n    ip|cidr: 10.0.0.0/99\ncondition: a', '12 detection.a.ip|cidr: no network'],
    ['a:\n    bytes|gte: many\ncondition: a', '12 detection.a.bytes|gte: gte takes a number'],
    ['a:\n    kind|contains|all: x\ncondition: a', 'all asks for several'],
    ['a:\n    kind: x\ncondition: a | count() > 5', '13 detection.condition: aggregations'],
    ['a:\n    kind: x\ncondition: a and (a', 'a bracket is not closed'],
    ['a:\n    kind: x\ncondition: a and b', 'there is no selection b'],
    ['a:\n    kind: x\ncondition: 2 of them', 'only 1, any and all'],
    ['a:\n    kind: x\ncondition: a a', 'not expected there'],
    ['a:\n    kind: x\nb:\n    kind: y\ncondition: a', '13 detection.b: the condition does not ask for it'],
    ['a:\n    kind: x\ncondition: [a]', 'one condition is owed'],
    [`a:\n    kind: x\ncondition: ${'('.repeat(40)}a${')'.repeat(40)}`, 'levels of brackets'],
    ['timeframe: 5m\na:\n    kind: x\ncondition: a', '11 detection.timeframe: not supported'],
    ['a: {}\ncondition: a', 'a selection with nothing in it'],
    ['a: &x\n    kind: x\nb: *x\ncondition: a and b', 'aliases of YAML'],
    ['a:\n    kind: x\n    kind: y\ncondition: a', 'Map keys must be unique'],
  ])('%s', (detection, says) => {
    expect(wrong(detection).join('\n')).toContain(says)
  })

  it('refuses what it does not know, sources it does not have, and names that stand twice', () => {
    const good = rule('a:\n    kind: x\ncondition: a')
    expect(faultsOf(good)).toEqual([])
    expect(faultsOf(`${good}surprise: 1\n`)).toEqual(['14 surprise: not supported'])
    expect(faultsOf(good.replace('product: safelevel', 'product: windows')).join()).toContain('8 logsource: not one of')
    expect(faultsOf(`${good}---\n${good}`).join('\n')).toMatch(/name: another rule has it.*\n.*id: another/s)
    expect(faultsOf(': : :\n- x')).toHaveLength(1)
    expect(faultsOf('x'.repeat(300_000)).join()).toContain('longer than')
  })

  it('never throws anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => rule(`a: ${json}\ncondition: a`)),
        ),
        (text) => {
          faultsOf(text)
        },
      ),
    )
  })
})
