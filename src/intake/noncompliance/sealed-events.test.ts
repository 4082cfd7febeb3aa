import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { SealedEvents } from './sealed-events.ts'

const ids = seededIds(new ManualClock(), 3)
const events = new SealedEvents(Buffer.alloc(32, 7), ids)
const fact = { concern: 'ncr_1', step: 'filed', by: null, data: { topic: 'evaluation' } }

describe('sealed events', () => {
  it('look alike, whatever they say, and when they say nothing', () => {
    const shapes = [fact, { ...fact, step: 'action_set', by: 'per_1', data: { dueOn: '2026-12-01' } }, null].map(
      (one) => {
        const { eventId, data, ...rest } = events.seal(one)
        return JSON.stringify({
          ...rest,
          id: eventId.length,
          data: Object.entries(data ?? {}).map(([k, v]) => [k, String(v).length]),
        })
      },
    )
    expect(new Set(shapes).size).toBe(1)
    expect(shapes[0]).not.toMatch(/ncr|filed|evaluation|per_/)
  })

  it('open under their key and in their place alone', () => {
    const { eventId, data } = events.seal(fact)
    const sealed = String(data?.sealed)
    expect(events.open(eventId, sealed)).toEqual(fact)
    expect(() => events.open('evt_other', sealed)).toThrow()
    expect(() => new SealedEvents(Buffer.alloc(32, 8), ids).open(eventId, sealed)).toThrow()
    const empty = events.seal(null)
    expect(events.open(empty.eventId, String(empty.data?.sealed))).toBeNull()
  })

  it('never grow', () => {
    expect(() => events.seal({ ...fact, data: { words: 'x'.repeat(600) } })).toThrow(RangeError)
  })
})
