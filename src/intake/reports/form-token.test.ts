import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { FormTokens } from './form-token.ts'

const DAY_MS = 86_400_000
/** Of any code units, lone surrogates too. */
const anyText = fc.uint16Array({ maxLength: 300 }).map((codes) => String.fromCharCode(...codes))

describe('the token of a form', () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 2))
  const make = (macKey = new Uint8Array(32).fill(1)) => new FormTokens({ macKey, clock, ids: seededIds(clock, 5) })

  it('counts from three seconds to a day after it was shown', () => {
    const tokens = make()
    const token = tokens.issue()
    expect(tokens.check(token)).toBe('too_soon')
    clock.advance(2_999)
    expect(tokens.check(token)).toBe('too_soon')
    clock.advance(1)
    const first = tokens.check(token)
    expect(first).toEqual({ showing: expect.stringMatching(/^[0-9a-f]{34}$/) })
    clock.advance(DAY_MS - 3_000)
    expect(tokens.check(token)).toEqual(first)
    clock.advance(1)
    expect(tokens.check(token)).toBe('too_old')
  })

  it('is none from a clock that was ahead', () => {
    const tokens = make()
    const token = tokens.issue()
    clock.jump(-60_000)
    expect(tokens.check(token)).toBe('too_old')
    clock.jump(70_000)
    expect(tokens.check(token)).toMatchObject({ showing: expect.any(String) })
  })

  it('is another one at each showing', () => {
    const tokens = make()
    expect(new Set(Array.from({ length: 50 }, () => tokens.issue())).size).toBe(50)
  })

  it('can’t be made or changed without the key', () => {
    const tokens = make()
    const token = tokens.issue()
    clock.advance(10_000)
    expect(make(new Uint8Array(32)).check(token)).toBe('too_old')
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.constantFrom(...'0123456789abcdefz.'), (at, char) => {
        const changed = `${token.slice(0, at)}${char}${token.slice(at + 1)}`
        if (changed !== token) expect(tokens.check(changed)).toBe('too_old')
      }),
    )
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokens.check(text)).toBe('too_old')
      }),
    )
  })
})
