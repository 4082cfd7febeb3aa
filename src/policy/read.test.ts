import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { CALIBRATED, changedPolicy, shippedPolicy } from '../../test/support/policies.ts'
import { Policy, readPolicyFile } from './policy.ts'
import { PolicyInvalidError } from './problem.ts'
import { readPolicy } from './read.ts'

const shipped = readPolicyFile()

/** Line and column of the first place where `text` stands in `source`, 1-based. */
function placeOf(source: string, text: string): { line: number; column: number } {
  const before = source.slice(0, source.indexOf(text)).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

describe('the shipped policy', () => {
  it('loads without a fault', () => {
    expect(readPolicy(shipped, CALIBRATED).problems).toEqual([])
  })

  it('names every label somewhere', () => {
    const labels = shippedPolicy()
      .view()
      .sections.flatMap((section) => section.clauses.flatMap((clause) => clause.labels))
    expect(new Set(labels).size).toBe(21)
  })
})

describe('a broken policy', () => {
  it.each([
    '['.repeat(200_000),
    '- '.repeat(100_000),
    '{a: '.repeat(50_000),
    Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  ])('that nests without end is refused before anybody parses it: %#', (text) => {
    expect(readPolicy(text, CALIBRATED).problems).toEqual([expect.objectContaining({ rule: 'size', line: 1 })])
  })

  it.each([
    ['a duplicate clause id', "- id: '1.2'", "- id: '1.1'", 'id-duplicate', "'1.1'\n        title: Biological"],
    ['a clause in the wrong section', "- id: '1.2'", "- id: '9.2'", 'id-section', "'9.2'"],
    ['an unknown label', 'labels: [hate]', 'labels: [hat]', 'label-unknown', 'hat]'],
    ['a label twice', 'labels: [hate]', 'labels: [hate, hate]', 'label-duplicate', 'hate]\n'],
    ['a threshold of 1', 'refuseFrom: 0.995', 'refuseFrom: 1', 'threshold-range', '1, whenUnavailable'],
    ['a threshold of 0', '{ threshold: calibrated', '{ threshold: 0', 'threshold-range', '0, action'],
    ['a threshold in words', '{ threshold: calibrated', '{ threshold: high', 'threshold-range', 'high, action'],
    ['an unknown key', 'severity: low', 'severity: low\n        colour: red', 'key-unknown', 'colour: red'],
    ['an unknown effect', 'effect: prohibit', 'effect: forbid', 'schema', 'forbid\n'],
    ['an unquoted id', "- id: '5.1'", '- id: 5.1', 'schema', '5.1\n'],
    ['a media clause that is not there', "clause: '6.4'", "clause: '6.9'", 'clause-unknown', "'6.9'"],
    ['a hazard without clause', 'labels: [chemical]', 'labels: [biological]', 'hazard-uncovered', '- id: '],
    ['an alias', 'title: Chemical weapons', 'title: *x', 'yaml', '*x'],
    ['a key twice', 'effective:', "version: '2'\neffective:", 'yaml', "version: '2'"],
    ['bad YAML', 'media: { clause', 'media: } clause', 'yaml', '} clause'],
  ])('with %s is refused at its place', (_, from, to, rule, marker) => {
    const text = changedPolicy(from, to)
    const { problems } = readPolicy(text, CALIBRATED)
    const found = problems.find((problem) => problem.rule === rule)
    expect(found, JSON.stringify(problems)).toBeDefined()
    expect(found).toMatchObject(placeOf(text, marker))
  })

  it('that asks for a calibration which the classifier lacks is refused, not left to fail at run time', () => {
    const { hate: _, ...rest } = CALIBRATED.prompt
    const { problems } = readPolicy(shipped, { ...CALIBRATED, prompt: rest })
    expect(problems).toMatchObject([{ rule: 'threshold-uncalibrated' }])
    expect(readPolicy(shipped, null).problems).toEqual([])
  })

  it('never loads, and says every fault with file, line and column', () => {
    const text = changedPolicy('labels: [hate]', 'labels: [hat]')
    const { line, column } = placeOf(text, 'hat]')
    const load = () => Policy.load(text, { calibratedThresholds: CALIBRATED, source: 'mine.yaml' })
    expect(load).toThrow(PolicyInvalidError)
    expect(load).toThrow(`mine.yaml:${line}:${column} label-unknown: `)
  })

  it.each([
    '',
    '[]',
    '"text"',
    'null',
    '{}',
    '%',
    '\u0000',
    '- '.repeat(20_000),
    `a: ${'['.repeat(5_000)}`,
    'x'.repeat(600_000),
  ])('of hostile shape ends as problems: %#', (text) => {
    expect(readPolicy(text, CALIBRATED).problems.length).toBeGreaterThan(0)
  })

  it('is read in bounded time, and its problems are a bounded list', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}: 1`)
    for (const text of [`{${keys.join(',')}}`, keys.join('\n'), 'a: 1\n'.repeat(25_000), '"'.repeat(130_000)]) {
      const started = process.cpuUsage()
      const { problems } = readPolicy(text, CALIBRATED)
      expect(problems.length).toBeLessThanOrEqual(100)
      // The processor's time: other work on the machine is none of the parser's.
      expect(process.cpuUsage(started).user / 1_000).toBeLessThan(5_000)
    }
  })

  it('of any damage ends as problems or as a whole policy', () => {
    fc.assert(
      fc.property(fc.nat(shipped.length), fc.nat(40), fc.string({ maxLength: 8 }), (at, cut, put) => {
        const text = shipped.slice(0, at) + put + shipped.slice(at + cut)
        const { document, problems } = readPolicy(text, CALIBRATED)
        expect(problems.length === 0).toBe(document !== null)
        for (const problem of problems) expect(problem.line).toBeLessThanOrEqual(text.split('\n').length)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the digest', () => {
  it('is the same for another layout, other comments and another order of keys', () => {
    const value: Record<string, unknown> = parseDocument(shipped).toJS()
    const reversed = Object.fromEntries(Object.entries(value).reverse())
    for (const text of [JSON.stringify(value), stringify(reversed), `# a comment\n${shipped}`]) {
      expect(Policy.load(text, { calibratedThresholds: CALIBRATED }).digest).toBe(shippedPolicy().digest)
    }
  })

  it('changes with any word', () => {
    const other = changedPolicy('There are no exceptions.', 'There are some exceptions.')
    expect(Policy.load(other, { calibratedThresholds: CALIBRATED }).digest).not.toBe(shippedPolicy().digest)
  })
})
