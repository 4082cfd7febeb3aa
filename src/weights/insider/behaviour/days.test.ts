import { describe, expect, it } from 'vitest'
import { Days } from './days.ts'

const DAY_MS = 86_400_000
const GIB = 2 ** 30

/** Ten people with the same role who read a gibibyte on each of so many days, more or less. */
function ordinary(days: Days, count: number): void {
  for (let day = 0; day < count; day++)
    for (let nth = 0; nth < 10; nth++) {
      days.begin(`p${nth}`, day * DAY_MS, 'researcher')
      days.add(`p${nth}`, 'bytes_read', GIB * (0.8 + ((day * 3 + nth) % 5) / 10))
    }
}

describe('Days', () => {
  it('says nothing of an ordinary day, and more the further a day goes beyond all before it', () => {
    const days = new Days()
    ordinary(days, 60)
    days.begin('p3', 60 * DAY_MS, 'researcher')
    expect(days.add('p3', 'bytes_read', GIB)).toBeNull()
    let last = 0
    for (const more of [4, 12, 40]) {
      const surprise = days.add('p3', 'bytes_read', more * GIB)
      expect(surprise?.nats).toBeGreaterThan(last)
      expect(surprise?.own.atLeast).toBe(0)
      last = surprise?.nats ?? 0
    }
  })

  it('tells a day only once for the same height', () => {
    const days = new Days()
    ordinary(days, 60)
    days.begin('p3', 60 * DAY_MS, 'researcher')
    expect(days.raise('p3', 'bytes_read', 500 * GIB)).not.toBeNull()
    expect(days.raise('p3', 'bytes_read', 500 * GIB)).toBeNull()
  })

  it('finds it less surprising of who often does it, and of whose peers do', () => {
    const often = new Days()
    const never = new Days()
    ordinary(often, 60)
    ordinary(never, 60)
    for (let day = 60; day < 90; day++) {
      for (const days of [often, never]) days.begin('p3', day * DAY_MS, 'researcher')
      if (day % 5 === 0) often.add('p3', 'bytes_read', 400 * GIB)
    }
    for (const days of [often, never]) days.begin('p3', 91 * DAY_MS, 'researcher')
    const usual = often.add('p3', 'bytes_read', 400 * GIB)?.nats ?? 0
    expect(never.add('p3', 'bytes_read', 400 * GIB)?.nats).toBeGreaterThan(usual + 2)
    often.begin('p4', 91 * DAY_MS, 'researcher')
    never.begin('p4', 91 * DAY_MS, 'researcher')
    const peers = often.add('p4', 'bytes_read', 400 * GIB)?.nats ?? 0
    expect(never.add('p4', 'bytes_read', 400 * GIB)?.nats).toBeGreaterThan(peers)
  })

  it('does not let a slow ramp pass: each new height is one', () => {
    const days = new Days()
    ordinary(days, 60)
    let told = 0
    let bytes = GIB
    for (let day = 60; day < 80; day++) {
      days.begin('p3', day * DAY_MS, 'researcher')
      bytes *= 1.4
      if (days.add('p3', 'bytes_read', bytes) !== null) told += 1
    }
    expect(told).toBeGreaterThan(10)
  })

  it('says less where many do it on the same day', () => {
    const alone = new Days()
    const crowd = new Days()
    ordinary(alone, 60)
    ordinary(crowd, 60)
    for (const days of [alone, crowd])
      for (let nth = 0; nth < 10; nth++) days.begin(`p${nth}`, 60 * DAY_MS, 'researcher')
    for (let nth = 4; nth < 10; nth++) crowd.add(`p${nth}`, 'bytes_read', 300 * GIB)
    const inCrowd = crowd.add('p3', 'bytes_read', 300 * GIB)?.nats ?? 0
    expect(alone.add('p3', 'bytes_read', 300 * GIB)?.nats).toBeGreaterThan(inCrowd + 1)
  })

  it('is surprised by nothing where nobody was watched before', () => {
    const days = new Days()
    days.begin('p1', 0, 'researcher')
    expect(days.add('p1', 'bytes_read', 5_000 * GIB)).toBeNull()
  })

  it('knows nothing of somebody whose day was not begun', () => {
    expect(new Days().add('nobody', 'bytes_read', GIB)).toBeNull()
  })
})
