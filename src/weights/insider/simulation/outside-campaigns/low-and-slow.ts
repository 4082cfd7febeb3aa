import type { CampaignKind } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import { aimOf, canTake, ordinaryBytes } from './aims.ts'
import { untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { permit } from './permits.ts'
import { paceOf, sitDown, usualChunk } from './sittings.ts'

const FORTNIGHT_HOURS = 14 * 24

/** Reads on the days on which they would read anyway, as much as they would read anyway, but never the same twice. */
export const teaspoons: CampaignKind = {
  id: 'teaspoons',
  family: 'low_and_slow',
  says: 'Somebody reads a little of a model on every working day for weeks, within budgets and habits, and misses nothing out.',
  longestDays: 80,
  *play(stage) {
    const person = stage.recruit(canTake(stage), heavy)
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const days = Math.round(stage.parameter('days', { from: 25, to: 55 }))
    const bytes = paceOf(person, aim.sizeBytes, days, stage.parameter('mostTimesUsual', { from: 1.2, to: 4 }))
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim), stage.draw)
    const again = stage.parameter('again', { from: 0, to: 0.4 })
    for (let day = 0; day < days && !parts.isEmpty; day++) {
      if (!(yield* untilAtWork(stage, person))) return
      const budgetBytes = Math.min(aim.sizeBytes, bytes * stage.draw.int(8, 20))
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: FORTNIGHT_HOURS, budgetBytes })
      if (grant === null) return
      sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes, again })
      yield
    }
  },
}

/** Two months in which each week is a little more than the one before: what is usual is taught before it is used. */
export const longApprenticeship: CampaignKind = {
  id: 'long-apprenticeship',
  family: 'low_and_slow',
  says: 'Somebody reads a little more each week, until what takes the model away is what they always do.',
  longestDays: 88,
  *play(stage) {
    const person = stage.recruit(canTake(stage), heavy)
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const weeks = Math.round(stage.parameter('weeks', { from: 7, to: 11 }))
    const growth = stage.parameter('weeklyGrowth', { from: 1.15, to: 1.45 })
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim), stage.draw)
    for (let day = 0; day < weeks * 5 && !parts.isEmpty; day++) {
      if (!(yield* untilAtWork(stage, person))) return
      const bytes = (ordinaryBytes(person) / 3) * growth ** Math.floor(day / 5)
      const budgetBytes = Math.min(aim.sizeBytes, bytes * 12)
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: FORTNIGHT_HOURS, budgetBytes })
      if (grant === null) return
      const again = Math.max(0, 0.6 - day * 0.015)
      if (stage.draw.chance(0.8)) sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes, again })
      yield
    }
  },
}

/** One tensor here, one there, in no order, with looks at old ones between: a debugger's afternoon, every afternoon. */
export const tensorGleaner: CampaignKind = {
  id: 'tensor-gleaner',
  family: 'low_and_slow',
  says: 'Somebody opens single tensors as in debugging, in no order, until all of them have been opened.',
  longestDays: 60,
  *play(stage) {
    const person = stage.recruit(canTake(stage), heavy)
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const days = Math.round(stage.parameter('days', { from: 12, to: 40 }))
    const most = stage.parameter('mostTimesUsual', { from: 2, to: 8 })
    const bytes = paceOf(person, aim.sizeBytes, days, most)
    const again = stage.parameter('again', { from: 0.1, to: 0.5 })
    const parts = Parts.tensors(aim, stage.draw)
    for (let day = 0; day < days && !parts.isEmpty; day++) {
      if (!(yield* untilAtWork(stage, person))) return
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: FORTNIGHT_HOURS })
      if (grant === null) return
      for (let sat = stage.draw.int(1, 3); sat > 0; sat--)
        sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes: bytes / 2, again, pauseMs: 40_000 })
      yield
    }
  },
}

/** Nights at which somebody is awake for good reasons: nobody asks why the lights are on. */
export const nightWatch: CampaignKind = {
  id: 'night-watch',
  family: 'low_and_slow',
  says: 'Somebody uses their on-call nights to read what the calls have nothing to do with.',
  longestDays: 75,
  *play(stage) {
    const fits = canTake(stage)
    const person = stage.recruit((one) => fits(one) && stage.isOnCall(one), heavy)
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const most = Math.round(stage.parameter('watches', { from: 4, to: 14 }))
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim), stage.draw)
    const bytes = paceOf(person, aim.sizeBytes, most, stage.parameter('mostTimesUsual', { from: 2, to: 10 }))
    for (let watch = 0; watch < most && stage.daysLeft > 1; yield) {
      if (!stage.isOnCall(person)) continue
      const grant = yield* permit(stage, person, { version: aim, hours: FORTNIGHT_HOURS, use: 'program' })
      if (grant === null) return
      if (!stage.draw.chance(0.7)) continue
      watch++
      sitDown(stage, parts, { grant, atMs: stage.moment(person, 'night'), bytes, pauseMs: 8_000, signsIn: true })
    }
  },
}

/** Who reads much is told apart least. */
function heavy(person: Person): number {
  return ordinaryBytes(person) ** 1.2
}
