import type { CampaignKind, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import { carryOut, honestGrant, nextWorkday, opens, reach, target, usualHost, workday } from './parts.ts'

const MINUTE_MS = 60_000

/** Whoever leaves soon, and has said so or not yet. */
function leavesSoon(stage: Stage): (person: Person) => boolean {
  const within = stage.parameter('daysBefore', { from: 8, to: 30 })
  return (person) => {
    const { leaving, habits } = person
    if (leaving === null || habits.sittingsPerDay <= 0.02 || person.models.length === 0) return false
    return leaving.lastDay > stage.day + 3 && leaving.lastDay <= stage.day + within
  }
}

/** In `sittings` sittings, on as many working days, from where the last one ended. */
function* copyWhole(stage: Stage, person: Person, when: 'work' | 'late' | 'night'): Generator<void, void, void> {
  yield* workday(stage, person)
  const version = target(stage, person)
  if (version === null) return
  const asking = stage.actor(person, stage.moment(person))
  const host = usualHost(person, asking)
  const days = stage.parameter('grantDays', { from: 2, to: 10 })
  const use = stage.draw.chance(0.25) ? 'export' : 'program'
  const asked = { version, use, budgetBytes: version.sizeBytes * stage.draw.real(1, 1.3), hours: days * 24 } as const
  const grant = honestGrant(stage, asking.on(host), asked)
  if (grant === null) return
  const share = reach(stage)
  const sittings = Math.max(1, Math.round(stage.parameter('sittings', { from: 1, to: 4 })))
  let taken = 0
  for (let sitting = 0; sitting < sittings; sitting++) {
    const atMs = Math.max(asking.nowMs, stage.moment(person, when))
    const actor = stage.actor(person, atMs).on(host)
    if (when === 'night') actor.signIn()
    const bytesPerSecond = stage.draw.logNormal(2e8, 0.7)
    const bytes = actor.readMany(grant, { order: 'serial', skipBytes: taken, share: share / sittings, bytesPerSecond })
    taken += bytes
    if (bytes === 0) break
    if (stage.draw.chance(0.6)) carryOut(stage, actor.wait(10 * MINUTE_MS), bytes)
    if (sitting + 1 < sittings) yield* nextWorkday(stage, person)
  }
  if (use === 'export' && stage.draw.chance(0.4)) stage.actor(person, stage.moment(person, 'late')).registerCopy(grant)
}

export const BULK_BEFORE_LEAVING: CampaignKind = {
  id: 'bulk-before-leaving',
  family: 'bulk',
  says: 'Somebody who leaves soon copies a whole model in their last weeks.',
  longestDays: 18,
  *play(stage) {
    const person = stage.recruit(leavesSoon(stage))
    if (person === null) return
    yield* copyWhole(stage, person, stage.draw.pick(['work', 'late']))
  },
}

export const BULK_AT_NIGHT: CampaignKind = {
  id: 'bulk-at-night',
  family: 'bulk',
  says: 'Somebody who stays copies a model when nobody is there, late or in the night.',
  longestDays: 15,
  *play(stage) {
    const person = stage.recruit(opens(stage, 15))
    if (person === null) return
    yield* copyWhole(stage, person, stage.draw.pick(['late', 'night', 'night']))
  },
}

export const WEEKEND_COPY: CampaignKind = {
  id: 'weekend-copy',
  family: 'bulk',
  says: 'A grant that was asked for on a working day is used on a Saturday or Sunday, from home, at another machine.',
  longestDays: 16,
  *play(stage) {
    const person = stage.recruit(opens(stage, 16))
    if (person === null) return
    yield* workday(stage, person)
    const version = target(stage, person)
    if (version === null) return
    const asking = stage.actor(person, stage.moment(person))
    const hours = 24 * stage.parameter('grantDays', { from: 6, to: 12 })
    const grant = honestGrant(stage, asking, { version, hours, budgetBytes: version.sizeBytes * 1.1 })
    if (grant === null) return
    while (stage.day % 7 < 5 && stage.daysLeft > 1) yield
    const actor = stage
      .actor(person, Math.max(asking.nowMs, stage.moment(person)))
      .on(person.hosts[0] ?? asking.host, person.home)
    actor.signIn()
    const bytes = actor.readMany(grant, { share: reach(stage), bytesPerSecond: stage.draw.logNormal(6e7, 0.5) })
    carryOut(stage, actor, bytes)
  },
}
