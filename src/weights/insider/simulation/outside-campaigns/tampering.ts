import type { CampaignKind, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import { aimOf, canTake, isOfficer, ordinaryBytes } from './aims.ts'
import { nights, until, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { obtain, passThrough, permit } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const MINUTE_MS = 60_000

/** The limit goes up for a good reason, and down again before anybody compares. */
export const loosenedAndMended: CampaignKind = {
  id: 'loosened-and-mended',
  family: 'tampering',
  says: 'Somebody who keeps the limits raises those of an accomplice for a few days, and lowers them again.',
  longestDays: 25,
  *play(stage) {
    const taker = stage.recruit(canTake(stage), ordinaryBytes)
    const aim = taker && aimOf(stage, taker)
    if (taker === null || aim === null) return
    const keeper = stage.recruit((one) => one.id !== taker.id && isKeeper(one) && stage.isAtWork(one))
    if (keeper === null) return
    const overlay = stage.draw.chance(0.35)
    change(stage, keeper, taker, overlay ? { overlay: false } : { capacityBytes: Math.ceil(aim.sizeBytes * 1.5) })
    yield* nights(stage.draw.int(0, 2))
    const sittings = Math.round(stage.parameter('sittings', { from: 1, to: 4 }))
    const parts = Parts.of(aim.files, usualChunk(stage, taker) * 2)
    for (let sat = 0; sat < sittings; sat++) {
      if (!(yield* untilAtWork(stage, taker))) break
      const grant = yield* permit(stage, taker, { version: aim, use: 'program', hours: 120 })
      if (grant === null) break
      sitDown(stage, parts, { grant, atMs: stage.moment(taker), bytes: aim.sizeBytes / sittings, pauseMs: 1_000 })
      yield
    }
    if (!(yield* untilAtWork(stage, keeper))) return
    change(stage, keeper, taker, overlay ? { overlay: true } : { capacityBytes: Math.ceil(ordinaryBytes(taker) * 10) })
  },
}

type Limits = { readonly overlay: boolean } | { readonly capacityBytes: number }

function change(stage: Stage, keeper: Person, taker: Person, limits: Limits): void {
  const second = stage.colleague((one) => one.id !== keeper.id && one.id !== taker.id && isKeeper(one))
  const actor = stage.actor(keeper, stage.moment(keeper, stage.draw.chance(0.5) ? 'late' : 'work'))
  const isOverlay = 'overlay' in limits
  const action = isOverlay ? 'weights.switch_overlay' : 'weights.raise_budget'
  const { id: approval } = passThrough(stage, actor, action, second === null ? [] : [second], 12 * MINUTE_MS)
  actor.wait(20 * MINUTE_MS)
  if (isOverlay) actor.does('weights.overlay_switched', { data: { on: limits.overlay, approval } })
  else {
    const { capacityBytes } = limits
    const subject = { type: 'budget', id: `person/${taker.id}` }
    const data = { kind: 'person', id: taker.id, capacityBytes, bytesPerDay: capacityBytes, lifted: false, approval }
    actor.does('weights.budget_set', { subject, data })
  }
}

function isKeeper(person: Person): boolean {
  return isOfficer(person) || person.roles.includes('administrator') || person.roles.includes('security_engineer')
}

/** Friday evening a clause is softer, on Monday it is as it was: what passed between was meant to. */
export const fridayException: CampaignKind = {
  id: 'friday-exception',
  family: 'tampering',
  says: 'A policy editor publishes a softer policy before the weekend and takes it back after it, with the nod of one friend.',
  longestDays: 18,
  *play(stage) {
    const editor = stage.recruit((one) => one.roles.includes('policy_editor') && stage.isAtWork(one))
    if (editor === null) return
    const friend =
      stage.recruit((one) => one.id !== editor.id && one.roles.includes('policy_editor')) ??
      stage.recruit((one) => one.id !== editor.id && isOfficer(one))
    if (friend === null) return
    const isFriday = () => new Date(stage.dayMs).getUTCDay() === 5 && stage.isAtWork(editor)
    if (!(yield* until(isFriday, 13))) return
    publish(stage, editor, friend, 'loosened')
    yield* nights(2)
    if (!(yield* untilAtWork(stage, editor))) return
    if (stage.draw.chance(0.5)) exportContent(stage, editor)
    publish(stage, editor, friend, 'tightened')
  },
}

function publish(stage: Stage, editor: Person, friend: Person, effect: 'loosened' | 'tightened'): void {
  const actor = stage.actor(editor, stage.moment(editor, effect === 'loosened' ? 'late' : 'work'))
  const subject = { type: 'policy', id: 'aup' }
  actor.does('policy.draft_edited', { subject, data: { effect } })
  const lookMs = stage.parameter('lookSeconds', { from: 20, to: 300, isLog: true }) * 1_000
  const { id: approval } = passThrough(stage, actor.wait(4 * MINUTE_MS), 'policy.publish', [friend], lookMs)
  actor.wait(lookMs + 30_000).does('policy.published', { subject, data: { approval, effect } })
}

function exportContent(stage: Stage, editor: Person): void {
  const actor = stage.actor(editor, stage.moment(editor))
  actor.does('content.exported', { data: { reason: 'policy_review', items: stage.draw.int(200, 4_000) } })
}

/** Whoever keeps the cameras turns them to the wall for an hour, each time that a friend sits down. */
export const blindSpot: CampaignKind = {
  id: 'blind-spot',
  family: 'tampering',
  says: 'An administrator stops logs of machines and removes what they hold while an accomplice reads.',
  longestDays: 25,
  *play(stage) {
    const keeper = stage.recruit((one) => ['administrator', 'it'].includes(one.job) && stage.isAtWork(one))
    if (keeper === null) return
    const taker = stage.recruit((one) => one.id !== keeper.id && canTake(stage)(one), ordinaryBytes)
    const aim = taker && aimOf(stage, taker)
    if (taker === null || aim === null) return
    const grant = yield* obtain(stage, taker, { version: aim, use: 'program', hours: 20 * 24 })
    if (grant === null) return
    const sittings = Math.round(stage.parameter('sittings', { from: 1, to: 5 }))
    const parts = Parts.of(aim.files, usualChunk(stage, taker) * 2, stage.draw)
    for (let sat = 0; sat < sittings; sat++) {
      if (!(yield* until(() => stage.isAtWork(taker) && stage.isAtWork(keeper), 12))) return
      const atMs = Math.max(grant.givenMs + 30 * MINUTE_MS, stage.moment(taker))
      blind(stage, keeper, atMs - 10 * MINUTE_MS)
      sitDown(stage, parts, { grant, atMs, bytes: aim.sizeBytes / sittings, pauseMs: 1_000 })
      clean(stage, keeper, atMs + stage.draw.int(60, 180) * MINUTE_MS)
      yield* nights(stage.draw.int(1, 3))
    }
  },
}

function blind(stage: Stage, keeper: Person, atMs: number): void {
  const actor = stage.actor(keeper, atMs)
  const way = stage.draw.pick(['trail', 'service', 'rules'] as const)
  if (way === 'trail') actor.outside('cloudtrail.StopLogging')
  else if (way === 'service') actor.outside('auditd.service_stop', { data: { unit: 'auditd' } })
  else actor.outside('auditd.config_change', { data: { op: 'remove_rule' } })
}

function clean(stage: Stage, keeper: Person, atMs: number): void {
  const actor = stage.actor(keeper, atMs)
  actor.outside('cloudtrail.StartLogging')
  for (let file = stage.draw.int(1, 4); file > 0; file--)
    actor.wait(20_000).outside('auditd.unlink', { data: { path: `/var/log/audit/audit.log.${file}` } })
  if (stage.draw.chance(0.3))
    actor.wait(60_000).outside('cloudtrail.DeleteObject', { data: { bucketName: 'audit-trail' } })
}
