import type { CampaignKind, Stage } from '../campaign.ts'
import type { ModelFile, Person } from '../world/world.ts'
import { aimOf, canTake, isApprover, isOfficer, ordinaryBytes } from './aims.ts'
import { nights, untilAtWork } from './nights.ts'
import { Parts } from './parts.ts'
import { obtain } from './permits.ts'
import { sitDown, usualChunk } from './sittings.ts'

const MINUTE_MS = 60_000

/** Three takers of parts, three who agree, and never the same pair twice in a row: no pair stands out. */
export const merryGoRound: CampaignKind = {
  id: 'merry-go-round',
  family: 'collusion',
  says: 'Two or three people take the parts of a model between them; two or three approvers take turns to agree.',
  longestDays: 60,
  *play(stage) {
    const takers = gather(stage, canTake(stage), 3, ordinaryBytes)
    const friends = gather(stage, (one) => isApprover(one) && stage.isAtWork(one), 3)
    const [first] = takers
    const aim = first === undefined ? null : aimOf(stage, first)
    if (first === undefined || aim === null || friends.length < 2) return
    const turns = Math.round(stage.parameter('turns', { from: 6, to: 14 }))
    const slices = sliced(aim.files, turns)
    const lookMs = stage.parameter('lookMinutes', { from: 1, to: 12 }) * MINUTE_MS
    for (const [turn, files] of slices.entries()) {
      const taker = takers[turn % takers.length] ?? first
      const friend = friends[turn % friends.length]
      if (friend === undefined || !(yield* bothAtWork(stage, taker, friend))) return
      const asking = { friends: [friend], friendLookMs: lookMs * stage.draw.real(0.5, 1.5) }
      const budgetBytes = Math.max(1, sizeOf(files))
      const grant = yield* obtain(stage, taker, { version: aim, use: 'program', files, budgetBytes, hours: 72 }, asking)
      if (grant === null) return
      yield* nights(stage.draw.int(0, 2))
      const parts = Parts.of(files, usualChunk(stage, taker, aim, 3_000), stage.draw)
      sitDown(stage, parts, { grant, atMs: stage.moment(taker), bytes: budgetBytes })
      yield* nights(stage.draw.int(1, 3))
    }
  },
}

/** Asked late, agreed to at once; and each time for somewhat more. */
export const friendlyHand: CampaignKind = {
  id: 'friendly-hand',
  family: 'collusion',
  says: 'One approver agrees to all that one friend asks for, minutes after it was asked, in the evening.',
  longestDays: 45,
  *play(stage) {
    const taker = stage.recruit(canTake(stage), ordinaryBytes)
    const aim = taker && aimOf(stage, taker)
    if (taker === null || aim === null) return
    const friend = stage.recruit((one) => isApprover(one) && one.id !== taker.id && stage.isAtWork(one))
    if (friend === null) return
    const rounds = Math.round(stage.parameter('rounds', { from: 3, to: 8 }))
    const friendLookMs = stage.parameter('lookSeconds', { from: 15, to: 240, isLog: true }) * 1_000
    const parts = Parts.of(aim.files, usualChunk(stage, taker, aim, 3_000), stage.draw)
    for (let round = 1; round <= rounds && !parts.isEmpty; round++) {
      if (!(yield* bothAtWork(stage, taker, friend))) return
      const budgetBytes = Math.ceil((aim.sizeBytes * round * 2) / (rounds * (rounds + 1)))
      const when = stage.draw.chance(0.6) ? 'late' : 'work'
      const asking = { atMs: stage.moment(taker, when), friends: [friend], friendLookMs }
      const grant = yield* obtain(stage, taker, { version: aim, use: 'program', budgetBytes, hours: 48 }, asking)
      if (grant === null) return
      sitDown(stage, parts, { grant, atMs: grant.givenMs + 10 * MINUTE_MS, bytes: budgetBytes, pauseMs: 1_000 })
      yield* nights(stage.draw.int(2, 6))
    }
  },
}

/** A grant that nobody remembers is kept alive by a list that nobody reads. */
export const stampedReview: CampaignKind = {
  id: 'stamped-review',
  family: 'collusion',
  says: 'A reviewer confirms a list of grants in seconds, an unused one of a friend among them, which is used weeks later.',
  longestDays: 75,
  *play(stage) {
    const taker = stage.recruit(canTake(stage))
    const aim = taker && aimOf(stage, taker)
    if (taker === null || aim === null) return
    const reviewer = stage.recruit((one) => (isOfficer(one) || isApprover(one)) && one.id !== taker.id)
    if (reviewer === null) return
    const grant = yield* obtain(stage, taker, { version: aim, use: 'program', hours: 70 * 24 })
    if (grant === null) return
    yield* nights(Math.round(stage.parameter('dormantDays', { from: 12, to: 35 })))
    if (!(yield* untilAtWork(stage, reviewer))) return
    confirmAll(stage, reviewer, grant.id)
    yield* nights(stage.draw.int(2, 12))
    const sittings = Math.round(stage.parameter('sittings', { from: 2, to: 6 }))
    const parts = Parts.of(aim.files, usualChunk(stage, taker, aim, 2_000), stage.draw)
    for (let sat = 0; sat < sittings; sat++) {
      if (!(yield* untilAtWork(stage, taker))) return
      sitDown(stage, parts, { grant, atMs: stage.moment(taker), bytes: aim.sizeBytes / sittings })
      yield* nights(stage.draw.int(1, 4))
    }
  },
}

/** As every review of what stands goes, only that nobody looks at anything. */
function confirmAll(stage: Stage, reviewer: Person, grantId: string): void {
  const others = stage.grants().map(({ id }) => id)
  const items = new Set([...stage.draw.some(others, stage.draw.int(8, 30)), grantId])
  const subject = { type: 'weights_campaign', id: `rec_${stage.draw.code(4)}` }
  const actor = stage.actor(reviewer, stage.moment(reviewer))
  actor.does('weights.campaign_started', { subject })
  for (const grant of items)
    actor.wait(stage.draw.int(900, 4_000)).does('weights.item_confirmed', { subject, data: { grant } })
  actor.does('weights.campaign_closed', { subject })
}

function gather(stage: Stage, fits: (person: Person) => boolean, most: number, weight?: (person: Person) => number) {
  const found: Person[] = []
  while (found.length < most) {
    const person = stage.recruit((one) => fits(one) && !found.some(({ id }) => id === one.id), weight)
    if (person === null) break
    found.push(person)
  }
  return found
}

function* bothAtWork(stage: Stage, one: Person, other: Person): Generator<void, boolean, void> {
  for (let waited = 0; waited < 21; waited++) {
    if (stage.isAtWork(one) && stage.isAtWork(other)) return true
    yield
  }
  return false
}

/** Files in so many lots of about the same size, as few of them as there are files. */
function sliced(files: readonly ModelFile[], count: number): ModelFile[][] {
  const plain = files.filter(({ isCanary }) => !isCanary)
  const large = plain.filter(({ sizeBytes }) => sizeBytes > 2 ** 20)
  const lots = Math.max(1, Math.min(count, large.length))
  return Array.from({ length: lots }, (_, lot) => large.filter((_file, at) => at % lots === lot))
}

function sizeOf(files: readonly ModelFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
