import type { CampaignKind } from '../campaign.ts'
import { carryOut, honestGrant, nextWorkday, opens, reach, target, usualHost, workday } from './parts.ts'

const DAY_HOURS = 24

export const AS_TRAINING: CampaignKind = {
  id: 'disguised-as-training',
  family: 'disguise',
  says: 'A model is copied in the shuffled order and at the pace of a training job, by somebody who trains nothing.',
  longestDays: 20,
  *play(stage) {
    const person = stage.recruit(opens(stage, 18))
    if (person === null) return
    yield* workday(stage, person)
    const version = target(stage, person)
    if (version === null) return
    const asking = stage.actor(person, stage.moment(person))
    const cluster = person.hosts.find(({ kind }) => kind === 'cluster')
    const host = cluster !== undefined && stage.draw.chance(0.6) ? cluster : usualHost(person, asking)
    const jobs = Math.max(1, Math.round(stage.parameter('jobs', { from: 1, to: 5 })))
    const share = reach(stage)
    for (let job = 0; job < jobs; job++) {
      const actor = stage.actor(person, Math.max(asking.nowMs, stage.moment(person))).on(host)
      const budgetBytes = (version.sizeBytes * share * 1.1) / jobs
      const grant = honestGrant(stage, actor, { version, use: 'run', budgetBytes, hours: 2 * DAY_HOURS })
      if (grant !== null) {
        const bytesPerSecond = stage.draw.logNormal(stage.parameter('pace', { from: 3e7, to: 2e8, isLog: true }), 0.3)
        const bytes = actor.readMany(grant, { order: 'shuffled', share: share / jobs, bytesPerSecond })
        if (job + 1 === jobs) carryOut(stage, actor, bytes)
      }
      if (job + 1 < jobs) yield* nextWorkday(stage, person)
    }
  },
}

export const AS_SERVING: CampaignKind = {
  id: 'disguised-as-serving',
  family: 'disguise',
  says: 'A server that serves nobody loads a model as all servers do, for somebody whose job it is or nearly is.',
  longestDays: 12,
  *play(stage) {
    const isDeployer = stage.draw.chance(stage.parameter('deployer', { from: 0.3, to: 0.7 }))
    const person = stage.recruit((one) => opens(stage, 10)(one) && (one.job === 'deployer') === isDeployer)
    if (person === null) return
    yield* workday(stage, person)
    const version = target(stage, person, false)
    if (version === null) return
    const actor = stage.actor(person, stage.moment(person))
    const host = stage.newHost('server', stage.draw.chance(0.5) ? person.office : stage.placeNear(person.office))
    const approver = stage.colleague((one) => one.roles.includes('weights_approver') && one !== person)
    actor.registerDevice(host, approver ?? undefined)
    const loads = Math.round(stage.parameter('loads', { from: 1, to: 3 }))
    const asked = {
      version,
      use: 'serve' as const,
      budgetBytes: version.sizeBytes * (loads + 0.2),
      hours: 7 * DAY_HOURS,
    }
    const grant = honestGrant(stage, actor.on(host), asked)
    if (grant === null) return
    const share = reach(stage)
    for (let load = 0; load < loads; load++) {
      const serving = load === 0 ? actor : stage.actor(person, stage.moment(person)).on(host)
      const bytes = serving.readMany(grant, { share, bytesPerSecond: stage.draw.logNormal(7e8, 0.4) })
      if (load === 0 && stage.draw.chance(0.5)) carryOut(stage, serving, bytes)
      if (load + 1 < loads) yield* nextWorkday(stage, person)
    }
  },
}
