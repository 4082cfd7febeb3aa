import { describe, expect, it } from 'vitest'
import { decisionEvent } from '../../test/support/decision-events.ts'
import { Recent, recordedEvent, WrittenEvent } from './recent.ts'
import { canonicalJson } from './tlog/index.ts'

const event = decisionEvent()
const filled = (first: number, count: number, chars = 1_000): Recent => {
  const recent = new Recent()
  for (let i = 0; i < count; i++) recent.add({ ...recordedEvent(first + i, event), chars })
  return recent
}
const positions = (recent: Recent, from: number, limit: number) =>
  recent.take(from, limit)?.map(({ position }) => position) ?? null

describe('the latest events', () => {
  it('are told in order from any position that is kept', () => {
    const recent = filled(5, 10)
    expect(positions(recent, 5, 3)).toEqual([5, 6, 7])
    expect(positions(recent, 13, 9)).toEqual([13, 14])
    expect(recent.end).toBe(15)
  })

  it('say what they don’t have', () => {
    const recent = filled(5, 10)
    expect(positions(recent, 4, 3)).toBeNull()
    expect(positions(recent, 15, 3)).toBeNull()
    expect(positions(new Recent(), 0, 3)).toBeNull()
    recent.clear()
    expect([positions(recent, 5, 3), recent.end]).toEqual([null, null])
  })

  it('are read as they were written', () => {
    const written = new WrittenEvent(3, { kind: event.kind, body: canonicalJson(event) })
    expect(written).toMatchObject({ position: 3, kind: event.kind })
    expect(written.event).toEqual(event)
    expect(written.event).not.toBe(written.event)
  })

  it('never tell across a gap', () => {
    const recent = filled(0, 3)
    recent.add(recordedEvent(4, event))
    expect(positions(recent, 0, 9)).toBeNull()
    expect(positions(recent, 3, 9)).toBeNull()
    expect(positions(recent, 4, 9)).toEqual([4])
  })

  it.each([
    ['number', 50_000, 10],
    ['size', 2_000, 32 * 1024],
  ])('are bounded by %s, the last ones kept', (_, count, chars) => {
    const recent = filled(0, count, chars)
    const kept = recent.take(count - 1, 1)
    expect(kept).toHaveLength(1)
    expect(recent.take(0, 1)).toBeNull()
    const first = [...Array(count).keys()].find((position) => recent.take(position, 1) !== null) ?? 0
    expect((count - first) * chars).toBeLessThanOrEqual(16 * 1024 * 1024)
    expect(count - first).toBeGreaterThan(100)
    expect(count - first).toBeLessThanOrEqual(16_384)
  })
})
