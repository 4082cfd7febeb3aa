import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Draw } from './draw.ts'

const many = (count: number, of: () => number) => Array.from({ length: count }, of)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('Draw', () => {
  it('repeats itself, and what one fork draws changes no other one', () => {
    const draw = new Draw(7)
    const first = many(5, () => draw.unit())
    expect(
      many(
        5,
        (
          (again) => () =>
            again.unit()
        )(new Draw(7)),
      ),
    ).toEqual(first)
    const a = new Draw(7)
    a.fork('x').unit()
    expect(a.fork('y').unit()).toBe(new Draw(7).fork('y').unit())
    expect(new Draw(7).fork('x').unit()).not.toBe(new Draw(8).fork('x').unit())
  })

  it('stays within what it is asked for', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1_000, max: 1_000 }), fc.nat(2_000), (seed, from, span) => {
        const draw = new Draw(seed)
        const whole = draw.int(from, from + span)
        expect(Number.isInteger(whole) && whole >= from && whole <= from + span).toBe(true)
        const real = draw.range({ from: 1, to: 1 + span, isLog: true })
        expect(real).toBeGreaterThanOrEqual(1)
        expect(real).toBeLessThanOrEqual(1 + span + 1e-9)
        expect(draw.code(9)).toMatch(/^[0-9a-z]{9}$/)
      }),
    )
  })

  it('draws each distribution around its mean', () => {
    const draw = new Draw(3)
    expect(mean(many(20_000, () => draw.unit()))).toBeCloseTo(0.5, 1)
    expect(mean(many(20_000, () => draw.normal(4, 2)))).toBeCloseTo(4, 1)
    expect(mean(many(20_000, () => draw.exponential(3)))).toBeCloseTo(3, 0)
    expect(mean(many(20_000, () => draw.poisson(2.5)))).toBeCloseTo(2.5, 0)
    expect(mean(many(20_000, () => draw.poisson(60)))).toBeCloseTo(60, -0.5)
    const sorted = many(9_999, () => draw.logNormal(10, 1)).sort((a, b) => a - b)
    expect(sorted[4_999]).toBeGreaterThan(9)
    expect(sorted[4_999]).toBeLessThan(11)
  })

  it('shuffles without losing anything, and weighs', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, items) => {
        expect([...new Draw(seed).shuffled(items)].sort()).toEqual([...items].sort())
      }),
    )
    const draw = new Draw(1)
    const heavy = many(1_000, () => draw.weighted([[1, 9] as const, [0, 1] as const]))
    expect(mean(heavy)).toBeGreaterThan(0.85)
    expect(() => draw.pick([])).toThrow(RangeError)
  })
})
