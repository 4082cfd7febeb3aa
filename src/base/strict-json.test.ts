import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from './errors.ts'
import { parseStrictJson } from './strict-json.ts'

const LIMITS = { maxDepth: 64 }
const bytes = (text: string) => new TextEncoder().encode(text)

function refusal(source: Uint8Array | string, maxDepth = 64): string {
  try {
    parseStrictJson(source, { maxDepth })
  } catch (error) {
    if (error instanceof AppError && error.code === 'REQUEST_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        fc.pre(!text.includes('__proto__') && text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text))
        expect(parseStrictJson(bytes(text), { maxDepth: 1_000 })).toEqual(JSON.parse(text))
      }),
    )
  })

  it('accepts surrogate pairs, raw and escaped, and a backslash before what looks like one', () => {
    expect(parseStrictJson(bytes('["😀","\\ud83d\\ude00","\\\\ud83d","\\uD83D\\uDE00"]'), LIMITS)).toEqual([
      '😀',
      '😀',
      '\\ud83d',
      '😀',
    ])
  })

  it.each([
    ['{"a":1,"a":2}', 'has a key that stands twice in one object'],
    ['{"a":1,"\\u0061":1}', 'has a key that stands twice in one object'],
    ['{"x":[{"b":{},"c":"a:b{}\\"","b":[]}]}', 'has a key that stands twice in one object'],
    ['{"__proto__":{"polluted":true}}', 'has the key __proto__'],
    ['{"a":{"\\u005f_proto__":1}}', 'has the key __proto__'],
    ['["\\ud800"]', 'has a lone surrogate in an escape'],
    ['["\\ude00\\ud83d"]', 'has a lone surrogate in an escape'],
    ['{"\\ud800":1}', 'has a lone surrogate in an escape'],
    ['"\\uDFFF"', 'has a lone surrogate in an escape'],
    ['\ufeff{}', 'begins with a byte order mark'],
    ['{} {}', 'is not valid JSON at character 3'],
    ['{"a":1,}', 'is not valid JSON at character 7'],
    ['', 'is not valid JSON'],
    ['{"a', 'is not valid JSON at character 3'],
    ['[1', 'is not valid JSON at character 2'],
    ["{'a':1}", 'is not valid JSON at character 1'],
    ['NaN', 'is not valid JSON'],
    ['[1,\u00a02]', 'is not valid JSON'],
  ])('refuses %j', (text, why) => {
    expect(refusal(bytes(text))).toContain(`the body ${why}`)
    expect(refusal(text)).toContain(`the body ${why}`)
  })

  it('says where, and never what', () => {
    expect(refusal(bytes('{"secret at position 9": tru}'))).toBe('the body is not valid JSON') // V8 tells no place here
    expect(refusal(bytes('{"secret at position 9": 1,}'))).toBe('the body is not valid JSON at character 27')
    expect(refusal('["ab\ud800cd"]')).toBe('the body has a lone surrogate at character 4')
    expect(refusal(Buffer.concat([bytes('["'), Buffer.of(0xc3, 0x28), bytes('"]')]))).toBe(
      'the body is not valid UTF-8 at byte 2',
    )
    expect(refusal(Buffer.concat([bytes('["\ufffd'), Buffer.of(0xed, 0xa0, 0x80), bytes('"]')]))).toBe(
      'the body is not valid UTF-8 at byte 5',
    )
    expect(refusal(Buffer.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toBe('the body begins with a byte order mark')
  })

  it('bounds nesting exactly, and far beyond what a call stack bears', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(refusal(nested(64))).toBe('accepted')
    expect(refusal(nested(65))).toBe('the body is nested deeper than 64 levels at character 64')
    expect(refusal('['.repeat(1_000_000))).toContain('nested deeper')
    expect(refusal(nested(100_000), 100_000)).toBe('accepted')
    expect(refusal(`["${'['.repeat(100)}"]`)).toBe('accepted')
  })

  it('finds a duplicate wherever it is planted', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }),
        fc.nat(),
        (object, pick) => {
          fc.pre(!JSON.stringify(object).includes('"__proto__":')) // refused for another reason, at any depth
          const keys = Object.keys(object)
          fc.pre(keys.length > 0)
          const key = keys[pick % keys.length] ?? ''
          const text = JSON.stringify(object)
          const planted = `{"outer":[${text.slice(0, -1)},${JSON.stringify(key)}:0}]}`
          expect(refusal(planted)).toContain('stands twice')
        },
      ),
    )
  })

  it('takes any bytes without another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (source) => void refusal(source)),
      { numRuns: 2_000 },
    )
    const ascii = fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0dD8 a1'), maxLength: 60 })
    fc.assert(
      fc.property(ascii, (source) => void refusal(source)),
      { numRuns: 5_000 },
    )
  })

  it('counts what objects and arrays hold, whatever stands in strings', () => {
    const held = (value: unknown): number => {
      if (typeof value !== 'object' || value === null) return 0
      const items = Object.values(value)
      return Math.max(1, items.length) + items.reduce((sum: number, item) => sum + held(item), 0)
    }
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('__proto__'))
        const count = held(JSON.parse(text))
        expect(() => parseStrictJson(text, { maxDepth: 1_000, maxValues: count })).not.toThrow()
        if (count > 0)
          expect(() => parseStrictJson(text, { maxDepth: 1_000, maxValues: count - 1 })).toThrow(/more than \d+ values/)
      }),
    )
    expect(parseStrictJson('{"a,b":"[,,,]","c":[]}', { maxDepth: 9, maxValues: 3 })).toEqual({ 'a,b': '[,,,]', c: [] })
  })

  it('does not slow down on escapes: linear in the length', () => {
    const hostile = (n: number) => `["${'\\\\'.repeat(n)}${'\\"'.repeat(n)}"]`
    const took = (n: number) => {
      const text = hostile(n)
      const start = performance.now()
      parseStrictJson(text, LIMITS)
      return performance.now() - start
    }
    took(1_000)
    expect(took(1_000_000)).toBeLessThan(2_000) // quadratic would take minutes
  })
})
