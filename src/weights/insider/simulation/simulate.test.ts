import { describe, expect, it } from 'vitest'
import { type Activity, compareMoments, Fault, readActivityLine, writeActivityLine } from '../index.ts'
import { OWN_CAMPAIGNS } from './campaigns/registry.ts'
import { parseOverrides } from './parameters.ts'
import { Simulation, type SimulationOptions } from './simulate.ts'

const DAY_MS = 86_400_000
/** A quiet place, so that it is quickly gone through. */
const overrides = parseOverrides({
  ...{ 'content.readsPerDay': 3, 'outside.commandsPerDay': 1, 'models.gigabytes': 8 },
  ...{ 'weights.servingRestarts': 0.02, 'weights.sittingsPerDay': 0.3 },
})
const kinds = OWN_CAMPAIGNS.filter(({ longestDays }) => longestDays <= 12)
const SMALL = { seed: 11, people: 36, days: 28, kinds, campaigns: 5, overrides }

function lived(options: Partial<SimulationOptions> = {}) {
  const simulation = new Simulation({ ...SMALL, ...options })
  const days = [...simulation.days()]
  return { simulation, days, activities: days.flatMap(({ activities }) => activities), truths: simulation.truths() }
}
const linesOf = (activities: readonly Activity[]) => activities.map(writeActivityLine).join('\n')

describe('a simulation', () => {
  const once = lived()

  it('is the same again for the same seed, and another one for another seed or figure', () => {
    const again = lived()
    expect(linesOf(again.activities) === linesOf(once.activities)).toBe(true)
    expect(again.truths).toEqual(once.truths)
    expect(linesOf(lived({ seed: 12, days: 3, campaigns: 0 }).activities)).not.toBe(
      linesOf(lived({ days: 3, campaigns: 0 }).activities),
    )
    const more = parseOverrides({ 'people.researcher': 0.4 })
    expect(lived({ days: 3, campaigns: 0, overrides: more }).activities.length).not.toBe(
      lived({ days: 3, campaigns: 0 }).activities.length,
    )
  })

  it('tells its days in order, each activity once and on its day', () => {
    expect(once.days.map(({ day }) => day)).toEqual(Array.from({ length: SMALL.days }, (_, day) => day))
    const strays = once.days.flatMap(({ startMs, activities }) =>
      activities.filter(({ timeMs }) => timeMs < startMs || timeMs >= startMs + DAY_MS),
    )
    expect(strays).toEqual([])
    const ids = (activities: readonly Activity[]) => activities.map(({ id }) => id).join()
    expect(ids(once.activities) === ids(once.activities.toSorted(compareMoments))).toBe(true)
    expect(new Set(once.activities.map(({ id }) => id)).size).toBe(once.activities.length)
  })

  it('writes lines that are read as what they were', () => {
    const wrong = once.activities.filter((activity) => {
      const line = writeActivityLine(activity)
      const read = readActivityLine(line)
      return read instanceof Fault || writeActivityLine(read) !== line
    })
    expect(wrong).toEqual([])
  })

  it('holds what a truth names: its activities, by its people, in its time', () => {
    expect(once.truths.length).toBeGreaterThanOrEqual(3)
    const byId = new Map(once.activities.map((activity) => [activity.id, activity]))
    for (const truth of once.truths) {
      const own = truth.activities.map((id) => byId.get(id))
      expect(own.every((one) => one !== undefined)).toBe(true)
      expect(own[0]?.timeMs).toBe(truth.startsMs)
      expect(own.at(-1)?.timeMs).toBe(truth.endsMs)
      expect(own.some((one) => one?.person !== null && truth.people.includes(one?.person ?? ''))).toBe(true)
    }
    const people = once.truths.flatMap((truth) => truth.people)
    expect(new Set(people).size).toBe(people.length) // nobody is in two campaigns
  })

  it('never gives out more than a grant allows, nor outside its time', () => {
    const beyond: string[] = []
    const grants = new Map<string, { left: number; fromMs: number; toMs: number }>()
    for (const { kind, grant, data, timeMs, bytes } of once.activities) {
      if (kind === 'weights.grant_given' && grant !== null)
        grants.set(grant, { left: Number(data.budgetBytes), fromMs: timeMs, toMs: Date.parse(String(data.expiresAt)) })
      if (kind !== 'weights.read' || grant === null) continue
      const known = grants.get(grant)
      if (known === undefined) throw new Error('read before the grant was given')
      known.left -= bytes
      if (known.left < 0 || timeMs > known.toMs) beyond.push(grant)
    }
    expect(beyond).toEqual([])
  })

  it('is alive: people work on working days, sleep, come and go', () => {
    const perDay = once.days.map(({ activities }) => activities.filter(({ kind }) => kind === 'staff.signed_in').length)
    const weekday = perDay.filter((_, day) => day % 7 < 5).reduce((sum, count) => sum + count, 0) / 5
    const weekend = perDay.filter((_, day) => day % 7 >= 5).reduce((sum, count) => sum + count, 0) / 2
    expect(weekday).toBeGreaterThan(4 * weekend)
    const kinds = new Set(once.activities.map(({ kind }) => kind))
    for (const kind of [
      'hr.joined',
      'staff.role_granted',
      'weights.sealed',
      'weights.read',
      'oncall.started',
      'content.read',
    ])
      expect(kinds).toContain(kind)
  })
})
