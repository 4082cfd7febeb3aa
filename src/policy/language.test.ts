import { describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy, everyLabel, promptInput } from '../../test/support/policies.ts'
import type { Segment } from '../screening/index.ts'
import { Policy, readPolicyFile } from './policy.ts'
import { readPolicy } from './read.ts'

const load = (text: string) => Policy.load(text, { calibratedThresholds: CALIBRATED })
const segment = (text: string, role: Segment['role'] = 'user'): Segment => ({
  text,
  role,
  kind: 'text',
  source: '',
  offset: 0,
})

/** The shipped policy with more in one clause's rule for the prompt. */
function withRule(label: string, more: string): string {
  const text = readPolicyFile()
  const at = text.indexOf(`labels: [${label}]`)
  const brace = text.indexOf('{ threshold: calibrated', at)
  return `${text.slice(0, brace + 2)}${more}, ${text.slice(brace + 2)}`
}

function withOverlay(yaml: string): string {
  return changedPolicy('# What no text classifier can read.', `overlays:\n${yaml}\n`)
}

function decideText(policy: Policy, text: string, role: Segment['role'] = 'user') {
  return policy.decide(promptInput({}, { matches: policy.match('prompt', [segment(text, role)]) }))
}

describe('terms and patterns', () => {
  const policy = load(withRule('hate', "terms: ['blue zebra'], patterns: ['gr[ae]y\\s+horse \\d{1,3}']"))

  it.each([
    'a Blue Zebra!',
    'A BLUE ZEBRA',
    'bl\u200bue zebra',
    'b l u e z e b r a: blue zebra',
    'Grey  horse 17',
    'ｂｌｕｅ ｚｅｂｒａ',
    Buffer.from('please ask the blue zebra about it').toString('base64'),
  ])('are found in %j', (text) => {
    expect(decideText(policy, text)).toMatchObject({
      action: 'refuse',
      reason: 'rule',
      clause: '5.2',
      label: 'hate',
      score: null,
    })
  })

  it.each(['blue zebras', 'a blue, a zebra', 'greyhorse 17', 'nothing'])('are not found in %j', (text) => {
    expect(decideText(policy, text).action).toBe('allow')
  })

  it('give way to a graver clause, and to nothing milder', () => {
    const matches = policy.match('prompt', [segment('blue zebra')])
    expect(policy.decide(promptInput({ chemical: 0.9 }, { matches })).clause).toBe('1.1')
    expect(policy.decide(promptInput({ defamation: 0.9 }, { matches })).clause).toBe('5.2')
  })

  it('only flag where the clause only flags', () => {
    const flags = load(withRule('specialized_advice', "terms: ['blue zebra']"))
    expect(decideText(flags, 'blue zebra')).toMatchObject({
      action: 'allow',
      flagged: [{ label: 'specialized_advice', score: 1, clause: '6.2' }],
    })
  })

  it('count as not judged in a text that is too long to look through', () => {
    const long = 'harmless words '.repeat(300_000)
    const grave = load(withRule('chemical', "terms: ['blue zebra']"))
    expect(decideText(policy, long)).toMatchObject({ action: 'allow', unevaluated: ['hate'] })
    expect(decideText(grave, long)).toMatchObject({ action: 'refuse', reason: 'unavailable', clause: '1.1' })
  })

  it.each([
    ['a look-ahead', '(?=a)b'],
    ['a back reference', '(a)\\\\1'],
    ['an open bracket', '[a'],
    ['what matches everything', 'a*'],
    ['what unfolds to a monster', '(\\\\w{1,99}){1,99}x'],
  ])('refuse %s at its place', (_, pattern) => {
    const { problems } = readPolicy(withRule('hate', `patterns: ["${pattern}"]`), CALIBRATED)
    expect(problems).toMatchObject([{ rule: 'pattern-invalid' }])
    expect(problems[0]?.path).toMatch(/prompt\.patterns\[0\]$/)
  })

  it('take time that grows with the text alone', () => {
    const evil = load(withRule('hate', "patterns: ['(a|aa|aaa)*b{3}', '(x+x+)+y', '(?:.{0,30}q){3}zz']"))
    const text = `${'a'.repeat(100_000)} ${'x'.repeat(100_000)}`
    const started = process.cpuUsage()
    expect(decideText(evil, text).action).toBe('allow')
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(5_000)
  })
})

