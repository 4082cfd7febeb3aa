import type { CampaignKind, Stage } from '../campaign.ts'
import type { ModelVersion, Person } from '../world/world.ts'
import { aimOf, canTake, isApprover, ordinaryBytes } from './aims.ts'
import { carryOut, carryOutSeen, upload } from './exits.ts'
import { isWeekday, nights, until, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { left, obtain, opener, permit } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const HOUR_MS = 3_600_000
const MIB = 2 ** 20

/** A job like all the others, in the queue like all the others; only that nothing is trained. */
export const trainingDay: CampaignKind = {
  id: 'training-day',
  family: 'disguise',
  says: 'A mixed read of every part of a model on a training machine looks like an epoch, and is a copy.',
  longestDays: 18,
  *play(stage) {
    const person = stage.recruit(canTake(stage), (one) => (one.job === 'researcher' ? ordinaryBytes(one) : 1))
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const host = machine(stage, 'cluster')
    const asked = { version: aim, use: 'program' as const, hours: 7 * 24 }
    const grant = yield* obtain(stage, person, asked, host === null ? {} : { host })
    if (grant === null) return
    const sittings = Math.round(stage.parameter('nights', { from: 1, to: 5 }))
    const chunk = stage.parameter('chunkMebibytes', { from: 8, to: 64 }) * MIB
    const pauseMs = stage.parameter('pauseMs', { from: 300, to: 4_000, isLog: true })
    const parts = Parts.of(aim.files, chunk, stage.draw)
    for (let night = 0; night < sittings && !parts.isEmpty; night++, yield) {
      const atMs = stage.moment(person, stage.draw.chance(0.5) ? 'late' : 'work')
      sitDown(stage, parts, { grant, atMs, bytes: (aim.sizeBytes / sittings) * 1.05, pauseMs })
    }
  },
}

/** In the week of a launch everybody asks for the same model, on new machines, and in a hurry. */
export const launchCrowd: CampaignKind = {
  id: 'launch-crowd',
  family: 'disguise',
  says: 'Somebody who has no part in a launch reads the new model among all those who do.',
  longestDays: 40,
  *play(stage) {
    const fresh = () => stage.versions().findLast(({ sealedDay }) => sealedDay > 0 && isFresh(stage, sealedDay)) ?? null
    if (!(yield* until(() => isWeekday(stage) && fresh() !== null, 28))) return
    const aim = fresh()
    const person = stage.recruit(canTake(stage), (one) => (aim !== null && one.models.includes(aim.model) ? 5 : 1))
    if (person === null || aim === null) return
    const sittings = Math.round(stage.parameter('sittings', { from: 1, to: 4 }))
    const parts = Parts.of(aim.files, 64 * MIB)
    let taken = 0
    for (let sat = 0; sat < sittings; sat++, yield) {
      if (!(yield* untilAtWork(stage, person, 4))) break
      const grant = yield* permit(stage, person, { version: aim, use: 'program', hours: 120 })
      if (grant === null) break
      const bytes = (aim.sizeBytes / sittings) * 1.05
      taken += sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes, pauseMs: 500 })
    }
    carryOutSeen(stage, stage.actor(person, stage.moment(person, 'late')), taken)
  },
}

/** An export that was agreed to, a copy that was registered, and one more that stays when the first is said to be gone. */
export const keptExport: CampaignKind = {
  id: 'kept-export',
  family: 'disguise',
  says: 'Somebody exports a model for a good reason, says that the copy was destroyed, and has it still.',
  longestDays: 50,
  *play(stage) {
    const person = stage.recruit(canTake(stage))
    const aim = person && aimOf(stage, person)
    if (person === null || aim === null) return
    const grant = yield* obtain(stage, person, { version: aim, use: 'export', hours: 96 })
    if (grant === null) return
    if (!(yield* untilAtWork(stage, person, 3))) return
    const copyAtMs = Math.max(grant.givenMs + HOUR_MS, stage.moment(person))
    const actor = opener(stage, grant, copyAtMs)
    actor.startSession(grant)
    actor.readMany(grant, { order: 'serial' })
    actor.registerCopy(grant)
    yield* nights(Math.round(stage.parameter('keptDays', { from: 5, to: 28 })))
    if (!(yield* untilAtWork(stage, person))) return
    const later = opener(stage, grant, stage.moment(person, 'late'))
    if (stage.draw.chance(0.5)) later.outside('auditd.usb_mount')
    else upload(stage, later, aim.sizeBytes)
    const subject = { type: 'weights_copy', id: grant.id }
    const data = { version: aim.id, owner: person.id }
    if (stage.draw.chance(0.7)) later.wait(HOUR_MS / 2).does('weights.copy_destroyed', { subject, data, version: aim })
  },
}

