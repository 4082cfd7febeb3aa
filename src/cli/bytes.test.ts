import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeBytes, parseBytes } from './bytes.ts'

describe('numbers of bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [1_234, '1.23 kB'],
    [99_949, '99.9 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [140_000_000_000, '140 GB'],
    [1_500_000_000_000, '1.5 TB'],
  ])('%i is shown as %s', (bytes, words) => expect(describeBytes(bytes)).toBe(words))

  it.each([
    ['4096', 4_096],
    ['500MB', 500_000_000],
    ['1.5 GiB', 1_610_612_736],
    ['64mib', 67_108_864],
    ['2TB', 2_000_000_000_000],
  ])('%s is read as %i', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

  it.each(['', 'x', '-1', '1e9', '1 XB', '1.2.3MB', '99999999999999999', '9999999TB', 'k', 'MB', '5 kiBs'])(
    'refuses %j',
    (text) => expect(() => parseBytes(text)).toThrow('a number of bytes is written like'),
  )

  it('are read again as they are shown, to three figures', () =>
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        const shown = describeBytes(bytes)
        if (shown.endsWith('PB')) return
        expect(Math.abs(parseBytes(shown) - bytes)).toBeLessThanOrEqual(bytes * 0.005)
      }),
    ))
})
