import { describe, expect, it } from 'vitest'
import { excess } from './approving.ts'
import { isSensitive, loosens, touchesLogs, undoesWatching } from './kinds.ts'
import { levelOf, said, spoken } from './levels.ts'
import { MEASURES } from './measures.ts'
import { Standings } from './standings.ts'
import { distanceKm } from './travel.ts'

describe('distanceKm', () => {
  it('is what an atlas says', () => {
    const paris = { latitude: 48.8566, longitude: 2.3522 }
    const tokyo = { latitude: 35.6762, longitude: 139.6503 }
    expect(distanceKm(paris, tokyo)).toBeCloseTo(9_713, -1.5)
    expect(distanceKm(paris, paris)).toBe(0)
    expect(distanceKm({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(111.2, 0)
  })
})

describe('excess', () => {
  it('bounds the binomial tail from above, and says nothing of what is no more than chance', () => {
    for (const [hits, of, share] of [
      [9, 10, 0.3],
      [5, 20, 0.1],
      [3, 3, 0.25],
    ] as const) {
      expect(Math.exp(-excess(hits, of, share))).toBeGreaterThanOrEqual(tail(hits, of, share))
      expect(excess(hits, of, share)).toBeGreaterThan(1)
    }
    expect(excess(2, 10, 0.3)).toBe(0)
  })
})

describe('what measures say', () => {
  it.each(MEASURES.map((measure) => [measure.id, measure] as const))(
    '%s says its number, also of one',
    (_, measure) => {
      for (const value of [1, 7]) expect(said(measure, value)).not.toMatch(/[{}]/)
    },
  )
})

describe('kinds', () => {
  it.each(['cloudtrail.StopLogging', 'cloudtrail.DeleteTrail', 'notify.channel_removed', 'cloudtrail.DeleteFlowLogs'])(
    '%s undoes a part of what watches',
    (kind) => expect(undoesWatching(kind)).toBe(true),
  )
  it.each(['cloudtrail.PutObject', 'ledger.read', 'weights.read', 'auditd.execve', 'notify.channel_added'])(
    '%s does not',
    (kind) => expect(undoesWatching(kind)).toBe(false),
  )
  it('knows a log that is touched from one that is only read', () => {
    expect(touchesLogs('auditd.unlink', { path: '/var/log/audit/audit.log' })).toBe(true)
    expect(touchesLogs('auditd.execve', { exe: '/usr/bin/shred', args: '/var/log/syslog' })).toBe(true)
    expect(touchesLogs('cloudtrail.DeleteObject', { bucket: 'ledger-tiles' })).toBe(true)
    expect(touchesLogs('auditd.execve', { exe: '/usr/bin/less', args: '/var/log/syslog' })).toBe(false)
    expect(touchesLogs('auditd.unlink', { path: '/tmp/build/x.o' })).toBe(false)
    expect(touchesLogs('weights.read', { path: '/var/log/x.log' })).toBe(false)
  })
  it.each(['system.backup_taken', 'system.keys_copied', 'system.restoration_settled', 'weights.read'])(
    '%s is not merely being at work',
    (kind) => expect(isSensitive(kind)).toBe(true),
  )
  it.each(['system.log_level_set', 'staff.signed_in'])('%s is', (kind) => expect(isSensitive(kind)).toBe(false))
  it('believes an event that says that it loosens nothing', () => {
    expect(loosens('policy.published', { loosens: false })).toBe(false)
    expect(loosens('policy.published', {})).toBe(true)
    expect(loosens('weights.budget_set', { raised: false })).toBe(false)
    expect(loosens('weights.overlay_switched', { on: true })).toBe(false)
    expect(loosens('weights.read', {})).toBe(false)
  })
})

describe('levelOf', () => {
  it('grows by two for each doubling, and stays a small integer whatever is stated', () => {
    expect(levelOf('bytes', 2 ** 31) - levelOf('bytes', 2 ** 30)).toBe(2)
    for (const scale of ['bytes', 'count', 'step'] as const)
      for (const value of [Number.NaN, -1, 0, 0.5, 1, 1e300, Infinity]) {
        const level = levelOf(scale, value)
        expect(Number.isInteger(level) && level >= 0 && level <= 128).toBe(true)
      }
    expect([spoken('bytes', 3.2 * 2 ** 30), spoken('count', 14), spoken('bytes', 12)]).toEqual([
      '3.2 GiB',
      '14',
      '12 B',
    ])
    const failures = { says: 'was refused {n} times in a day', scale: 'count' } as const
    expect([1, 3].map((n) => said(failures, n))).toEqual([
      'was refused 1 time in a day',
      'was refused 3 times in a day',
    ])
  })
})

describe('Standings', () => {
  it('is surprised by who comes further than others ever did, once', () => {
    const standings = new Standings()
    for (let nth = 0; nth < 60; nth++)
      standings.reach('share', { person: `p${nth % 12}`, group: 'g', pair: `p${nth % 12} v${nth}` }, 5)
    const mine = { person: 'p1', group: 'g', pair: 'p1 v1' }
    expect(standings.reach('share', mine, 20)?.nats).toBeGreaterThan(1)
    expect(standings.reach('share', mine, 20)).toBeNull()
    expect(standings.reach('share', { person: 'p2', group: 'g', pair: 'p2 v2' }, 5)).toBeNull()
  })
})

/** Chance of so many or more, exactly. */
function tail(hits: number, of: number, share: number): number {
  let sum = 0
  for (let k = hits; k <= of; k++) sum += choose(of, k) * share ** k * (1 - share) ** (of - k)
  return sum
}

function choose(of: number, k: number): number {
  let ways = 1
  for (let nth = 1; nth <= k; nth++) ways = (ways * (of - k + nth)) / nth
  return ways
}