describe('thresholds by label', () => {
  it('stand beside each other in one clause', () => {
    const text = changedPolicy(
      'prompt: { threshold: calibrated, action: flag',
      'prompt: { threshold: { jailbreak: 0.7, injection: calibrated, obfuscation: 0.9 }, action: flag',
    )
    const flagged = (score: number) =>
      load(text).decide(promptInput({ jailbreak: score, injection: score, obfuscation: score })).flagged
    expect(flagged(0.6).map(({ label }) => label)).toEqual(['injection'])
    expect(flagged(0.95)).toHaveLength(3)
  })

  it('must be there for every label of the clause and for no other', () => {
    const text = changedPolicy(
      'prompt: { threshold: calibrated, action: flag',
      'prompt: { threshold: { jailbreak: 0.7, hate: 0.5 }, action: flag',
    )
    const rules = readPolicy(text, CALIBRATED).problems.map(({ rule }) => rule)
    expect(rules).toEqual(expect.arrayContaining(['threshold-range', 'label-unknown']))
  })
})

describe('overlays', () => {
  const yaml = `  - id: school
    title: Schools
    wording: On the surfaces for schools some clauses are applied from lower scores.
    surfaces: [school]
    tiers: [basic]
    clauses:
      - clause: '5.5'
        prompt: { threshold: 0.2 }
      - clause: '6.2'
        prompt: { action: refuse, threshold: 0.6 }
    media: { prompt: refuse }`
  const policy = load(withOverlay(yaml))
  const place = policy.at({ surface: 'school', tier: 'basic' })

  it('apply where surface and tier fit, and nowhere else', () => {
    const input = promptInput({ sexual_content: 0.3 })
    expect(place.decide(input).clause).toBe('5.5')
    for (const scope of [{}, { surface: 'school' }, { tier: 'basic' }, { surface: 'api', tier: 'basic' }]) {
      expect(policy.at(scope).decide(input).action).toBe('allow')
    }
    expect(place.decide(promptInput({ specialized_advice: 0.7 }))).toMatchObject({ action: 'refuse', clause: '6.2' })
    const media = [{ kind: 'media', media: 'image', pointer: '/a' }] as const
    expect(place.decide(promptInput({}, { media })).reason).toBe('media')
    expect(policy.decide(promptInput({}, { media })).action).toBe('allow')
  })

  it('change neither version nor digest', () => {
    expect([place.version, place.digest]).toEqual([policy.version, policy.digest])
    expect(policy.at({ surface: 'school', tier: 'basic' })).toBe(place)
  })

  it.each([
    ['a higher threshold', "      - clause: '1.1'\n        prompt: { threshold: 0.6 }"],
    ['a flag', "      - clause: '4.1'\n        completion: { action: flag }"],
    ['failing open', "      - clause: '2.1'\n        prompt: { whenUnavailable: release_unevaluated }"],
    ['attacks that are found later', "      - clause: '2.3'\n        prompt: { threshold: 0.9 }"],
  ])('may not weaken the minimum: %s', (_, entry) => {
    const text = withOverlay(
      `  - id: milder\n    title: Milder\n    wording: x\n    surfaces: [api]\n    clauses:\n${entry}`,
    )
    const { problems } = readPolicy(text, CALIBRATED)
    expect(problems).toMatchObject([{ rule: 'overlay-weakens' }])
  })

  it.each([
    ['an unknown clause', "      - clause: '9.9'", 'clause-unknown'],
    ['a clause without that side', "      - clause: '2.3'\n        completion: { action: refuse }", 'overlay-idle'],
    ['the same clause twice', "      - clause: '5.5'\n      - clause: '5.5'", 'id-duplicate'],
    ['refuseFrom beside refuse', "      - clause: '5.5'\n        prompt: { refuseFrom: 0.9 }", 'threshold-range'],
  ])('with %s do not load', (_, entry, rule) => {
    const text = withOverlay(
      `  - id: broken\n    title: Broken\n    wording: x\n    surfaces: [api]\n    clauses:\n${entry}`,
    )
    expect(readPolicy(text, CALIBRATED).problems.map((problem) => problem.rule)).toContain(rule)
  })
})

