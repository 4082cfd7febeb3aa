import { describe, expect, it } from 'vitest'
import type { Activity } from '../activity/activity.ts'
import { Behaviour } from './behaviour.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const START_MS = Date.parse('2026-01-05T00:00:00Z')
const MIB = 2 ** 20
const PEOPLE = ['ana', 'ben', 'cia', 'dov', 'eli', 'fay']

let made = 0
function activity(about: Partial<Activity>): Activity {
  made += 1
  const none = { person: null, host: null, grant: null, version: null, file: null, start: null, bytes: 0, place: null }
  const rest = { source: 'ledger', kind: 'x.y', outcome: 'success', subject: null, data: {} } as const
  return { id: String(made).padStart(9, '0'), timeMs: START_MS, ...none, ...rest, ...about }
}

/** A house in which everybody looks at their own few tensors every day, each of another size. */
class House {
  readonly #behaviour = new Behaviour()
  #day = 0

  constructor(days: number) {
    this.tell({ kind: 'weights.sealed', version: 'orca/1', data: { bytes: 64 * 1024 * MIB } })
    for (const person of PEOPLE) this.tell({ kind: 'staff.role_granted', data: { person, role: 'researcher' } })
    for (let day = 0; day < days; day++) this.workday()
  }

  workday(): void {
    for (const [nth, person] of PEOPLE.entries()) {
      this.tell({ kind: 'staff.signed_in', person }, 9)
      for (let act = 0; act < 6; act++) this.tell({ kind: 'content.read', person }, 9.1)
      for (let look = 0; look < 5; look++)
        this.read(person, (nth * 400 + look * 61) * MIB, (5 + ((nth + look) % 5)) * MIB, 10 + look / 10)
    }
    this.#day += 1
  }

  /** @returns the causes of what it gave */
  tell(about: Partial<Activity>, hour = 0): string[] {
    const timeMs = START_MS + this.#day * DAY_MS + hour * HOUR_MS
    return this.#behaviour.observe(activity({ timeMs, ...about })).map(({ cause }) => cause)
  }

  read(person: string, start: number, bytes: number, hour: number): string[] {
    return this.tell(
      { kind: 'weights.read', person, host: `host-${person}`, version: 'orca/1', file: 0, start, bytes },
      hour,
    )
  }

  /** One range after the other, in leases of 64 MiB. */
  run(person: string, start: number, bytes: number, hour: number): string[] {
    const leases = Array.from({ length: bytes / (64 * MIB) }, (_, nth) => start + nth * 64 * MIB)
    return leases.flatMap((from, nth) => this.read(person, from, 64 * MIB, hour + nth / 1e4))
  }

  next(): void {
    this.#day += 1
  }
}

