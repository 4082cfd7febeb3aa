import { readFileSync } from 'node:fs'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { TlogError } from './error.ts'

const vectors: { cases: { name: string; input: string; output: string }[]; numbers: [string, string | null][] } =
  JSON.parse(readFileSync(new URL('../../../test/vectors/ledger/rfc8785.json', import.meta.url), 'utf8'))

describe('canonicalJson', () => {
  it.each(vectors.cases)('matches the published vector $name', ({ input, output }) => {
    expect(canonicalJson(JSON.parse(input))).toBe(output)
  })

  it.each(vectors.numbers)('writes the number %s of RFC 8785 appendix B', (hex, text) => {
    const number = Buffer.from(hex, 'hex').readDoubleBE()
    if (text === null) expect(() => canonicalJson(number)).toThrow(TlogError)
    else expect(canonicalJson(number)).toBe(text)
  })

  it('agrees with an independent implementation, and is read back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value))
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
      }),
      { numRuns: 500 },
    )
  })

  it('sorts keys by UTF-16 code units whatever their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' })), (keys) => {
        const forward = Object.fromEntries(keys.map((key) => [key, 1]))
        const backward = Object.fromEntries(keys.toReversed().map((key) => [key, 1]))
        expect(canonicalJson(forward)).toBe(canonicalJson(backward))
      }),
    )
  })

  it('writes the same whether the keys came in order or not', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const canonical = canonicalJson(value)
        expect(canonicalJson(inReverse(value))).toBe(canonical)
        expect(canonicalJson(JSON.parse(canonical))).toBe(canonical)
      }),
    )
    expect(canonicalJson({ 9: 1, 10: 2 })).toBe('{"10":2,"9":1}')
  })

  it.each([
    ['an array that writes itself', Object.assign([1], { toJSON: (): string => 'x' })],
    ['an object that writes itself', { a: 1, toJSON: (): string => 'x' }],
    ['one that hides it', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'x' })],
  ])('does not ask %s', (_, value) => {
    expect(safely(() => canonicalJson(value))).not.toBe('"x"')
  })

  it.each([
    ['NaN', Number.NaN],
    ['infinity', { a: [Number.POSITIVE_INFINITY] }],
    ['a lone surrogate', { a: '\ud800' }],
    ['a lone surrogate in a key', { '\udfff': 1 }],
    ['undefined in an array', [undefined]],
    ['a date', new Date(0)],
    ['a bigint', 1n],
    ['a function', { a: () => 1 }],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TlogError)
  })

  it('refuses nesting that would exhaust the stack, quickly', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(() => canonicalJson(deep)).toThrow(TlogError)
  })

  it('leaves out members without a value', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}')
  })
})

/** The same value with the keys of every object the other way round. */
function inReverse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inReverse)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, inReverse(member)]),
  )
}

function safely(write: () => string): string {
  try {
    return write()
  } catch {
    return 'refused'
  }
}
