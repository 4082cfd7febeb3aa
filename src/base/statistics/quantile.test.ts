import { describe, expect, it } from 'vitest'
import { percentileInterval, quantile } from './quantile.ts'

describe('quantile', () => {
  it('interpolates as numpy does', () => {
    const sorted = Float64Array.of(1, 2, 4, 8)
    expect([0, 0.25, 0.5, 0.9, 1].map((p) => quantile(sorted, p))).toEqual([1, 1.75, 3, 6.800000000000001, 8])
    expect(quantile([7], 0.99)).toBe(7)
    expect(quantile([], 0.5)).toBeNaN()
  })

  it('stands at infinities only where it reaches them', () => {
    const { POSITIVE_INFINITY } = Number
    const sorted = [1, 2, POSITIVE_INFINITY, POSITIVE_INFINITY]
    expect([1 / 3, 0.4, 0.9].map((p) => quantile(sorted, p))).toEqual([2, POSITIVE_INFINITY, POSITIVE_INFINITY])
  })
})

describe('percentileInterval', () => {
  it('lies between the 2.5th and the 97.5th percentile, in whatever order the values come', () => {
    const values = Array.from({ length: 1_001 }, (_, i) => (i * 8) % 1_001)
    expect(percentileInterval(values)).toEqual([25, 975])
  })
})
