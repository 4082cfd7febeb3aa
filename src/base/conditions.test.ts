import { describe, expect, it } from 'vitest'
import { ManualClock } from './clock.ts'
import { Conditions } from './conditions.ts'
import { createLog } from './log.ts'

function conditions() {
  const lines: { code: string; msg: string; lastedMs?: number }[] = []
  const clock = new ManualClock()
  const all = new Conditions(clock, createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) }))
  return { all, clock, lines }
}

describe('Conditions', () => {
  it('is ready while nothing is wrong', () => {
    const { all } = conditions()
    all.watch('ledger_sealed', 'unready', () => null)
    expect(all.readiness()).toEqual({ state: 'ready', ready: true, reasons: [], conditions: [] })
  })

  it('serves while degraded, and names the grave first', () => {
    const { all } = conditions()
    let grave: string | null = null
    all.watch('valkey_away', 'degraded', () => 'limits are counted by each replica alone')
    all.watch('ledger_sealed', 'unready', () => grave)
    expect(all.readiness()).toMatchObject({ state: 'degraded', ready: true, reasons: [] })
    grave = 'the ledger can’t record'
    const view = all.readiness()
    expect(view).toMatchObject({ state: 'unready', ready: false, reasons: ['the ledger can’t record'] })
    expect(view.conditions.map(({ code }) => code)).toEqual(['ledger_sealed', 'valkey_away'])
  })

  it('says since when, and logs beginning and end once each', () => {
    const { all, clock, lines } = conditions()
    let wrong: string | null = 'away'
    all.watch('valkey_away', 'degraded', () => wrong)
    const since = new Date(clock.now()).toISOString()
    for (let i = 0; i < 3; i++) {
      expect(all.readiness().conditions[0]?.since).toBe(since)
      clock.advance(1_000)
    }
    wrong = null
    all.readiness()
    all.readiness()
    expect(lines.map(({ code, msg, lastedMs }) => [code, msg, lastedMs])).toEqual([
      ['valkey_away', 'degraded', undefined],
      ['valkey_away', 'holds again', 3_000],
    ])
    wrong = 'away'
    expect(all.readiness().conditions[0]?.since).not.toBe(since)
  })
})
