import type { CampaignKind, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import { carryOut, honestGrant, nights, opens, reach, target } from './parts.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** One more sitting than they had themselves: with their grants, where one stands, or with one that is asked for in their name. */
function* plunder(stage: Stage, victim: Person, from: 'far' | 'near'): Generator<void, void, void> {
  const place =
    from === 'far'
      ? stage.placeFarFrom(victim.office, stage.parameter('km', { from: 1_500, to: 7_000 }))
      : stage.placeNear(victim.home)
  const isOwnHost = stage.draw.chance(from === 'far' ? 0.2 : 0.6)
  const host = isOwnHost ? (victim.hosts[0] ?? stage.newHost('laptop', place)) : stage.newHost('laptop', place)
  const version = target(stage, victim, true)
  if (version === null) return
  const tries = Math.round(stage.parameter('failures', { from: 0, to: 8 }))
  const share = reach(stage)
  const evenings = Math.max(1, Math.round(stage.parameter('evenings', { from: 1, to: 4 })))
  let taken = 0
  for (let evening = 0; evening < evenings; evening++) {
    const actor = stage.actor(victim, stage.moment(victim, stage.draw.pick(['night', 'late', 'work']))).on(host, place)
    if (evening === 0) {
      for (let count = 0; count < tries; count++) actor.failSignIn()
      actor.signIn()
      if (!isOwnHost) registers(stage, victim, actor)
    } else actor.signIn()
    actor.wait(stage.draw.real(2, 60) * MINUTE_MS)
    const standing = stage
      .grants(victim)
      .find((one) => one.givenMs < actor.nowMs && one.expiresMs > actor.nowMs + HOUR_MS)
    const asked = { version, budgetBytes: version.sizeBytes * 1.2, hours: 72 }
    const grant = standing !== undefined && stage.draw.chance(0.4) ? standing : honestGrant(stage, actor, asked)
    if (grant !== null) {
      const size = grant.version.sizeBytes
      const bytes = actor.readMany(grant, {
        skipBytes: taken,
        share: share / evenings,
        bytesPerSecond: stage.draw.logNormal(4e7, 0.6),
      })
      taken += bytes
      if (bytes > size / 50 && stage.draw.chance(0.4)) carryOut(stage, actor, bytes)
    }
    yield* nights(stage.draw.int(1, 3))
  }
}

function registers(stage: Stage, victim: Person, actor: ReturnType<Stage['actor']>): void {
  if (stage.draw.chance(0.3)) {
    const by = stage.colleague(({ roles }) => roles.includes('administrator'))
    if (by !== null) {
      const subject = { type: 'person', id: victim.id }
      stage.actor(by, actor.nowMs).does('staff.passkeys_reset', { subject, data: { person: victim.id } })
      actor.wait(10 * MINUTE_MS).does('staff.passkey_added', { subject: { type: 'passkey', id: stage.draw.code(8) } })
    }
  }
  const approver = stage.colleague((one) => one.roles.includes('weights_approver') && one !== victim)
  actor.registerDevice(actor.host, approver ?? victim)
}

export const STOLEN_FAR: CampaignKind = {
  id: 'stolen-credentials-far',
  family: 'stolen_credentials',
  says: 'Somebody else signs in with a person’s keys, from far away, lets in a machine of their own and copies.',
  longestDays: 14,
  *play(stage) {
    const victim = stage.recruit(opens(stage, 12))
    if (victim === null) return
    yield* plunder(stage, victim, 'far')
  },
}

export const STOLEN_NEAR: CampaignKind = {
  id: 'stolen-credentials-near',
  family: 'stolen_credentials',
  says: 'A flatmate, guest or thief around the corner uses a person’s laptop or keys, when that person sleeps or works.',
  longestDays: 14,
  *play(stage) {
    const victim = stage.recruit(opens(stage, 12))
    if (victim === null) return
    yield* plunder(stage, victim, 'near')
  },
}

export const DORMANT: CampaignKind = {
  id: 'dormant-account',
  family: 'stolen_credentials',
  says: 'An account that has not opened weights for a long time wakes up and wants a whole model.',
  longestDays: 12,
  *play(stage) {
    const victim = stage.recruit(
      (one) =>
        one.roles.includes('security_engineer') && one.firstDay < stage.day - 25 && one.habits.sittingsPerDay < 0.12,
    )
    if (victim === null) return
    yield* plunder(stage, victim, stage.draw.pick(['far', 'near']))
  },
}
