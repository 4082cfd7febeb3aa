import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitCurve, lossAt } from '../compute/index.ts'
import type { ForecastQuestion } from './forecast-curve.ts'
import { forecastChart, forecastCurve, forecastRows, forecastSvg, forecastWords } from './index.ts'

const points = [1e20, 3e20, 1e21, 3e21, 1e22, 3e22, 1e23, 3e23].map((flops, i) => ({
  flops,
  loss: 1.7 + 0.9 * (flops / 1e22) ** -0.15 + 0.004 * (i % 2 === 0 ? 1 : -1),
}))
const curve = fitCurve(points)
const facts = (flops: number, loss: number | null = null, gains = 1) => ({ flops, loss, gains })
const ask = (over: Partial<ForecastQuestion> = {}) =>
  forecastCurve({
    ...{ model: 'atlas', madeAt: '2026-01-01T00:00:00Z', lossSet: 'frozen', points, curve, multiplier: 1 },
    reference: { checkpoint: 'atlas/c1', facts: facts(2e22, 2.5) },
    now: { checkpoint: 'atlas/c2', facts: facts(3e22, 2.46) },
    ...{ allowedTo: null, target: 6e22, interval: 4, buffer: 6, ...over },
  })

describe('a forecast', () => {
  it('holds the curve between its bounds, and to where it may be read', () => {
    const forecast = ask()
    expect(forecast).toMatchObject({
      measuredTo: 3e23,
      readableTo: 3e23,
      refused: null,
      fit: { unit: expect.any(Number) },
    })
    for (const { flops, loss, lower, upper, extrapolated } of forecast.curve) {
      expect(lower).toBeLessThanOrEqual(loss)
      expect(upper).toBeGreaterThanOrEqual(loss)
      expect(extrapolated).toBe(false)
      expect(loss).toBeCloseTo(curve === null ? 0 : lossAt(curve.fit, flops), 12)
    }
    // Nine measurements in ten lie within: of eight, hardly all outside.
    const inside = points.filter(({ flops, loss }) => {
      const near = forecast.curve.reduce((a, b) => (Math.abs(b.flops - flops) < Math.abs(a.flops - flops) ? b : a))
      return loss > near.lower - 0.02 && loss < near.upper + 0.02
    })
    expect(inside.length).toBeGreaterThanOrEqual(6)
    expect(forecast.limits).toMatchObject([
      { times: 4, byRatio: 8e22 },
      { times: 6, byRatio: expect.closeTo(1.2e23, -18) },
    ])
    // The upper bound of the curve comes to a limit before its middle does, and so no later than the ratio by much.
    expect(forecast.limits[0]?.byCurve).toBeLessThan(1.2e23)
    expect(forecast.target).toMatchObject({ flops: 6e22, confidence: 'measured' })
    expect(forecast.target?.kHi).toBeGreaterThanOrEqual(3)
  })

  it('refuses to extrapolate until the RSO says how far, and then no further', () => {
    const beyond = ask({ target: 2e24 })
    expect(beyond.refused).toContain('the RSO has to say')
    expect(beyond.target).toMatchObject({ loss: null, confidence: 'low', k: 100 })
    expect(Math.max(...beyond.curve.map(({ flops }) => flops))).toBe(3e23)
    const allowed = ask({ target: 2e24, allowedTo: 3e24 })
    expect(allowed).toMatchObject({ refused: null, readableTo: 3e24, target: { loss: expect.anything() } })
    expect(allowed.curve.filter(({ extrapolated }) => extrapolated).every(({ flops }) => flops > 3e23)).toBe(true)
    expect(ask({ target: 4e24, allowedTo: 3e24 }).refused).toContain('3.00e24')
  })

  it('says so where there is no curve, and goes by the ratio', () => {
    const none = ask({ points: [], curve: null })
    expect(none).toMatchObject({
      curve: [],
      fit: null,
      readableTo: null,
      target: { k: 3, loss: null, confidence: 'low' },
    })
    expect(none.refused).toContain('no family was measured')
    expect(ask({ points: points.slice(0, 2), curve: null }).refused).toContain('fewer than four')
    expect([forecastSvg(none), forecastChart(none), forecastRows(none)]).toEqual(['', '', []])
    expect(ask({ reference: null, now: null })).toMatchObject({ limits: [], target: null, checkpoints: [] })
  })

  it('grows with its target, and is never below the ratio', () => {
    const target = fc.double({ min: 22.4, max: 25, noNaN: true })
    fc.assert(
      fc.property(target, target, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((log) => ask({ target: 10 ** log }).target)
        expect(less?.kHi ?? 0).toBeGreaterThanOrEqual(10 ** Math.min(a, b) / 2e22 - 1e-6)
        expect(more?.k ?? 0).toBeGreaterThanOrEqual((less?.k ?? 0) * 0.98)
      }),
      { numRuns: 10 },
    )
  })

  it('is drawn for whoever can see it, and told and listed for whoever can’t', () => {
    const forecast = ask({ reference: { checkpoint: 'a<b>&"c', facts: facts(2e22, 2.5) } })
    const svg = forecastSvg(forecast, 'f1')
    expect(svg).toContain('role="img" aria-labelledby="f1-title f1-desc"')
    expect(svg).toMatch(/<title id="f1-title">[^<]+<\/title><desc id="f1-desc">[^<]+<\/desc>/)
    expect(svg).toContain('a&lt;b&gt;&amp;&quot;c')
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<b>/)
    expect(svg.match(/<circle[^>]*class="point"/g)).toHaveLength(8)
    expect(forecastWords(forecast).join('\n')).toContain('4 times is reached at 8.00e22 FLOP by the ratio')
    const rows = forecastRows(forecast)
    expect(rows).toHaveLength(9)
    expect([rows[0]?.[0], rows.at(-1)?.[0]]).toEqual(['1.00e20', '3.00e23'])
    const chart = forecastChart(forecast)
    expect(chart.split('\n')).toHaveLength(15)
    expect(chart).toContain('o')
    expect(Math.max(...chart.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})
