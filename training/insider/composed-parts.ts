import type { Actor, CampaignKind, Stage } from '../../src/weights/insider/simulation/campaign.ts'
import { carryOut, nextWorkday, staysFor, workday } from '../../src/weights/insider/simulation/campaigns/parts.ts'
import type { Person } from '../../src/weights/insider/simulation/world/world.ts'

const MINUTE_MS = 60_000

/** What may come before a theft, or nothing. */
export function* before(stage: Stage, person: Person): Generator<void, void, void> {
  const { draw } = stage
  const actor = stage.actor(person, stage.moment(person, draw.pick(['work', 'late'])))
  const way = draw.weighted([
    ['none', 6],
    ['fumble', 1],
    ['key', 1],
    ['device', 1],
    ['loosen', 1],
    ['log', 1],
    ['look', 1],
  ] as const)
  if (way === 'none') return
  if (way === 'fumble') for (let count = draw.int(1, 6); count > 0; count--) actor.failSignIn()
  if (way === 'key') actor.does('staff.passkey_added', { subject: { type: 'passkey', id: draw.code(8) } })
  if (way === 'device') actor.registerDevice(stage.newHost('workstation', person.office))
  if (way === 'loosen') loosen(stage, actor)
  if (way === 'log')
    actor.outside(draw.pick(['cloudtrail.StopLogging', 'auditd.config_change']), { data: { trail: 'organisation' } })
  if (way === 'look')
    for (let count = draw.int(2, 10); count > 0; count--)
      actor.does('ledger.read', { data: { entries: draw.int(10, 1_000) } })
  if (draw.chance(0.6)) yield* nextWorkday(stage, person)
}

function loosen(stage: Stage, actor: Actor): void {
  const { draw } = stage
  const way = draw.pick(['lock', 'budget', 'overlay'] as const)
  if (way === 'lock')
    actor.does('weights.lock_lifted', { subject: { type: 'weights_lock', id: `wlk_${draw.code(8)}` } })
  if (way === 'overlay')
    actor.does('weights.overlay_switched', { subject: { type: 'weights_overlay', id: 'asl3' }, data: { on: false } })
  if (way === 'budget')
    actor.does('weights.budget_set', {
      ...{ subject: { type: 'weights_budget', id: `person/${actor.person.id}` } },
      data: { kind: 'person', id: actor.person.id, capacityBytes: draw.int(100, 900) * 1e9, raised: true },
    })
}

export function carried(stage: Stage, actor: Actor, bytes: number): void {
  carryOut(stage, actor, bytes)
}

/** What may come after it. */
export function clean(stage: Stage, actor: Actor, bytes: number): void {
  const { draw } = stage
  if (draw.chance(0.4)) carryOut(stage, actor, bytes)
  if (draw.chance(0.1)) actor.outside('auditd.unlink', { data: { path: '/var/log/audit/audit.log' } })
  if (draw.chance(0.1)) actor.outside('auditd.execve', { data: { exe: '/usr/bin/shred' } })
}

/** Harm without weights: content, records, safeguards and roles. */
export const COMPOSED_OTHER: CampaignKind = {
  id: 'composed-other',
  family: 'misuse',
  says: 'Content looked at, records exported, safeguards loosened or keys reset, put together by chance.',
  longestDays: 25,
  *play(stage) {
    const { draw } = stage
    const person = stage.recruit(
      (one) => one.roles.length > 0 && one.firstDay < stage.day - 14 && staysFor(stage, one, 20),
    )
    if (person === null) return
    yield* workday(stage, person)
    const days = Math.round(draw.range({ from: 1, to: 8, isLog: true }))
    const ways = draw.some(['content', 'export', 'loosen', 'ledger', 'policy', 'keys'] as const, draw.int(1, 2))
    const perDay = draw.range({ from: 10, to: 300, isLog: true })
    for (let day = 0; day < days; day++) {
      const actor = stage.actor(person, stage.moment(person, draw.pick(['work', 'late', 'night', 'lunch'])))
      for (const way of ways) {
        if (way === 'content')
          for (let read = 0; read < perDay; read++) {
            actor.does('content.read', {
              subject: { type: 'request', id: `req_${draw.code(8)}` },
              data: { reason: 'quality', restricted: draw.chance(0.3) },
            })
            actor.wait(draw.exponential(8_000))
          }
        if (way === 'export')
          actor.does('content.exported', { data: { reason: 'quality' }, bytes: Math.round(perDay * 1e6) })
        if (way === 'loosen') loosen(stage, actor)
        if (way === 'ledger')
          for (let read = 0; read < perDay / 5; read++)
            actor.does('ledger.read', { data: { entries: draw.int(100, 5_000) } })
        if (way === 'policy') {
          const approval = actor.request('policy.publish')
          const other = stage.colleague((one) => one.roles.includes('policy_editor') && one !== person)
          if (other !== null) {
            const second = stage.actor(other, approval.requestedMs + draw.logNormal(60, 1) * 1_000)
            second.approve(approval)
            second.does('policy.published', {
              subject: { type: 'policy_version', id: draw.code(12) },
              data: { approval: approval.id, loosens: true },
            })
          }
        }
        if (way === 'keys') {
          const other = stage.colleague((one) => one.roles.length > 0 && one !== person)
          if (other !== null)
            actor.does('staff.passkeys_reset', {
              subject: { type: 'person', id: other.id },
              data: { person: other.id },
            })
        }
        actor.wait(draw.real(1, 30) * MINUTE_MS)
      }
      yield* nextWorkday(stage, person)
    }
  },
}