describe('reading', () => {
  it('is not told of where people do what they do every day', () => {
    const house = new House(30)
    expect(house.read('ana', 0, 5 * MIB, 10)).toEqual([])
  })

  it('is told of that goes on exactly where it stopped', () => {
    const house = new House(30)
    house.run('ana', 20_000 * MIB, 640 * MIB, 10)
    house.next()
    expect(house.read('ana', 0, 5 * MIB, 9.9)).not.toContain('behaviour.resumed')
    house.next()
    expect(house.run('ana', 20_640 * MIB, 128 * MIB, 10)).toContain('behaviour.resumed')
    house.next()
    expect(house.run('ana', 30_000 * MIB, 128 * MIB, 10)).not.toContain('behaviour.resumed')
  })

  it('is told of that fits exactly to what somebody else read', () => {
    const house = new House(30)
    house.run('ana', 20_000 * MIB, 640 * MIB, 10)
    house.read('ana', 0, 5 * MIB, 11)
    const fits = house.run('ben', 20_640 * MIB, 640 * MIB, 12)
    expect(fits).toContain('behaviour.relayed')
    expect(house.run('cia', 40_000 * MIB, 640 * MIB, 13)).not.toContain('behaviour.relayed')
  })

  it('is told of that goes through weights in pieces of one size, but not where the same is read again', () => {
    const house = new House(30)
    const again = Array.from({ length: 20 }, () => house.read('cia', 800 * MIB, 7 * MIB, 10)).flat()
    expect(again).not.toContain('behaviour.same_size')
    const sweep = Array.from({ length: 20 }, (_, nth) => house.read('ana', (10_000 + 300 * nth) * MIB, 20 * MIB, 11))
    expect(sweep.flat()).toContain('behaviour.same_size')
  })

  it('is told of that takes a version in small pieces, though all of it was loaded whole before', () => {
    const house = new House(20)
    for (let gib = 0; gib < 48; gib++) house.run('ana', gib * 1_024 * MIB, 1_024 * MIB, 10 + gib / 100)
    for (let day = 0; day < 10; day++) house.workday()
    const copy = Array.from({ length: 60 }, (_, nth) =>
      house.read('ana', (9_000 + 40 * nth) * MIB, 40 * MIB, 11),
    ).flat()
    for (const cause of ['small_bytes', 'small_tiles', 'same_size', 'sweeps'])
      expect(copy).toContain(`behaviour.${cause}`)
    const again = Array.from({ length: 60 }, (_, nth) => house.read('ben', (400 + 61 * (nth % 5)) * MIB, 6 * MIB, 11))
    expect(again.flat()).not.toContain('behaviour.sweeps')
  })

  it('is told of that goes on from the middle of a file, and not that begins with it', () => {
    const house = new House(30)
    expect(house.run('ana', 0, 4_096 * MIB, 10)).not.toContain('behaviour.mid_run')
    expect(house.run('ben', 8_192 * MIB, 4_096 * MIB, 10)).toContain('behaviour.mid_run')
  })

  it('is told of with what leaves the house after it, by a stick or to where nobody moves anything', () => {
    const house = new House(30)
    const stick = { kind: 'auditd.usb_mount', source: 'auditd' } as const
    expect(house.tell({ ...stick, person: 'gus' }, 9)).not.toContain('behaviour.carried')
    house.run('ana', 0, 4_096 * MIB, 10)
    expect(house.tell({ ...stick, person: 'ana' }, 11)).toContain('behaviour.carried')
    const upload = { kind: 'cloudtrail.PutObject', source: 'cloudtrail', bytes: 1_024 * MIB } as const
    expect(house.tell({ ...upload, person: 'ana', data: { bucket: 'nobodys' } }, 12)).toContain('behaviour.new_target')
  })

  it('is told of on a device that was registered a few days ago', () => {
    const house = new House(30)
    house.tell({ kind: 'weights.device_registered', person: 'ana', host: 'host-ana' }, 9)
    expect(house.run('ana', 0, 1_024 * MIB, 10)).toContain('behaviour.new_device_bytes')
    expect(house.run('ben', 0, 1_024 * MIB, 10)).not.toContain('behaviour.new_device_bytes')
  })

  it('is told of on a day without a sign-in and without other work', () => {
    const house = new House(30)
    house.next()
    const causes = house.run('dov', 20_000 * MIB, 4_096 * MIB, 20)
    expect(causes).toContain('behaviour.unsigned_bytes')
    expect(causes).toContain('behaviour.lonely_bytes')
  })
})

describe('approving', () => {
  it('is told of where the same two are in haste again and again, on both sides', () => {
    const house = new House(30)
    const told: string[] = []
    for (let round = 0; round < 3; round++) {
      const subject = { type: 'approval', id: `apr-${round}` }
      house.tell({ kind: 'approvals.requested', person: 'ana', subject }, 10 + round)
      told.push(...house.tell({ kind: 'approvals.given', person: 'ben', subject }, 10 + round + 0.01))
    }
    expect(told.filter((cause) => cause === 'behaviour.hasty_pair').length).toBeGreaterThanOrEqual(2)
  })
})
