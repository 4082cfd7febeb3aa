import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Activity } from './activity/activity.ts'
import { Detector } from './detector.ts'
import type { Peak } from './risk/index.ts'

const DAY_MS = 86_400_000
const START_MS = Date.parse('2026-01-05T00:00:00Z')
const MIB = 2 ** 20
const GIB = 2 ** 30

let made = 0
function activity(about: Partial<Activity>): Activity {
  made += 1
  const none = { person: null, host: null, grant: null, version: null, file: null, start: null, bytes: 0, place: null }
  const rest = { outcome: 'success', subject: null, data: {} } as const
  return {
    id: String(made).padStart(9, '0'),
    timeMs: START_MS,
    source: 'ledger',
    kind: 'x.y',
    ...none,
    ...rest,
    ...about,
  }
}

const people = ['ana', 'ben', 'cia', 'dov', 'eli', 'fay', 'gus', 'hal']

/** Sixty days of eight researchers, who each read the same few tensors of one model from their own machine. */
function ordinaryDays(days: number): Activity[] {
  const all: Activity[] = [activity({ kind: 'weights.sealed', version: 'orca/1', data: { bytes: 100 * GIB } })]
  for (const person of people) all.push(activity({ kind: 'staff.role_granted', data: { person, role: 'researcher' } }))
  for (let day = 0; day < days; day++) {
    if ([5, 6].includes(day % 7)) continue
    for (const [nth, person] of people.entries()) {
      const timeMs = START_MS + day * DAY_MS + (9 + (nth % 3)) * 3_600_000
      const host = `host-${person}`
      all.push(activity({ kind: 'staff.signed_in', person, host, timeMs }))
      for (let read = 0; read < 3 + ((day * 7 + nth) % 4); read++) {
        const start = ((nth * 13 + read) % 40) * 16 * MIB
        const grant = `grant-${person}`
        const about = { person, host, grant, version: 'orca/1', file: 0, start, bytes: 16 * MIB }
        all.push(activity({ kind: 'weights.read', timeMs: timeMs + (read + 1) * 60_000, ...about }))
      }
    }
  }
  return all.sort((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1))
}

function theft(person: string, day: number): Activity[] {
  const timeMs = START_MS + day * DAY_MS + 2 * 3_600_000
  const about = { kind: 'weights.read', person, host: 'host-nobody-knows', grant: `grant-${person}`, version: 'orca/1' }
  return Array.from({ length: 200 }, (_, nth) =>
    activity({ ...about, file: 0, start: nth * 64 * MIB, bytes: 64 * MIB, timeMs: timeMs + nth * 5_000 }),
  )
}

const hostile = fc.record({
  id: fc.string({ maxLength: 8 }),
  timeMs: fc.integer({ min: START_MS, max: START_MS + 40 * DAY_MS }),
  kind: fc.constantFrom(
    ...['weights.read', 'weights.opened', 'weights.grant_given', 'weights.sealed', 'weights.canary_touched'],
    ...[
      'staff.signed_in',
      'staff.role_granted',
      'approvals.requested',
      'approvals.given',
      'hr.leaving',
      'content.read',
    ],
    ...[
      'cloudtrail.StopLogging',
      'auditd.execve',
      'weights.lock_lifted',
      'launch.started',
      'oncall.started',
      '__proto__',
      '',
    ],
  ),
  person: fc.option(fc.constantFrom('ana', 'ben', 'cia', '__proto__', '')),
  host: fc.option(fc.constantFrom('h1', 'h2', 'constructor')),
  grant: fc.option(fc.constantFrom('g1', 'g2')),
  version: fc.option(fc.constantFrom('orca/1', 'orca/2', '/', '')),
  file: fc.option(fc.oneof(fc.nat(3), fc.double())),
  start: fc.option(fc.oneof(fc.nat(2 ** 30), fc.double())),
  bytes: fc.oneof(fc.nat(2 ** 30), fc.double()),
  place: fc.option(
    fc.record({
      ip: fc.option(fc.constantFrom('192.0.2.1', '198.51.100.7', '2001:db8::1', '')),
      latitude: fc.option(fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.double())),
      longitude: fc.option(fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.double())),
    }),
  ),
  subject: fc.option(
    fc.record({ type: fc.constantFrom('approval', 'person'), id: fc.constantFrom('a1', 'a2', 'ana') }),
  ),
  data: fc.dictionary(
    fc.constantFrom(
      'person',
      'role',
      'approvers',
      'budgetBytes',
      'lastDayMs',
      'model',
      'use',
      'expiresAt',
      'requester',
      'path',
    ),
    fc.oneof(
      fc.constantFrom('ana', 'ben,cia', 'run', 'orca', '2026-02-01T00:00:00Z', '/var/log/audit'),
      fc.double(),
      fc.boolean(),
    ),
  ),
})
const stream = fc
  .array(hostile, { maxLength: 60 })
  .map((list) =>
    list
      .map((one) => activity({ ...one, id: `${one.id}${made}` }))
      .sort((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1)),
  )

