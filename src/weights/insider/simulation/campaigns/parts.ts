import type { Actor, Grant, GrantRequest, Stage } from '../campaign.ts'
import type { Host, ModelVersion, Person } from '../world/world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const LONGEST_LOOK_MS = 10 * HOUR_MS

/** Who opens weights in their work, has done so for a while, and stays for `days` more. */
export function opens(stage: Stage, days: number): (person: Person) => boolean {
  return (person) =>
    person.habits.sittingsPerDay > 0.05 &&
    person.models.length > 0 &&
    person.firstDay < stage.day - 14 &&
    staysFor(stage, person, days)
}

export function staysFor(stage: Stage, { leaving }: Person, days: number): boolean {
  return leaving === null || leaving.lastDay > stage.day + days
}

export function holds(role: string): (person: Person) => boolean {
  return ({ roles }) => roles.includes(role)
}

/** Until the next day on which somebody works. */
export function* nextWorkday(stage: Stage, person: Person): Generator<void, void, void> {
  do yield
  while (!stage.isAtWork(person) && stage.daysLeft > 1)
}

/** Today, if they work today; else until they do. */
export function* workday(stage: Stage, person: Person): Generator<void, void, void> {
  while (!stage.isAtWork(person) && stage.daysLeft > 1) yield
}

export function* nights(count: number): Generator<void, void, void> {
  for (let night = 0; night < Math.round(count); night++) yield
}

/** A version that somebody could want: of their own models, or the greatest prize there is. */
export function target(stage: Stage, person: Person, own = stage.draw.chance(0.6)): ModelVersion | null {
  const mine = own ? stage.newest(person.models[0] ?? '') : null
  if (mine !== null) return mine
  const all = stage.versions()
  return all.length === 0 ? null : stage.draw.pick(all)
}

/** Asks as everybody asks, and somebody who knows nothing agrees after a look at it. */
export function honestGrant(stage: Stage, actor: Actor, asked: GrantRequest): Grant | null {
  const { person } = actor
  const approver = stage.colleague(
    (one) => one.roles.includes('weights_approver') && one !== person && stage.isAtWork(one),
  )
  const approval = actor.requestGrant(asked)
  if (approver === null) return null
  const lookMs = Math.min(LONGEST_LOOK_MS, stage.draw.logNormal(approver.habits.lookMinutes, 0.8) * MINUTE_MS)
  const grant = stage.actor(approver, approval.requestedMs + lookMs).approve(approval)
  if (grant !== null) actor.at(grant.givenMs + stage.draw.real(2, 40) * MINUTE_MS)
  return grant
}

/** The machine on which somebody usually opens weights. */
export function usualHost(person: Person, actor: Actor): Host {
  return person.hosts.find(({ kind }) => kind !== 'laptop') ?? person.hosts[0] ?? actor.host
}

/** Takes what was read out of the house: a stick, a bucket that is nobody's, a tool for copying. Sometimes there is nothing to be seen. */
export function carryOut(stage: Stage, actor: Actor, bytes: number): void {
  const way = stage.draw.weighted([
    ['stick', 3],
    ['bucket', 3],
    ['tool', 2],
    ['unseen', 3],
  ] as const)
  actor.wait(stage.draw.real(5, 90) * MINUTE_MS)
  if (way === 'stick') actor.outside('auditd.usb_mount')
  if (way === 'bucket') {
    const parts = stage.draw.int(1, 5)
    for (let part = 0; part < parts; part++)
      actor.outside('cloudtrail.PutObject', { bytes: bytes / parts, data: { bucket: `backup-${stage.draw.code(6)}` } })
  }
  if (way === 'tool') actor.outside('auditd.execve', { data: { exe: '/usr/bin/rclone' } })
}

/** How much of its aim a campaign reaches before it is given up: all of it, or what is left of it when somebody loses heart. */
export function reach(stage: Stage): number {
  const share = stage.parameter('share', { from: 0.5, to: 1 })
  return stage.draw.chance(stage.parameter('givesUp', { from: 0.15, to: 0.3 }))
    ? share * stage.draw.real(0.15, 0.6)
    : share
}