/** A server that does not come up, again and again, each time a little further into the files. */
export const crashLoop: CampaignKind = {
  id: 'crash-loop',
  family: 'disguise',
  says: 'A serving machine loads a model in pieces, as if it kept crashing, and passes each piece on.',
  longestDays: 25,
  *play(stage) {
    const fits = canTake(stage)
    const person = stage.recruit(
      (one) => fits(one) && ['deployer', 'inference_engineer'].includes(one.job),
      (one) => (one.job === 'deployer' ? 3 : 1),
    )
    const aim = person && aimOf(stage, person)
    const host = machine(stage, 'server')
    if (person === null || aim === null) return
    const asked = { version: aim, use: 'serve' as const, hours: 20 * 24, budgetBytes: aim.sizeBytes * 4 }
    const grant = yield* obtain(stage, person, asked, host === null ? {} : { host })
    if (grant === null) return
    const rounds = Math.round(stage.parameter('rounds', { from: 3, to: 12 }))
    for (let round = 0; round < rounds && left(grant) > 0; round++) {
      loadPiece(stage, person, aim, { grant, round, rounds })
      yield* nights(stage.draw.int(0, 2))
      yield
    }
  },
}

interface Piece {
  readonly grant: Parameters<typeof opener>[1]
  readonly round: number
  readonly rounds: number
}

function loadPiece(stage: Stage, person: Person, { sizeBytes }: ModelVersion, { grant, round, rounds }: Piece): void {
  const when = stage.draw.chance(0.5) ? 'night' : 'work'
  const actor = opener(stage, grant, Math.max(grant.givenMs + HOUR_MS, stage.moment(person, when)))
  actor.startSession(grant)
  const skipBytes = Math.floor((sizeBytes * round) / rounds)
  const gone = actor.readMany(grant, { skipBytes, share: 1 / rounds, bytesPerSecond: 2e8 })
  if (stage.draw.chance(0.4)) actor.wait(90_000).outside('auditd.execve', { data: { exe: '/usr/bin/ssh' } })
  carryOut(stage, actor, gone)
}

/** Little by little, by somebody whose job is to agree: asks a colleague for what they could never agree to themselves. */
export const helpfulApprover: CampaignKind = {
  id: 'helpful-approver',
  family: 'disguise',
  says: 'Somebody reads for a project that an approver made up: the grants are proper, the work is not theirs.',
  longestDays: 40,
  *play(stage) {
    const fits = canTake(stage)
    const person = stage.recruit((one) => fits(one) && one.models.length < 4)
    const friend = person && stage.recruit((one) => isApprover(one) && one.id !== person.id && stage.isAtWork(one))
    if (person === null || friend === null) return
    const others = stage.versions().filter(({ model, isCanary }) => !isCanary && !person.models.includes(model))
    const aim = others.length === 0 ? aimOf(stage, person) : stage.draw.pick(others)
    if (aim === null) return
    const days = Math.round(stage.parameter('days', { from: 6, to: 20 }))
    const parts = Parts.of(aim.files, usualChunk(stage, person, aim), stage.draw)
    for (let day = 0; day < days && !parts.isEmpty; day++, yield) {
      if (!(yield* until(() => stage.isAtWork(person) && stage.isAtWork(friend), 10))) return
      const asked = { version: aim, use: 'program' as const, hours: 7 * 24, budgetBytes: Math.ceil(aim.sizeBytes / 2) }
      const grant = yield* permit(stage, person, asked, {
        friends: [friend],
        friendLookMs: stage.draw.int(3, 40) * 60_000,
      })
      if (grant === null) return
      sitDown(stage, parts, { grant, atMs: stage.moment(person), bytes: aim.sizeBytes / days })
    }
  },
}

function isFresh({ day }: Stage, sealedDay: number): boolean {
  return sealedDay <= day && sealedDay > day - 9
}

/** One of the machines that belong to nobody; null where there is none of the kind. */
function machine(stage: Stage, kind: 'cluster' | 'server') {
  const fit = stage.world.fleet.filter((host) => host.kind === kind)
  return fit.length === 0 ? null : stage.draw.pick(fit)
}