function peaksOf(activities: readonly Activity[]): Peak[] {
  const peaks: Peak[] = []
  const detector = new Detector({ onPeak: (peak) => peaks.push(peak) })
  for (const one of activities) detector.observe(one)
  return peaks
}

describe('Detector', () => {
  it('finds who takes what they never took, before a hundredth of it has left, and nobody else', () => {
    const detector = new Detector()
    for (const one of ordinaryDays(40)) expect(detector.observe(one)).toEqual([])
    let read = 0
    let alert: ReturnType<Detector['observe']>[number] | undefined
    for (const one of theft('cia', 42)) {
      const [told] = detector.observe(one)
      if (told !== undefined) {
        alert = told
        break
      }
      read += one.bytes
    }
    expect(alert).toMatchObject({
      person: 'cia',
      hosts: ['host-nobody-knows'],
      grants: ['grant-cia'],
      isCertain: false,
    })
    expect(alert?.reasons.map(({ says }) => says).join()).toMatch(/days of their own/)
    expect(detector.board('person', START_MS + 42 * DAY_MS + 3 * 3_600_000, 3)[0]).toMatchObject({ id: 'cia' })
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(GIB)
  })

  it('answers the same from a snapshot as without one', () => {
    fc.assert(
      fc.property(stream, fc.nat(60), (activities, at) => {
        const through = new Detector({ settings: { threshold: 3 } })
        const first = new Detector({ settings: { threshold: 3 } })
        const second = new Detector({ settings: { threshold: 3 } })
        for (const one of activities.slice(0, at)) expect(first.observe(one)).toEqual(through.observe(one))
        const kept = JSON.stringify(first.snapshot())
        second.restore(JSON.parse(kept))
        for (const one of activities.slice(at)) expect(second.observe(one)).toEqual(through.observe(one))
        // As JSON on both sides: it knows no -0, which a place may be at.
        expect(JSON.parse(JSON.stringify(second.snapshot()))).toEqual(JSON.parse(JSON.stringify(through.snapshot())))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps every risk a finite number, whatever a source states', () => {
    fc.assert(
      fc.property(stream, (activities) => {
        const detector = new Detector({ settings: { threshold: 1 } })
        for (const one of activities)
          for (const alert of detector.observe(one)) {
            expect(alert.risk).toBeGreaterThan(0)
            expect(Number.isFinite(alert.risk)).toBe(true)
          }
        expect(JSON.stringify(detector.snapshot())).not.toMatch(/null,null|NaN/)
      }),
    )
  })

  it('tells of a touched canary at once, whatever else is known', () => {
    const detector = new Detector()
    const [alert] = detector.observe(activity({ kind: 'weights.canary_touched', person: 'ana' }))
    expect(alert).toMatchObject({ person: 'ana', isCertain: true, severity: 'critical' })
  })

  it('tells an episode once, and gives each alert the same id in every replay', () => {
    const all = [...ordinaryDays(40), ...theft('cia', 42), ...theft('cia', 43)]
    const run = () => {
      const detector = new Detector()
      return all.flatMap((one) => detector.observe(one))
    }
    const alerts = run()
    expect(alerts).toHaveLength(1)
    expect(run()).toEqual(alerts)
  })

  it('lets peaks rise within an episode', () => {
    const heights = new Map<string, number>()
    for (const { episode, risk } of peaksOf([...ordinaryDays(30), ...theft('ben', 33)])) {
      expect(risk).toBeGreaterThan(heights.get(episode) ?? 0)
      heights.set(episode, risk)
    }
    expect(heights.size).toBeGreaterThan(0)
  })

  it('refuses what is no snapshot of it', () => {
    for (const snapshot of [null, [], {}, { ...Object(new Detector().snapshot()), tally: 3 }])
      expect(() => new Detector().restore(snapshot)).toThrow('no snapshot')
  })
})
