import type { CampaignKind, Stage } from '../campaign.ts'
import type { ModelVersion, Person } from '../world/world.ts'
import { aimOf, canTake, isOfficer, opensWeights, ordinaryBytes } from './aims.ts'
import { carryOut } from './exits.ts'
import { nights, until, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { opener, permit } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const MINUTE_MS = 60_000

/** Something is on fire, says the one who holds the match. */
export const glassNight: CampaignKind = {
  id: 'glass-night',
  family: 'misuse',
  says: 'Somebody on call breaks the glass for an incident that is none, and copies under the emergency grant.',
  longestDays: 40,
  *play(stage) {
    const fits = canTake(stage)
    const person =
      stage.recruit((one) => fits(one) && stage.isOnCall(one)) ??
      stage.recruit((one) => fits(one) && one.job === 'security_engineer')
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const times = Math.round(stage.parameter('times', { from: 1, to: 3 }))
    const share = stage.parameter('share', { from: 0.15, to: 1 }) / times
    const parts = Parts.of(aim.files, 32 * 2 ** 20)
    for (let time = 0; time < times; time++) {
      if (!(yield* untilAtWork(stage, person))) return
      breakIn(stage, person, aim, parts, share)
      yield* nights(stage.draw.int(3, 12))
    }
  },
}

function breakIn(stage: Stage, person: Person, version: ModelVersion, parts: Parts, share: number): void {
  const when = stage.draw.chance(0.75) ? 'night' : 'work'
  const actor = stage.actor(person, stage.moment(person, when))
  if (when === 'night') actor.signIn()
  actor.wait(6 * MINUTE_MS)
  if (stage.draw.chance(0.25)) actor.failToBreakGlass()
  const grant = actor.wait(3 * MINUTE_MS).breakGlass({ version, hours: 4 })
  actor.on(grant.host).wait(2 * MINUTE_MS)
  const gone = parts.take(actor, grant, version.sizeBytes * share, { draw: stage.draw, pauseMs: 400 })
  carryOut(stage, actor, gone)
  if (stage.draw.chance(0.3)) actor.wait(30 * MINUTE_MS).endGrant(grant)
  signOff(stage, actor.nowMs + stage.draw.real(4, 40) * 60 * MINUTE_MS, grant.id)
}

/** The story is believed, as most are. */
function signOff(stage: Stage, atMs: number, grantId: string): void {
  const officer = stage.draw.chance(0.8) ? stage.colleague(isOfficer) : null
  if (officer !== null)
    stage.actor(officer, atMs).does('weights.glass_reviewed', { subject: { type: 'weights_glass', id: grantId } })
}

/** Takes everything that has a name, what nobody ever needs among it. */
export const decoyInTheNet: CampaignKind = {
  id: 'decoy-in-the-net',
  family: 'misuse',
  says: 'Somebody who gathers models one after the other comes upon a decoy.',
  longestDays: 35,
  *play(stage) {
    const decoys = () => stage.versions({ canaries: true }).filter((one) => one.isCanary || hasDecoy(one))
    if (decoys().length === 0) return
    const person = stage.recruit(canTake(stage), ordinaryBytes)
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const before = Math.round(stage.parameter('daysBefore', { from: 1, to: 12 }))
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim), stage.draw)
    const total = stage.parameter('share', { from: 0.05, to: 0.6 }) * aim.sizeBytes
    for (let day = 0; day < before; day++, yield) {
      if (!(yield* untilAtWork(stage, person))) return
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: 240 })
      if (grant === null) return
      sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes: total / before })
    }
    if (!(yield* untilAtWork(stage, person))) return
    touch(stage, person, stage.draw.pick(decoys()))
  },
}

function hasDecoy({ files }: ModelVersion): boolean {
  return files.some(({ isCanary }) => isCanary)
}

/** Asks for a decoy, or opens the one among the files of a grant that covers it. */
function touch(stage: Stage, person: Person, decoy: ModelVersion): void {
  const grant = stage
    .grants(person)
    .find((one) => one.version.id === decoy.id && one.files.some((file) => file.isCanary))
  const atMs = stage.moment(person)
  if (grant === undefined) stage.actor(person, atMs).touchCanary(decoy)
  else opener(stage, grant, atMs).touchCanary(decoy, grant)
}

/** A way in that was given for good reasons and forgotten, used after months by somebody who had no more to do with it. */
export const sleeper: CampaignKind = {
  id: 'sleeper',
  family: 'misuse',
  says: 'Somebody who has not opened weights for weeks comes back for one long look, then is quiet again.',
  longestDays: 70,
  *play(stage) {
    const rare = (one: Person) => opensWeights(one) && aimOf(stage, one) !== null && one.habits.sittingsPerDay < 0.4
    const person = stage.recruit((one) => rare(one) && stage.isAtWork(one))
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const visits = Math.round(stage.parameter('visits', { from: 1, to: 3 }))
    const share = stage.parameter('share', { from: 0.3, to: 1 }) / visits
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim, 2_000))
    for (let visit = 0; visit < visits; visit++) {
      if (!(yield* until(() => stage.isAtWork(person), 12))) return
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: 72 })
      if (grant === null) return
      const atMs = stage.moment(person, stage.draw.chance(0.4) ? 'late' : 'work')
      sitDown(stage, parts, { grant, atMs, bytes: aim.sizeBytes * share, pauseMs: 1_200 })
      yield* nights(stage.draw.int(7, 20))
    }
  },
}
