import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKnown, isUnchanged, wantedOf } from './byte-range.ts'

describe('a range (RFC 9110 §14)', () => {
  it.each([
    [null, 'whole'],
    ['bytes=0-0', [0, 1]],
    ['bytes=0-499', [0, 500]],
    ['bytes=500-999', [500, 500]],
    ['bytes=500-', [500, 500]],
    ['bytes=-500', [500, 500]],
    ['bytes=-5000', [0, 1_000]],
    ['bytes=999-99999', [999, 1]],
    ['Bytes=1-2', [1, 2]],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-2000', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=', 'whole'],
    ['bytes=0-1,4-5', 'whole'],
    ['lines=0-1', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=0x10-', 'whole'],
    ['bytes=--5', 'whole'],
    [`bytes=${'9'.repeat(15)}-`, 'unsatisfiable'],
    [`bytes=0-${'9'.repeat(400)}`, 'whole'],
  ])('%s of 1000 bytes', (header, wanted) => {
    const [start, length] = Array.isArray(wanted) ? wanted : []
    expect(wantedOf(header, 1_000)).toEqual(start === undefined ? { type: wanted } : { type: 'part', start, length })
  })

  it('is always within the file', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(2_000), fc.nat(2_000)).map(([a, b]) => `bytes=${a}-${b}`),
    )
    fc.assert(
      fc.property(header, fc.nat(1_500), (text, sizeBytes) => {
        const wanted = wantedOf(text, sizeBytes)
        if (wanted.type !== 'part') return
        expect(wanted.start).toBeGreaterThanOrEqual(0)
        expect(wanted.length).toBeGreaterThan(0)
        expect(wanted.start + wanted.length).toBeLessThanOrEqual(sizeBytes)
      }),
    )
  })

  it('holds only of the file that it was meant for', () => {
    expect([isUnchanged(null, '"a"'), isUnchanged('"a"', '"a"'), isUnchanged('"b"', '"a"')]).toEqual([
      true,
      true,
      false,
    ])
    expect(isUnchanged('Wed, 21 Oct 2015 07:28:00 GMT', '"a"')).toBe(false)
    expect(isUnchanged('W/"a"', '"a"')).toBe(false)
    expect([isKnown('"b", "a"', '"a"'), isKnown('*', '"a"'), isKnown('W/"a"', '"a"'), isKnown(null, '"a"')]).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})
