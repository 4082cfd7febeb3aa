import type { Actor, CampaignKind, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import { aimOf, canTake, opensWeights, ordinaryBytes } from './aims.ts'
import { isWeekday, nights, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { lasts, obtain, opener } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const MINUTE_MS = 60_000

/** Whoever is at the beach won't notice; the thief keeps their hours, and comes from their town. */
export const whileAway: CampaignKind = {
  id: 'while-away',
  family: 'stolen_credentials',
  says: "Somebody talks the help desk into a new passkey of a person on vacation, and asks for weights in that person's name.",
  longestDays: 20,
  *play(stage) {
    const away = yield* onVacation(stage)
    const owner = stage.recruit((one) => away.has(one.id) && opensWeights(one) && aimOf(stage, one) !== null)
    const aim = owner && aimOf(stage, owner)
    if (owner === null || aim === null) return
    const host = stage.newHost('laptop', stage.placeNear(owner.home))
    resetPasskeys(stage, owner)
    yield
    const guard = stage.colleague(
      (one) => one.job === 'security_engineer' && stage.isAtWork(one) && one.id !== owner.id,
    )
    const actor = stage.actor(owner, stage.moment(owner)).on(host)
    fumble(actor, stage.draw.int(0, 2))
    actor.does('staff.passkey_added', { subject: { type: 'passkey', id: stage.draw.code(8) } })
    actor.signIn()
    actor.wait(10 * MINUTE_MS).registerDevice(host, guard ?? undefined)
    const grant = yield* obtain(stage, owner, { version: aim, use: 'program', hours: 96 }, { atMs: actor.nowMs, host })
    if (grant === null) return
    const sittings = Math.round(stage.parameter('sittings', { from: 1, to: 5 }))
    const parts = Parts.of(aim.files, usualChunk(stage, owner, aim, 2_000))
    for (let sat = 0; sat < sittings && !stage.isAtWork(owner); sat++) {
      const atMs = Math.max(
        grant.givenMs + 20 * MINUTE_MS,
        stage.moment(owner, stage.draw.chance(0.7) ? 'work' : 'late'),
      )
      sitDown(stage, parts, { grant, atMs, bytes: aim.sizeBytes / sittings, pauseMs: 1_000, signsIn: sat > 0 })
      yield
    }
  },
}

/** A program on the owner's own machine, which waits until nobody sits before it. */
export const secondShadow: CampaignKind = {
  id: 'second-shadow',
  family: 'stolen_credentials',
  says: "A program on somebody's own laptop reads under the grants that they have, at lunch and after they went home.",
  longestDays: 35,
  *play(stage) {
    const fits = canTake(stage)
    const owner = stage.recruit(
      (one) => fits(one) && stage.grants(one).some((grant) => lasts(stage, grant)),
      ordinaryBytes,
    )
    if (owner === null) return
    const days = Math.round(stage.parameter('days', { from: 5, to: 22 }))
    const most = stage.parameter('mostTimesUsual', { from: 1, to: 6 })
    const [first] = stage.grants(owner)
    if (first === undefined) return
    const parts = new Map<string, Parts>()
    for (let day = 0; day < days; day++, yield) {
      const usable = stage.grants(owner).filter((one) => lasts(stage, one))
      const grant = usable.find(({ version }) => version.id === first.version.id) ?? usable.at(-1)
      if (grant === undefined || !stage.isAtWork(owner) || !stage.draw.chance(0.8)) continue
      const some =
        parts.get(grant.version.id) ?? Parts.of(grant.files, usualChunk(stage, owner, grant.version, 4_000), stage.draw)
      parts.set(grant.version.id, some)
      const when = stage.draw.pick(['lunch', 'late', 'night'] as const)
      const bytes = Math.max(ordinaryBytes(owner) * most, grant.version.sizeBytes / days / 4)
      sitDown(stage, some, {
        grant,
        atMs: stage.moment(owner, when),
        bytes,
        pauseMs: 15_000,
        signsIn: when === 'night',
      })
    }
  },
}

/** The key that a device holds, copied and used from elsewhere, while its owner sits in the office. */
export const copiedKey: CampaignKind = {
  id: 'copied-key',
  family: 'stolen_credentials',
  says: "A copy of somebody's device key is used from another town or continent while they work.",
  longestDays: 15,
  *play(stage) {
    const fits = canTake(stage)
    const owner = stage.recruit((one) => fits(one) && stage.grants(one).some((grant) => lasts(stage, grant)))
    if (owner === null) return
    const km = stage.parameter('kilometres', { from: 150, to: 9_000, isLog: true })
    const place = stage.placeFarFrom(owner.home, km)
    const sittings = Math.round(stage.parameter('sittings', { from: 1, to: 6 }))
    for (let sat = 0; sat < sittings; sat++) {
      if (!(yield* untilAtWork(stage, owner))) return
      const grant = stage.grants(owner).findLast((one) => lasts(stage, one))
      if (grant === undefined) return
      const actor = opener(stage, grant, stage.moment(owner)).on(grant.host, place)
      fumble(actor, sat === 0 ? stage.draw.int(1, 6) : 0)
      actor.signIn()
      actor.wait(3 * MINUTE_MS)
      const parts = Parts.of(grant.files, usualChunk(stage, owner, grant.version, 4_000), stage.draw)
      parts.take(actor, grant, grant.version.sizeBytes / (sittings + 1), { draw: stage.draw, pauseMs: 1_500 })
      yield* nights(stage.draw.int(0, 2))
    }
  },
}

/** Ids of those who were away on three working days, one after the other: no mere cold. */
function* onVacation(stage: Stage): Generator<void, ReadonlySet<string>, void> {
  let away = new Set(stage.world.people.filter(({ firstDay }) => firstDay < stage.day).map(({ id }) => id))
  for (let seen = 0; seen < 3; ) {
    if (isWeekday(stage)) {
      seen++
      away = new Set(stage.world.people.filter((one) => away.has(one.id) && !stage.isAtWork(one)).map(({ id }) => id))
    }
    if (seen < 3) yield
  }
  return away
}

function resetPasskeys(stage: Stage, owner: Person): void {
  const desk =
    stage.colleague((one) => one.job === 'administrator' && stage.isAtWork(one)) ??
    stage.colleague((one) => one.job === 'administrator')
  if (desk === null) return
  const subject = { type: 'person', id: owner.id }
  stage.actor(desk, stage.moment(desk)).does('staff.passkeys_reset', { subject, data: { person: owner.id } })
}

function fumble(actor: Actor, times: number): void {
  for (let failed = 0; failed < times; failed++) {
    actor.failSignIn()
    actor.wait(40_000)
  }
}
