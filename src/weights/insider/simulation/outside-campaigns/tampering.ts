import type { CampaignKind, Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'
import { aimOf, canTake, isOfficer, ordinaryBytes } from './aims.ts'
import { nights, until, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { obtain, passThrough, permit } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const MINUTE_MS = 60_000
const GIGABYTE = 1e9

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
    const parts = Parts.of(aim.files, usualChunk(stage, taker, aim, 2_000))
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
  const actor = stage.actor(keeper, stage.moment(keeper, stage.draw.chance(0.4) ? 'late' : 'work'))
  if ('overlay' in limits) {
    const second = stage.colleague((one) => one.id !== keeper.id && one.id !== taker.id && isOfficer(one))
    const agreeing = second === null ? [] : [second]
    const { id: approval } = passThrough(stage, actor, 'weights.switch_overlay', agreeing, 12 * MINUTE_MS)
    actor.wait(20 * MINUTE_MS).does('weights.overlay_switched', { data: { on: limits.overlay, approval } })
    return
  }
  const capacityBytes = Math.ceil(limits.capacityBytes / GIGABYTE) * GIGABYTE
  const raised = capacityBytes > ordinaryBytes(taker) * 100
  const subject = { type: 'weights_budget', id: `person/${taker.id}` }
  actor.does('weights.budget_set', { subject, data: { kind: 'person', id: taker.id, capacityBytes, raised } })
}

function isKeeper({ job }: Person): boolean {
  return job === 'security_engineer'
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
    publish(stage, editor, friend, true)
    yield* nights(2)
    if (!(yield* untilAtWork(stage, editor))) return
    publish(stage, editor, friend, false)
  },
}

function publish(stage: Stage, editor: Person, friend: Person, loosens: boolean): void {
  const actor = stage.actor(editor, stage.moment(editor, loosens ? 'late' : 'work'))
  actor.does('policy.draft_edited', { subject: { type: 'policy_draft', id: stage.draw.code(12) }, data: { loosens } })
  const lookMs = stage.parameter('lookSeconds', { from: 20, to: 600, isLog: true }) * 1_000
  const approval = actor.wait(4 * MINUTE_MS).request('policy.publish')
  const second = stage.actor(friend, approval.requestedMs + lookMs)
  second.approve(approval)
  const subject = { type: 'policy_version', id: stage.draw.code(12) }
  second.does('policy.published', { subject, data: { approval: approval.id, loosens } })
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
    const parts = Parts.of(aim.files, usualChunk(stage, taker, aim, 2_000), stage.draw)
    for (let sat = 0; sat < sittings; sat++) {
      if (!(yield* until(() => stage.isAtWork(taker) && stage.isAtWork(keeper), 12))) return
      const atMs = Math.max(grant.givenMs + 30 * MINUTE_MS, stage.moment(taker))
      blind(stage, keeper, Math.max(stage.dayMs, atMs - 10 * MINUTE_MS))
      sitDown(stage, parts, { grant, atMs, bytes: aim.sizeBytes / sittings, pauseMs: 1_000 })
      clean(stage, keeper, atMs + stage.draw.int(60, 180) * MINUTE_MS)
      yield* nights(stage.draw.int(1, 3))
    }
  },
}

/** Things that administrators do now and then anyway, and one that they don't. */
function blind(stage: Stage, keeper: Person, atMs: number): void {
  const actor = stage.actor(keeper, atMs)
  const way = stage.draw.weighted([
    ['auditd.service_stop', 5],
    ['cloudtrail.StopLogging', 3],
    ['cloudtrail.DeleteObject', 2],
  ])
  actor.outside(way, { data: { bucket: 'infrastructure' } })
}

function clean(stage: Stage, keeper: Person, atMs: number): void {
  const actor = stage.actor(keeper, atMs)
  for (let log = stage.draw.int(2, 9); log > 0; log--)
    actor.wait(stage.draw.int(5, 40) * 1_000).outside('cloudtrail.DeleteObject', { data: { bucket: 'infrastructure' } })
  if (stage.draw.chance(0.5))
    actor.wait(20_000).outside('auditd.unlink', { data: { path: `/var/log/audit/audit.log.${stage.draw.int(1, 4)}` } })
}
