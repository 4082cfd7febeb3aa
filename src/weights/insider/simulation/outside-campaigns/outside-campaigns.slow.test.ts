import { beforeAll, describe, expect, it } from 'vitest'
import type { Activity } from '../../index.ts'
import { FAMILIES } from '../campaign.ts'
import { Draw } from '../draw.ts'
import { comeToWork } from '../ordinary/rhythm.ts'
import { workWithWeights } from '../ordinary/sittings.ts'
import { Organisation } from '../organisation.ts'
import { Planting } from '../planting.ts'
import type { Played } from '../stage.ts'
import { type Truth, truthOf } from '../truth.ts'
import type { ModelVersion } from '../world/world.ts'
import { OUTSIDE_CAMPAIGNS } from './index.ts'

const SEED = 5
const PEOPLE = 220
const DAYS = 125
const DAY_MS = 86_400_000

interface Lived {
  readonly truths: readonly Omit<Truth, 'id'>[]
  readonly activities: ReadonlyMap<string, Activity>
  readonly versions: ReadonlyMap<string, ModelVersion>
}

/** An organisation of which nobody does anything but come to work, open weights, and what was planted. */
function live(seed: number): Lived {
  // Rings take approvers, of which so few people would have one or two.
  const overrides = new Map([['people.approver', { from: 0.08, to: 0.08 }]])
  const organisation = new Organisation({ seed, people: PEOPLE, days: DAYS, overrides })
  const planting = new Planting(
    ...([OUTSIDE_CAMPAIGNS, OUTSIDE_CAMPAIGNS.length * 2, organisation, new Draw(seed).fork('planting')] as const),
  )
  const played: Played[] = []
  const activities = new Map<string, Activity>()
  const collect = () => {
    for (const activity of organisation.emitter.nextDay()) activities.set(activity.id, activity)
  }
  for (let day = 0; day < DAYS; day++) {
    organisation.day = day
    comeToWork(organisation)
    workWithWeights(organisation)
    played.push(...planting.live())
    if (day > 0) collect()
  }
  played.push(...planting.end())
  collect()
  const versions = new Map(organisation.built.world.versions.map((version) => [version.id, version]))
  const sizes = new Map([...versions].map(([id, { sizeBytes }]) => [id, sizeBytes]))
  return { truths: played.map((one) => truthOf(one, sizes)), activities, versions }
}

function readsIn(activities: Iterable<Activity>): Activity[] {
  return [...activities].filter(({ kind }) => kind === 'weights.read')
}

describe('outside campaigns', () => {
  let lived: Lived
  beforeAll(() => {
    lived = live(SEED)
  })

  it('are of every family, under names of their own', () => {
    const ids = OUTSIDE_CAMPAIGNS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(new Set(OUTSIDE_CAMPAIGNS.map(({ family }) => family))).toEqual(new Set(FAMILIES))
  })

  it('are all played', () => {
    expect(new Set(lived.truths.map(({ kind }) => kind))).toEqual(new Set(OUTSIDE_CAMPAIGNS.map(({ id }) => id)))
  })

  it('are the same when they are played again', () => {
    const again = live(SEED)
    expect(again.truths).toEqual(lived.truths)
    const done = ({ truths, activities }: Lived) =>
      JSON.stringify(truths.flatMap((truth) => truth.activities.map((id) => activities.get(id))))
    expect(done(again) === done(lived)).toBe(true)
  })

  it('are recorded as what they did, by whom and for how long', () => {
    const longest = new Map(OUTSIDE_CAMPAIGNS.map(({ id, longestDays }) => [id, longestDays]))
    for (const { kind, people, activities, version, startsMs, endsMs } of lived.truths) {
      const done = activities.flatMap((id) => lived.activities.get(id) ?? [])
      expect(done.length, kind).toBe(activities.length)
      expect(done[0]?.timeMs).toBe(startsMs)
      expect(done.at(-1)?.timeMs).toBe(endsMs)
      expect(endsMs - startsMs, kind).toBeLessThanOrEqual(((longest.get(kind) ?? 0) + 1) * DAY_MS)
      expect(people, kind).toEqual(expect.arrayContaining([...new Set(readsIn(done).map(({ person }) => person))]))
      expect(
        done.some(({ person }) => person !== null && people.includes(person)),
        kind,
      ).toBe(true)
      if (version === null) expect(readsIn(done)).toEqual([])
    }
  })

  it('never do the same thing twice in two records', () => {
    const all = lived.truths.flatMap(({ activities }) => activities)
    expect(new Set(all).size).toBe(all.length)
  })

  it('mostly get something out', () => {
    const takers = lived.truths.filter(({ kind }) => kind !== 'friday-exception')
    const taken = takers.filter(({ activities, modelBytes }) => {
      const reads = readsIn(activities.flatMap((id) => lived.activities.get(id) ?? []))
      return reads.reduce((sum, { bytes }) => sum + bytes, 0) > modelBytes / 100
    })
    expect(taken.length / takers.length).toBeGreaterThan(0.75)
  })

  it('read only what a grant allows: its person, version, time and budget, and bytes that there are', () => {
    const given = new Map([...lived.activities.values()].filter(isGiven).map((one) => [one.grant, one]))
    const fits = ({ grant, person, version, timeMs, file, start, bytes }: Activity) => {
      const by = given.get(grant)
      const of = lived.versions.get(version ?? '')?.files.find(({ position }) => position === file)
      if (by === undefined || of === undefined || of.isCanary) return false
      if (by.person !== person || by.version !== version) return false
      if (timeMs < by.timeMs || timeMs >= Date.parse(String(by.data.expiresAt))) return false
      return (start ?? 0) + bytes <= of.sizeBytes
    }
    for (const { kind, activities } of lived.truths) {
      const reads = readsIn(activities.flatMap((id) => lived.activities.get(id) ?? []))
      expect(
        reads.filter((read) => !fits(read)),
        kind,
      ).toEqual([])
    }
    const spent = new Map<string | null, number>()
    for (const { grant, bytes } of readsIn(lived.activities.values())) spent.set(grant, (spent.get(grant) ?? 0) + bytes)
    const overspent = [...spent].filter(([id, bytes]) => !(bytes <= Number(given.get(id)?.data.budgetBytes)))
    expect(overspent).toEqual([])
  })
})

function isGiven({ kind }: Activity): boolean {
  return kind === 'weights.grant_given'
}
