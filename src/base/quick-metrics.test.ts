import fc from 'fast-check'
import { Counter, Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { QuickCounter, QuickHistogram } from './quick-metrics.ts'

const sorted = async (registry: Registry) => (await registry.metrics()).split('\n').sort()

it('shows the same histogram as prom-client’s own', async () => {
  const observation = fc.tuple(fc.constantFrom('a', 'b"\n'), fc.double({ min: 0, max: 12, noNaN: true }))
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const [own, theirs] = [new Registry(), new Registry()]
      const bounds = [0.5, 1, 10]
      const quick = new QuickHistogram({ name: 'a_seconds', help: 'h', label: 'stage', bounds, registry: own })
      const plain = new Histogram({
        ...{ name: 'a_seconds', help: 'h', labelNames: ['stage'], buckets: bounds, registers: [theirs] },
      })
      for (const [stage, value] of [...observations, ['a', 1] as const]) {
        quick.observe(stage, value)
        plain.observe({ stage }, value)
      }
      expect(await sorted(own)).toEqual(await sorted(theirs))
    }),
  )
})

it('shows the same counter as prom-client’s own, as often as it is asked for', async () => {
  const [own, theirs] = [new Registry(), new Registry()]
  const labels = ['route', 'outcome'] as const
  const quick = new QuickCounter({ name: 'a_total', help: 'h', labels, registry: own })
  const plain = new Counter({ name: 'a_total', help: 'h', labelNames: labels, registers: [theirs] })
  for (const [route, outcome] of [['r', 'x'] as const, ['r', 'y'] as const, ['r', 'x'] as const]) {
    quick.inc(route, outcome)
    plain.inc({ route, outcome })
    expect(await sorted(own)).toEqual(await sorted(theirs))
  }
})
