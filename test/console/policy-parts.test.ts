import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffWords } from '../../console/features/policy/word-diff.ts'
import { labelName, ruleInWords, spanOfScores } from '../../console/features/policy/words.ts'

const text = fc
  .array(fc.constantFrom('the', 'policy', 'forbids', 'allows', '.', '\n', 'a  b', '\u202e', '<b>'), { maxLength: 40 })
  .map((words) => words.join(' '))

describe('the difference between two texts', () => {
  it('holds both of them whole, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), fc.oneof(text, fc.string()), (before, after) => {
        const pieces = diffWords(before, after)
        const without = (kind: string) =>
          pieces
            .filter((piece) => piece.kind !== kind)
            .map((piece) => piece.text)
            .join('')
        expect([without('added'), without('removed')]).toEqual([before, after])
      }),
    )
  })

  it('is word by word', () => {
    expect(diffWords('Do not ask for it.', 'Do not ask or beg for it.')).toEqual([
      { kind: 'same', text: 'Do not ask ' },
      { kind: 'added', text: 'or beg ' },
      { kind: 'same', text: 'for it.' },
    ])
  })

  it('stays quick where texts are long and nothing is alike', () => {
    const long = (word: string) => Array.from({ length: 5_000 }, (_, i) => `${word}${i}`).join(' ')
    expect(diffWords(long('a'), long('b'))).toHaveLength(2)
  })
})

describe('a rule in words', () => {
  const rule = {
    action: 'flag' as const,
    thresholds: [
      { label: 'jailbreak', score: 0.8381, calibrated: true },
      { label: 'injection', score: 0.9, calibrated: false },
      { label: 'hate', score: null, calibrated: true },
    ],
    refuseFrom: 0.995,
    whenUnavailable: 'refuse' as const,
    terms: ['blue zebra'],
    patterns: [],
  }

  it('says what it does, and from which scores on', () => {
    expect(ruleInWords(rule)).toBe('flags, refuses from 0.995 · 1 word')
    expect(ruleInWords({ ...rule, action: 'refuse', terms: [] })).toBe('refuses')
    expect(spanOfScores(rule)).toBe('≥ 0.838–0.9')
    expect(spanOfScores({ ...rule, thresholds: [] })).toBeNull()
    expect(labelName('non_violent_crimes')).toBe('non violent crimes')
  })
})
