import { describe, expect, it } from 'vitest'
import type { Signal } from '../signals/signal.ts'
import { Risk } from './risk.ts'

const DAY_MS = 86_400_000

function signal(about: Partial<Signal>): Signal {
  const none = { cause: 'behaviour.bytes_read', activity: 'a1', timeMs: 0, person: 'ana', host: 'h1', grant: 'g1' }
  return { ...none, weight: 2, says: 'read much', isCertain: false, ...about }
}

describe('Risk', () => {
  it('adds up for the person, the host and the grant, and is half forgotten after its half-life', () => {
    const risk = new Risk()
    risk.add(signal({ weight: 4 }))
    for (const [kind, id] of [
      ['person', 'ana'],
      ['host', 'h1'],
      ['grant', 'g1'],
    ] as const)
      expect(risk.of(kind, id, 0)).toBe(4)
    expect(risk.of('person', 'ana', 1.5 * DAY_MS)).toBeCloseTo(2)
    expect(risk.of('person', 'ben', 0)).toBe(0)
  })

  it('caps what one cause says, and what one family says in many ways', () => {
    const risk = new Risk()
    for (let nth = 0; nth < 100; nth++) risk.add(signal({ weight: 5 }))
    expect(risk.of('person', 'ana', 0)).toBe(8)
    for (const cause of ['behaviour.bytes_new', 'behaviour.bytes_hour', 'behaviour.tiles'])
      for (let nth = 0; nth < 100; nth++) risk.add(signal({ cause }))
    expect(risk.of('person', 'ana', 0)).toBe(12)
  })

  it('counts different things in full', () => {
    const risk = new Risk()
    risk.add(signal({ weight: 3 }))
    risk.add(signal({ cause: 'behaviour.loosening', weight: 3 }))
    expect(risk.of('person', 'ana', 0)).toBe(6)
  })

  it('lets what is certain outweigh everything else', () => {
    const risk = new Risk()
    risk.add(signal({ cause: 'canary', weight: 30, isCertain: true }))
    expect(risk.of('person', 'ana', 0)).toBe(30)
  })

  it('names the heaviest reason first, and drops what has faded', () => {
    const risk = new Risk()
    risk.add(signal({ cause: 'behaviour.hours', weight: 1, says: 'late' }))
    risk.add(signal({ weight: 3 }))
    expect(risk.reasons('person', 'ana', 0).map(({ cause }) => cause)).toEqual([
      'behaviour.bytes_read',
      'behaviour.hours',
    ])
    risk.add(signal({ timeMs: 60 * DAY_MS, weight: 1 }))
    expect(risk.reasons('person', 'ana', 60 * DAY_MS)).toHaveLength(1)
    expect(risk.ranked('person', 60 * DAY_MS)).toEqual([{ id: 'ana', nats: expect.closeTo(1, 5) }])
  })

  it('counts nothing for a weight that is no number', () => {
    const risk = new Risk()
    for (const weight of [Number.NaN, -1, 0]) risk.add(signal({ weight }))
    expect(risk.of('person', 'ana', 0)).toBe(0)
  })
})
