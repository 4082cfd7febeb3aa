import { describe, expect, it } from 'vitest'
import { campaignsNamed } from './campaigns/registry.ts'
import { Simulation } from './simulate.ts'

describe('every campaign that is offered', () => {
  it.each(['own', 'outside'])(
    '%s: is played by somebody, and leaves what it says in the truth',
    (names) => {
      const kinds = campaignsNamed(names)
      const simulation = new Simulation({ seed: 4, people: 500, days: 110, kinds, campaigns: kinds.length * 2 })
      for (const _ of simulation.days());
      const played = simulation.truths()
      const found = new Set(played.map(({ kind }) => kind))
      expect(kinds.filter(({ id }) => !found.has(id)).map(({ id }) => id)).toEqual([])
      expect(played.every(({ activities, people }) => activities.length > 0 && people.length > 0)).toBe(true)
      expect(new Set(kinds.map(({ id }) => id)).size).toBe(kinds.length)
    },
    180_000,
  )
})
