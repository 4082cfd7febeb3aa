import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { LockOut, sourceOf } from './lock-out.ts'

describe('the source of a request', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('of %s is %s', (address, source) => {
    expect(sourceOf(address)).toBe(source)
  })

  it('is short, whatever it is given', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 500 }), fc.ipV6()), (text) => sourceOf(text).length <= 100))
  })
})

describe('lock-out', () => {
  it('makes a source wait longer with each failure, up to 15 minutes', () => {
    const clock = new ManualClock()
    const lockOut = new LockOut(clock)
    const waits: number[] = []
    for (let i = 0; i < 30; i++) {
      lockOut.failed('a', null)
      let waitedMs = 0
      for (; ; waitedMs += 1_000) {
        try {
          lockOut.checkSource('a')
          break
        } catch {
          clock.advance(1_000)
        }
      }
      waits.push(waitedMs / 1_000)
    }
    expect(waits.slice(0, 9)).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16])
    expect(Math.max(...waits)).toBe(900)
  })

  it('makes a person wait a minute at most, and never where they are known', () => {
    const clock = new ManualClock()
    const lockOut = new LockOut(clock)
    for (let i = 0; i < 1_000; i++) lockOut.failed(`source ${i}`, 'ada')
    expect(() => lockOut.checkPerson('ada', false)).toThrow('try again in 60 s')
    expect(() => lockOut.checkPerson('ada', true)).not.toThrow()
    expect(() => lockOut.checkPerson('bob', false)).not.toThrow()
    clock.advance(60_000)
    expect(() => lockOut.checkPerson('ada', false)).not.toThrow()
  })

  it('forgets after success, and after an hour', () => {
    const clock = new ManualClock()
    const lockOut = new LockOut(clock)
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) lockOut.failed('a', 'ada')
    }
    fail(10)
    lockOut.succeeded('a', 'ada')
    fail(4)
    expect(() => lockOut.checkSource('a')).not.toThrow()
    clock.advance(3_600_001)
    fail(4)
    expect(() => lockOut.checkSource('a')).not.toThrow()
  })

  it('bounds how often a source may begin, and stays small under a flood of sources', () => {
    const clock = new ManualClock()
    const lockOut = new LockOut(clock)
    for (let i = 0; i < 60; i++) lockOut.start('a')
    expect(() => lockOut.start('a')).toThrow('too many attempts')
    expect(() => lockOut.start('b')).not.toThrow()
    clock.advance(60_000)
    expect(() => lockOut.start('a')).not.toThrow()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 100_000; i++) lockOut.failed(`s${i}`, null)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024)
  })
})
