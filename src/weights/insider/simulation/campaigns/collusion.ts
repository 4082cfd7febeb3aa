import type { CampaignKind, Grant, GrantRequest, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import {
  carryOut,
  honestGrant,
  nextWorkday,
  nights,
  opens,
  reach,
  staysFor,
  target,
  usualHost,
  workday,
} from './parts.ts'

const SECOND_MS = 1_000
const DAY_HOURS = 24

/** The accomplice agrees before anybody could have read it; now and then waits a little, for looks. */
function stamped(stage: Stage, requester: Person, approver: Person, asked: GrantRequest): Grant | null {
  const actor = stage.actor(requester, stage.moment(requester))
  const approval = actor.on(usualHost(requester, actor)).requestGrant(asked)
  const from = stage.parameter('stampSeconds', { from: 5, to: 120, isLog: true })
  const waitMs = stage.draw.logNormal(from, 0.6) * SECOND_MS
  return stage.actor(approver, approval.requestedMs + waitMs).approve(approval)
}

export const RUBBER_STAMP: CampaignKind = {
  id: 'rubber-stamp',
  family: 'collusion',
  says: 'One asks, the other one agrees within seconds, again and again; the grants grow, until a whole model has gone.',
  longestDays: 45,
  *play(stage) {
    const person = stage.recruit(opens(stage, 40))
    const approver =
      person === null
        ? null
        : stage.recruit((one) => one.roles.includes('weights_approver') && staysFor(stage, one, 40))
    const version = person === null ? null : target(stage, person)
    if (person === null || approver === null || version === null) return
    const rounds = Math.round(stage.parameter('rounds', { from: 4, to: 10 }))
    const share = reach(stage)
    let taken = 0
    for (let round = 0; round < rounds; round++) {
      yield* nextWorkday(stage, person)
      const aim = (version.sizeBytes * share * (round + 1) ** 2) / rounds ** 2
      const budgetBytes = Math.max(2e9, (aim - taken) * 1.2)
      const grant = stamped(stage, person, approver, { version, budgetBytes, hours: DAY_HOURS })
      if (grant === null) continue
      const actor = stage.actor(person, grant.givenMs + stage.draw.real(1, 90) * 60_000).on(grant.host)
      const bytes = actor.readMany(grant, { skipBytes: taken, share: Math.max(0, (aim - taken) / version.sizeBytes) })
      taken += bytes
      if (stage.draw.chance(0.4)) yield* nights(stage.draw.int(1, 3))
    }
    const last = stage.actor(person, stage.moment(person, 'late'))
    carryOut(stage, last, taken)
  },
}

export const MUTUAL_FAVOURS: CampaignKind = {
  id: 'mutual-favours',
  family: 'collusion',
  says: 'Two approve each other’s devices, exports and grants, and nobody else’s; then both of them copy.',
  longestDays: 40,
  *play(stage) {
    const a = stage.recruit(opens(stage, 35))
    const b =
      a === null ? null : stage.recruit((one) => one.roles.includes('weights_approver') && staysFor(stage, one, 35))
    const version = a === null ? null : target(stage, a)
    if (a === null || b === null || version === null) return
    const favours = Math.round(stage.parameter('favours', { from: 2, to: 6 }))
    for (let favour = 0; favour < favours; favour++) {
      yield* nextWorkday(stage, a)
      const asking = stage.actor(a, stage.moment(a))
      if (stage.draw.chance(0.5)) {
        const host = stage.newHost('workstation', a.office)
        asking.registerDevice(host, b)
      } else {
        const approval = stage
          .actor(b, stage.moment(b))
          .request(stage.draw.pick(['weights.device', 'weights.extend_copy']))
        stage.actor(a, approval.requestedMs + stage.draw.real(5, 100) * SECOND_MS).approve(approval)
      }
    }
    yield* nextWorkday(stage, a)
    const grant = stamped(stage, a, b, {
      version,
      use: 'export',
      budgetBytes: version.sizeBytes * 1.1,
      hours: 3 * DAY_HOURS,
    })
    if (grant === null) return
    const actor = stage.actor(a, grant.givenMs + stage.draw.real(10, 200) * 60_000).on(grant.host)
    const bytes = actor.readMany(grant, { share: reach(stage) })
    carryOut(stage, actor, bytes)
  },
}

export const DIVIDED: CampaignKind = {
  id: 'divided-between-two',
  family: 'collusion',
  says: 'Two or three who work with a model each take a part of it, none of them more than their job explains.',
  longestDays: 30,
  *play(stage) {
    const first = stage.recruit(opens(stage, 25))
    if (first === null) return
    const version = target(stage, first, true)
    if (version === null) return
    const others = Math.round(stage.parameter('others', { from: 1, to: 2 }))
    const people = [first]
    for (let other = 0; other < others; other++) {
      const near = stage.recruit((one) => opens(stage, 25)(one) && one.models.includes(version.model))
      if (near !== null) people.push(near)
    }
    if (people.length < 2) return
    const sittings = Math.round(stage.parameter('sittings', { from: 2, to: 7 }))
    const part = (version.sizeBytes * reach(stage)) / people.length / sittings
    for (let sitting = 0; sitting < sittings; sitting++) {
      for (const [index, person] of people.entries()) {
        if (!stage.isAtWork(person)) continue
        const actor = stage.actor(person, stage.moment(person))
        actor.on(usualHost(person, actor))
        const grant = honestGrant(stage, actor, { version, budgetBytes: part * 1.3, hours: 2 * DAY_HOURS })
        const skipBytes = (index * sittings + sitting) * part
        if (grant !== null) actor.readMany(grant, { skipBytes, share: part / version.sizeBytes })
      }
      yield* workdayOf(stage, people)
    }
  },
}

function* workdayOf(stage: Stage, people: readonly Person[]): Generator<void, void, void> {
  yield
  const [first] = people
  if (first !== undefined) yield* workday(stage, first)
}
