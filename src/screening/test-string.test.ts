import { describe, expect, it } from 'vitest'
import { LABELS } from './taxonomy.ts'
import { findTestStrings, testString } from './test-string.ts'

describe('testString', () => {
  it.each(LABELS)('names %s in at most 80 characters of A-Z, - and _', (label) => {
    expect(testString(label)).toMatch(/^SAFELEVEL-TEST-[A-Z_]+-[A-Z]{24,}$/)
    expect(testString(label).length).toBeLessThanOrEqual(80)
  })
  it('is documented as it is', () => {
    expect(testString('general_harm')).toBe('SAFELEVEL-TEST-GENERAL_HARM-THEREARENOBADWORDSHERETOTEST')
  })
})

describe('findTestStrings', () => {
  it('finds each one, where it stands', () => {
    const text = LABELS.map((label) => `x ${testString(label)} y`)
      .join(' ')
      .toLowerCase()
    const found = findTestStrings(text)
    expect(found.map(({ label }) => label)).toEqual(LABELS)
    for (const { label, start, end } of found) expect(text.slice(start, end)).toBe(testString(label).toLowerCase())
  })
  it.each([
    'thereareno badwordsheretotest',
    'safelevel-test-hate-',
    'safelevel-test-nonsense-therearenobadwordsheretotest',
  ])('does not find what is not one: %s', (text) => {
    expect(findTestStrings(text)).toEqual([])
  })
})
