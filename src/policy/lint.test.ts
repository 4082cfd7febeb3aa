import { describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy } from '../../test/support/policies.ts'
import { lintPolicy } from './lint.ts'
import { readPolicyFile } from './policy.ts'

const lint = (text: string) => lintPolicy(text, CALIBRATED)

it('has nothing to say against the shipped policy', () => {
  expect(lint(readPolicyFile())).toEqual([])
  expect(lintPolicy(readPolicyFile(), null)).toEqual([])
})

describe('lint finds what is planted', () => {
  const overlay = (entry: string) =>
    changedPolicy(
      '# What no text',
      `overlays:\n  - id: planted\n    title: Planted\n    wording: Some words that are long enough to say something.\n    surfaces: [api]\n${entry}\n# What no text`,
    )
  const graver = `      - id: '6.9'
        title: Hate again
        wording: The same once more, so that one of both can never be reached.
        effect: prohibit
        severity: high
        labels: [hate]
        prompt: { threshold: 0.4, action: refuse, whenUnavailable: refuse }
        examples:
          - { side: prompt, expect: refuse, text: something hateful }
          - { side: prompt, expect: allow, text: something kind }

  - id: '7'`
  const planted: [string, string, 'error' | 'warning', string][] = [
    [
      'high harm that only flags',
      changedPolicy('prompt: { threshold: calibrated, action: refuse', 'prompt: { threshold: calibrated, action: flag'),
      'error',
      'minimum-uncovered',
    ],
    [
      'high harm that fails open',
      changedPolicy('whenUnavailable: refuse }', 'whenUnavailable: release_unevaluated }'),
      'error',
      'minimum-uncovered',
    ],
    [
      'high harm of low severity',
      changedPolicy('severity: extreme', 'severity: moderate'),
      'error',
      'minimum-uncovered',
    ],
    ['high harm that overlays may touch', changedPolicy('        minimum: asl-2\n', ''), 'warning', 'minimum-unmarked'],
    [
      'a threshold above the fitted one',
      changedPolicy('threshold: calibrated', 'threshold: 0.7'),
      'warning',
      'threshold-lenient',
    ],
    [
      'a threshold that nothing reaches',
      changedPolicy('refuseFrom: 0.995', 'refuseFrom: 0.9999').replace(
        'prompt: { threshold: calibrated, action: flag',
        'prompt: { threshold: 0.9999, action: flag',
      ),
      'warning',
      'threshold-out-of-reach',
    ],
    ['a clause hidden by a graver one', readPolicyFile().replace("  - id: '7'", graver), 'warning', 'rule-unreachable'],
    [
      'a clause that flags what a milder one refuses',
      readPolicyFile().replace("  - id: '7'", graver.replace('action: refuse', 'action: flag')),
      'warning',
      'clauses-contradict',
    ],
    [
      'wording that says nothing',
      changedPolicy(/wording: >-\n( {10}.*\n)+/.exec(readPolicyFile())?.[0] ?? '', 'wording: No.\n'),
      'warning',
      'wording-missing',
    ],
    [
      'no word on retention',
      readPolicyFile().replace(/^# What the public reads about storage[\s\S]*?(?=# What no text)/m, ''),
      'warning',
      'retention-missing',
    ],
    [
      'a clause without examples',
      readPolicyFile().replace(/ {8}examples:\n( {10}.*\n)+/, ''),
      'warning',
      'examples-missing',
    ],
    [
      'examples that contradict',
      changedPolicy(
        "expect: allow, text: 'How does a pressurised",
        "expect: refuse, text: 'How do vaccines teach the immune system to recognise a virus?' }\n          - { side: prompt, expect: allow, text: 'How does a pressurised",
      ),
      'error',
      'examples-contradict',
    ],
    [
      'an overlay that is milder',
      overlay("    clauses:\n      - clause: '5.5'\n        prompt: { threshold: 0.9 }"),
      'warning',
      'overlay-weakens',
    ],
    ['an overlay that does nothing', overlay(''), 'warning', 'overlay-idle'],
    [
      'the minimum made milder',
      overlay("    clauses:\n      - clause: '1.1'\n        prompt: { action: flag }"),
      'error',
      'overlay-weakens',
    ],
    ['what does not load', changedPolicy('effect: prohibit', 'effect: allow'), 'error', 'schema'],
  ]

  it.each(planted)('%s', (_, text, level, rule) => {
    const found = lint(text).find((finding) => finding.rule === rule)
    expect(found, JSON.stringify(lint(text))).toMatchObject({ level, rule })
    expect(found?.line).toBeGreaterThan(1)
  })

  it('the same words in two clauses', () => {
    const same = "terms: ['blue zebra'], threshold"
    const text = readPolicyFile()
      .replace('labels: [hate]\n        prompt: { threshold', `labels: [hate]\n        prompt: { ${same}`)
      .replace('labels: [privacy]\n        prompt: { threshold', `labels: [privacy]\n        prompt: { ${same}`)
    expect(lint(text)).toMatchObject([{ rule: 'rule-unreachable', message: 'clause 5.2 looks for the same words' }])
  })
})
