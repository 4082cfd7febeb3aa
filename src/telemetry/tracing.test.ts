import { describe, expect, it } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { EndedSpan } from './span-sink.ts'
import { Tracing } from './tracing.ts'

function tracing(sampleRatio: number) {
  const clock = new ManualClock()
  const spans: EndedSpan[] = []
  const sink = { add: (span: EndedSpan) => void spans.push(span), close: async () => {} }
  return { clock, spans, tracer: new Tracing({ sink, clock, ids: seededIds(clock), log: silentLog, sampleRatio }) }
}

describe('Tracing', () => {
  it('gives stages and their request times of the wall clock', () => {
    const { clock, spans, tracer } = tracing(1)
    clock.advance(500)
    clock.jump(60_000) // the wall clock was set while the process ran
    const trace = tracer.begin('generate', {}, clock.monotonic())
    clock.advance(20)
    trace?.stage('decode', 500, 520)
    trace?.end(clock.monotonic(), { 'safelevel.outcome': 'allow' }, null)
    expect(spans.map(({ name, startMs, endMs }) => [name, startMs - clock.now(), endMs - clock.now()])).toEqual([
      ['decode', -20, 0],
      ['generate', -20, 0],
    ])
    expect(spans[0]?.parentSpanId).toBe(spans[1]?.spanId)
  })

  it.each([0.1, 0.5])('traces about its part of the requests: %d', (ratio) => {
    const { tracer } = tracing(ratio)
    const traced = Array.from({ length: 4_000 }, () => tracer.begin('x', {}, 0)).filter((one) => one !== null).length
    expect(traced / 4_000).toBeGreaterThan(ratio - 0.04)
    expect(traced / 4_000).toBeLessThan(ratio + 0.04)
  })

  it('decides alike for every request of one trace, whatever the caller wishes', () => {
    const ids = Array.from(
      { length: 50 },
      (_, i) => `${'0'.repeat(18)}${(i * 5).toString(16).padStart(2, '0')}${'7'.repeat(12)}`,
    )
    for (const id of ids) {
      const { tracer } = tracing(0.5)
      const decisions = ['00', '01'].map((flags) =>
        tracer.begin('x', { traceparent: `00-${id}-${'1'.repeat(16)}-${flags}` }, 0),
      )
      expect(new Set(decisions.map((one) => one === null)).size).toBe(1)
    }
  })

  it.each([
    '00-00000000000000000000000000000000-1111111111111111-01',
    '00-ABABABABABABABABABABABABABABABAB-1111111111111111-01',
    'ff-abababababababababababababababab-1111111111111111-01',
    '00-abababababababababababababababab-0000000000000000-01',
    '00-abababababababababababababababab-1111111111111111-01-more',
    '',
    'x'.repeat(100_000),
  ])('takes no trace from what is none: %.60s', (traceparent) => {
    const { spans, tracer } = tracing(1)
    tracer.begin('x', { traceparent }, 0)?.end(1, {}, null)
    expect(spans[0]?.parentSpanId).toBeNull()
    expect(tracer.passOn({ traceparent })).toEqual({})
  })

  it('hands on what it does not trace itself', () => {
    const { tracer } = tracing(0)
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-00`
    expect(tracer.begin('x', { traceparent }, 0)).toBeNull()
    expect(tracer.passOn({ traceparent, tracestate: 'vendor=secret' })).toEqual({ traceparent })
  })
})