describe('requirements', () => {
  const duty = (requirement: string) =>
    changedPolicy('requirement: { of: customer, check: stated }', `requirement: ${requirement}`)
  const marked = (action: string) =>
    load(duty(`{ of: customer, check: system_prompt, marker: 'You are an AI', action: ${action}, surfaces: [chat] }`))

  it('are checked in the instructions of each request, where they apply', () => {
    const policy = marked('refuse').at({ surface: 'chat' })
    expect(decideText(policy, 'Hello')).toMatchObject({
      action: 'refuse',
      reason: 'requirement',
      clause: '7.1',
      label: null,
    })
    expect(decideText(policy, 'Be kind. You are an AI; say so.', 'system').action).toBe('allow')
    expect(decideText(policy, 'You are an AI', 'user').action).toBe('refuse')
    expect(decideText(marked('refuse'), 'Hello').action).toBe('allow')
  })

  it('are named where they refuse nothing', () => {
    expect(decideText(marked('flag').at({ surface: 'chat' }), 'Hello')).toMatchObject({
      action: 'allow',
      unmet: ['7.1'],
    })
  })

  it.each([
    ['a check without its marker', duty('{ of: customer, check: system_prompt }'), 'requirement-incomplete'],
    [
      'a marker that nobody looks for',
      duty("{ of: customer, check: stated, marker: 'AI here' }"),
      'requirement-incomplete',
    ],
    [
      'a duty without requirement',
      changedPolicy('        requirement: { of: customer, check: stated }\n', ''),
      'effect-mismatch',
    ],
    [
      'a rule in a duty',
      changedPolicy(
        'requirement: { of: customer, check: stated }',
        'requirement: { of: customer, check: stated }\n        labels: [hate]\n        prompt: { threshold: 0.5, action: refuse, whenUnavailable: refuse }',
      ),
      'effect-mismatch',
    ],
  ])('with %s do not load', (_, text, rule) => {
    expect(readPolicy(text, CALIBRATED).problems.map((problem) => problem.rule)).toContain(rule)
  })
})

describe('the tree of clauses', () => {
  const child = `        clauses:
          - id: '5.2.1'
            title: Slurs
            wording: Do not use words whose only purpose is to demean.
            effect: prohibit
            severity: moderate
            labels: [hate]
            prompt: { threshold: 0.2, action: refuse, whenUnavailable: release_unevaluated }
`
  const text = changedPolicy('        labels: [hate]\n', `        labels: [hate]\n${child}`)

  it('is decided by and explained like any other clause', () => {
    expect(load(text).decide(promptInput({ hate: 0.3 })).clause).toBe('5.2.1')
  })

  it('holds each clause where its id says', () => {
    const { problems } = readPolicy(text.replace("'5.2.1'", "'5.3.1'"), CALIBRATED)
    expect(problems).toMatchObject([{ rule: 'id-section', message: 'clause 5.3.1 stands in clause 5.2' }])
  })
})

describe('documents of the first format', () => {
  const old = readPolicyFile()
    .replace('safelevel.policy/2', 'safelevel.policy/1')
    .replace(/ {2}- id: '7'[\s\S]*?(?=# What no text)/, '')
    .replace(/^ {8}(minimum|exemptible): .*\n/gm, '')
    .replace(/^ {8}examples:\n( {10}.*\n)+/gm, '')

  it('load and decide as they did', () => {
    const policy = load(old)
    expect(policy.decide(promptInput({ chemical: 0.5 }))).toMatchObject({ action: 'refuse', clause: '1.1' })
    expect(policy.decide(promptInput(everyLabel(0.49))).action).toBe('allow')
  })

  it('may say nothing of what came later', () => {
    const { problems } = readPolicy(
      old.replace('effect: prohibit', 'effect: prohibit\n        minimum: asl-2'),
      CALIBRATED,
    )
    expect(problems).toMatchObject([{ rule: 'schema-version', line: expect.any(Number) }])
  })
})
