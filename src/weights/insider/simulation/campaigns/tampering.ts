import type { CampaignKind, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import {
  carryOut,
  holds,
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

const MINUTE_MS = 60_000
const GIGABYTE = 1e9

/** Reads with what was prepared. */
function* take(stage: Stage, person: Person): Generator<void, void, void> {
  yield* workday(stage, person)
  const version = target(stage, person)
  if (version === null) return
  const actor = stage.actor(person, stage.moment(person, stage.draw.pick(['work', 'late'])))
  actor.on(usualHost(person, actor))
  const grant = honestGrant(stage, actor, { version, budgetBytes: version.sizeBytes * 1.1, hours: 48 })
  if (grant === null) return
  const bytes = actor.readMany(grant, { share: reach(stage) })
  carryOut(stage, actor, bytes)
}

export const POLICY_TAMPERING: CampaignKind = {
  id: 'policy-tampering',
  family: 'tampering',
  says: 'The policy is loosened, used at once by an accomplice, and put back before anybody compares.',
  longestDays: 15,
  *play(stage) {
    const editor = stage.recruit((one) => holds('policy_editor')(one) && staysFor(stage, one, 15))
    const second =
      editor === null
        ? null
        : stage.recruit((one) => (holds('policy_editor')(one) || holds('analyst')(one)) && one !== editor)
    if (editor === null || second === null) return
    yield* workday(stage, editor)
    const subject = { type: 'policy_draft', id: `pol_${stage.draw.code(8)}` }
    const actor = stage.actor(editor, stage.moment(editor, stage.draw.pick(['late', 'lunch', 'work'])))
    for (let saved = stage.draw.int(1, 4); saved > 0; saved--)
      actor.does('policy.draft_edited', { subject, data: { loosens: true } })
    const approval = actor.request('policy.publish')
    const approver = stage.actor(second, approval.requestedMs + stage.draw.real(4, 200) * 1_000)
    approver.approve(approval)
    const version = { type: 'policy_version', id: stage.draw.code(12) }
    approver.does('policy.published', { subject: version, data: { approval: approval.id, loosens: true } })
    const reads = Math.round(stage.parameter('contentReads', { from: 40, to: 400, isLog: true }))
    approver.wait(20 * MINUTE_MS)
    for (let read = 0; read < reads; read++) {
      approver.does('content.read', {
        ...{ subject: { type: 'request', id: `req_${stage.draw.code(8)}` } },
        data: { reason: 'quality', restricted: stage.draw.chance(0.3) },
      })
      approver.wait(stage.draw.exponential(8_000))
    }
    approver.does('content.exported', { data: { reason: 'quality' }, bytes: reads * 30_000 })
    yield* nights(stage.draw.int(1, 3))
    const back = stage.actor(editor, stage.moment(editor)).request('policy.publish')
    const restorer = stage.actor(second, back.requestedMs + stage.draw.real(10, 300) * 1_000)
    restorer.approve(back)
    restorer.does('policy.published', {
      subject: { ...version, id: stage.draw.code(12) },
      data: { approval: back.id, loosens: false },
    })
  },
}

export const LOOSENED_CONTAINMENT: CampaignKind = {
  id: 'loosened-containment',
  family: 'tampering',
  says: 'Locks are lifted, budgets raised or the overlay switched off by whoever then reads what they held back.',
  longestDays: 20,
  *play(stage) {
    const person =
      stage.recruit((one) => one.job === 'security_engineer' && opens(stage, 18)(one)) ??
      stage.recruit(opens(stage, 18))
    if (person === null) return
    const steps = Math.round(stage.parameter('steps', { from: 1, to: 4 }))
    for (let step = 0; step < steps; step++) {
      yield* nextWorkday(stage, person)
      const actor = stage.actor(person, stage.moment(person, stage.draw.pick(['work', 'late'])))
      const model = person.models[0] ?? ''
      const way = stage.draw.pick(['lock', 'budget', 'overlay'] as const)
      if (way === 'lock')
        actor.does('weights.lock_lifted', {
          subject: { type: 'weights_lock', id: `wlk_${stage.draw.code(8)}` },
          data: { model },
        })
      if (way === 'overlay')
        actor.does('weights.overlay_switched', {
          subject: { type: 'weights_overlay', id: 'asl3' },
          data: { on: false },
        })
      if (way === 'budget')
        actor.does('weights.budget_set', {
          ...{ subject: { type: 'weights_budget', id: `person/${person.id}` } },
          data: { kind: 'person', id: person.id, capacityBytes: stage.draw.int(200, 900) * GIGABYTE, raised: true },
        })
    }
    yield* nights(stage.parameter('pauseDays', { from: 0, to: 3 }))
    yield* take(stage, person)
  },
}

export const LOG_DELETION: CampaignKind = {
  id: 'log-deletion',
  family: 'tampering',
  says: 'Who can reach the logs stops or deletes them, before or after weights are taken.',
  longestDays: 12,
  *play(stage) {
    const cleaner = stage.recruit(
      (one) => one.job === 'it' || one.job === 'administrator' || one.job === 'security_engineer',
    )
    const taker = cleaner === null ? null : stage.recruit(opens(stage, 10))
    if (cleaner === null || taker === null) return
    const isBefore = stage.draw.chance(0.6)
    if (!isBefore) yield* take(stage, taker)
    yield* workday(stage, cleaner)
    const actor = stage.actor(cleaner, stage.moment(cleaner, stage.draw.pick(['night', 'late', 'work'])))
    const steps = Math.round(stage.parameter('steps', { from: 1, to: 5 }))
    for (let step = 0; step < steps; step++) {
      const way = stage.draw.pick(['stop', 'delete', 'unlink', 'rules'] as const)
      if (way === 'stop') actor.outside('cloudtrail.StopLogging', { data: { trail: 'organisation' } })
      if (way === 'delete') actor.outside('cloudtrail.DeleteObject', { data: { bucket: 'ledger-tiles' } })
      if (way === 'unlink') actor.outside('auditd.unlink', { data: { path: '/var/lib/safelevel/ledger/segment' } })
      if (way === 'rules') actor.outside('auditd.config_change', { data: { op: 'remove_rule' } })
      actor.wait(stage.draw.real(1, 20) * MINUTE_MS)
    }
    if (isBefore) {
      yield* nights(stage.draw.int(0, 2))
      yield* take(stage, taker)
    }
  },
}
