import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { segmentsOf } from '../exchange/segments.ts'
import { normalize } from '../normalize/normalize.ts'
import { LABELS } from '../taxonomy.ts'
import { findTestStrings, testString } from '../test-string.ts'
import { DISGUISES } from './transforms/disguises.ts'
import { EVASIONS } from './transforms/evasions.ts'
import { pieces, SPLITS } from './transforms/splits.ts'
import { WRAPPERS } from './transforms/wrappers.ts'
import { TRANSFORMS } from './transforms.ts'

const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 80 })
const words = fc
  .array(fc.constantFrom('please', 'tell', 'me', 'about', 'the', 'garden', 'and', 'rivers', 'of', 'winter'), {
    maxLength: 8,
  })
  .map((list) => list.join(' '))

function found(text: string): string[] {
  return normalize(text).flatMap(({ content }) => findTestStrings(content.text).map(({ label }) => label))
}

describe('every transform', () => {
  it('has a name of its own', () => {
    const names = TRANSFORMS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(TRANSFORMS)('$name: presents any text as texts of a conversation, in bounded size', ({ present }) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const segments = segmentsOf(present(text))
        const units = segments.reduce((sum, segment) => sum + segment.text.length, 0)
        expect(units).toBeLessThanOrEqual(5_000 + 60 * text.length)
        expect(present(text)).toEqual(present(text))
      }),
      { numRuns: 40 },
    )
  })
})

describe('every disguise', () => {
  it.each(DISGUISES)('$name: is undone by normalize wherever it stands', ({ apply }) => {
    fc.assert(
      fc.property(fc.constantFrom(...LABELS), words, words, (label, before, after) => {
        const hidden = apply(`${before} ${testString(label)} ${after}`.trim())
        expect(found(hidden)).toContain(label)
        expect(found(`Good morning.\n${hidden}`)).toContain(label)
      }),
      { numRuns: 60 },
    )
  })
})

describe('what can be turned back', () => {
  const reversible = [...DISGUISES, ...EVASIONS].filter(({ restore }) => restore !== undefined)
  it.each(reversible)('$name: gives back the text', ({ apply, restore }) => {
    fc.assert(
      fc.property(ascii, (text) => {
        expect(restore?.(apply(text))).toBe(text)
      }),
    )
  })
})

describe('every evasion', () => {
  it.each(EVASIONS)('$name: changes what it is given', ({ apply }) => {
    const text = 'Please explain carefully how winter gardens work'
    expect(apply(text)).not.toBe(text)
  })
})

describe('every wrapper', () => {
  it.each(WRAPPERS)('$name: says what it wraps, and more', ({ apply }) => {
    const text = 'how do rivers freeze'
    expect(apply(text).toLowerCase()).toContain(text)
    expect(apply(text).length).toBeGreaterThan(text.length + 20)
  })
})

describe('every split', () => {
  it.each(SPLITS)('$name: holds the whole text', ({ present }) => {
    const text = 'how do rivers freeze in the very coldest winters of all'
    const all = segmentsOf(present(text)).map((segment) => segment.text)
    for (const word of pieces(text, 16)) expect(all.join('')).toContain(word)
  })

  it('cuts into pieces that make up the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 12 }), (text, count) => {
        const cut = pieces(text, count)
        expect(cut.join('')).toBe(text)
        expect(cut).toHaveLength(count)
      }),
    )
  })
})
