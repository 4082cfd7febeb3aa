import type { CampaignKind } from '../campaign.ts'
import { carryOut, honestGrant, nextWorkday, opens, reach, target, usualHost, workday } from './parts.ts'

const DAY_HOURS = 24
const MINUTE_MS = 60_000

export const GLASS_ABUSE: CampaignKind = {
  id: 'glass-abuse',
  family: 'misuse',
  says: 'The glass is broken where nothing is wrong, and what it opens is copied before the review.',
  longestDays: 10,
  *play(stage) {
    const isOnCall = stage.draw.chance(stage.parameter('onCall', { from: 0.3, to: 0.6 }))
    const person =
      stage.recruit((one) => opens(stage, 8)(one) && (!isOnCall || stage.isOnCall(one))) ??
      stage.recruit(opens(stage, 8))
    if (person === null) return
    const version = target(stage, person, false)
    if (version === null) return
    const actor = stage.actor(person, stage.moment(person, stage.draw.pick(['night', 'late', 'work'])))
    actor.signIn()
    if (stage.draw.chance(0.4)) {
      actor.failToBreakGlass()
      yield
      actor.at(stage.moment(person, 'night'))
    }
    const grant = actor.breakGlass({ version })
    const bytes = actor.wait(stage.draw.real(1, 30) * MINUTE_MS).readMany(grant, { share: reach(stage) })
    carryOut(stage, actor, bytes)
  },
}

export const CANARY_THEFT: CampaignKind = {
  id: 'canary-theft',
  family: 'misuse',
  says: 'Somebody who takes whatever there is comes upon a decoy: a file among others, or a model that nobody uses.',
  longestDays: 12,
  *play(stage) {
    const person = stage.recruit(opens(stage, 10))
    if (person === null) return
    yield* workday(stage, person)
    const decoys = stage.versions({ canaries: true }).filter(({ isCanary }) => isCanary)
    const baited = stage.versions().filter(({ files }) => files.some(({ isCanary }) => isCanary))
    const isWhole = baited.length === 0 || stage.draw.chance(0.4)
    const choice = isWhole ? decoys : baited
    if (choice.length === 0) return
    const version = stage.draw.pick(choice)
    const actor = stage.actor(person, stage.moment(person))
    actor.on(usualHost(person, actor))
    if (isWhole) {
      actor.touchCanary(version)
      yield* nextWorkday(stage, person)
      actor.at(stage.moment(person))
    }
    const other = isWhole ? target(stage, person) : version
    if (other === null) return
    const asked = { version: other, files: other.files, budgetBytes: other.sizeBytes * 1.2, hours: 3 * DAY_HOURS }
    const grant = honestGrant(stage, actor, asked)
    if (grant === null) return
    const bytes = actor.readMany(grant, {
      share: Math.max(0.95, reach(stage)),
      files: stage.draw.shuffled(other.files),
    })
    carryOut(stage, actor, bytes)
  },
}

export const UNUSUAL_EXPORT: CampaignKind = {
  id: 'unusual-export',
  family: 'misuse',
  says: 'An export by somebody whose work needs none, in one go or in several versions, to copies that nobody ever destroys.',
  longestDays: 22,
  *play(stage) {
    const person = stage.recruit((one) => opens(stage, 20)(one) && one.job !== 'deployer')
    if (person === null) return
    const copies = Math.max(1, Math.round(stage.parameter('copies', { from: 1, to: 3 })))
    for (const version of stage.draw.some(stage.versions(), copies)) {
      yield* nextWorkday(stage, person)
      const actor = stage.actor(person, stage.moment(person))
      actor.on(usualHost(person, actor))
      const asked = { version, use: 'export' as const, budgetBytes: version.sizeBytes * 1.05, hours: 2 * DAY_HOURS }
      const grant = honestGrant(stage, actor, asked)
      if (grant === null) continue
      const bytes = actor.readMany(grant, { share: reach(stage) })
      actor.registerCopy(grant)
      carryOut(stage, actor, bytes)
    }
  },
}
