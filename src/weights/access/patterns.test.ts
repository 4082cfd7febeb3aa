import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, emptyPatterns } from './patterns.ts'

const file = (path: string, canary = false) => ({ path, canary })

describe('patterns of a grant', () => {
  it.each([
    [['*'], 'a/b.safetensors', true],
    [['a/*'], 'a/b.safetensors', true],
    [['a/*'], 'ab.safetensors', false],
    [['a'], 'a/b', false],
    [['a/b'], 'a/b', true],
    [['A/b'], 'a/b', false],
    [['*.json'], 'config.json', false],
    [['*.json'], '*.json', true],
    [[], 'a', false],
  ])('%j and %s', (patterns, path, isCovered) => {
    expect(covers(patterns, file(path))).toBe(isCovered)
  })

  it('cover a canary by its whole path alone, whatever else is asked for', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '.'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), part, (patterns, path) => {
        const isNamed = patterns.includes(path) && !path.endsWith('*')
        expect(covers(patterns, file(path, true))).toBe(isNamed)
        if (isNamed) expect(covers(patterns, file(path))).toBe(true)
      }),
    )
  })

  it('that name nothing are found', () => {
    expect(emptyPatterns(['a', 'b*', 'c'], [file('a'), file('b1', true)])).toEqual([1, 2])
  })
})
