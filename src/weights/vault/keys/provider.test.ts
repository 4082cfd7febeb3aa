import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalContext } from './provider.ts'

const invalid = expect.objectContaining({ code: 'REQUEST_INVALID' })
const name = fc.constantFrom('a', 'b', 'aB', 'ab', 'model', 'model-version', 'path', 'path2', 'x9', 'z')

describe('the context of a key', () => {
  it('is written in one way, whatever the order of its names', () => {
    expect(canonicalContext({ b: '"', a: 'é' })).toBe('{"a":"é","b":"\\""}')
    const entries = fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 60 })), {
      selector: ([n]) => n,
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(entries, (entries) => {
        const text = canonicalContext(Object.fromEntries(entries))
        expect(canonicalContext(Object.fromEntries(entries.toReversed()))).toBe(text)
        expect(JSON.parse(text)).toEqual(Object.fromEntries(entries))
      }),
      { numRuns: 50 },
    )
  })

  it.each<[string, Record<string, string>]>([
    ['no name', {}],
    ['nine names', Object.fromEntries([...'abcdefghi'].map((letter) => [letter, ''])) as Record<string, string>],
    ['a name that sorts by itself', { 1: 'a' }],
    ['an empty name', { '': 'a' }],
    ['half a character', { a: '\ud800' }],
    ['more than 8 KiB', { a: 'é'.repeat(4_096) }],
    ['a prototype', JSON.parse('{"__proto__": "a"}')],
    ['a number', JSON.parse('{"a": 1}')],
  ])('is refused with %s', (_, context) => {
    expect(() => canonicalContext(context)).toThrow(invalid)
  })
})
