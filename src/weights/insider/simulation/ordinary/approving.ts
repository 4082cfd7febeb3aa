import type { Approval, Grant, GrantRequest } from '../campaign.ts'
import type { Draw } from '../draw.ts'
import type { LiveGrant } from '../grant-book.ts'
import type { Organisation } from '../organisation.ts'
import type { Host, Person } from '../world/world.ts'

const MINUTE_MS = 60_000
const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

/** Who may agree to what others ask for: approvers and the head of security for weights. */
export function isApprover(person: Person): boolean {
  return person.roles.includes('weights_approver') || person.roles.includes('ciso')
}

/**
 * Asks for a grant and has it looked at by whoever is there: one's favourite more often than others, quickly now and then.
 * @returns the grant, from when it was given; null when it was denied, or nobody was there
 */
export function askForGrant(
  person: Person,
  { asked, atMs, host }: { asked: GrantRequest; atMs: number; host: Host },
  organisation: Organisation,
  draw: Draw,
): LiveGrant | null {
  const approver = approverFor(person, atMs, organisation, draw)
  if (approver === null) return null
  const approval = organisation.worker(person, atMs, draw, host).requestGrant(asked)
  const grant = settle(approval, approver, organisation, draw)
  return grant === null ? null : organisation.grants.live(grant)
}

/** An approver looks at it and decides. */
export function settle(approval: Approval, approver: Person, organisation: Organisation, draw: Draw): Grant | null {
  const { parameters } = organisation
  const { habits } = approver
  const isQuick = draw.chance(parameters.value('approvals.quick'))
  const lookMs = isQuick
    ? draw.real(8, 90) * SECOND_MS
    : draw.logNormal(habits.lookMinutes, parameters.value('approvals.lookSpread')) * MINUTE_MS
  const worker = organisation.worker(approver, approval.requestedMs + Math.min(lookMs, 20 * HOUR_MS), draw)
  if (draw.chance(habits.denyShare)) worker.deny(approval)
  else return worker.approve(approval)
  return null
}

export function approverFor(person: Person, atMs: number, organisation: Organisation, draw: Draw): Person | null {
  const there = organisation.atWork((one) => isApprover(one) && one !== person)
  const now = there.filter(({ presence }) => presence.startMs <= atMs && atMs <= presence.endMs)
  const all = (now.length > 0 ? now : there).map((one) => one.person)
  if (all.length === 0) return null
  const own = organisation.lasting(`approver ${person.id}`).pick(organisation.built.world.people.filter(isApprover))
  const isFavoured = draw.chance(organisation.parameters.value('approvals.favourite')) && all.includes(own)
  return isFavoured ? own : draw.pick(all)
}
