import type { CampaignKind, GrantRequest, Stage } from '../campaign.ts'
import type { Host, ModelVersion, Person } from '../world/world.ts'
import { aimOf, canTake, leavesWithin, opensWeights, ordinaryBytes } from './aims.ts'
import { carryOutSeen } from './exits.ts'
import { nights, until, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { left, obtain, opener, permit, standing } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const DAY_HOURS = 24
const SETTLING_MS = 10 * 60_000

/**
 * Knows that those who leave are looked at: begins before the notice where there is time, goes to work at hours that others work at too,
 * and leaves several evenings between two sittings.
 */
export const partingGift: CampaignKind = {
  id: 'parting-gift',
  family: 'bulk',
  says: 'Somebody who leaves takes the model that they worked on with them, in a few long sittings.',
  longestDays: 45,
  *play(stage) {
    const person = stage.recruit(
      (one) => opensWeights(one) && aimOf(stage, one) !== null && leavesWithin(stage, one, 42) && stage.isAtWork(one),
    )
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null || person.leaving === null) return
    const { lastDay } = person.leaving
    const lead = Math.round(stage.parameter('leadDays', { from: 4, to: 30 }))
    yield* until(() => stage.day >= lastDay - lead, 42)
    const sittings = Math.round(stage.parameter('sittings', { from: 2, to: 7 }))
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim, 1_500))
    for (let sat = 0; sat < sittings && stage.day < lastDay; sat++) {
      if (!(yield* untilAtWork(stage, person)) || stage.day > lastDay) return
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: 10 * DAY_HOURS })
      if (grant === null || stage.day > lastDay) return
      const atMs = stage.moment(person, stage.draw.chance(0.5) ? 'work' : 'late')
      sitDown(stage, parts, { grant, atMs, bytes: aim.sizeBytes / sittings, pauseMs: 1_500 })
      yield* nights(stage.draw.int(1, 3))
    }
  },
}

/** One night, everything, gone by the morning: who has nothing to lose any more. */
export const lastNight: CampaignKind = {
  id: 'last-night',
  family: 'bulk',
  says: 'Somebody copies a whole model in one go, as evaluation jobs do, and carries it out within two days.',
  longestDays: 12,
  *play(stage) {
    const person = stage.recruit(canTake(stage), ordinaryBytes)
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    yield* nights(stage.draw.int(0, 2))
    if (!(yield* untilAtWork(stage, person))) return
    const had = standing(stage, person, { version: aim })
    const isEnough = had !== null && left(had) >= aim.sizeBytes * 0.9
    const asked = { version: aim, use: 'program' as const, hours: 5 * DAY_HOURS }
    const grant = isEnough ? had : yield* obtain(stage, person, asked)
    if (grant === null) return
    const when = stage.draw.pick(['work', 'lunch', 'late', 'night'] as const)
    const actor = opener(stage, grant, Math.max(stage.moment(person, when), grant.givenMs + SETTLING_MS))
    if (when === 'night') actor.signIn()
    actor.startSession(grant)
    const pace = stage.parameter('bytesPerSecond', { from: 2e7, to: 2e8, isLog: true })
    const gone = actor.readMany(grant, { share: Math.min(1, left(grant) / aim.sizeBytes), bytesPerSecond: pace })
    yield
    carryOutSeen(stage, opener(stage, grant, stage.moment(person, 'late')), gone)
  },
}

/** Halves of a model on two machines: neither ever sees the whole. */
export const twoLaptops: CampaignKind = {
  id: 'two-laptops',
  family: 'bulk',
  says: 'A contractor has a second device let in and reads one half of a model on each.',
  longestDays: 30,
  *play(stage) {
    const fits = canTake(stage)
    const person = stage.recruit(
      (one) => fits(one) && one.hosts.length > 0,
      (one) => (one.job === 'contractor' ? 12 : 1),
    )
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const second = stage.newHost('laptop', person.home)
    const approver = stage.colleague(
      (one) => one.job === 'security_engineer' && stage.isAtWork(one) && one.id !== person.id,
    )
    if (approver === null) return
    stage.actor(person, stage.moment(person)).registerDevice(second, approver)
    yield* nights(stage.draw.int(1, 6))
    const halves = halvesOf(aim)
    const days = Math.round(stage.parameter('days', { from: 4, to: 14 }))
    const parts = halves.map((files) => Parts.of(files, usualChunk(stage, person, aim, 1_500)))
    for (let day = 0; day < days; day++) {
      if (!(yield* untilAtWork(stage, person))) return
      const half = day % 2
      const asked = { version: aim, use: 'program' as const, files: halves[half] ?? aim.files, hours: 14 * DAY_HOURS }
      yield* oneHalf(
        stage,
        person,
        { ...asked, budgetBytes: aim.sizeBytes * 0.55 },
        half === 1 ? second : person.hosts[0],
        {
          parts: parts[half] ?? Parts.of(aim.files, usualChunk(stage, person, aim, 1_500)),
          bytes: (aim.sizeBytes / days) * 1.1,
        },
      )
      yield
    }
  },
}

function* oneHalf(
  stage: Stage,
  person: Person,
  asked: GrantRequest,
  host: Host | undefined,
  { parts, bytes }: { readonly parts: Parts; readonly bytes: number },
): Generator<void, void, void> {
  const grant = yield* permit(stage, person, asked, host === undefined ? {} : { host })
  if (grant !== null) sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes })
}

function halvesOf({ files }: ModelVersion) {
  const plain = files.filter(({ isCanary }) => !isCanary)
  const middle = Math.ceil(plain.length / 2)
  return [plain.slice(0, middle), plain.slice(middle)] as const
}
